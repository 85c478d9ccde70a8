//! What a playlist of similar tracks is made from, and the parts that all modes share.

use super::{
    Candidates, DiversityFilter, EmbeddedSong, MIN_SONGS, ProximityFacts, SCHEMA_VERSION,
    SimilarMode, SimilarReport, SimilarTrack, SongName,
};
use bundle::Bundle;

/// Songs, the tracks to choose from, and the limits of the playlist.
///
/// Each mode is a method that returns a [`SimilarReport`]: [`around`](Self::around), [`signature`](Self::signature),
/// [`path`](Self::path) and [`history`](Self::history).
#[derive(Clone, Copy, Debug)]
pub struct SimilarRequest<'a> {
    /// The bundle whose network embedded the songs.
    pub bundle: &'a Bundle,
    /// The songs that the playlist follows.
    pub songs: &'a [EmbeddedSong],
    /// The tracks to choose from.
    pub candidates: &'a Candidates,
    /// Number of tracks to find; the report has fewer if the limits leave no more.
    pub tracks: usize,
    /// Most tracks by one artist, guests included.
    pub per_artist: usize,
}

/// Why a playlist cannot be made of these songs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimilarError {
    /// Too few songs or candidates for a [`Signature`](super::Signature).
    #[error(
        "a signature needs at least {MIN_SONGS} songs and {MIN_SONGS} tracks to choose from, found {songs} and {candidates}"
    )]
    TooFewSongs {
        /// Songs given.
        songs: usize,
        /// Tracks to choose from.
        candidates: usize,
    },
    /// A path has other than two ends.
    #[error("a path needs two songs, found {0}")]
    PathEnds(usize),
    /// Both ends of a path have the same audio.
    #[error("a path needs two different songs; these two are the same recording")]
    SameRecording,
}

impl<'a> SimilarRequest<'a> {
    /// The rules of the playlist, with no track taken yet.
    pub(super) fn filter(&self) -> DiversityFilter<'a> {
        DiversityFilter::new(self.candidates, self.songs, self.per_artist)
    }

    pub(super) fn empty_report(&self, mode: SimilarMode) -> SimilarReport {
        SimilarReport {
            schema_version: SCHEMA_VERSION,
            bundle: self.bundle.id(),
            front_end: self.bundle.manifest.front_end.hash(),
            mode,
            songs: self.songs.iter().map(SongName::from).collect(),
            candidates: self.candidates.len(),
            asked: self.tracks,
            per_artist: self.per_artist,
            mix: Vec::new(),
            signature: None,
            last_step: None,
            tracks: Vec::new(),
        }
    }

    /// The taken tracks in their order, each with its similarity to the nearest song.
    pub(super) fn tracks_of(&self, filter: &DiversityFilter) -> Vec<SimilarTrack> {
        let taken = filter.taken().iter().enumerate();
        let track = |(position, &index): (usize, &usize)| {
            let similarity = self.candidates.similarity(index, self.songs);
            let proximity = ProximityFacts::new(similarity, self.candidates);
            SimilarTrack::new(position, index, proximity, self.candidates)
        };
        taken.map(track).collect()
    }
}
