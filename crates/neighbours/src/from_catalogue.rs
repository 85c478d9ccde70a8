//! Catalogue rows to the stored form of a track.

use catalogue::{SourceClaim, TrackIndex, TrainableTrack};

use crate::StoredTrack;

impl StoredTrack {
    /// A track as a bundle stores it, with the playlist indices of `trainable` and without descriptors.
    ///
    /// Its licence and source are those of the most restrictive claim.
    #[must_use]
    pub fn from_catalogue(index: &TrackIndex, trainable: &TrainableTrack) -> Self {
        let track = index.track(trainable);
        let claims = index.claims(track);
        let SourceClaim {
            licence, source, ..
        } = SourceClaim::most_restrictive(&claims)
            .cloned()
            .unwrap_or_default();
        Self {
            title: track.title.clone(),
            artists: track.artists.clone(),
            artist_group: track.split_group(),
            playlists: trainable.playlists.clone(),
            audio_hash: track.audio_hash.clone().unwrap_or_default(),
            duration_seconds: track.duration_seconds,
            added: index.first_added(track),
            descriptors: None,
            licence,
            source,
            claims,
        }
    }
}
