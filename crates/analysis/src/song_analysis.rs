//! A song streams through the front end and the network, a few windows at a time.

use std::path::PathBuf;

use audio::{AudioError, AudioFile, Decoder, Loudness, MonoReader, Warning};
use features::descriptors::{DescriptorExtractor, Descriptors};
use features::mel::{FrontEnd, LogMel, Segmenter, Window};
use inference::PredictError;
use inference::{Prediction, Predictor};

use super::explanation::PeakTracker;
use super::robustness::{Excerpt, ExcerptCollector, excerpt_samples};
use super::thumbnail::SpectrogramThumbnail;
use super::{SongFacts, Spectrogram};

/// Windows per call of the network.
const BATCH: usize = 8;
const MIN_SONG_SECONDS: f64 = 1.0;
/// Amplitude below which a sample counts as silent: -80 dBFS, below the absolute gate of EBU R 128 (-70 LUFS).
const SILENCE: f32 = 1e-4;

/// Why a song could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The file cannot be read or decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The network failed.
    #[error(transparent)]
    Model(#[from] PredictError),
    /// Less audio than the shortest song that can be analysed.
    #[error(
        "{path}: only {seconds:.2} s of audio; name a song of at least {MIN_SONG_SECONDS:.0} s"
    )]
    TooShort {
        /// The file.
        path: PathBuf,
        /// Length of its audio.
        seconds: f64,
    },
    /// No sample is above the threshold of silence.
    #[error("{0}: the song is silent from start to end; export it again")]
    Silent(PathBuf),
}

/// Everything that one pass over a song yields, window by window.
pub struct SongAnalysis {
    /// Tags, hash, length, loudness, descriptors and quality checks.
    pub song: SongFacts,
    /// Tags, hash and length of the file, as a catalogue stores them.
    pub file: AudioFile,
    /// `[windows]`, start of each window in seconds.
    pub starts_seconds: Vec<f64>,
    /// `[windows, playlists]`, the network's output before calibration.
    pub logits: Vec<f32>,
    /// `[windows, width]`.
    pub embeddings: Vec<f32>,
    /// `[windows]`, exponents of the pooling weights; empty if the network has no attention.
    pub attention: Vec<f32>,
    /// `[windows]`, whether the window is silent.
    pub silent: Vec<bool>,
    /// Excerpts of the samples, for the robustness check.
    pub excerpts: Vec<Excerpt>,
    /// Windows with the highest logits of the leading playlists.
    pub peaks: PeakTracker,
    /// Log-mel thumbnail of the whole song.
    pub spectrogram: Spectrogram,
}

/// Whether no sample reaches the threshold of silence.
pub(super) fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|sample| sample.abs() < SILENCE)
}

/// Analyses a whole song in one pass.
///
/// # Errors
/// If reading fails, the song is too short or silent, or the network fails.
pub fn analyse(
    song: Decoder,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
) -> Result<SongAnalysis, FitError> {
    analyse_with(song, front_end, predictor, &mut |_| ())
}

/// As [`analyse`]; `on_samples` is called with each block of mono samples at the front end's rate.
///
/// # Errors
/// As [`analyse`].
pub fn analyse_with(
    song: Decoder,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
    on_samples: &mut dyn FnMut(&[f32]),
) -> Result<SongAnalysis, FitError> {
    let mut reader = MonoReader::new(song, front_end.sample_rate_hz)?.with_quality_checks();
    let mut cutter = Segmenter::new(front_end);
    let mut windows = Windows::new(front_end, predictor);
    let mut descriptors = DescriptorExtractor::new(front_end.sample_rate_hz);
    let mut excerpts = ExcerptCollector::new(front_end, excerpt_samples(front_end));
    let (mut block, mut silent, mut length) = (Vec::new(), true, 0);
    while reader.read(&mut block)? {
        silent &= is_silent(&block);
        length += block.len();
        cutter.push(&block, |window| windows.push(window))?;
        excerpts.push(&block);
        descriptors.push(&block);
        on_samples(&block);
        block.clear();
    }
    // The reader has reached the end.
    let file = reader
        .file()
        .ok_or_else(|| AudioError::Damaged(reader.name().into()))?;
    let seconds = reader.decoded_seconds();
    if seconds < MIN_SONG_SECONDS {
        return Err(FitError::TooShort {
            path: reader.name().into(),
            seconds,
        });
    }
    if silent {
        return Err(FitError::Silent(reader.name().into()));
    }
    cutter.finish(|window| windows.push(window))?;
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
        song: song_facts(&reader, &file, front_end, descriptors.finish()),
        file,
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
    reader: &MonoReader,
    file: &AudioFile,
    front_end: &FrontEnd,
    descriptors: Descriptors,
) -> SongFacts {
    let (path, info, loudness) = (reader.name(), reader.info(), reader.loudness());
    let (seconds, window_seconds) = (reader.decoded_seconds(), front_end.window_seconds);
    let is_short = seconds < window_seconds;
    let short = is_short.then_some(Warning::ShortSong {
        seconds,
        window_seconds,
    });
    let warnings = reader.warnings().into_iter().chain(short).collect();
    SongFacts {
        file: path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        title: info.tags.title.clone(),
        artists: (!info.tags.artists.is_empty()).then(|| info.tags.artists.join(", ")),
        duration_seconds: seconds,
        sample_rate_hz: info.sample_rate_hz,
        channels: info.channels,
        codec: info.codec.clone(),
        loudness_lufs: loudness.and_then(Loudness::integrated_lufs),
        true_peak_dbtp: loudness.and_then(Loudness::true_peak_dbtp),
        audio_hash: file.hash.clone(),
        descriptors,
        quality_checks: reader.findings(),
        warnings,
    }
}

/// The windows of a song, predicted in batches.
struct Windows<'a> {
    front_end: &'a FrontEnd,
    predictor: &'a dyn Predictor,
    log_mel: LogMel,
    /// Log-mels of the next batch: `[windows, n_mels, frames]`.
    pending: Vec<f32>,
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
            pending: Vec::new(),
            starts: Vec::new(),
            silent: Vec::new(),
            prediction: Prediction::default(),
            peaks: PeakTracker::default(),
            thumbnail: SpectrogramThumbnail::new(front_end),
        }
    }

    fn push(&mut self, window: Window) -> Result<(), FitError> {
        let from = self.pending.len();
        self.log_mel.append(window.samples, &mut self.pending);
        let frame = window.start / self.front_end.hop_length;
        self.thumbnail
            .add(frame, &self.pending[from..], self.log_mel.reference());
        self.starts.push(window.start);
        self.silent.push(is_silent(window.samples));
        if self.pending.len() < BATCH * self.front_end.window_size() {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn flush(&mut self) -> Result<(), FitError> {
        if !self.pending.is_empty() {
            let prediction = self.predictor.predict(&self.pending)?;
            let before = self.silent.len().saturating_sub(prediction.windows);
            self.peaks
                .push(&self.pending, &prediction, &self.silent[before..]);
            self.prediction.logits.extend(prediction.logits);
            self.prediction.embeddings.extend(prediction.embeddings);
            self.prediction.attention.extend(prediction.attention);
            self.pending.clear();
        }
        Ok(())
    }
}
