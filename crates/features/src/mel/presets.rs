//! The front ends that networks were trained on, by name.

use super::{Compression, FrontEnd, MelScale, Padding, ShortInput, WindowFunction};

/// No preset has this name.
#[derive(Debug, thiserror::Error)]
#[error("{0}: unknown front end; choose one of {known}", known = FrontEnd::PRESETS.join(", "))]
pub struct UnknownFrontEnd(String);

impl FrontEnd {
    /// Names of the presets.
    pub const PRESETS: [&str; 5] = ["ast", "efficientat", "librosa", "musicnn", "stern"];

    /// The preset with this name.
    ///
    /// # Errors
    /// If no preset has this name.
    pub fn preset(name: &str) -> Result<Self, UnknownFrontEnd> {
        match name {
            "ast" => Ok(Self::ast()),
            "efficientat" => Ok(Self::efficientat()),
            "librosa" => Ok(Self::librosa()),
            "musicnn" => Ok(Self::musicnn()),
            "stern" => Ok(Self::stern()),
            _ => Err(UnknownFrontEnd(name.into())),
        }
    }

    /// What the Audio Spectrogram Transformer was trained on (Gong et al. 2021, `dataloader.py`; the same as
    /// transformers' `ASTFeatureExtractor`): `torchaudio.compliance.kaldi.fbank` at 16 kHz, then AudioSet's mean and
    /// twice its standard deviation. 10.24 s give `[128, 1024]`, of which the last two frames are zero-padded, as no
    /// complete frame fits; a shorter song has more. The mean of the recording, which the original subtracts, is removed
    /// with the mean of each frame.
    #[must_use]
    pub fn ast() -> Self {
        Self {
            name: "ast".into(),
            sample_rate_hz: 16_000,
            n_fft: 512,
            win_length: 400,
            window_function: WindowFunction::HannSymmetric,
            hop_length: 160,
            padding: Padding::Inside,
            pre_emphasis: Some(0.97),
            n_mels: 128,
            mel_scale: MelScale::Kaldi,
            fmin: 20.0,
            fmax: 8_000.0,
            compression: Compression::NaturalLogFrom {
                floor: f32::EPSILON,
            },
            shift: 4.267_739_3,
            divisor: 2.0 * 4.568_997_4,
            window_seconds: 10.24,
            window_hop_seconds: Some(5.12),
            short_input: ShortInput::ZeroPad,
        }
    }

    /// What EfficientAT's networks were trained on (Schmid et al. 2023, `models/preprocess.py`, `AugmentMelSTFT` when
    /// it does not augment): 10 s at 32 kHz give `[128, 1000]`.
    #[must_use]
    pub fn efficientat() -> Self {
        Self {
            name: "efficientat".into(),
            sample_rate_hz: 32_000,
            n_fft: 1024,
            win_length: 800,
            window_function: WindowFunction::HannSymmetric,
            hop_length: 320,
            padding: Padding::Reflected,
            pre_emphasis: Some(0.97),
            n_mels: 128,
            mel_scale: MelScale::Kaldi,
            fmin: 0.0,
            fmax: 15_000.0,
            compression: Compression::NaturalLog { offset: 1e-5 },
            shift: 4.5,
            divisor: 5.0,
            window_seconds: 10.0,
            window_hop_seconds: Some(5.0),
            short_input: ShortInput::Repeat,
        }
    }

    /// The playlist study's: the first 120 s at 44.1 kHz, `torchaudio.transforms.MelSpectrogram` with the sizes of the
    /// course that the study builds on; the study does not state them. Gives `[64, 10336]`.
    #[must_use]
    pub fn stern() -> Self {
        Self {
            name: "stern".into(),
            sample_rate_hz: 44_100,
            n_fft: 1024,
            win_length: 1024,
            window_function: WindowFunction::HannPeriodic,
            hop_length: 512,
            padding: Padding::Reflected,
            pre_emphasis: None,
            n_mels: 64,
            mel_scale: MelScale::Htk,
            fmin: 0.0,
            fmax: 22_050.0,
            compression: Compression::None,
            shift: 0.0,
            divisor: 1.0,
            window_seconds: 120.0,
            window_hop_seconds: None,
            short_input: ShortInput::Silence,
        }
    }

    /// What Won et al. 2020 trained their taggers on (`minzwon/sota-music-tagging-models`, `training/model.py`):
    /// `torchaudio.transforms.MelSpectrogram` and `AmplitudeToDB` with its defaults; the networks' first batch
    /// normalisation does the rest. Musicnn takes 3 s, `[96, 188]`; the fully convolutional network takes 29 s,
    /// `[96, 1813]`, by [`FrontEnd::with_window`].
    #[must_use]
    pub fn musicnn() -> Self {
        Self {
            name: "musicnn".into(),
            sample_rate_hz: 16_000,
            n_fft: 512,
            win_length: 512,
            window_function: WindowFunction::HannPeriodic,
            hop_length: 256,
            padding: Padding::Reflected,
            pre_emphasis: None,
            n_mels: 96,
            mel_scale: MelScale::Htk,
            fmin: 0.0,
            fmax: 8_000.0,
            compression: Compression::Decibels { floor: 1e-10 },
            shift: 0.0,
            divisor: 1.0,
            window_seconds: 3.0,
            window_hop_seconds: Some(3.0),
            short_input: ShortInput::Repeat,
        }
    }

    /// What the genre studies computed: `librosa.feature.melspectrogram` with its defaults and `power_to_db` relative to
    /// the maximum of the window, over 30 s, the length of their clips: `[128, 1292]`. Shift and divisor standardise the
    /// values of music (70 clips of ten genres: mean -41.7 dB, standard deviation 15.5 dB).
    #[must_use]
    pub fn librosa() -> Self {
        Self {
            name: "librosa".into(),
            sample_rate_hz: 22_050,
            n_fft: 2048,
            win_length: 2048,
            window_function: WindowFunction::HannPeriodic,
            hop_length: 512,
            padding: Padding::Silent,
            pre_emphasis: None,
            n_mels: 128,
            mel_scale: MelScale::Slaney,
            fmin: 0.0,
            fmax: 11_025.0,
            compression: Compression::PowerToDb {
                floor: 1e-10,
                top_db: 80.0,
            },
            shift: 42.0,
            divisor: 15.5,
            window_seconds: 30.0,
            window_hop_seconds: Some(15.0),
            short_input: ShortInput::Repeat,
        }
    }
}
