//! Decibels on librosa's Slaney bands in, EfficientAT's log-mel on Kaldi's bands out; the columns stay.
//!
//! Each Kaldi band takes the level between the two Slaney bands whose centres are nearest, and then what its own filter
//! would have added: EfficientAT's pre-emphasis at its centre, and its width, because Kaldi's triangles have unit height
//! and Slaney's unit area. The clip's true level is not in its picture, so all get the same one.

use super::pictures::{BANDS, COLUMNS};

const MAX_SLANEY_HZ: f64 = 11_025.0;
const MAX_KALDI_HZ: f64 = 15_000.0;
/// A bin of EfficientAT's transform: 32 kHz over 1024.
const BIN_HZ: f64 = 32_000.0 / 1024.0;
const RATE_HZ: f64 = 32_000.0;
const PRE_EMPHASIS: f64 = 0.97;
/// Between the two transforms (their lengths and windows): energy of a Hann window of 800 over one of 2048 samples, and
/// the rates, for a noise of the same density.
const TRANSFORMS: f64 = 32_000.0 * 300.0 / (768.0 * 2048.0);
/// Level of a clip's maximum above full scale of a band, so that pictures lie where AudioSet's clips lie; found on the
/// validation list.
const LEVEL_DECIBELS: f64 = 30.0;
/// ln(power + offset), then (x + shift) / divisor.
const OFFSET: f32 = 1e-5;
const SHIFT: f32 = 4.5;
const DIVISOR: f32 = 5.0;

pub struct Warp {
    /// Of each Kaldi band the lower Slaney band, the share of the one above, and what is added in decibels; none above
    /// the picture's range.
    bands: Vec<Option<(usize, f32, f32)>>,
}

impl Warp {
    /// What a band without power comes out as: ln(1e-5) shifted and divided.
    pub const FLOOR: f32 = -1.402_585;

    pub fn new() -> Self {
        let slaney: Vec<f64> = corners(slaney_mel(MAX_SLANEY_HZ)).map(slaney_hz).collect();
        let kaldi: Vec<f64> = corners(kaldi_mel(MAX_KALDI_HZ)).map(kaldi_hz).collect();
        let band = |corner: &[f64]| {
            let [low, centre, high] = [corner[0], corner[1], corner[2]];
            if centre > MAX_SLANEY_HZ {
                return None;
            }
            let centres = &slaney[1..=BANDS];
            let above = centres
                .partition_point(|&other| other <= centre)
                .clamp(1, BANDS - 1);
            let (left, right) = (centres[above - 1], centres[above]);
            let share = ((centre - left) / (right - left)).clamp(0.0, 1.0);
            let angle = std::f64::consts::TAU * centre / RATE_HZ;
            let emphasis = 1.0 + PRE_EMPHASIS * PRE_EMPHASIS - 2.0 * PRE_EMPHASIS * angle.cos();
            let width = (high - low) / 2.0 / BIN_HZ;
            let added = 10.0 * (TRANSFORMS * emphasis * width).log10() + LEVEL_DECIBELS;
            Some((above - 1, share as f32, added as f32))
        };
        Self {
            bands: kaldi.windows(3).map(band).collect(),
        }
    }

    /// `[BANDS, COLUMNS]` decibels to the same shape in EfficientAT's units.
    pub fn lay(&self, decibels: &[f32]) -> Vec<f32> {
        let row = |band: usize| &decibels[band * COLUMNS..(band + 1) * COLUMNS];
        let mut laid = Vec::with_capacity(BANDS * COLUMNS);
        for band in &self.bands {
            match band {
                None => laid.extend(std::iter::repeat_n(Self::FLOOR, COLUMNS)),
                &Some((lower, share, added)) => {
                    let values = row(lower).iter().zip(row(lower + 1));
                    laid.extend(values.map(|(low, high)| {
                        let power = 10_f32.powf((low + share * (high - low) + added) / 10.0);
                        ((power + OFFSET).ln() + SHIFT) / DIVISOR
                    }));
                }
            }
        }
        laid
    }
}

/// `BANDS + 2` places at equal distances from 0 to `highest`.
fn corners(highest: f64) -> impl Iterator<Item = f64> {
    (0..BANDS + 2).map(move |place| highest * place as f64 / (BANDS + 1) as f64)
}

fn kaldi_mel(hz: f64) -> f64 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

fn kaldi_hz(mel: f64) -> f64 {
    700.0 * ((mel / 1127.0).exp() - 1.0)
}

/// Slaney's scale is linear up to here, then logarithmic.
const BREAK_HZ: f64 = 1000.0;
const LINEAR_HZ: f64 = 200.0 / 3.0;

fn logarithmic_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn slaney_mel(hz: f64) -> f64 {
    let linear = BREAK_HZ / LINEAR_HZ;
    if hz < BREAK_HZ {
        hz / LINEAR_HZ
    } else {
        linear + (hz / BREAK_HZ).ln() / logarithmic_step()
    }
}

fn slaney_hz(mel: f64) -> f64 {
    let linear = BREAK_HZ / LINEAR_HZ;
    if mel < linear {
        mel * LINEAR_HZ
    } else {
        BREAK_HZ * (logarithmic_step() * (mel - linear)).exp()
    }
}
