//! A song streams through the front end and the network, a few windows at a time.

use std::path::Path;

use audio::{AudioError, MonoReader, hash_coded_audio};
use features::descriptors::{DescriptorExtractor, Descriptors};
use features::mel::{FrontEnd, LogMel, Segmenter, Window};
use inference::PredictError;
use inference::{Prediction, Predictor};

use super::explanation::PeakTracker;
use super::robustness::{Excerpt, ExcerptCollector, excerpt_samples};
use super::thumbnail::SpectrogramThumbnail;
use super::{SongFacts, Spectrogram};

/// Windows that wait for the network together.
const BATCH: usize = 8;
const MIN_SONG_SECONDS: f64 = 1.0;
/// -70 LUFS is where EBU R 128 no longer hears anything; this is its sample value for a lone peak.
const SILENCE: f32 = 1e-4;

#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error(transparent)]
    Audio(#[from] AudioError),
    #[error(transparent)]
    Model(#[from] PredictError),
    #[error(
        "{path}: only {seconds:.2} s of audio; a song of at least {MIN_SONG_SECONDS:.0} s is needed"
    )]
    TooShort {
        path: std::path::PathBuf,
        seconds: f64,
    },
    #[error("{0}: the song is silent from end to end; export it again")]
    Silent(std::path::PathBuf),
}

/// What was heard, window by window.
pub struct SongAnalysis {
    pub song: SongFacts,
    /// Where each window begins.
    pub starts_seconds: Vec<f64>,
    /// `[windows, playlists]`.
    pub logits: Vec<f32>,
    /// `[windows, width]`.
    pub embeddings: Vec<f32>,
    /// `[windows]`, the exponents of their weights; empty where the network has no attention.
    pub attention: Vec<f32>,
    /// Which windows hold nothing.
    pub silent: Vec<bool>,
    /// Some of the song's own samples, to be heard once more after a change.
    pub excerpts: Vec<Excerpt>,
    /// The windows in which the leading lists are heard most.
    pub peaks: PeakTracker,
    pub spectrogram: Spectrogram,
}

/// Whether no sample reaches what can be heard.
pub(super) fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|sample| sample.abs() < SILENCE)
}

/// Hears the whole song.
///
/// # Errors
/// Where the file is no audio, too short or silent, or the network stops.
pub fn analyse(
    path: &Path,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
) -> Result<SongAnalysis, FitError> {
    analyse_with(path, front_end, predictor, &mut |_| ())
}

/// As [`analyse`]; `on_samples` is given the song's samples, mono at the front end's rate, block by block.
///
/// # Errors
/// As [`analyse`].
pub fn analyse_with(
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
    let mut warnings = reader.warnings();
    if reader.seconds() < front_end.window_seconds {
        warnings.push(format!(
            "The song lasts {:.1} s, less than the {:.0} s that the network hears at once: trust the fit less.",
            reader.seconds(),
            front_end.window_seconds
        ));
    }
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

/// Windows on their way through the network.
struct Windows<'a> {
    front_end: &'a FrontEnd,
    predictor: &'a dyn Predictor,
    log_mel: LogMel,
    /// Pictures that wait: `[windows, n_mels, frames]`.
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
        let place = window.start / self.front_end.hop_length;
        self.thumbnail
            .add(place, &self.waiting[from..], self.log_mel.reference());
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
