//! A path from one song to another in small even steps.
//!
//! Tracks are ordered by how much nearer they are to the end than to the start. Paths only go forward in this order, so
//! that dynamic programming finds the best one with the requested number of tracks: first the largest step is minimised,
//! then, among the paths with no larger step, the sum of the squared steps, which makes the steps even.

use super::{
    Candidates, DiversityFilter, EmbeddedSong, ProximityFacts, SimilarError, SimilarMode,
    SimilarReport, SimilarRequest, SimilarTrack,
};
use neighbours::{dot, mean_rows, norm};

/// Tracks that a path can use, those with the shortest detour first: the time grows with the square of their number.
const MAX_PATH_CANDIDATES: usize = 400;

/// Takes up to `count` tracks from the first song to the second into an empty filter, in the order of the path.
pub fn interpolate(
    candidates: &Candidates,
    ends: [&EmbeddedSong; 2],
    count: usize,
    list: &mut DiversityFilter,
) {
    let map = Map::new(candidates, ends);
    let mut stops = map.stops(list);
    loop {
        let steps = count.min(stops.len());
        let found = map.shortest(&stops, steps);
        // A track that the rules refuse after those before it is removed; so this ends.
        let mut trial = list.empty_copy();
        match found.iter().find(|&&place| !trial.take(place)) {
            Some(&refused) => stops.retain(|&place| place != refused),
            None => {
                *list = trial;
                break;
            }
        }
    }
}

impl SimilarRequest<'_> {
    /// The playlist that leads from the first of two songs to the second; each track has its similarity to the one before.
    ///
    /// # Errors
    /// If there are not two songs, or they are the same recording.
    pub fn path(&self) -> Result<SimilarReport, SimilarError> {
        let [from, to] = self.songs else {
            return Err(SimilarError::PathEnds(self.songs.len()));
        };
        if from.track.audio_hash == to.track.audio_hash {
            return Err(SimilarError::SameRecording);
        }
        let mut filter = self.filter();
        interpolate(self.candidates, [from, to], self.tracks, &mut filter);
        let mut before = from.embedding.as_slice();
        let mut tracks = Vec::new();
        for (position, &index) in filter.taken().iter().enumerate() {
            let row = self.candidates.row(index);
            let step = ProximityFacts::between(before, row, self.candidates);
            tracks.push(SimilarTrack::new(position, index, step, self.candidates));
            before = row;
        }
        let last_step = ProximityFacts::between(before, &to.embedding, self.candidates);
        Ok(SimilarReport {
            last_step: Some(last_step),
            tracks,
            ..self.empty_report(SimilarMode::Path)
        })
    }
}

/// All tracks and the two songs as directions from the mean of the tracks, since what all share does not separate them.
struct Map {
    rows: Vec<Vec<f32>>,
    ends: [Vec<f32>; 2],
}

impl Map {
    fn new(candidates: &Candidates, ends: [&EmbeddedSong; 2]) -> Self {
        let width = candidates.neighbours.width;
        let mean = mean_rows(&candidates.neighbours.embeddings, width);
        let direction = |row: &[f32]| {
            let mut away: Vec<f32> = row
                .iter()
                .zip(&mean)
                .map(|(value, mean)| value - mean)
                .collect();
            let length = norm(&away).max(f32::MIN_POSITIVE);
            away.iter_mut().for_each(|value| *value /= length);
            away
        };
        Self {
            rows: candidates.neighbours.rows().map(direction).collect(),
            ends: ends.map(|song| direction(&song.embedding)),
        }
    }

    /// Indices of the tracks that the path can use, in its order.
    fn stops(&self, list: &DiversityFilter) -> Vec<usize> {
        let [from, to] = &self.ends;
        let round = |place: usize| angle(from, &self.rows[place]) + angle(&self.rows[place], to);
        let along = |place: usize| dot(&self.rows[place], to) - dot(&self.rows[place], from);
        let mut places: Vec<usize> = (0..self.rows.len()).collect();
        places.sort_by(|&left, &right| round(left).total_cmp(&round(right)));
        let admitted = places.into_iter().filter(|&place| list.allows(place));
        let mut stops: Vec<usize> = admitted.take(MAX_PATH_CANDIDATES).collect();
        stops.sort_by(|&left, &right| along(left).total_cmp(&along(right)));
        stops
    }

    /// The best path over `count` of the stops.
    fn shortest(&self, stops: &[usize], count: usize) -> Vec<usize> {
        let steps = Steps::new(self, stops);
        let (worst, _) = steps.best(count, f64::INFINITY, f64::max);
        let (_, path) = steps.best(count, worst, |sum, step| sum + step * step);
        path.into_iter().map(|stop| stops[stop]).collect()
    }
}

/// Angles between stops, and to the two ends.
struct Steps {
    /// Angle from each stop to each later one, in radians.
    between: Vec<Vec<f64>>,
    from: Vec<f64>,
    to: Vec<f64>,
}

impl Steps {
    fn new(map: &Map, stops: &[usize]) -> Self {
        let row = |stop: &usize| map.rows[*stop].as_slice();
        let later = |at: usize| stops[at + 1..].iter().map(row);
        let between = |at: usize| later(at).map(|next| angle(row(&stops[at]), next)).collect();
        Self {
            between: (0..stops.len()).map(between).collect(),
            from: stops
                .iter()
                .map(|at| angle(&map.ends[0], row(at)))
                .collect(),
            to: stops
                .iter()
                .map(|at| angle(row(at), &map.ends[1]))
                .collect(),
        }
    }

    /// The cheapest path over `count` stops with no step above `longest`, and its cost; `add` adds a step to a cost.
    fn best(&self, count: usize, longest: f64, add: impl Fn(f64, f64) -> f64) -> (f64, Vec<usize>) {
        let allowed = |cost: f64, step: f64| {
            if step <= longest {
                add(cost, step)
            } else {
                f64::INFINITY
            }
        };
        let mut costs: Vec<f64> = self.from.iter().map(|&step| allowed(0.0, step)).collect();
        let mut before: Vec<Vec<usize>> = Vec::new();
        for _ in 1..count {
            let cheapest = |at: usize| {
                let ways = (0..at).map(|last| (allowed(costs[last], self.step(last, at)), last));
                ways.min_by(|left, right| left.0.total_cmp(&right.0))
                    .unwrap_or((f64::INFINITY, at))
            };
            let reached: Vec<(f64, usize)> = (0..costs.len()).map(cheapest).collect();
            before.push(reached.iter().map(|way| way.1).collect());
            costs = reached.iter().map(|way| way.0).collect();
        }
        let whole = |at: usize| (allowed(costs[at], self.to[at]), at);
        let ends = (0..costs.len()).map(whole);
        let end = ends.min_by(|left, right| left.0.total_cmp(&right.0));
        let Some((cost, mut at)) = end.filter(|_| count > 0) else {
            return (f64::INFINITY, Vec::new());
        };
        let mut path = vec![at];
        for before in before.iter().rev() {
            at = before[at];
            path.push(at);
        }
        path.reverse();
        (cost, path)
    }

    fn step(&self, earlier: usize, later: usize) -> f64 {
        self.between[earlier][later - earlier - 1]
    }
}

/// Angle between two unit vectors, in radians.
fn angle(left: &[f32], right: &[f32]) -> f64 {
    f64::from(dot(left, right).clamp(-1.0, 1.0)).acos()
}
