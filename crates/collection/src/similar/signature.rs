//! What songs have in common: the few dimensions of their embeddings in which they agree.

use super::{Candidates, EmbeddedSong, SimilarError, SimilarMode, SimilarReport, SimilarRequest};

/// Fewest songs whose agreement can be told from chance.
pub const MIN_SONGS: usize = 3;
/// A dimension counts if at most this fraction of random playlists of the same size agrees as well.
const BY_CHANCE: f64 = 0.01;
/// Random playlists drawn: enough to estimate 1 %.
const DRAWS: usize = 400;
/// Fixed, so that the same songs have the same signature.
const SEED: u64 = 0;
/// Most dimensions of a signature.
const MAX_DIMENSIONS: usize = 16;
/// Fewest dimensions of a signature; they are used even if they agree no more than chance, and reported.
const MIN_DIMENSIONS: usize = 3;
/// Weight of the variance among all candidates, in songs: shrinkage for signatures of few songs.
const PRIOR_SONGS: f64 = 4.0;

/// The dimensions in which songs agree more than random playlists do.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Those in which the songs agree most come first.
    pub dimensions: Vec<SignatureDimension>,
    /// How many of them are matched by at most 1 % of random playlists.
    pub beyond_chance: usize,
    /// Width of an embedding.
    pub of: usize,
}

/// One dimension of the embedding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignatureDimension {
    /// Index into the embedding.
    pub place: usize,
    mean: f64,
    /// Variance among the songs, shrunk towards that of all candidates.
    variance: f64,
    /// Variance among the songs divided by that of all candidates; 0 is full agreement.
    pub ratio: f64,
}

impl Signature {
    /// The signature of at least [`MIN_SONGS`] songs; `None` for fewer songs or candidates.
    pub fn learn(candidates: &Candidates, songs: &[EmbeddedSong]) -> Option<Self> {
        if songs.len() < MIN_SONGS || candidates.len() < MIN_SONGS {
            return None;
        }
        let width = candidates.neighbours.width;
        let all = moments(candidates.neighbours.rows(), width);
        let own = moments(songs.iter().map(|song| song.embedding.as_slice()), width);
        let count = songs.len() as f64;
        let variance = |of: f64, among_all: f64| {
            (of * (count - 1.0) + among_all * PRIOR_SONGS) / (count - 1.0 + PRIOR_SONGS)
        };
        let dimension = |place: usize| SignatureDimension {
            place,
            mean: own[place].0,
            variance: variance(own[place].1, all[place].1),
            ratio: own[place].1 / all[place].1,
        };
        // A dimension that is constant among the candidates separates none of them.
        let varied = (0..width).filter(|&place| all[place].1 > 0.0);
        let mut dimensions: Vec<SignatureDimension> = varied.map(dimension).collect();
        let chances = chances(candidates, songs.len(), &dimensions, &all);
        let agreement: Vec<f64> = chances.iter().map(|chance| -chance).collect();
        dimensions.sort_by(|left, right| {
            let by_chance = agreement[right.place].total_cmp(&agreement[left.place]);
            by_chance.then(left.ratio.total_cmp(&right.ratio))
        });
        let beyond = |dimension: &&SignatureDimension| chances[dimension.place] <= BY_CHANCE;
        let beyond_chance = dimensions
            .iter()
            .take(MAX_DIMENSIONS)
            .filter(beyond)
            .count();
        dimensions.truncate(beyond_chance.max(MIN_DIMENSIONS));
        Some(Self {
            dimensions,
            beyond_chance,
            of: width,
        })
    }

    /// Proximity of an embedding to the mean of the songs in these dimensions, 0 to 1: 1 at the mean, 0.61 at one standard
    /// deviation in each dimension.
    pub fn proximity_score(&self, embedding: &[f32]) -> f64 {
        let squares = self.dimensions.iter().map(|dimension| {
            let away = f64::from(embedding[dimension.place]) - dimension.mean;
            away * away / dimension.variance
        });
        (-squares.sum::<f64>() / self.dimensions.len().max(1) as f64 / 2.0).exp()
    }

    /// [`Self::proximity_score`] of each candidate, in their order.
    pub fn ranked(&self, candidates: &Candidates) -> Vec<f64> {
        let rows = candidates.neighbours.rows();
        rows.map(|row| self.proximity_score(row)).collect()
    }

    /// Geometric mean of [`SignatureDimension::ratio`]: 0 is full agreement, 1 the variance of all candidates.
    pub fn ratio(&self) -> f64 {
        let logs = self.dimensions.iter().map(|one| one.ratio.max(1e-9).ln());
        (logs.sum::<f64>() / self.dimensions.len().max(1) as f64).exp()
    }
}

impl SimilarRequest<'_> {
    /// The playlist of the tracks nearest to what the songs have in common.
    ///
    /// # Errors
    /// [`SimilarError::TooFewSongs`] if there are fewer than [`MIN_SONGS`] songs or candidates.
    pub fn signature(&self) -> Result<SimilarReport, SimilarError> {
        let too_few = SimilarError::TooFewSongs {
            songs: self.songs.len(),
            candidates: self.candidates.len(),
        };
        let signature = Signature::learn(self.candidates, self.songs).ok_or(too_few)?;
        let scores = signature.ranked(self.candidates);
        let mut filter = self.filter();
        filter.take_top(&scores, self.tracks);
        let mut tracks = self.tracks_of(&filter);
        for (track, &index) in tracks.iter_mut().zip(filter.taken()) {
            track.in_signature = Some(scores[index]);
        }
        Ok(SimilarReport {
            signature: Some((&signature).into()),
            tracks,
            ..self.empty_report(SimilarMode::Signature)
        })
    }
}

/// For each dimension of an embedding the fraction of random playlists of the same size that agree in it as well,
/// `[width]`; 1 for those not in `dimensions`.
fn chances(
    candidates: &Candidates,
    songs: usize,
    dimensions: &[SignatureDimension],
    all: &[(f64, f64)],
) -> Vec<f64> {
    let width = candidates.neighbours.width;
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut counts = vec![0_usize; width];
    for _ in 0..DRAWS {
        let places = random.choose_multiple(0..candidates.len(), songs);
        let drawn = moments(places.into_iter().map(|place| candidates.row(place)), width);
        for dimension in dimensions {
            let place = dimension.place;
            counts[place] += usize::from(drawn[place].1 / all[place].1 <= dimension.ratio);
        }
    }
    let mut chances = vec![1.0; width];
    for dimension in dimensions {
        chances[dimension.place] = counts[dimension.place] as f64 / DRAWS as f64;
    }
    chances
}

/// Mean and variance (of a sample) of each column.
fn moments<'a>(rows: impl Iterator<Item = &'a [f32]>, width: usize) -> Vec<(f64, f64)> {
    let (mut count, mut moments) = (0.0, vec![(0.0, 0.0); width]);
    for row in rows {
        count += 1.0;
        for ((mean, squares), &value) in moments.iter_mut().zip(row) {
            // Welford's running mean and sum of squares.
            let from_old = f64::from(value) - *mean;
            *mean += from_old / count;
            *squares += from_old * (f64::from(value) - *mean);
        }
    }
    let variance = |(mean, squares): (f64, f64)| (mean, squares / f64::max(count - 1.0, 1.0));
    moments.into_iter().map(variance).collect()
}
