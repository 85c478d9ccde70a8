//! What a cosine means in one bundle. Stored tracks come in, and out goes how near a song is to each of them for tracks
//! of such a neighbourhood, and how many pairs by different artists are less alike.
//!
//! The embeddings are centred first, since the direction that all share says nothing, and mutual proximity keeps a
//! track that is near to everything from being everyone's neighbour. One mean and one deviation are kept of each stored
//! track, so that a song costs one pass over them. `scripts/neighbour_scalings.py` compares this with other ways.

use rayon::prelude::*;

use super::Neighbours;
use super::proximity::{MeanStd, mutual_proximity};
use super::quantiles::Quantiles;
use super::vectors::dot;

/// Pairs that the quantiles are taken of; of more, whole rows at equal steps.
const MAX_PAIRS: usize = 1 << 21;

/// How alike the tracks of one bundle are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimilarityStats {
    centre: Centre,
    /// One a stored track, in their order.
    places: Vec<CentredRow>,
    mean_std: Vec<MeanStd>,
    /// Of the cosines of tracks by different artists.
    background_pairs: Quantiles,
}

impl SimilarityStats {
    /// From all pairs of stored tracks by different `group_of` (one name a track).
    pub fn learn(neighbours: &Neighbours, group_of: &[String]) -> Self {
        let mut similarity_stats = Self::centred_rows(neighbours);
        let rows: Vec<&[f32]> = neighbours.rows().collect();
        let cross_group = |track: usize| {
            let others = (0..rows.len()).filter(|&other| group_of[other] != group_of[track]);
            let cosine = |other: usize| (other, dot(rows[track], rows[other]));
            others.map(cosine).collect::<Vec<_>>()
        };
        let spread = |track: usize| {
            let centred =
                |&(other, cosine): &(usize, f32)| similarity_stats.centred(track, other, cosine);
            MeanStd::from_similarities(cross_group(track).iter().map(centred))
        };
        let tracks = 0..rows.len();
        similarity_stats.mean_std = tracks.into_par_iter().map(spread).collect();
        let step = (rows.len() * rows.len()).div_ceil(MAX_PAIRS).max(1);
        let sampled: Vec<usize> = (0..rows.len()).step_by(step).collect();
        let cosines = |track| cross_group(track).into_iter().map(|other| other.1);
        similarity_stats.background_pairs =
            Quantiles::from_sample(sampled.into_par_iter().flat_map_iter(cosines).collect());
        similarity_stats
    }

    /// From the numbers that [`Self::mean_std`] and [`Self::background_pairs`] gave; `None` if they do not belong to these tracks.
    pub fn stored(
        neighbours: &Neighbours,
        mean_std: &[f32],
        background_pairs: Vec<f32>,
    ) -> Option<Self> {
        let (mean_std, rest) = mean_std.as_chunks();
        let spread = |&[mean, deviation]: &[f32; 2]| MeanStd { mean, deviation };
        let whole = rest.is_empty() && mean_std.len() == neighbours.tracks.len();
        Some(Self {
            mean_std: mean_std.iter().map(spread).collect(),
            background_pairs: Quantiles::from_values(background_pairs)?,
            ..Self::centred_rows(neighbours)
        })
        .filter(|_| whole)
    }

    /// `[tracks, 2]`: mean and deviation of each track's centred cosine with tracks by other artists.
    pub fn mean_std(&self) -> Vec<f32> {
        let numbers = |spread: &MeanStd| [spread.mean, spread.deviation];
        self.mean_std.iter().flat_map(numbers).collect()
    }

    /// Quantiles of the cosine of two tracks by different artists, 0 to 100 %; empty if all tracks are of one group.
    pub fn background_pairs(&self) -> &[f32] {
        self.background_pairs.values()
    }

    /// How near a unit vector is to each stored track, in their order, 0 to 1; `similarities` are its cosines with
    /// them.
    pub fn proximities(&self, query: &[f32], similarities: &[f32]) -> Vec<f64> {
        let place = self.centre.place(query);
        let stored = self.places.iter().zip(similarities);
        let centred: Vec<f32> = stored
            .map(|(&other, &similarity)| self.centre.cosine(similarity, place, other))
            .collect();
        let own = MeanStd::from_similarities(centred.iter().copied());
        let others = centred.iter().zip(&self.mean_std);
        others
            .map(|(&similarity, &other)| mutual_proximity(similarity, own, other))
            .collect()
    }

    /// Percentage of pairs of stored tracks by different artists with a lower cosine than this; `None` if there are
    /// no such pairs.
    ///
    /// Of cosines and not of proximities: these are relative to a song's own surroundings, so that even speech, which
    /// is like nothing in a bundle of music, has tracks at the 99th percentile of proximity.
    pub fn percentile(&self, cosine: f32) -> Option<f64> {
        Some(100.0 * self.background_pairs.share_below(cosine)?)
    }

    fn centred_rows(neighbours: &Neighbours) -> Self {
        let centre = Centre::from_neighbours(neighbours);
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

/// Position of a vector relative to the centre.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct CentredRow {
    /// Dot product with the centre.
    along: f32,
    /// Distance from it.
    away: f32,
}

/// A vector on the centre has no direction from it.
const MIN_CENTRE_DISTANCE: f32 = 1e-6;

impl Centre {
    fn from_neighbours(neighbours: &Neighbours) -> Self {
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

    fn place(&self, row: &[f32]) -> CentredRow {
        let along = dot(row, &self.mean);
        let squared = dot(row, row) - 2.0 * along + self.squared;
        CentredRow {
            along,
            away: squared.max(0.0).sqrt(),
        }
    }

    /// Cosine of two vectors less the mean, from the cosine of the vectors as they are.
    fn cosine(&self, similarity: f32, one: CentredRow, other: CentredRow) -> f32 {
        let product = one.away * other.away;
        if product < MIN_CENTRE_DISTANCE {
            return 0.0;
        }
        (similarity - one.along - other.along + self.squared) / product
    }
}

#[cfg(test)]
mod tests;
