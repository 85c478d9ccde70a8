//! Streams a song through the front end and the network, a few windows at a time.

use std::path::Path;

use audio::{AudioError, MonoReader, Warning, hash_coded_audio};
use features::descriptors::{DescriptorExtractor, Descriptors};
use features::mel::{FrontEnd, LogMel, Segmenter, Window};
use inference::PredictError;
use inference::{Prediction, Predictor};

use super::explanation::PeakTracker;
use super::robustness::{Excerpt, ExcerptCollector, excerpt_samples};
use super::thumbnail::SpectrogramThumbnail;
use super::{SongFacts, Spectrogram};

/// Windows in a batch of the network.
const BATCH: usize = 8;
const MIN_SONG_SECONDS: f64 = 1.0;
/// Sample value of a single peak at -70 LUFS, the absolute gate of EBU R 128.
const SILENCE: f32 = 1e-4;

/// Why a song cannot be analysed.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The file cannot be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The network failed.
    #[error(transparent)]
    Model(#[from] PredictError),
    /// The song is too short.
    #[error("{path}: only {seconds:.2} s of audio; at least {MIN_SONG_SECONDS:.0} s are needed")]
    TooShort {
        /// The file.
        path: std::path::PathBuf,
        /// Its duration.
        seconds: f64,
    },
    /// Every sample is below the threshold of silence.
    #[error("{0}: the song is silent from end to end; export it again")]
    Silent(std::path::PathBuf),
}

/// Predictions for a song, window by window.
pub struct SongAnalysis {
    /// Properties of the file.
    pub song: SongFacts,
    /// Start of each window.
    pub starts_seconds: Vec<f64>,
    /// `[windows, playlists]`.
    pub logits: Vec<f32>,
    /// `[windows, width]`.
    pub embeddings: Vec<f32>,
    /// `[windows]`, logits of the attention weights; empty if the network has no attention.
    pub attention: Vec<f32>,
    /// Whether each window is silent.
    pub silent: Vec<bool>,
    /// Excerpts of the samples, for the perturbations.
    pub excerpts: Vec<Excerpt>,
    /// The windows with the highest logits of the leading playlists.
    pub peaks: PeakTracker,
    /// Log-mel of the whole song.
    pub spectrogram: Spectrogram,
}

/// Whether no sample exceeds the threshold of silence.
pub(super) fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|sample| sample.abs() < SILENCE)
}

/// Analyses the whole song.
///
/// # Errors
/// If the file cannot be decoded, is too short or silent, or the network fails.
pub fn analyse(
    path: &Path,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
) -> Result<SongAnalysis, FitError> {
    analyse_with(path, front_end, predictor, &mut |_| ())
}

/// As [`analyse`]; `on_samples` receives the samples block by block.
pub(super) fn analyse_with(
    path: &Path,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
    on_samples: &mut dyn FnMut(&[f32]),
) -> Result<SongAnalysis, FitError> {
    let mut reader = MonoReader::open(path, front_end.sample_rate_hz)?.with_quality_checks();
    let mut cutter = Segmenter::new(front_end);
    let mut windows = Windows::new(front_end, predictor);
    let mut descriptors = DescriptorExtractor::new(front_end.sample_rate_hz);
    let mut excerpts = ExcerptCollector::new(front_end, excerpt_samples(front_end));
    let (mut block, mut silent, mut length) = (Vec::new(), true, 0);
    while reader.read(&mut block)? {
        silent &= is_silent(&block);
        length += block.len();
        cutter.push(&block, |window| windows.see(window))?;
        excerpts.push(&block);
        descriptors.push(&block);
        on_samples(&block);
        block.clear();
    }
    let seconds = reader.seconds();
    if seconds < MIN_SONG_SECONDS {
        return Err(FitError::TooShort {
            path: path.into(),
            seconds,
        });
    }
    if silent {
        return Err(FitError::Silent(path.into()));
    }
    cutter.finish(|window| windows.see(window))?;
    windows.flush()?;
    let Windows {
        starts,
        silent,
        prediction,
        peaks,
        thumbnail,
        ..
    } = windows;
    let rate = f64::from(front_end.sample_rate_hz);
    Ok(SongAnalysis {
        song: song_facts(path, &reader, front_end, descriptors.finish())?,
        starts_seconds: starts.iter().map(|&start| start as f64 / rate).collect(),
        logits: prediction.logits,
        embeddings: prediction.embeddings,
        attention: prediction.attention,
        silent,
        excerpts: excerpts.finish(),
        peaks,
        spectrogram: thumbnail.finish(front_end, length),
    })
}

fn song_facts(
    path: &Path,
    reader: &MonoReader,
    front_end: &FrontEnd,
    descriptors: Descriptors,
) -> Result<SongFacts, AudioError> {
    let facts = reader.facts();
    let (seconds, window_seconds) = (reader.seconds(), front_end.window_seconds);
    let is_short = seconds < window_seconds;
    let short = is_short.then_some(Warning::ShortSong {
        seconds,
        window_seconds,
    });
    let warnings = reader.warnings().into_iter().chain(short).collect();
    Ok(SongFacts {
        file: path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        title: facts.tags.title.clone(),
        artists: (!facts.tags.artists.is_empty()).then(|| facts.tags.artists.join(", ")),
        duration_seconds: reader.seconds(),
        sample_rate_hz: facts.sample_rate_hz,
        channels: facts.channels,
        codec: facts.codec.clone(),
        loudness_lufs: reader
            .loudness()
            .and_then(|loudness| loudness.integrated_lufs()),
        true_peak_dbtp: reader
            .loudness()
            .and_then(|loudness| loudness.true_peak_dbtp()),
        audio_hash: hash_coded_audio(path)?.hash,
        descriptors,
        quality_checks: reader.findings(),
        warnings,
    })
}

/// Collects windows into batches for the network.
struct Windows<'a> {
    front_end: &'a FrontEnd,
    predictor: &'a dyn Predictor,
    log_mel: LogMel,
    /// The next batch: `[windows, n_mels, frames]`.
    waiting: Vec<f32>,
    starts: Vec<usize>,
    silent: Vec<bool>,
    prediction: Prediction,
    peaks: PeakTracker,
    thumbnail: SpectrogramThumbnail,
}

impl<'a> Windows<'a> {
    fn new(front_end: &'a FrontEnd, predictor: &'a dyn Predictor) -> Self {
        Self {
            front_end,
            predictor,
            log_mel: LogMel::new(front_end),
            waiting: Vec::new(),
            starts: Vec::new(),
            silent: Vec::new(),
            prediction: Prediction::default(),
            peaks: PeakTracker::default(),
            thumbnail: SpectrogramThumbnail::new(front_end),
        }
    }

    fn see(&mut self, window: Window) -> Result<(), FitError> {
        let from = self.waiting.len();
        self.log_mel.append(window.samples, &mut self.waiting);
        let frame = window.start / self.front_end.hop_length;
        self.thumbnail
            .add(frame, &self.waiting[from..], self.log_mel.reference());
        self.starts.push(window.start);
        self.silent.push(is_silent(window.samples));
        if self.waiting.len() < BATCH * self.front_end.window_size() {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn flush(&mut self) -> Result<(), FitError> {
        if !self.waiting.is_empty() {
            let prediction = self.predictor.predict(&self.waiting)?;
            let before = self.silent.len().saturating_sub(prediction.windows);
            self.peaks
                .push(&self.waiting, &prediction, &self.silent[before..]);
            self.prediction.logits.extend(prediction.logits);
            self.prediction.embeddings.extend(prediction.embeddings);
            self.prediction.attention.extend(prediction.attention);
            self.waiting.clear();
        }
        Ok(())
    }
}
