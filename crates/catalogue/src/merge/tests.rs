use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Placement;

prop_compose! {
    fn track()(
        artist in "[ab]",
        title in "[xy]",
        isrc in proptest::option::of("[ST]"),
        audio_hash in proptest::option::of("[0-3]"),
        album in proptest::option::of("[lm]"),
        note in "[pq]",
    ) -> Track {
        let mut track = Track {
            title,
            artists: vec![artist],
            isrc,
            album,
            audio: audio_hash.as_ref().map(Into::into),
            audio_hash,
            notes: BTreeMap::from([(note.clone(), note)]),
            ..Track::default()
        };
        track.settle();
        track
    }
}

/// Open intervals begin on odd days and closed ones on even days: an end must not take the only open row of a pair away
/// before another comes (see `intervals`).
fn interval() -> impl Strategy<Value = (Option<i8>, Option<i8>)> {
    prop_oneof![
        proptest::option::of(0..10_i8).prop_map(|day| (day.map(|day| 2 * day + 1), None)),
        (1..10_i8, 0..8_i8).prop_map(|(day, length)| (Some(2 * day), Some(2 * day + length))),
    ]
}

prop_compose! {
    fn row()(
        track in track(),
        playlist in "[P-R]",
        (added, removed) in interval(),
        source in "[uv]",
        second in 0..3_i64,
        licence in prop_oneof![Just(""), Just("CC0"), Just("CC-BY-NC-4.0")],
        quality_flag in proptest::option::of("[d-e]"),
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
                removed: removed.map(|day| date(2020, 1, day)),
            }],
            provenance: vec![Provenance {
                track: track.id.clone(),
                source,
                retrieved: Timestamp::from_second(second).unwrap(),
                may_train: Licence::parse(licence).may_train(),
                licence: licence.into(),
                quality_flag,
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
fn sets(catalogue: &Catalogue) -> (BTreeSet<&String>, &[Playlist], &[Placement], &[Provenance]) {
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

fn intervals(rows: &[(i8, Option<i8>)]) -> Catalogue {
    let placement = |&(added, removed): &(i8, Option<i8>)| Placement {
        playlist: "files:P".into(),
        track: "isrc:A".into(),
        added: Some(date(2020, 1, added)),
        removed: removed.map(|day| date(2020, 1, day)),
    };
    Catalogue {
        placements: rows.iter().map(placement).collect(),
        ..Catalogue::default()
    }
}

#[test]
fn a_newer_import_ends_a_stay_and_adds_another() {
    let mut whole = intervals(&[(5, None)]);
    let merged = whole.merge(intervals(&[(5, Some(7)), (7, None)]));
    assert_eq!(whole, intervals(&[(5, Some(7)), (7, None)]));
    let one_each = Change {
        added: 1,
        changed: 1,
    };
    assert_eq!(merged.placements, one_each);
    // The older import again: nothing opens.
    assert_eq!(whole.merge(intervals(&[(5, None)])), Merged::default());
}

#[test]
fn two_recordings_that_turn_out_to_be_one_share_their_stays() {
    let on_list = |id: &str, alias: &str, added: i8| Catalogue {
        tracks: vec![Track {
            id: id.into(),
            aliases: [alias.to_owned()].into(),
            ..Track::default()
        }],
        placements: vec![Placement {
            track: id.into(),
            ..intervals(&[(added, None)]).placements[0].clone()
        }],
        ..Catalogue::default()
    };
    let mut whole = on_list("isrc:A", "", 9);
    whole.merge(on_list("spotify:1", "spotify:2", 5));
    assert_eq!(whole.placements.len(), 2);
    whole.merge(on_list("isrc:A", "spotify:2", 7));
    assert_eq!(whole.placements, intervals(&[(5, None)]).placements);
}

#[test]
fn a_later_statement_of_the_same_source_replaces_the_older_one_whole() {
    let provenance = |second, licence: &str, quality_flag: Option<&str>| Provenance {
        track: "isrc:A".into(),
        source: "files".into(),
        retrieved: Timestamp::from_second(second).unwrap(),
        licence: licence.into(),
        may_train: Licence::parse(licence).may_train(),
        quality_flag: quality_flag.map(Into::into),
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
