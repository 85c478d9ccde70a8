//! A playlist with the mix of a listening history: the same fraction for each of the bundle's playlists.

use super::candidates::shares;
use super::{Candidates, DiversityFilter, EmbeddedSong};
use neighbours::argsort_descending;

/// What a mixed playlist is to contain.
#[derive(Clone, Debug, PartialEq)]
pub struct MixRequest {
    /// Number of tracks.
    pub tracks: usize,
    /// Fraction of each of the bundle's playlists, `[playlists]`, summing to 1: from [`best_lists`].
    pub mix: Vec<f64>,
    /// 0 takes the tracks nearest to the history, 1 those least like each other.
    pub variety: f64,
}

/// Weighted mean of the profiles of a history's songs, `[playlists]`, summing to 1.
pub fn mix(songs: &[EmbeddedSong], weights: &[f64]) -> Vec<f64> {
    mean(songs.iter().map(|song| song.profile.clone()), weights)
}

/// Weighted fraction of a history for which each playlist is the best one, `[playlists]`: the proportions of a new
/// playlist. The mean fits would give seats to playlists that are often second and never first.
pub fn best_lists(songs: &[EmbeddedSong], weights: &[f64]) -> Vec<f64> {
    let best = |song: &EmbeddedSong| {
        let is_best = |&share: &f64| f64::from(u8::from(is_most(share, &song.profile)));
        shares(&song.profile.iter().map(is_best).collect::<Vec<_>>())
    };
    mean(songs.iter().map(best), weights)
}

fn is_most(share: f64, profile: &[f64]) -> bool {
    share > 0.0 && profile.iter().all(|&other| share >= other)
}

/// Weighted mean of rows `[playlists]`, scaled to a sum of 1.
fn mean(rows: impl Iterator<Item = Vec<f64>>, weights: &[f64]) -> Vec<f64> {
    let mut sums: Vec<f64> = Vec::new();
    for (row, weight) in rows.zip(weights) {
        sums.resize(row.len(), 0.0);
        let sums = sums.iter_mut().zip(&row);
        sums.for_each(|(sum, share)| *sum += weight * share);
    }
    shares(&sums)
}

/// `count` seats in proportion by largest remainders (Hamilton), of equal ones the earlier first: `[shares]`.
pub fn quotas(shares: &[f64], count: usize) -> Vec<usize> {
    let exact: Vec<f64> = shares.iter().map(|share| share * count as f64).collect();
    let mut seats: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let remainders: Vec<f64> = exact.iter().map(|share| share.fract()).collect();
    let left = count.saturating_sub(seats.iter().sum());
    let is_wanted = |list: &usize| shares[*list] > 0.0;
    for list in argsort_descending(&remainders)
        .into_iter()
        .filter(is_wanted)
        .take(left)
    {
        seats[list] += 1;
    }
    seats
}

/// Takes tracks in the proportions of the mix, next for the playlist that is farthest below its quota. Returns the
/// playlist that each track was taken for. Seats of a playlist without fitting tracks go to the others in proportion.
///
/// Within each playlist the track with the highest maximal marginal relevance is taken (Carbonell and Goldstein 1998):
/// `proximity_score` to the history against mutual proximity to the tracks taken before.
pub fn sample_mix(
    candidates: &Candidates,
    proximity_score: &[f64],
    request: &MixRequest,
    list: &mut DiversityFilter,
) -> Vec<usize> {
    let mut greedy = Greedy {
        candidates,
        proximity_score,
        variety: request.variety,
        closest: vec![0.0; candidates.len()],
        refused: vec![false; candidates.len()],
    };
    let mut open = request.mix.clone();
    let mut counts = vec![0_usize; open.len()];
    let mut lists = Vec::new();
    while lists.len() < request.tracks {
        let Some(wanted) = most_lacking(&open, &counts, request.tracks) else {
            break;
        };
        match greedy.next(wanted, list) {
            Some(place) => {
                greedy.note(place);
                counts[wanted] += 1;
                lists.push(wanted);
            }
            None => open[wanted] = 0.0,
        }
    }
    lists
}

/// The open playlist that is farthest below its quota of the seats that the closed ones leave.
fn most_lacking(open: &[f64], counts: &[usize], tracks: usize) -> Option<usize> {
    let is_open = |list: &usize| open[*list] > 0.0;
    let closed = (0..open.len()).filter(|list| !is_open(list));
    let left = tracks.saturating_sub(closed.map(|list| counts[list]).sum());
    let quotas = quotas(&shares(open), left);
    let lacks = |list: &usize| quotas[*list] as i64 - counts[*list] as i64;
    // Of equal ones the earlier.
    (0..open.len()).rev().filter(is_open).max_by_key(lacks)
}

struct Greedy<'a> {
    candidates: &'a Candidates,
    proximity_score: &'a [f64],
    variety: f64,
    /// Proximity of each track to the nearest taken one, `[tracks]`.
    closest: Vec<f64>,
    refused: Vec<bool>,
}

impl Greedy<'_> {
    /// Takes the best track whose best playlist is this one.
    fn next(&mut self, wanted: usize, list: &mut DiversityFilter) -> Option<usize> {
        loop {
            let fits = |place: &usize| {
                let profile = &self.candidates.profiles[*place];
                !self.refused[*place] && is_most(profile[wanted], profile)
            };
            let value = |place: usize| {
                (1.0 - self.variety) * self.proximity_score[place]
                    - self.variety * self.closest[place]
            };
            // Of equal ones the earlier.
            let places = (0..self.candidates.len()).rev().filter(fits);
            let best = places.max_by(|&left, &right| value(left).total_cmp(&value(right)))?;
            self.refused[best] = true;
            if list.take(best) {
                return Some(best);
            }
        }
    }

    fn note(&mut self, taken: usize) {
        let near = self.candidates.proximities(self.candidates.row(taken));
        let closest = self.closest.iter_mut().zip(near);
        closest.for_each(|(closest, near)| *closest = closest.max(near));
    }
}
