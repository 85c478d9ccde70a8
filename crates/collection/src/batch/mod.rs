//! Many songs and one bundle: which song to pitch to which playlist, and which songs are one recording.
//!
//! Input: songs, their report folders and a pool of predictors ([`Batch::run`]). Output: [`BatchReport`], plain data for
//! the writers in `report`. [`ReportStore`] finds the reports of earlier runs.
//!
//! Invariants: writes reports only through the caller's function.

mod assignment;
mod duplicates;
mod report_store;
mod run;
mod song;
#[cfg(test)]
mod tests;

pub use assignment::{Assignment, Pitch};
pub use duplicates::DuplicateGroup;
pub use report_store::ReportStore;
pub use run::{Batch, BatchError};
pub use song::{BatchSong, SongFit};

use std::path::PathBuf;

use analysis::MIN_POSSIBLE_FIT;
use audio::fingerprint::Fingerprint;
use bundle::Bundle;

/// A pair with less is not named: of ten such pitches no more than one would hit, and each costs a label its standing with
/// an editor. Chosen, not measured.
const MIN_FIT: f64 = 0.1;

/// All that was heard, songs and failures by their paths.
#[derive(Clone, Debug, Default)]
pub struct BatchReport {
    /// The bundle's id.
    pub bundle: String,
    /// What a reader must know of its playlists before believing a number; empty where nothing.
    pub disclaimer: String,
    pub lists: Vec<TargetPlaylist>,
    pub songs: Vec<BatchSong>,
    pub failed: Vec<Failed>,
    /// Songs that are one recording; a song is in one group or in none.
    pub groups: Vec<DuplicateGroup>,
    pub assignment: Assignment,
}

/// A playlist of the bundle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetPlaylist {
    pub name: String,
    /// Share of the tracks that the bundle learned from which are on it: the fit of a song of which nothing is known.
    pub chance: f64,
}

/// One song and one of the playlists.
#[derive(Clone, Copy, Debug)]
pub struct FitRow<'a> {
    pub song: &'a BatchSong,
    pub list: &'a TargetPlaylist,
    pub fit: SongFit,
    /// Whether the assignment pitches the song to this playlist.
    pub is_pitched: bool,
}

/// A file that could not be heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    pub path: PathBuf,
    pub reason: String,
}

/// What to know before a song is pitched to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// The song is unlike everything that was learned, so that its fits should not be relied on.
    OutOfDistribution,
    /// The fit is less than what the verdict of a single song calls possible.
    NoGoodFit,
}

/// The playlists of a bundle, in its order.
#[must_use]
pub fn target_playlists(bundle: &Bundle) -> Vec<TargetPlaylist> {
    let tracks = bundle.manifest.tracks.max(1) as f64;
    let cards = bundle.manifest.cards().into_iter();
    let list = |card: bundle::PlaylistCard| TargetPlaylist {
        chance: (card.tracks as f64 / tracks).min(1.0),
        name: card.name,
    };
    cards.map(list).collect()
}

impl BatchReport {
    /// Of what was heard, each song with its fingerprint, in any order. The fits of each song stand in the order of
    /// `lists`. Of songs that are one recording only the first is pitched; a pair is named only from a fit of 0.1 on, and
    /// where its fit is above the list's chance.
    #[must_use]
    pub fn new(
        bundle: &Bundle,
        lists: Vec<TargetPlaylist>,
        mut analysed: Vec<(BatchSong, Fingerprint)>,
        mut failed: Vec<Failed>,
    ) -> Self {
        analysed.sort_by(|left, right| left.0.path.cmp(&right.0.path));
        failed.sort_by(|left, right| left.path.cmp(&right.path));
        let (songs, fingerprints): (Vec<BatchSong>, Vec<Fingerprint>) =
            analysed.into_iter().unzip();
        let groups = duplicates::groups(&songs, &fingerprints);
        let mut batch = Self {
            bundle: bundle.id(),
            disclaimer: bundle.manifest.disclaimer.clone(),
            lists,
            songs,
            failed,
            groups,
            assignment: Assignment::default(),
        };
        batch.assign_songs();
        batch
    }

    /// Computes the assignment anew from the songs, the lists and the groups.
    pub fn assign_songs(&mut self) {
        self.assignment = self.assign();
    }

    fn assign(&self) -> Assignment {
        let repeats = self.groups.iter().flat_map(|group| &group.songs[1..]);
        let mut is_pitched = vec![true; self.songs.len()];
        repeats.for_each(|&song| is_pitched[song] = false);
        Assignment::new([self.songs.len(), self.lists.len()], |song, list| {
            let fit = self.songs[song].fits[list].fit;
            let is_named = fit >= MIN_FIT && fit > self.lists[list].chance;
            (is_pitched[song] && is_named).then_some(fit)
        })
    }

    /// Every song with every list, songs first.
    pub fn rows(&self) -> impl Iterator<Item = FitRow<'_>> {
        let songs = self.songs.iter().zip(self.pitches());
        songs.flat_map(|(song, pitch)| {
            let lists = self.lists.iter().zip(&song.fits).enumerate();
            lists.map(move |(place, (list, fit))| FitRow {
                song,
                list,
                fit: *fit,
                is_pitched: pitch.is_some_and(|pitch| pitch.list == place),
            })
        })
    }

    /// The number, from 1, of the group that a song is in.
    #[must_use]
    pub fn group_of(&self, song: usize) -> Option<usize> {
        let mut groups = self.groups.iter();
        groups
            .position(|group| group.songs.contains(&song))
            .map(|place| place + 1)
    }

    /// What to know before this pitch; none where its fit is promised or at least possible.
    #[must_use]
    pub fn caution(&self, pitch: &Pitch) -> Option<Caution> {
        let song = &self.songs[pitch.song];
        if song.is_out_of_distribution {
            Some(Caution::OutOfDistribution)
        } else {
            (pitch.fit < MIN_POSSIBLE_FIT && !song.fits[pitch.list].selected)
                .then_some(Caution::NoGoodFit)
        }
    }

    /// Every song with the list that it is to be pitched to, `[songs]`.
    #[must_use]
    pub fn pitches(&self) -> Vec<Option<Pitch>> {
        let mut pitches = vec![None; self.songs.len()];
        for pitch in &self.assignment.best {
            pitches[pitch.song] = Some(*pitch);
        }
        pitches
    }
}
