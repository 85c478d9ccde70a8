//! Rules for the tracks of one playlist: no song twice in any version, a limit per artist, and none of the songs that the
//! playlist follows.

use std::collections::HashMap;

use super::{Candidates, EmbeddedSong};
use neighbours::top_k;

/// The tracks taken so far and the rules for the next one. A track that was refused once stays refused.
#[derive(Debug)]
pub struct DiversityFilter<'a> {
    candidates: &'a Candidates,
    asked: &'a [EmbeddedSong],
    max_per_artist: usize,
    by_artist: HashMap<String, usize>,
    taken: Vec<usize>,
}

impl<'a> DiversityFilter<'a> {
    /// Nothing taken; `asked` are the songs that are excluded.
    pub fn new(
        candidates: &'a Candidates,
        asked: &'a [EmbeddedSong],
        max_per_artist: usize,
    ) -> Self {
        Self {
            candidates,
            asked,
            max_per_artist,
            by_artist: HashMap::new(),
            taken: Vec::new(),
        }
    }

    /// The same rules with nothing taken.
    #[must_use]
    pub fn empty_copy(&self) -> Self {
        Self::new(self.candidates, self.asked, self.max_per_artist)
    }

    /// Takes the candidate at `index` if the rules allow it; returns whether it did.
    pub fn take(&mut self, index: usize) -> bool {
        if !self.allows(index) {
            return false;
        }
        for name in self.candidates.neighbours.tracks[index].performers() {
            *self.by_artist.entry(name).or_default() += 1;
        }
        self.taken.push(index);
        true
    }

    /// Takes up to `k` allowed candidates with the highest scores (`[candidates]`), highest first.
    pub fn take_top(&mut self, scores: &[f64], k: usize) {
        top_k(scores, k, |&index| self.take(index));
    }

    /// Whether [`take`](Self::take) would take the candidate at `index`.
    pub fn allows(&self, index: usize) -> bool {
        let known = &self.candidates.neighbours.tracks;
        let own = (&known[index], self.candidates.row(index));
        let is_artist_full = || {
            let count = |name: &String| self.by_artist.get(name).copied().unwrap_or_default();
            let mut names = own.0.performers().into_iter();
            names.any(|name| count(&name) >= self.max_per_artist)
        };
        let is_taken = |&other: &usize| {
            let other_own = (&known[other], self.candidates.row(other));
            other == index || self.candidates.is_one_song(own, other_own)
        };
        let is_asked = |song: &EmbeddedSong| {
            let other = (&song.track, song.embedding.as_slice());
            self.candidates.is_one_song(own, other)
        };
        !is_artist_full() && !self.taken.iter().any(is_taken) && !self.asked.iter().any(is_asked)
    }

    /// Indices of the candidates in the order in which they were taken.
    pub fn taken(&self) -> &[usize] {
        &self.taken
    }
}
