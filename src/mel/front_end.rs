//! The recipe of a log-mel, its presets, and its hash.

use serde::{Deserialize, Serialize};

/// How samples become the windows that a network sees. Constants carry their unit; all else follows from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontEnd {
    pub name: String,
    pub sample_rate_hz: u32,
    /// Length of the Fourier transform in samples; even.
    pub fft_size: usize,
    /// Length of the analysis window in samples, centred in the transform.
    pub window_length: usize,
    pub window_shape: WindowShape,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Each sample less this share of the one before; the first sample falls away.
    pub pre_emphasis: Option<f32>,
    pub mel_bands: usize,
    pub mel_scale: MelScale,
    pub lowest_hz: f64,
    pub highest_hz: f64,
    pub compression: Compression,
    /// Added to a compressed value, which is then divided by `divisor`.
    pub shift: f32,
    pub divisor: f32,
    /// How much of a song the network sees at once, in seconds.
    pub window_seconds: f64,
    /// From one window to the next along a song, in seconds; none sees only the song's beginning.
    pub window_hop_seconds: Option<f64>,
    pub short_song: ShortSong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowShape {
    /// Hann over `window_length`, as for a periodic signal.
    HannPeriodic,
    /// Hann whose both ends are zero.
    HannSymmetric,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MelScale {
    /// `torchaudio.compliance.kaldi.get_mel_banks`: triangles over mels, 1127 ln(1 + f/700).
    Kaldi,
    /// `torchaudio.functional.melscale_fbanks`: triangles over hertz, 2595 log10(1 + f/700).
    Htk,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// The power as it is.
    None,
    /// ln(power + offset).
    NaturalLog { offset: f32 },
}

/// What fills a window that the song is too short for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortSong {
    /// The song once more.
    Repeat,
    /// Digital silence.
    Silence,
}

#[derive(Debug, thiserror::Error)]
#[error("there is no front end named \"{0}\"; there are: efficientat, stern")]
pub struct UnknownFrontEnd(String);

impl FrontEnd {
    /// # Errors
    /// Where no preset has this name.
    pub fn preset(name: &str) -> Result<Self, UnknownFrontEnd> {
        match name {
            "efficientat" => Ok(Self::efficientat()),
            "stern" => Ok(Self::stern()),
            _ => Err(UnknownFrontEnd(name.into())),
        }
    }

    /// What EfficientAT's networks were trained on (Schmid et al. 2023, `models/preprocess.py`, `AugmentMelSTFT` when
    /// it does not augment): 10 s at 32 kHz give `[128, 1000]`.
    pub fn efficientat() -> Self {
        Self {
            name: "efficientat".into(),
            sample_rate_hz: 32_000,
            fft_size: 1024,
            window_length: 800,
            window_shape: WindowShape::HannSymmetric,
            hop: 320,
            pre_emphasis: Some(0.97),
            mel_bands: 128,
            mel_scale: MelScale::Kaldi,
            lowest_hz: 0.0,
            highest_hz: 15_000.0,
            compression: Compression::NaturalLog { offset: 1e-5 },
            shift: 4.5,
            divisor: 5.0,
            window_seconds: 10.0,
            window_hop_seconds: Some(5.0),
            short_song: ShortSong::Repeat,
        }
    }

    /// The playlist study's: the first 120 s at 44.1 kHz, `torchaudio.transforms.MelSpectrogram` with the sizes of the
    /// course that the study builds on; the study does not state them. Gives `[64, 10336]`.
    pub fn stern() -> Self {
        Self {
            name: "stern".into(),
            sample_rate_hz: 44_100,
            fft_size: 1024,
            window_length: 1024,
            window_shape: WindowShape::HannPeriodic,
            hop: 512,
            pre_emphasis: None,
            mel_bands: 64,
            mel_scale: MelScale::Htk,
            lowest_hz: 0.0,
            highest_hz: 22_050.0,
            compression: Compression::None,
            shift: 0.0,
            divisor: 1.0,
            window_seconds: 120.0,
            window_hop_seconds: None,
            short_song: ShortSong::Silence,
        }
    }

    /// blake3 of the recipe; two front ends with the same hash make the same numbers.
    pub fn hash(&self) -> String {
        // Serialising plain data into memory has no way to fail; an empty text would still be a stable hash.
        let recipe = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&recipe).to_hex()[..16].to_owned()
    }

    /// What a band without any power comes out as.
    pub fn silence(&self) -> f32 {
        let power = match self.compression {
            Compression::None => 0.0,
            Compression::NaturalLog { offset } => offset.ln(),
        };
        (power + self.shift) / self.divisor
    }

    /// Length of a window in samples.
    pub fn window_samples(&self) -> usize {
        (self.window_seconds * f64::from(self.sample_rate_hz)).round() as usize
    }

    /// Length of a window in frames.
    pub fn window_frames(&self) -> usize {
        self.frames(self.window_samples())
    }

    /// Frames that come of so many samples: one more than the hops that fit, as frames are centred.
    pub fn frames(&self, samples: usize) -> usize {
        let left = samples.saturating_sub(usize::from(self.pre_emphasis.is_some()));
        if left == 0 { 0 } else { left / self.hop + 1 }
    }

    /// Numbers in one window: bands by frames.
    pub fn window_size(&self) -> usize {
        self.mel_bands * self.window_frames()
    }
}
