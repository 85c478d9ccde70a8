//! A catalogue indexed by track: its placements and what each source says of it.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::{Catalogue, Placement, Provenance, SourceClaim, Track, TrainableTrack};

/// Looks up the rows of a track without a scan over the whole catalogue.
pub struct TrackIndex<'a> {
    catalogue: &'a Catalogue,
    provenance: HashMap<&'a str, Vec<&'a Provenance>>,
    placements: HashMap<&'a str, Vec<&'a Placement>>,
}

impl<'a> TrackIndex<'a> {
    /// Indexes the placements and the provenance of a catalogue by the track's id.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut placements: HashMap<&str, Vec<&Placement>> = HashMap::new();
        for placement in &catalogue.placements {
            let track = placement.track.as_str();
            placements.entry(track).or_default().push(placement);
        }
        Self {
            catalogue,
            provenance: catalogue.provenance_by_track(),
            placements,
        }
    }

    /// The catalogue's row of a trainable track.
    #[must_use]
    pub fn track(&self, trainable: &TrainableTrack) -> &'a Track {
        &self.catalogue.tracks[trainable.track]
    }

    /// What each source says of a track.
    #[must_use]
    pub fn claims(&self, track: &Track) -> Vec<SourceClaim> {
        let rows = self.provenance.get(track.id.as_str());
        let rows = rows.into_iter().flatten();
        rows.map(|row| SourceClaim::from(*row)).collect()
    }

    /// The earliest known day on which a track was added to a playlist; `None` if no day is known.
    #[must_use]
    pub fn first_added(&self, track: &Track) -> Option<Date> {
        self.placements_of(track).filter_map(|row| row.added).min()
    }

    /// Ids of the playlists that a track was on before a day, as far as the days are known.
    #[must_use]
    pub fn playlists_before(&self, track: &Track, day: Date) -> HashSet<&'a str> {
        self.placements_of(track)
            .filter(|row| row.added.is_some_and(|added| added < day))
            .map(|row| row.playlist.as_str())
            .collect()
    }

    fn placements_of(&self, track: &Track) -> impl Iterator<Item = &'a Placement> + '_ {
        let rows = self.placements.get(track.id.as_str());
        rows.into_iter().flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement(playlist: &str, track: &str, added: Option<&str>) -> Placement {
        Placement {
            playlist: playlist.into(),
            track: track.into(),
            added: added.map(|day| day.parse().unwrap()),
            removed: None,
        }
    }

    #[test]
    fn placements_are_found_by_track_and_day() {
        let named = |id: &str| Track {
            id: id.into(),
            ..Track::default()
        };
        let catalogue = Catalogue {
            tracks: vec![named("a"), named("b")],
            placements: vec![
                placement("calm", "a", Some("2021-05-01")),
                placement("loud", "a", Some("2020-05-01")),
                placement("calm", "b", None),
            ],
            ..Catalogue::default()
        };
        let index = TrackIndex::new(&catalogue);
        let [a, b] = [0, 1].map(|track| {
            index.track(&TrainableTrack {
                track,
                playlists: vec![],
            })
        });
        let day = "2021-01-01".parse().unwrap();
        assert_eq!(index.playlists_before(a, day), HashSet::from(["loud"]));
        assert_eq!(index.first_added(a), Some("2020-05-01".parse().unwrap()));
        assert!(index.playlists_before(b, day).is_empty() && index.first_added(b).is_none());
        assert!(index.claims(a).is_empty());
    }
}
