//! From a logit to a probability that means what it says.

use serde::{Deserialize, Serialize};

use super::Judged;

/// `fit = sigmoid(slope * logit + offset)` (Platt 1999), the same for every playlist: small lists have too few tracks
/// for numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub slope: f64,
    pub offset: f64,
}

impl Default for Calibration {
    /// Leaves the sigmoid as it is.
    fn default() -> Self {
        Self {
            slope: 1.0,
            offset: 0.0,
        }
    }
}

const STEPS: usize = 100;
const ENOUGH: f64 = 1e-9;

impl Calibration {
    /// The probability that a song with this logit is on the playlist at this place.
    pub fn fit(&self, _playlist: usize, logit: f32) -> f64 {
        1.0 / (1.0 + (-(self.slope * f64::from(logit) + self.offset)).exp())
    }

    /// The slope and offset under which the truth is likeliest, by Newton's method; song logits as in `judged`, of
    /// artists that did not train the network. Without both positives and negatives the sigmoid stays as it is.
    pub fn learn(judged: &Judged) -> Self {
        let pairs: Vec<(f64, f64)> = pairs(
            judged.scores,
            judged,
            &(0..judged.truth.len()).collect::<Vec<_>>(),
        )
        .collect();
        let positives = pairs.iter().filter(|pair| pair.1 == 1.0).count();
        if positives == 0 || positives == pairs.len() {
            return Self::default();
        }
        let mut learned = Self::default();
        for _ in 0..STEPS {
            let Some(step) = learned.newton_step(&pairs) else {
                break;
            };
            learned.slope -= step.0;
            learned.offset -= step.1;
            if step.0.abs() + step.1.abs() < ENOUGH {
                break;
            }
        }
        let sound = learned.slope.is_finite() && learned.offset.is_finite() && learned.slope > 0.0;
        if sound { learned } else { Self::default() }
    }

    /// Inverse Hessian times gradient of the negative log-likelihood; a little ridge keeps separable data finite.
    fn newton_step(self, pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
        const RIDGE: f64 = 1e-3;
        let mut gradient = (RIDGE * (self.slope - 1.0), RIDGE * self.offset);
        let mut hessian = (RIDGE, 0.0, RIDGE);
        for &(logit, truth) in pairs {
            let fit = 1.0 / (1.0 + (-(self.slope * logit + self.offset)).exp());
            let (error, weight) = (fit - truth, fit * (1.0 - fit));
            gradient = (gradient.0 + error * logit, gradient.1 + error);
            hessian = (
                hessian.0 + weight * logit * logit,
                hessian.1 + weight * logit,
                hessian.2 + weight,
            );
        }
        let determinant = hessian.0 * hessian.2 - hessian.1 * hessian.1;
        let step = (
            (hessian.2 * gradient.0 - hessian.1 * gradient.1) / determinant,
            (hessian.0 * gradient.1 - hessian.1 * gradient.0) / determinant,
        );
        (step.0.is_finite() && step.1.is_finite()).then_some(step)
    }
}

/// Expected calibration error over bins of equal mass: the mean distance between a bin's mean fit and its share of
/// true placements, over all pairs of track and playlist. The plain way, against which the fast one is tested.
#[cfg(test)]
pub fn ece(fits: &[f32], judged: &Judged, tracks: &[usize], bins: usize) -> f64 {
    let mut pairs: Vec<(f64, f64)> = pairs(fits, judged, tracks).collect();
    pairs.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let size = pairs.len().div_ceil(bins).max(1);
    let gap = |bin: &[(f64, f64)]| bin.iter().map(|pair| pair.0 - pair.1).sum::<f64>().abs();
    pairs.chunks(size).map(gap).sum::<f64>() / pairs.len().max(1) as f64
}

fn pairs<'a>(
    values: &'a [f32],
    judged: &'a Judged,
    tracks: &'a [usize],
) -> impl Iterator<Item = (f64, f64)> + 'a {
    tracks.iter().flat_map(move |&track| {
        (0..judged.playlists).map(move |playlist| {
            let truth = f64::from(u8::from(judged.truth[track].contains(&playlist)));
            (
                f64::from(values[track * judged.playlists + playlist]),
                truth,
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tracks whose truth is drawn with a known probability from their logit.
    fn world(slope: f64, offset: f64) -> (Vec<f32>, Vec<Vec<usize>>, Vec<String>) {
        let mut random = fastrand::Rng::with_seed(7);
        let logits: Vec<f32> = (0..20_000).map(|_| random.f32() * 8.0 - 4.0).collect();
        let known = Calibration { slope, offset };
        let truth = logits
            .iter()
            .map(|&logit| {
                if random.f64() < known.fit(0, logit) {
                    vec![0]
                } else {
                    vec![]
                }
            })
            .collect();
        let artists = (0..logits.len()).map(|n| n.to_string()).collect();
        (logits, truth, artists)
    }

    #[test]
    fn the_known_slope_and_offset_are_found_and_lower_the_error() {
        let (logits, truth, artists) = world(0.5, -1.0);
        let judged = Judged {
            scores: &logits,
            truth: &truth,
            artists: &artists,
            playlists: 1,
        };
        let learned = Calibration::learn(&judged);
        assert!(
            (learned.slope - 0.5).abs() < 0.05 && (learned.offset + 1.0).abs() < 0.05,
            "{learned:?}"
        );
        let tracks: Vec<usize> = (0..truth.len()).collect();
        let fits = |by: Calibration| {
            logits
                .iter()
                .map(|&logit| by.fit(0, logit) as f32)
                .collect::<Vec<_>>()
        };
        let before = ece(&fits(Calibration::default()), &judged, &tracks, 10);
        let after = ece(&fits(learned), &judged, &tracks, 10);
        assert!(after < 0.02 && before > 5.0 * after, "{before} to {after}");
    }

    #[test]
    fn one_sided_or_separable_truth_leaves_finite_numbers() {
        let (logits, _, artists) = world(1.0, 0.0);
        let nothing = vec![vec![]; logits.len()];
        let judged = Judged {
            scores: &logits,
            truth: &nothing,
            artists: &artists,
            playlists: 1,
        };
        assert_eq!(Calibration::learn(&judged), Calibration::default());
        let split: Vec<Vec<usize>> = logits
            .iter()
            .map(|&logit| if logit > 0.0 { vec![0] } else { vec![] })
            .collect();
        let learned = Calibration::learn(&Judged {
            truth: &split,
            ..judged
        });
        assert!(learned.slope.is_finite() && learned.slope > 0.0);
    }
}
