//! Pairs of track and playlist from the highest score to the lowest, once: precision and recall along the way.

use crate::bootstrap::{Counts, LANES, added};

/// The pairs of one playlist, or of all, sorted. Equal scores that a placement shares form one step, so nothing hangs
/// on the order of equals.
pub struct Order {
    /// The track of each pair; pairs below the last placement are excluded.
    tracks: Vec<u32>,
    steps: Vec<Step>,
}

/// Where a step's parts end in the order: after pairs that score higher and are no placements, then pairs of this score
/// that are none, then its placements.
struct Step {
    higher: usize,
    tied: usize,
    placed: usize,
}

/// How well an order puts placements first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// As scikit-learn's `average_precision_score`.
    pub average_precision: f64,
    /// As scikit-learn's `roc_auc_score`.
    pub roc_auc: f64,
    /// Share of placements among the n best of the order, which holds n of them; the expectation where equals are
    /// ordered at random.
    pub r_precision: f64,
}

impl Order {
    /// Of scores, their tracks, and whether each is a placement.
    pub fn new(mut pairs: Vec<(f32, u32, bool)>) -> Self {
        pairs.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
        let (mut tracks, mut steps, mut higher) = (Vec::new(), Vec::new(), 0);
        for equals in pairs.chunk_by(|left, right| left.0 == right.0) {
            let those = |placed: bool| {
                let those = equals.iter().filter(move |pair| pair.2 == placed);
                those.map(|pair| pair.1)
            };
            tracks.extend(those(false));
            let tied = tracks.len();
            tracks.extend(those(true));
            if tracks.len() > tied {
                steps.push(Step {
                    higher,
                    tied,
                    placed: tracks.len(),
                });
            }
            higher = tracks.len();
        }
        tracks.truncate(steps.last().map_or(0, |step| step.placed));
        Self { tracks, steps }
    }

    /// The scores in each draw, of which a track counts `counts` times and all pairs `pairs`; `None` if all pairs are
    /// placements or none is.
    pub fn scores(&self, counts: &[Counts], pairs: &Counts) -> [Option<Scores>; LANES] {
        let sum = |sum: Counts, from: usize, to: usize| {
            let tracks = self.tracks[from..to].iter();
            tracks.fold(sum, |sum, &track| added(sum, &counts[track as usize]))
        };
        let none = [0; LANES];
        let placements = self
            .steps
            .iter()
            .fold(none, |all, step| sum(all, step.tied, step.placed));
        let (mut seen, mut found, mut at) = (none, none, 0);
        let mut sums = [Scores::default(); LANES];
        for step in &self.steps {
            seen = sum(seen, at, step.higher);
            let tied = sum(none, step.higher, step.tied);
            let new = sum(none, step.tied, step.placed);
            at = step.placed;
            for lane in (0..LANES).filter(|&lane| new[lane] > 0) {
                let size = f64::from(tied[lane] + new[lane]);
                let before = f64::from(seen[lane]);
                let negatives = f64::from(seen[lane] - found[lane]);
                let (fresh, held) = (f64::from(new[lane]), f64::from(found[lane] + new[lane]));
                let room = f64::from(placements[lane]) - before;
                let sums = &mut sums[lane];
                sums.average_precision += fresh * held / (before + size);
                sums.roc_auc += fresh * (negatives + f64::from(tied[lane]) / 2.0);
                sums.r_precision += fresh * (room / size).clamp(0.0, 1.0);
            }
            seen = added(added(seen, &tied), &new);
            found = added(found, &new);
        }
        std::array::from_fn(|lane| {
            let others = f64::from(pairs[lane] - placements[lane]);
            let placements = f64::from(placements[lane]);
            (placements > 0.0 && others > 0.0).then(|| Scores {
                average_precision: sums[lane].average_precision / placements,
                roc_auc: 1.0 - sums[lane].roc_auc / (placements * others),
                r_precision: sums[lane].r_precision / placements,
            })
        })
    }
}
