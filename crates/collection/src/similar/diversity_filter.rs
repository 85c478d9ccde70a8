//! Who may stand in a list: nobody twice, in no version, no more than so many by one artist, and never a song that was
//! asked about.

use std::collections::HashMap;

use super::{Candidates, EmbeddedSong};

/// The list so far, and whom it may still take. Whom it refuses once it refuses for ever.
pub struct DiversityFilter<'a> {
    candidates: &'a Candidates,
    asked: &'a [EmbeddedSong],
    most_by_artist: usize,
    by_artist: HashMap<String, usize>,
    taken: Vec<usize>,
}

impl<'a> DiversityFilter<'a> {
    /// An empty list; `asked` are the songs that stay out of it.
    pub fn new(
        candidates: &'a Candidates,
        asked: &'a [EmbeddedSong],
        most_by_artist: usize,
    ) -> Self {
        Self {
            candidates,
            asked,
            most_by_artist,
            by_artist: HashMap::new(),
            taken: Vec::new(),
        }
    }

    /// A list of the same rules with nothing in it.
    pub fn empty_copy(&self) -> Self {
        Self::new(self.candidates, self.asked, self.most_by_artist)
    }

    /// Takes a track in its turn, where it may; answers whether it did.
    pub fn take(&mut self, place: usize) -> bool {
        if !self.allows(place) {
            return false;
        }
        for name in self.candidates.neighbours.tracks[place].performers() {
            *self.by_artist.entry(name).or_default() += 1;
        }
        self.taken.push(place);
        true
    }

    pub fn allows(&self, place: usize) -> bool {
        let known = &self.candidates.neighbours.tracks;
        let own = (&known[place], self.candidates.row(place));
        let of_full_artist = || {
            let count = |name: &String| self.by_artist.get(name).copied().unwrap_or_default();
            let mut names = own.0.performers().into_iter();
            names.any(|name| count(&name) >= self.most_by_artist)
        };
        let is_taken = |&other: &usize| {
            let other_own = (&known[other], self.candidates.row(other));
            other == place || self.candidates.is_one_song(own, other_own)
        };
        let is_asked = |song: &EmbeddedSong| {
            let other = (&song.track, song.embedding.as_slice());
            self.candidates.is_one_song(own, other)
        };
        !of_full_artist() && !self.taken.iter().any(is_taken) && !self.asked.iter().any(is_asked)
    }

    /// In the order in which they were taken.
    pub fn taken(&self) -> &[usize] {
        &self.taken
    }
}
