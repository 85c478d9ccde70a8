//! Fits beside what came true.

use super::super::bootstrap::over_artists;
use super::super::{Judged, Reliability, ReliabilityBin};

/// All pairs of track and playlist, the lowest fit first, so that a draw of tracks needs no sorting of its own.
struct InOrder {
    pairs: Vec<Pair>,
    playlists: usize,
    tracks: usize,
}

struct Pair {
    fit: f32,
    truth: bool,
    track: usize,
}

impl InOrder {
    fn new(fits: &[f32], judged: &Judged) -> Self {
        let pair = |(place, &fit): (usize, &f32)| Pair {
            fit,
            truth: judged.truth[place / judged.playlists].contains(&(place % judged.playlists)),
            track: place / judged.playlists,
        };
        let mut pairs: Vec<Pair> = fits.iter().enumerate().map(pair).collect();
        pairs.sort_by(|left, right| left.fit.total_cmp(&right.fit));
        Self {
            pairs,
            playlists: judged.playlists,
            tracks: judged.truth.len(),
        }
    }

    /// Bins of equal mass over the pairs of these tracks; repeats count. Equal fits that fall into two bins share what
    /// came true evenly, so that their order means nothing.
    fn bins(&self, tracks: &[usize], count: usize) -> Vec<ReliabilityBin> {
        let mut times = vec![0_usize; self.tracks];
        tracks.iter().for_each(|&track| times[track] += 1);
        let size = (tracks.len() * self.playlists).div_ceil(count.max(1));
        let empty = ReliabilityBin {
            fit: 0.0,
            rate: 0.0,
            pairs: 0,
        };
        let mut bins: Vec<ReliabilityBin> = Vec::new();
        for equal in self
            .pairs
            .chunk_by(|left, right| left.fit.total_cmp(&right.fit).is_eq())
        {
            let mut left: usize = equal.iter().map(|pair| times[pair.track]).sum();
            let true_ones = equal.iter().filter(|pair| pair.truth);
            let rate = true_ones.map(|pair| times[pair.track]).sum::<usize>() as f64 / left as f64;
            while left > 0 {
                if bins.last().is_none_or(|bin| bin.pairs == size) {
                    bins.push(empty);
                }
                if let Some(bin) = bins.last_mut() {
                    let taken = left.min(size - bin.pairs);
                    bin.fit += f64::from(equal[0].fit) * taken as f64;
                    bin.rate += rate * taken as f64;
                    bin.pairs += taken;
                    left -= taken;
                }
            }
        }
        for bin in &mut bins {
            bin.fit /= bin.pairs as f64;
            bin.rate /= bin.pairs as f64;
        }
        bins
    }

    fn ece(&self, tracks: &[usize], bins: usize) -> f64 {
        let gap = |bin: &ReliabilityBin| bin.pairs as f64 * (bin.fit - bin.rate).abs();
        let gaps: f64 = self.bins(tracks, bins).iter().map(gap).sum();
        gaps / (tracks.len() * self.playlists).max(1) as f64
    }
}

/// Expected calibration error over bins of equal mass: the mean distance between a bin's mean fit and its share of
/// true placements, over all pairs of track and playlist.
pub fn ece(fits: &[f32], judged: &Judged, tracks: &[usize], bins: usize) -> f64 {
    InOrder::new(fits, judged).ece(tracks, bins)
}

impl Reliability {
    /// Of fits `[tracks, playlists]`, in this many bins.
    pub fn new(name: &str, fits: &[f32], judged: &Judged, bins: usize) -> Self {
        let in_order = InOrder::new(fits, judged);
        let of_track = |(track, fits): (usize, &[f32])| {
            let squares = fits.iter().enumerate().map(|(playlist, &fit)| {
                let truth = judged.truth[track].contains(&playlist);
                (f64::from(fit) - f64::from(u8::from(truth))).powi(2)
            });
            super::super::mean(squares)
        };
        let rows = fits.chunks_exact(judged.playlists.max(1));
        let squares: Vec<f64> = rows.enumerate().map(of_track).collect();
        let all: Vec<usize> = (0..judged.truth.len()).collect();
        Self {
            name: name.into(),
            ece: over_artists(judged.artists, |tracks| in_order.ece(tracks, bins)),
            brier: over_artists(judged.artists, |tracks| {
                super::super::mean(tracks.iter().map(|&track| squares[track]))
            }),
            bins: in_order.bins(&all, bins),
        }
    }
}
