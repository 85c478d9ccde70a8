//! One list as a service or a file states it, whole: what every reader makes and every writer takes.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Catalogue, Placement, Playlist, Provenance, Track, terms};

/// A playlist with all that is on it, in its order, and with what once was where the source tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// With its id, `source:key`.
    pub playlist: Playlist,
    pub entries: Vec<Entry>,
}

/// One stay of a track on the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// As stated: `id` empty, the service's own id (`spotify:…`, `deezer:…`) in `aliases`, an ISRC only if it is one.
    pub track: Track,
    pub added: Option<Date>,
    pub removed: Option<Date>,
    /// Of the recording, as the source writes it; empty where it says nothing.
    pub licence: String,
}

impl Listing {
    /// The list as rows of the four tables; permission to train follows from the source's terms.
    #[must_use]
    pub fn into_catalogue(self, retrieved: Timestamp) -> Catalogue {
        let Listing { playlist, entries } = self;
        let mut raw = Catalogue::default();
        for entry in entries {
            let mut track = entry.track;
            track.settle();
            raw.placements.push(Placement {
                playlist: playlist.id.clone(),
                track: track.id.clone(),
                added: entry.added,
                removed: entry.removed,
            });
            raw.provenance.push(Provenance {
                track: track.id.clone(),
                source: playlist.source.clone(),
                retrieved,
                may_train: terms::may_train(&playlist.source, &entry.licence),
                licence: entry.licence,
                doubt: None,
            });
            raw.tracks.push(track);
        }
        raw.playlists.push(playlist);
        let mut catalogue = Catalogue::default();
        catalogue.merge(raw);
        catalogue
    }
}
