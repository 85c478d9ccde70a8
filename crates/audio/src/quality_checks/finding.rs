//! The result of a quality check as codes and numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one check found: `{"check": …, "values": {…}, "severity": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The check and its values.
    #[serde(flatten)]
    pub measurement: Measurement,
    /// How serious it is.
    pub severity: Severity,
}

/// The most serious first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A distributor rejects such a file, or a defect is plainly audible.
    Error,
    /// It may be intended; check it before sending the file.
    Warning,
    /// Nothing to do.
    Ok,
}

/// A check with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "check", content = "values", rename_all = "snake_case")]
pub enum Measurement {
    /// Sample rate of the file.
    SampleRate {
        /// In Hz.
        sample_rate_hz: u32,
    },
    /// Bit depth and coding of the file.
    BitDepth {
        /// Bits per sample; `None` if the codec has none.
        bits: Option<u32>,
        /// Whether the codec is lossless.
        is_lossless: bool,
        /// Short name of the codec, such as `flac`.
        codec: String,
    },
    /// Upper edge of the spectrum.
    Bandwidth {
        /// Frequency above which there is nothing, in Hz; `None` if there is no such edge.
        cutoff_hz: Option<f64>,
        /// Half the sample rate, in Hz.
        nyquist_hz: f64,
        /// What typically causes this cutoff; `None` if it is harmless.
        cause: Option<CutoffCause>,
    },
    /// Loudness after EBU R 128 and what Spotify's normalisation does with it.
    Loudness {
        /// Integrated loudness in LUFS; `None` if it cannot be measured.
        integrated_lufs: Option<f64>,
        /// Gain applied by Spotify, in dB.
        gain_db: Option<f64>,
        /// How far the song stays below the target of -14 LUFS, in dB; `None` if it is turned down.
        below_target_db: Option<f64>,
    },
    /// Highest true peak of all channels.
    TruePeak {
        /// In dBTP; `None` for silence.
        true_peak_dbtp: Option<f64>,
    },
    /// Runs of samples at full scale.
    Clipping {
        /// Runs of at least [`FLAT_TOP_SAMPLES`](super::FLAT_TOP_SAMPLES) samples.
        flat_tops: u64,
        /// The longest of them, in ms.
        longest_ms: f64,
        /// Position of the first, in seconds; `None` if there is none.
        first_seconds: Option<f64>,
        /// Whether the codec is lossless.
        is_lossless: bool,
    },
    /// Mean of each channel.
    DcOffset {
        /// `[channels]`, as a fraction of full scale.
        offsets: Vec<f64>,
    },
    /// Silence at both ends.
    Silence {
        /// Before the first sound, in seconds.
        leading_seconds: f64,
        /// After the last sound, in seconds.
        trailing_seconds: f64,
    },
    /// Relation of the channels.
    Channels {
        /// How many there are.
        channels: usize,
        /// Of left and right over the whole song, -1 to 1; `None` if there are not two, or one of them is silent.
        correlation: Option<f64>,
        /// What is wrong; `None` if nothing is.
        problem: Option<ChannelProblem>,
    },
}

/// What typically causes a cutoff of the spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutoffCause {
    /// Lossy coding at a low bitrate, or a source with a lower sample rate.
    LowBitrate,
    /// A lossless file whose source had a lower sample rate.
    Upsampled,
}

/// What is wrong with the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelProblem {
    /// More than two channels.
    Multichannel,
    /// Nothing on the left.
    SilentLeft,
    /// Nothing on the right.
    SilentRight,
    /// Left and right cancel each other in mono.
    AntiPhase,
    /// Both channels are the same.
    DualMono,
    /// Much of the song cancels in mono.
    PartlyAntiPhase,
}

impl Finding {
    pub(super) fn new(severity: Severity, measurement: Measurement) -> Self {
        Self {
            measurement,
            severity,
        }
    }

    pub(super) fn ok(measurement: Measurement) -> Self {
        Self::new(Severity::Ok, measurement)
    }
}
