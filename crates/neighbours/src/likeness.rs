//! What a cosine means in one bundle. Stored tracks come in, and out goes how near a song is to each of them for tracks
//! of such a neighbourhood, and how many pairs by different artists are less alike.
//!
//! The embeddings are centred first, since the direction that all share says nothing, and mutual proximity keeps a
//! track that is near to everything from being everyone's neighbour. One mean and one deviation are kept of each stored
//! track, so that a song costs one pass over them. `scripts/neighbour_scalings.py` compares this with other ways.

use rayon::prelude::*;

use super::Neighbours;
use super::proximity::{Spread, mutual_proximity};
use super::quantiles::Quantiles;
use super::vectors::dot;

/// Pairs that the quantiles are taken of; of more, whole rows at equal steps.
const MOST_PAIRS: usize = 1 << 21;

/// How alike the tracks of one bundle are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likeness {
    centre: Centre,
    /// One a stored track, in their order.
    places: Vec<Place>,
    spreads: Vec<Spread>,
    /// Of the cosine of strangers.
    pairs: Quantiles,
}

impl Likeness {
    /// From all pairs of stored tracks by different `owners` (one name a track).
    pub fn learn(neighbours: &Neighbours, owners: &[String]) -> Self {
        let mut likeness = Self::placed(neighbours);
        let rows: Vec<&[f32]> = neighbours.rows().collect();
        let strangers = |track: usize| {
            let others = (0..rows.len()).filter(|&other| owners[other] != owners[track]);
            let cosine = |other: usize| (other, dot(rows[track], rows[other]));
            others.map(cosine).collect::<Vec<_>>()
        };
        let spread = |track: usize| {
            let centred = |&(other, cosine): &(usize, f32)| likeness.centred(track, other, cosine);
            Spread::of(strangers(track).iter().map(centred))
        };
        let tracks = 0..rows.len();
        likeness.spreads = tracks.into_par_iter().map(spread).collect();
        let step = (rows.len() * rows.len()).div_ceil(MOST_PAIRS).max(1);
        let sampled: Vec<usize> = (0..rows.len()).step_by(step).collect();
        let cosines = |track| strangers(track).into_iter().map(|stranger| stranger.1);
        likeness.pairs = Quantiles::of(sampled.into_par_iter().flat_map_iter(cosines).collect());
        likeness
    }

    /// From the numbers that [`Self::spreads`] and [`Self::pairs`] gave; none where they are not those of these tracks.
    pub fn stored(neighbours: &Neighbours, spreads: &[f32], pairs: Vec<f32>) -> Option<Self> {
        let (spreads, rest) = spreads.as_chunks();
        let spread = |&[mean, deviation]: &[f32; 2]| Spread { mean, deviation };
        let whole = rest.is_empty() && spreads.len() == neighbours.tracks.len();
        Some(Self {
            spreads: spreads.iter().map(spread).collect(),
            pairs: Quantiles::stored(pairs)?,
            ..Self::placed(neighbours)
        })
        .filter(|_| whole)
    }

    /// `[tracks, 2]`: mean and deviation of each track's centred cosine with strangers.
    pub fn spreads(&self) -> Vec<f32> {
        let numbers = |spread: &Spread| [spread.mean, spread.deviation];
        self.spreads.iter().flat_map(numbers).collect()
    }

    /// Quantiles of the cosine of two strangers, 0 to 100 %; empty where all tracks are by one owner.
    pub fn pairs(&self) -> &[f32] {
        self.pairs.values()
    }

    /// How near a unit vector is to each stored track, in their order, 0 to 1; `similarities` are its cosines with
    /// them.
    pub fn proximities(&self, query: &[f32], similarities: &[f32]) -> Vec<f64> {
        let place = self.centre.place(query);
        let stored = self.places.iter().zip(similarities);
        let centred: Vec<f32> = stored
            .map(|(&other, &similarity)| self.centre.cosine(similarity, place, other))
            .collect();
        let own = Spread::of(centred.iter().copied());
        let others = centred.iter().zip(&self.spreads);
        others
            .map(|(&similarity, &other)| mutual_proximity(similarity, own, other))
            .collect()
    }

    /// How many of 100 pairs of stored tracks by different artists have a lower cosine than this; none where there are
    /// no such pairs.
    ///
    /// Of cosines and not of proximities: these are relative to a song's own surroundings, so that even speech, which
    /// is like nothing in a bundle of music, has tracks at the 99th percentile of proximity.
    pub fn percentile(&self, cosine: f32) -> Option<f64> {
        Some(100.0 * self.pairs.share_below(cosine)?)
    }

    fn placed(neighbours: &Neighbours) -> Self {
        let centre = Centre::of(neighbours);
        Self {
            places: neighbours.rows().map(|row| centre.place(row)).collect(),
            centre,
            ..Self::default()
        }
    }

    fn centred(&self, one: usize, other: usize, similarity: f32) -> f32 {
        self.centre
            .cosine(similarity, self.places[one], self.places[other])
    }
}

/// The mean of all stored embeddings.
#[derive(Clone, Debug, Default, PartialEq)]
struct Centre {
    /// `[width]`
    mean: Vec<f32>,
    squared: f32,
}

/// Where a vector stands as seen from the centre.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    /// Dot product with the centre.
    along: f32,
    /// Distance from it.
    away: f32,
}

/// A vector on the centre has no direction from it.
const LEAST_AWAY: f32 = 1e-6;

impl Centre {
    fn of(neighbours: &Neighbours) -> Self {
        let mut sums = vec![0.0_f64; neighbours.width];
        for row in neighbours.rows() {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let count = neighbours.tracks.len().max(1) as f64;
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        Self {
            squared: dot(&mean, &mean),
            mean,
        }
    }

    fn place(&self, row: &[f32]) -> Place {
        let along = dot(row, &self.mean);
        let squared = dot(row, row) - 2.0 * along + self.squared;
        Place {
            along,
            away: squared.max(0.0).sqrt(),
        }
    }

    /// Cosine of two vectors less the mean, from the cosine of the vectors as they are.
    fn cosine(&self, similarity: f32, one: Place, other: Place) -> f32 {
        let product = one.away * other.away;
        if product < LEAST_AWAY {
            return 0.0;
        }
        (similarity - one.along - other.along + self.squared) / product
    }
}

#[cfg(test)]
mod tests;
