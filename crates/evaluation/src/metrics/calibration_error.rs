//! Fits beside what came true, once sorted: the Brier score and the calibration error.

use crate::ECE_BINS;
use crate::bootstrap::{Counts, LANES};

/// The pairs of one playlist, or of all, the lowest fit first.
pub struct CalibrationError {
    pairs: Vec<FitPair>,
}

struct FitPair {
    track: u32,
    fit: f32,
    placed: bool,
    /// Whether the next fit is another.
    last: bool,
}

/// How far fits are from the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// Mean squared distance, as scikit-learn's `brier_score_loss`.
    pub brier: f64,
    /// Expected calibration error over bins of equal mass: the mean distance between a bin's mean fit and its fraction of
    /// placements. Equal fits at the edge of a bin are spread evenly over the two bins.
    pub ece: f64,
    /// Whether some pairs are placements and some are not.
    pub mixed: bool,
}

impl CalibrationError {
    /// Of fits, their tracks, and whether each is a placement.
    pub fn new(mut pairs: Vec<(f32, u32, bool)>) -> Self {
        pairs.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let next = pairs.iter().skip(1).map(|pair| Some(pair.0)).chain([None]);
        let pairs = pairs.iter().zip(next).map(|(pair, next)| FitPair {
            track: pair.1,
            fit: pair.0,
            placed: pair.2,
            last: next != Some(pair.0),
        });
        Self {
            pairs: pairs.collect(),
        }
    }

    /// The errors in each draw, of which a track counts `counts` times and all pairs `pairs`.
    pub fn errors(&self, counts: &[Counts], pairs: &Counts) -> [Errors; LANES] {
        let mut draws = pairs.map(Sums::new);
        for pair in &self.pairs {
            let counts = &counts[pair.track as usize];
            let gap = f64::from(pair.fit) - f64::from(u8::from(pair.placed));
            for (draw, &count) in draws.iter_mut().zip(counts) {
                draw.add(f64::from(count), gap);
            }
            if pair.placed {
                let draws = draws.iter_mut().zip(counts);
                draws.for_each(|(draw, &count)| draw.placements += count);
            }
            if pair.last {
                draws.iter_mut().for_each(Sums::flush_ties);
            }
        }
        draws.map(Sums::errors)
    }
}

/// What one draw has come to so far; weights are in pairs, gaps are sums of fit less truth.
#[derive(Default)]
struct Sums {
    pairs: u32,
    placements: u32,
    squares: f64,
    /// Of the fit that is being read.
    weight: f64,
    gap: f64,
    /// Of the bin that is being filled, and how much goes into each.
    room: f64,
    bin_gap: f64,
    bin: f64,
    /// Sum over the full bins of how far their gap is from 0.
    filled: f64,
}

impl Sums {
    fn new(pairs: u32) -> Self {
        let bin = f64::from(pairs.div_ceil(ECE_BINS as u32));
        Self {
            pairs,
            bin,
            room: bin,
            ..Self::default()
        }
    }

    fn add(&mut self, count: f64, gap: f64) {
        self.weight += count;
        self.gap += count * gap;
        self.squares += count * gap * gap;
    }

    /// Puts the pairs of one fit into as many bins as they fill.
    fn flush_ties(&mut self) {
        while self.weight >= self.room && self.weight > 0.0 {
            let part = self.gap * self.room / self.weight;
            self.filled += (self.bin_gap + part).abs();
            self.gap -= part;
            self.weight -= self.room;
            (self.bin_gap, self.room) = (0.0, self.bin);
        }
        self.bin_gap += self.gap;
        self.room -= self.weight;
        (self.weight, self.gap) = (0.0, 0.0);
    }

    fn errors(self) -> Errors {
        let pairs = f64::from(self.pairs.max(1));
        Errors {
            brier: self.squares / pairs,
            ece: (self.filled + self.bin_gap.abs()) / pairs,
            mixed: self.placements > 0 && self.placements < self.pairs,
        }
    }
}
