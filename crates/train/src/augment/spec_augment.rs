//! SpecAugment (Park et al. 2019, without its time warping, which the paper finds to matter least): stretches of time and
//! of frequency are covered. The paper fills them with 0, the mean of its normalised log-mels; here with each window's own
//! mean, since front ends differ.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::chance::{check_probability, happens};
use features::mel::Mask;

/// How many masks, and how large each may be at most; its size is drawn evenly from nothing up to that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecAugment {
    /// Share of the windows that are masked at all.
    #[serde(alias = "probability")]
    pub p: f64,
    pub time_masks: usize,
    /// Share of a window's frames that one mask may cover.
    #[serde(alias = "time_share")]
    pub time_fraction: f64,
    pub band_masks: usize,
    /// Share of the mel bands that one mask may cover.
    #[serde(alias = "band_share")]
    pub band_fraction: f64,
}

/// More of each than this would hide a window rather than parts of it.
const MAX_MASKS: usize = 20;

impl SpecAugment {
    /// # Errors
    /// In words, where a number is out of range.
    pub fn check(&self) -> Result<(), String> {
        check_probability(self.p)?;
        let shares = [self.time_fraction, self.band_fraction];
        if !shares.iter().all(|share| (0.0..=0.5).contains(share)) {
            return Err("time_fraction and band_fraction are from 0 to 0.5".into());
        }
        if self.time_masks.max(self.band_masks) > MAX_MASKS {
            return Err(format!("no more than {MAX_MASKS} masks of a kind"));
        }
        Ok(())
    }

    /// The masks of one window; none where it is left as it is.
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

/// A stretch within `0..whole`, of a length drawn up to a share of it, at a place drawn then.
fn random_span(whole: usize, most_share: f64, random: &mut fastrand::Rng) -> Range<usize> {
    let most = (whole as f64 * most_share).round() as usize;
    let length = random.usize(0..=most.min(whole));
    let start = random.usize(0..=whole - length);
    start..start + length
}
