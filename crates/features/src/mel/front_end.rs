//! The parameters of a log-mel, and their hash.

use serde::{Deserialize, Serialize};

/// Parameters of the log-mel windows that a network takes. Field names in JSON are hashed and must not change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontEnd {
    /// Name of the preset.
    pub name: String,
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Length of the Fourier transform in samples, even.
    #[serde(rename = "fft_size")]
    pub n_fft: usize,
    /// Length of the analysis window in samples, centred in the transform.
    #[serde(rename = "window_length")]
    pub win_length: usize,
    /// Analysis window.
    #[serde(rename = "window_shape")]
    pub window_function: WindowFunction,
    /// Samples from one frame to the next.
    #[serde(rename = "hop")]
    pub hop_length: usize,
    /// Position of the frames and padding of the edges.
    #[serde(default, skip_serializing_if = "Padding::is_reflected")]
    #[serde(rename = "framing")]
    pub padding: Padding,
    /// Coefficient `a` of `x[n] - a x[n - 1]`. The first sample is dropped; with [`Padding::Inside`] the first sample of
    /// each frame is its own predecessor.
    pub pre_emphasis: Option<f32>,
    /// Number of mel bands.
    #[serde(rename = "mel_bands")]
    pub n_mels: usize,
    /// Shape and spacing of the filters.
    pub mel_scale: MelScale,
    /// Lower edge of the lowest filter in Hz.
    #[serde(rename = "lowest_hz")]
    pub fmin: f64,
    /// Upper edge of the highest filter in Hz.
    #[serde(rename = "highest_hz")]
    pub fmax: f64,
    /// Power to level.
    pub compression: Compression,
    /// Added to a compressed value, which is then divided by `divisor`.
    pub shift: f32,
    /// Scale of the network's input.
    pub divisor: f32,
    /// Length of a window in seconds.
    pub window_seconds: f64,
    /// Hop from window to window in seconds; `None` takes only the start of a song.
    pub window_hop_seconds: Option<f64>,
    /// What follows a song that is shorter than a window.
    #[serde(rename = "short_song")]
    pub short_input: ShortInput,
}

/// Analysis window of the transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFunction {
    /// Periodic Hann window (`torch.hann_window(periodic=True)`).
    HannPeriodic,
    /// Symmetric Hann window: both ends are zero.
    HannSymmetric,
}

/// Position of the frames, and what is beyond the first and the last sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Centred on every hop; the edges are mirrored as by `torch.stft(center=True)`.
    #[default]
    Reflected,
    /// Centred on every hop; zero-padded, as by librosa since 0.10.
    Silent,
    /// `win_length` samples from every hop, without padding (Kaldi's `snip_edges`); the mean is subtracted from each frame,
    /// then it is pre-emphasised by itself.
    Inside,
}

/// Definition of the mel scale and of the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MelScale {
    /// `torchaudio.compliance.kaldi.get_mel_banks`: triangles over mels, 1127 ln(1 + f/700).
    Kaldi,
    /// `torchaudio.functional.melscale_fbanks`: triangles over hertz, 2595 log10(1 + f/700).
    Htk,
    /// `librosa.filters.mel`: triangles of area 1 over hertz, linear mels up to 1 kHz and logarithmic above.
    Slaney,
}

/// How mel power becomes a level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// The power as it is.
    None,
    /// ln(power + offset).
    NaturalLog {
        /// Added to the power.
        offset: f32,
    },
    /// ln(max(power, floor)).
    NaturalLogFrom {
        /// Minimum power.
        floor: f32,
    },
    /// 10 log10(max(power, floor)).
    Decibels {
        /// Minimum power.
        floor: f32,
    },
    /// `librosa.power_to_db(ref=np.max)`: dB relative to the maximum of the window, so that a log-mel does not show how
    /// loud its window is within the song.
    #[serde(rename = "decibels_below_loudest")]
    PowerToDb {
        /// Minimum power.
        floor: f32,
        /// Values below `-top_db` are clipped.
        #[serde(rename = "range")]
        top_db: f32,
    },
}

/// What follows a song that is shorter than a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortInput {
    /// The song again.
    Repeat,
    /// Digital silence.
    Silence,
    /// No samples: the missing frames of the log-mel are [`FrontEnd::blank`], and a window has a frame for every hop.
    #[serde(rename = "blank")]
    ZeroPad,
}

impl Padding {
    /// For serde: front ends stored before this field existed keep their hash.
    fn is_reflected(&self) -> bool {
        *self == Self::Reflected
    }
}

impl FrontEnd {
    /// 16 hexadecimal digits of the blake3 of the JSON; front ends with the same hash compute the same values.
    #[must_use]
    pub fn hash(&self) -> String {
        // Serialising plain data cannot fail; the hash of an empty text would still be stable.
        let parameters = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&parameters).to_hex()[..16].to_owned()
    }

    /// Value of a band without power in a log-mel that is not silent.
    #[must_use]
    pub fn silence(&self) -> f32 {
        self.scaled(match self.compression {
            Compression::None => 0.0,
            Compression::NaturalLog { offset: min }
            | Compression::NaturalLogFrom { floor: min } => min.ln(),
            Compression::Decibels { floor } => 10.0 * floor.log10(),
            Compression::PowerToDb { top_db, .. } => -top_db,
        })
    }

    /// Value of zero-padded frames.
    #[must_use]
    pub fn blank(&self) -> f32 {
        self.scaled(0.0)
    }

    /// A compressed value as the network takes it.
    pub(super) fn scaled(&self, compressed: f32) -> f32 {
        (compressed + self.shift) / self.divisor
    }

    /// The same front end with windows of another length, which overlap by the same fraction.
    #[must_use]
    pub fn with_window(mut self, seconds: f64) -> Self {
        let longer = seconds / self.window_seconds;
        self.window_hop_seconds = self.window_hop_seconds.map(|hop| hop * longer);
        self.window_seconds = seconds;
        self
    }

    /// Length of a window in samples.
    #[must_use]
    pub fn window_samples(&self) -> usize {
        (self.window_seconds * f64::from(self.sample_rate_hz)).round() as usize
    }

    /// Length of a window in frames, including zero-padded ones.
    #[must_use]
    pub fn window_frames(&self) -> usize {
        let samples = self.window_samples();
        self.frames(samples).max(match self.short_input {
            ShortInput::ZeroPad => samples / self.hop_length,
            ShortInput::Repeat | ShortInput::Silence => 0,
        })
    }

    /// Number of frames of this many samples: with centred frames one more than the hops that fit, else the frames that fit.
    #[must_use]
    pub fn frames(&self, samples: usize) -> usize {
        match self.padding {
            Padding::Inside if samples < self.win_length => 0,
            Padding::Inside => (samples - self.win_length) / self.hop_length + 1,
            Padding::Reflected | Padding::Silent => {
                match samples.saturating_sub(usize::from(self.pre_emphasis.is_some())) {
                    0 => 0,
                    left => left / self.hop_length + 1,
                }
            }
        }
    }

    /// Number of values in one window: `n_mels * frames`.
    #[must_use]
    pub fn window_size(&self) -> usize {
        self.n_mels * self.window_frames()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default bundle's front end, as it was written before it had a padding.
    #[test]
    fn a_stored_front_end_is_read_and_keeps_its_hash() {
        let stored = include_str!("../../../../fixtures/default-bundle/bundle.json");
        let bundle: serde_json::Value = serde_json::from_str(stored).unwrap();
        let front_end: FrontEnd = serde_json::from_value(bundle["front_end"].clone()).unwrap();
        assert_eq!(front_end, FrontEnd::efficientat());
        assert_eq!(FrontEnd::efficientat().hash(), "037941b0e890c3a5");
        assert_eq!(FrontEnd::stern().hash(), "99ac3d96c9159f69");
    }

    #[test]
    fn every_preset_survives_storing_and_differs_from_the_others() {
        let all = FrontEnd::PRESETS.map(|name| FrontEnd::preset(name).unwrap());
        for front_end in &all {
            let text = serde_json::to_string(front_end).unwrap();
            let read: FrontEnd = serde_json::from_str(&text).unwrap();
            assert_eq!(read.hash(), front_end.hash());
            assert_eq!(
                all.iter()
                    .filter(|other| other.hash() == front_end.hash())
                    .count(),
                1
            );
        }
        let error = FrontEnd::preset("mfcc").unwrap_err().to_string();
        assert!(
            FrontEnd::PRESETS.iter().all(|name| error.contains(name)),
            "{error}"
        );
    }

    #[test]
    fn a_longer_window_overlaps_by_the_same_fraction() {
        let long = FrontEnd::efficientat().with_window(30.0);
        assert_eq!(
            (long.window_seconds, long.window_hop_seconds),
            (30.0, Some(15.0))
        );
        assert_eq!(FrontEnd::stern().with_window(30.0).window_hop_seconds, None);
    }
}
