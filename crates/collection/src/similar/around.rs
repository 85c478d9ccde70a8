//! The tracks nearest to one song or to several.

use super::{Candidates, DiversityFilter, EmbeddedSong};

/// Keeps the logarithm of certainty finite.
const MIN_COMPLEMENT: f64 = 1e-12;

/// How near each track is to the songs together, `[tracks]`, 0 to 1: as probable as it is that one song at least is
/// nearer than strangers are (noisy or, Pearl 1988, of the mutual proximities), with the weights as shares of a vote, so
/// that a long history does not make everything certain. For one song it is the proximity itself.
///
/// On the demo bundle, ten tracks around five songs of one list hit that list as often as around the mean direction of
/// the songs (34.1 and 34.2 %), and around ten songs more often (32.2 and 30.2 %; nearest to any single song: 23.3 %).
/// Around two songs of different lists the list that comes off worse gets 11.0 instead of 9.7 % of the tracks.
pub fn proximity_score(
    candidates: &Candidates,
    songs: &[EmbeddedSong],
    weights: &[f64],
) -> Vec<f64> {
    let all: f64 = weights.iter().sum();
    let mut logs = vec![0.0; candidates.len()];
    for (song, weight) in songs.iter().zip(weights) {
        let near = candidates.proximities(&song.embedding);
        for (log, near) in logs.iter_mut().zip(near) {
            *log += weight / all * (1.0 - near).max(MIN_COMPLEMENT).ln();
        }
    }
    logs.iter().map(|log| 1.0 - log.exp()).collect()
}

/// Takes the nearest tracks into the list, nearest first, until it has `count`.
pub fn around(proximity_score: &[f64], count: usize, list: &mut DiversityFilter) {
    for place in descending(proximity_score) {
        if list.taken().len() >= count {
            break;
        }
        list.take(place);
    }
}

/// Places from the highest value to the lowest; of equal ones the earlier first.
pub(super) fn descending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&left, &right| values[right].total_cmp(&values[left]));
    order
}
