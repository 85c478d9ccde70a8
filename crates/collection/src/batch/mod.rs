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

/// Lowest fit of a pair that is assigned: below it at most one of ten pitches would succeed. Chosen, not measured.
const MIN_FIT: f64 = 0.1;

/// The result of a batch.
#[derive(Clone, Debug, Default)]
pub struct BatchReport {
    /// The bundle's id.
    pub bundle: String,
    /// The bundle's disclaimer; empty if it has none.
    pub disclaimer: String,
    /// The playlists of the bundle, in its order.
    pub lists: Vec<TargetPlaylist>,
    /// Analysed songs, sorted by path.
    pub songs: Vec<BatchSong>,
    /// Files without a report, sorted by path.
    pub failed: Vec<Failed>,
    /// Songs that are one recording; a song is in at most one group.
    pub groups: Vec<DuplicateGroup>,
    /// Which song to pitch to which playlist.
    pub assignment: Assignment,
}

/// A playlist of the bundle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetPlaylist {
    /// Name of the playlist.
    pub name: String,
    /// Fraction of the training tracks that are on it, 0 to 1: the fit of a song of which nothing is known.
    pub chance: f64,
}

/// One song and one of the playlists.
#[derive(Clone, Copy, Debug)]
pub struct FitRow<'a> {
    /// The song.
    pub song: &'a BatchSong,
    /// The playlist.
    pub list: &'a TargetPlaylist,
    /// How well they fit.
    pub fit: SongFit,
    /// Whether the assignment pitches the song to this playlist.
    pub is_pitched: bool,
}

/// A file that could not be analysed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// The file.
    pub path: PathBuf,
    /// Why, without the path.
    pub reason: String,
}

/// A reason to doubt a pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// The song is unlike the training tracks, so its fits are unreliable.
    OutOfDistribution,
    /// The fit is below that of a possible fit in the verdict of a single song.
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
    /// From the analysed songs with their fingerprints, in any order. The fits of each song are in the order of `lists`.
    /// Of songs that are one recording only the first is assigned; a pair needs a fit of at least 0.1 and above the
    /// playlist's chance.
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

    /// Recomputes the assignment from the songs, the playlists and the groups.
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

    /// Every pair of song and playlist, song by song.
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

    /// The number, from 1, of the group that a song is in; `None` if it is in no group.
    #[must_use]
    pub fn group_of(&self, song: usize) -> Option<usize> {
        let mut groups = self.groups.iter();
        groups
            .position(|group| group.songs.contains(&song))
            .map(|place| place + 1)
    }

    /// A reason to doubt this pitch; `None` if its fit is selected or at least possible.
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

    /// The pitch of each song, `[songs]`; `None` if it is not assigned.
    #[must_use]
    pub fn pitches(&self) -> Vec<Option<Pitch>> {
        let mut pitches = vec![None; self.songs.len()];
        for pitch in &self.assignment.best {
            pitches[pitch.song] = Some(*pitch);
        }
        pitches
    }
}
