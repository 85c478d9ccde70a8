//! Which of the tracks a listener has played, by name.

use std::collections::HashMap;

use super::Candidates;
use catalogue::Listen;
use catalogue::title_key;

/// A history beside the tracks that a list may hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// Places of the tracks that were played, in any version, and how often.
    pub played: Vec<(usize, f64)>,
    /// Listens, by their place, that name none of the tracks.
    pub unmatched: Vec<usize>,
}

/// Looks for each listen by title and artist; another version of a song is the same song. What matches several tracks is
/// shared among them.
pub fn match_listens(listens: &[Listen], candidates: &Candidates) -> Matched {
    let tracks = &candidates.neighbours.tracks;
    let mut by_title: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (place, track) in tracks.iter().enumerate() {
        by_title
            .entry(title_key(&track.title))
            .or_default()
            .push(place);
    }
    let mut plays = vec![0.0; tracks.len()];
    let mut unmatched = Vec::new();
    for (at, listen) in listens.iter().enumerate() {
        let track = &listen.track;
        let artists = track.artists.join(", ");
        let of_title = by_title.get(&title_key(&track.title)).into_iter().flatten();
        let is_played = |place: &&usize| tracks[**place].is_version_of(&track.title, &artists);
        let found: Vec<&usize> = of_title.filter(is_played).collect();
        if found.is_empty() {
            unmatched.push(at);
        }
        for &place in &found {
            plays[*place] += listen.plays / found.len() as f64;
        }
    }
    let played = plays
        .into_iter()
        .enumerate()
        .filter(|(_, plays)| *plays > 0.0);
    Matched {
        played: played.collect(),
        unmatched,
    }
}
