//! A newer catalogue into an older one: nothing is lost, nothing is doubled, and the tables come out sorted,
//! so that the order of imports does not show in what is on which list.

use std::collections::{BTreeMap, HashMap};

use super::recording::unite;
use super::{Catalogue, Licence, Placement, Playlist, Provenance, Track};

/// What a merge did to each table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    pub tracks: Change,
    pub playlists: Change,
    pub placements: Change,
    pub provenance: Change,
}

/// Rows that are new, and rows that were there and now say something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub added: usize,
    pub changed: usize,
}

impl Catalogue {
    /// Takes in what a newer import says.
    ///
    /// * Tracks that share an id, an ISRC or their audio are one; playlists go by id. Newer values win,
    ///   what the newer import leaves open stays, notes are united.
    /// * Of a placement the earliest `added` and the latest `removed` stay.
    /// * Provenance is one row for each track and source, the one that was retrieved last, whole: licence,
    ///   permission and doubt belong together. Of two from the same moment the stricter holds.
    pub fn merge(&mut self, mut newer: Catalogue) -> Merged {
        let (tracks, renamed) = merge_tracks(&mut self.tracks, newer.tracks);
        for placement in self.placements.iter_mut().chain(&mut newer.placements) {
            rename(&mut placement.track, &renamed);
        }
        for provenance in self.provenance.iter_mut().chain(&mut newer.provenance) {
            rename(&mut provenance.track, &renamed);
        }
        Merged {
            tracks,
            playlists: merge_rows(&mut self.playlists, newer.playlists),
            placements: merge_rows(&mut self.placements, newer.placements),
            provenance: merge_rows(&mut self.provenance, newer.provenance),
        }
    }
}

fn rename(track: &mut String, renamed: &HashMap<String, String>) {
    if let Some(id) = renamed.get(track) {
        track.clone_from(id);
    }
}

fn merge_tracks(tracks: &mut Vec<Track>, newer: Vec<Track>) -> (Change, HashMap<String, String>) {
    let before = tracks.clone();
    let united = unite(tracks.drain(..).chain(newer).collect());
    let mut change = Change::default();
    for (track, &row) in united.tracks.iter().zip(&united.first_rows) {
        match before.get(row) {
            None => change.added += 1,
            Some(old) if old != track => change.changed += 1,
            Some(_) => {}
        }
    }
    *tracks = united.tracks;
    tracks.sort_by(|one, other| one.id.cmp(&other.id));
    (change, united.renamed)
}

/// A row of a table that holds one row for each key.
trait Row: Clone + PartialEq {
    fn key(&self) -> (String, String);
    fn absorb(&mut self, newer: Self);
}

/// Leaves `rows` sorted by key.
fn merge_rows<R: Row>(rows: &mut Vec<R>, newer: Vec<R>) -> Change {
    let mut table = BTreeMap::new();
    rows.drain(..).for_each(|row| insert(&mut table, row));
    let before = table.clone();
    newer.into_iter().for_each(|row| insert(&mut table, row));
    let changed = before
        .iter()
        .filter(|&(key, row)| table.get(key) != Some(row))
        .count();
    let added = table.len() - before.len();
    rows.extend(table.into_values());
    Change { added, changed }
}

fn insert<R: Row>(table: &mut BTreeMap<(String, String), R>, row: R) {
    match table.get_mut(&row.key()) {
        Some(known) => known.absorb(row),
        None => {
            table.insert(row.key(), row);
        }
    }
}

impl Row for Playlist {
    fn key(&self) -> (String, String) {
        (self.id.clone(), String::new())
    }

    fn absorb(&mut self, newer: Playlist) {
        if !newer.name.is_empty() {
            self.name = newer.name;
        }
        self.description = newer.description.or(self.description.take());
        self.owner = newer.owner.or(self.owner.take());
        self.followers = newer.followers.or(self.followers);
        self.market = newer.market.or(self.market.take());
        self.first_seen = [self.first_seen, newer.first_seen]
            .into_iter()
            .flatten()
            .min();
        self.last_seen = self.last_seen.max(newer.last_seen);
    }
}

impl Row for Placement {
    fn key(&self) -> (String, String) {
        (self.playlist.clone(), self.track.clone())
    }

    fn absorb(&mut self, newer: Placement) {
        self.added = [self.added, newer.added].into_iter().flatten().min();
        self.removed = self.removed.max(newer.removed);
    }
}

impl Row for Provenance {
    fn key(&self) -> (String, String) {
        (self.track.clone(), self.source.clone())
    }

    fn absorb(&mut self, newer: Provenance) {
        if newer.retrieved > self.retrieved {
            *self = newer;
        } else if newer.retrieved == self.retrieved {
            self.tighten(newer);
        }
    }
}

impl Provenance {
    /// Two rows of one import on one track.
    fn tighten(&mut self, other: Provenance) {
        let strictness = |licence: &String| (Licence::parse(licence), licence.clone());
        self.may_train &= other.may_train;
        self.doubt = self.doubt.take().max(other.doubt);
        if strictness(&other.licence) > strictness(&self.licence) {
            self.licence = other.licence;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn track()(
            artist in "[ab]",
            title in "[xy]",
            isrc in proptest::option::of("[ST]"),
            content in proptest::option::of("[0-3]"),
            album in proptest::option::of("[lm]"),
            note in "[pq]",
        ) -> Track {
            let mut track = Track {
                title,
                artists: vec![artist],
                isrc,
                album,
                audio: content.as_ref().map(Into::into),
                content,
                notes: BTreeMap::from([(note.clone(), note)]),
                ..Track::default()
            };
            track.settle();
            track
        }
    }

    prop_compose! {
        fn row()(
            track in track(),
            playlist in "[P-R]",
            added in proptest::option::of(1..28_i8),
            source in "[uv]",
            second in 0..3_i64,
            licence in prop_oneof![Just(""), Just("CC0"), Just("CC-BY-NC-4.0")],
            doubt in proptest::option::of("[d-e]"),
        ) -> Catalogue {
            Catalogue {
                playlists: vec![Playlist {
                    id: format!("files:{playlist}"),
                    source: "files".into(),
                    name: playlist.clone(),
                    ..Playlist::default()
                }],
                placements: vec![Placement {
                    playlist: format!("files:{playlist}"),
                    track: track.id.clone(),
                    added: added.map(|day| date(2020, 1, day)),
                    removed: None,
                }],
                provenance: vec![Provenance {
                    track: track.id.clone(),
                    source,
                    retrieved: Timestamp::from_second(second).unwrap(),
                    may_train: Licence::parse(licence).may_train(),
                    licence: licence.into(),
                    doubt,
                }],
                tracks: vec![track],
            }
        }
    }

    fn catalogue() -> impl Strategy<Value = Catalogue> {
        vec(row(), 0..8).prop_map(|rows| merged(&rows))
    }

    fn merged<'a>(parts: impl IntoIterator<Item = &'a Catalogue>) -> Catalogue {
        let mut whole = Catalogue::default();
        for part in parts {
            whole.merge(part.clone());
        }
        whole
    }

    /// Everything but the values where the newer import wins.
    fn sets(
        catalogue: &Catalogue,
    ) -> (BTreeSet<&String>, &[Playlist], &[Placement], &[Provenance]) {
        let ids = catalogue.tracks.iter().map(|track| &track.id).collect();
        (
            ids,
            &catalogue.playlists,
            &catalogue.placements,
            &catalogue.provenance,
        )
    }

    proptest! {
        #[test]
        fn importing_twice_changes_nothing(old in catalogue(), new in catalogue()) {
            let mut once = merged([&old, &new]);
            let twice = merged([&once, &new]);
            prop_assert_eq!(&twice, &once);
            prop_assert_eq!(once.merge(new), Merged::default());
        }

        #[test]
        fn the_order_of_imports_does_not_change_what_is_on_which_list(
            one in catalogue(), two in catalogue(), three in catalogue(),
        ) {
            let forth = merged([&one, &two, &three]);
            let back = merged([&three, &two, &one]);
            prop_assert_eq!(sets(&forth), sets(&back));
        }

        #[test]
        fn nothing_is_lost_and_nothing_points_nowhere(one in catalogue(), two in catalogue()) {
            let both = merged([&one, &two]);
            let known: BTreeSet<_> = both.tracks.iter().flat_map(Track::ids).collect();
            for track in one.tracks.iter().chain(&two.tracks) {
                prop_assert!(known.contains(&track.id));
            }
            let (ids, ..) = sets(&both);
            prop_assert_eq!(ids.len(), both.tracks.len());
            for placement in &both.placements {
                prop_assert!(ids.contains(&placement.track));
            }
            for provenance in &both.provenance {
                prop_assert!(ids.contains(&provenance.track));
            }
        }
    }

    #[test]
    fn newer_values_win_and_open_ones_stay() {
        let track = |title: &str, album: Option<&str>| Track {
            id: "isrc:A".into(),
            title: title.into(),
            artists: vec!["A".into()],
            artist_group: "A".into(),
            album: album.map(Into::into),
            ..Track::default()
        };
        let catalogue = |track| Catalogue {
            tracks: vec![track],
            ..Catalogue::default()
        };
        let mut whole = catalogue(track("Old", Some("Album")));
        let merged = whole.merge(catalogue(track("New", None)));
        assert_eq!(whole.tracks[0].title, "New");
        assert_eq!(whole.tracks[0].album.as_deref(), Some("Album"));
        assert_eq!(
            merged.tracks,
            Change {
                added: 0,
                changed: 1
            }
        );
    }

    #[test]
    fn a_placement_keeps_its_first_day() {
        let placement = |day, removed| Placement {
            playlist: "files:P".into(),
            track: "isrc:A".into(),
            added: Some(date(2020, 1, day)),
            removed,
        };
        let catalogue = |row| Catalogue {
            placements: vec![row],
            ..Catalogue::default()
        };
        let mut whole = catalogue(placement(5, Some(date(2020, 2, 1))));
        let merged = whole.merge(catalogue(placement(9, None)));
        assert_eq!(whole.placements, [placement(5, Some(date(2020, 2, 1)))]);
        assert_eq!(merged, Merged::default());
    }

    #[test]
    fn a_later_statement_of_the_same_source_replaces_the_older_one_whole() {
        let provenance = |second, licence: &str, doubt: Option<&str>| Provenance {
            track: "isrc:A".into(),
            source: "files".into(),
            retrieved: Timestamp::from_second(second).unwrap(),
            licence: licence.into(),
            may_train: Licence::parse(licence).may_train(),
            doubt: doubt.map(Into::into),
        };
        let catalogue = |row| Catalogue {
            provenance: vec![row],
            ..Catalogue::default()
        };
        let mut whole = catalogue(provenance(1, "CC-BY-NC-4.0", Some("guessed")));
        whole.merge(catalogue(provenance(2, "CC0", None)));
        assert_eq!(whole.provenance, [provenance(2, "CC0", None)]);
        whole.merge(catalogue(provenance(2, "CC-BY-NC-4.0", None)));
        assert_eq!(whole.provenance, [provenance(2, "CC-BY-NC-4.0", None)]);
    }
}
