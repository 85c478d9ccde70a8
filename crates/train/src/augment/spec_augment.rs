//! SpecAugment (Park et al. 2019, without its time warping, which the paper finds to matter least): spans of frames and of
//! mel bands are masked. The paper fills them with 0, the mean of its normalised log-mels; here with each window's own
//! mean, because front ends differ.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::chance::{check_probability, happens};
use features::mel::Mask;

/// Number and largest size of the masks; the size of each is drawn uniformly from 0 up to that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecAugment {
    /// Probability that a window is masked.
    ///
    /// Unit: probability. Range: 0 to 1.
    #[serde(alias = "probability")]
    pub p: f64,
    /// Masks over frames.
    ///
    /// Unit: masks. Range: 0 to 20.
    pub time_masks: usize,
    /// Largest fraction of a window's frames in one mask.
    ///
    /// Unit: fraction. Range: 0 to 0.5.
    #[serde(alias = "time_share")]
    pub time_fraction: f64,
    /// Masks over mel bands.
    ///
    /// Unit: masks. Range: 0 to 20.
    pub band_masks: usize,
    /// Largest fraction of the mel bands in one mask.
    ///
    /// Unit: fraction. Range: 0 to 0.5.
    #[serde(alias = "band_share")]
    pub band_fraction: f64,
}

/// More masks of a kind would cover a window rather than parts of it.
const MAX_MASKS: usize = 20;

impl SpecAugment {
    /// Checks the ranges.
    ///
    /// # Errors
    /// Returns text that names the key.
    pub fn check(&self) -> Result<(), String> {
        check_probability(self.p)?;
        let fractions = [self.time_fraction, self.band_fraction];
        if !fractions
            .iter()
            .all(|fraction| (0.0..=0.5).contains(fraction))
        {
            return Err("time_fraction and band_fraction are from 0 to 0.5".into());
        }
        if self.time_masks.max(self.band_masks) > MAX_MASKS {
            return Err(format!("no more than {MAX_MASKS} masks of a kind"));
        }
        Ok(())
    }

    /// Draws the masks of one window `[bands, frames]`; empty if it is not masked.
    pub fn draw(&self, bands: usize, frames: usize, random: &mut fastrand::Rng) -> Vec<Mask> {
        if !happens(self.p, random) {
            return Vec::new();
        }
        let mut masks = Vec::new();
        for _ in 0..self.time_masks {
            let frames = random_span(frames, self.time_fraction, random);
            masks.push(Mask {
                bands: 0..bands,
                frames,
            });
        }
        for _ in 0..self.band_masks {
            let bands = random_span(bands, self.band_fraction, random);
            masks.push(Mask {
                bands,
                frames: 0..frames,
            });
        }
        masks
    }
}

/// A span within `0..whole`: its length drawn uniformly up to a fraction of it, then its start.
fn random_span(whole: usize, max_fraction: f64, random: &mut fastrand::Rng) -> Range<usize> {
    let max = (whole as f64 * max_fraction).round() as usize;
    let length = random.usize(0..=max.min(whole));
    let start = random.usize(0..=whole - length);
    start..start + length
}
