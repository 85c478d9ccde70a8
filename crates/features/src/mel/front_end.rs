//! The recipe of a log-mel, and its hash.

use serde::{Deserialize, Serialize};

/// How samples become the windows that a network sees. Constants carry their unit; all else follows from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontEnd {
    pub name: String,
    pub sample_rate_hz: u32,
    /// Length of the Fourier transform in samples; even.
    #[serde(rename = "fft_size")]
    pub n_fft: usize,
    /// Length of the analysis window in samples, centred in the transform.
    #[serde(rename = "window_length")]
    pub win_length: usize,
    #[serde(rename = "window_shape")]
    pub window_function: WindowFunction,
    /// Samples from one frame to the next.
    #[serde(rename = "hop")]
    pub hop_length: usize,
    #[serde(default, skip_serializing_if = "Padding::is_reflected")]
    #[serde(rename = "framing")]
    pub padding: Padding,
    /// Each sample less this share of the one before. The first sample of all falls away; where frames lie inside, the
    /// first of each frame counts as its own predecessor.
    pub pre_emphasis: Option<f32>,
    #[serde(rename = "mel_bands")]
    pub n_mels: usize,
    pub mel_scale: MelScale,
    #[serde(rename = "lowest_hz")]
    pub fmin: f64,
    #[serde(rename = "highest_hz")]
    pub fmax: f64,
    pub compression: Compression,
    /// Added to a compressed value, which is then divided by `divisor`.
    pub shift: f32,
    pub divisor: f32,
    /// How much of a song the network sees at once, in seconds.
    pub window_seconds: f64,
    /// From one window to the next along a song, in seconds; none sees only the song's beginning.
    pub window_hop_seconds: Option<f64>,
    #[serde(rename = "short_song")]
    pub short_input: ShortInput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFunction {
    /// Hann over `win_length`, as for a periodic signal.
    HannPeriodic,
    /// Hann whose both ends are zero.
    HannSymmetric,
}

/// Where frames lie, and what is beyond the first and the last sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Centred on every hop; the edges are mirrored, as `torch.stft(center=True)` does.
    #[default]
    Reflected,
    /// Centred on every hop between zeros, as librosa does since 0.10.
    Silent,
    /// `win_length` samples from every hop on, as long as they lie inside (Kaldi's `snip_edges`); each frame is
    /// freed of its mean, then emphasised on its own.
    Inside,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// The power as it is.
    None,
    /// ln(power + offset).
    NaturalLog { offset: f32 },
    /// ln(power), of `floor` at least.
    NaturalLogFrom { floor: f32 },
    /// 10 log10(power), of `floor` at least.
    Decibels { floor: f32 },
    /// 10 log10(power / loudest power of the picture), both of `floor` at least, and no deeper than `range` decibels:
    /// a picture does not tell how loud its window is beside the others of the song.
    #[serde(rename = "decibels_below_loudest")]
    PowerToDb {
        floor: f32,
        #[serde(rename = "range")]
        top_db: f32,
    },
}

/// What fills a window that the song is too short for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortInput {
    /// The song once more.
    Repeat,
    /// Digital silence.
    Silence,
    /// No samples: the missing frames of the picture are what a compressed value of 0 comes out as, and a window has a
    /// frame for every hop.
    #[serde(rename = "blank")]
    ZeroPad,
}

impl Padding {
    /// For serde: front ends that were stored before there was a choice keep their hash.
    fn is_reflected(&self) -> bool {
        *self == Self::Reflected
    }
}

impl FrontEnd {
    /// blake3 of the recipe; two front ends with the same hash make the same numbers.
    pub fn hash(&self) -> String {
        // Serialising plain data into memory has no way to fail; an empty text would still be a stable hash.
        let recipe = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&recipe).to_hex()[..16].to_owned()
    }

    /// What a band without any power comes out as, in a picture that holds some.
    pub fn silence(&self) -> f32 {
        self.scaled(match self.compression {
            Compression::None => 0.0,
            Compression::NaturalLog { offset: least }
            | Compression::NaturalLogFrom { floor: least } => least.ln(),
            Compression::Decibels { floor } => 10.0 * floor.log10(),
            Compression::PowerToDb { top_db, .. } => -top_db,
        })
    }

    /// What fills the frames of a picture that no sample reaches.
    pub fn blank(&self) -> f32 {
        self.scaled(0.0)
    }

    /// A compressed value as the network gets it.
    pub(super) fn scaled(&self, compressed: f32) -> f32 {
        (compressed + self.shift) / self.divisor
    }

    /// The same front end for windows of another length; windows overlap by the same share.
    pub fn with_window(mut self, seconds: f64) -> Self {
        let longer = seconds / self.window_seconds;
        self.window_hop_seconds = self.window_hop_seconds.map(|hop| hop * longer);
        self.window_seconds = seconds;
        self
    }

    /// Length of a window in samples.
    pub fn window_samples(&self) -> usize {
        (self.window_seconds * f64::from(self.sample_rate_hz)).round() as usize
    }

    /// Length of a window in frames, blank ones at its end counted.
    pub fn window_frames(&self) -> usize {
        let samples = self.window_samples();
        self.frames(samples).max(match self.short_input {
            ShortInput::ZeroPad => samples / self.hop_length,
            ShortInput::Repeat | ShortInput::Silence => 0,
        })
    }

    /// Frames that come of so many samples: where they are centred, one more than the hops that fit; else as many as
    /// lie inside.
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

    /// Numbers in one window: bands by frames.
    pub fn window_size(&self) -> usize {
        self.n_mels * self.window_frames()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default bundle's front end, as it was written before there were framings.
    #[test]
    fn a_front_end_that_was_stored_is_read_and_keeps_its_hash() {
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
    fn a_longer_window_overlaps_by_the_same_share() {
        let long = FrontEnd::efficientat().with_window(30.0);
        assert_eq!(
            (long.window_seconds, long.window_hop_seconds),
            (30.0, Some(15.0))
        );
        assert_eq!(FrontEnd::stern().with_window(30.0).window_hop_seconds, None);
    }
}
