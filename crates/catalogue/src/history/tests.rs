use jiff::civil::date;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::{Placement, Track};

const LIST: &str = "deezer:1";

fn day(day: i8) -> Date {
    date(2026, 1, day)
}

/// A snapshot of the playlist: each track by a letter, with its intervals.
fn snapshot<'a>(rows: impl IntoIterator<Item = (&'a str, Option<i8>, Option<i8>)>) -> Catalogue {
    let mut snapshot = Catalogue {
        playlists: vec![Playlist {
            id: LIST.into(),
            source: "deezer".into(),
            name: "List".into(),
            ..Playlist::default()
        }],
        ..Catalogue::default()
    };
    for (letter, added, removed) in rows {
        let id = format!("isrc:{letter}");
        let mut track = Track {
            id: id.clone(),
            title: letter.into(),
            ..Track::default()
        };
        track.settle();
        snapshot.tracks.push(track);
        snapshot.placements.push(Placement {
            playlist: LIST.into(),
            track: id,
            added: added.map(day),
            removed: removed.map(day),
        });
    }
    snapshot
}

fn whole() -> BTreeSet<String> {
    BTreeSet::from([LIST.to_owned()])
}

/// `A 1-3`, `A 5-`, with `?` for an unknown day.
fn intervals(catalogue: &Catalogue) -> Vec<String> {
    let number = |date: Option<Date>| date.map(|date| date.day().to_string());
    let row = |row: &Placement| {
        let added = number(row.added).unwrap_or("?".into());
        let removed = number(row.removed).unwrap_or_default();
        format!("{} {added}-{removed}", &row.track["isrc:".len()..])
    };
    catalogue.placements.iter().map(row).collect()
}

/// Looks on the days given, at tracks without a date.
fn undated(snapshots: &[(i8, &str)]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for &(on, letters) in snapshots {
        let rows = (0..letters.len()).map(|at| (&letters[at..=at], None, None));
        catalogue.update(snapshot(rows), &whole(), day(on));
    }
    catalogue
}

#[test]
fn what_came_and_what_went_is_dated_by_the_looks() {
    assert_eq!(intervals(&undated(&[(1, "AB")])), ["A ?-", "B ?-"]);
    let catalogue = undated(&[(1, "AB"), (4, "BC"), (6, "BC")]);
    assert_eq!(intervals(&catalogue), ["A ?-4", "B ?-", "C 4-"]);
    let list = &catalogue.playlists[0];
    assert_eq!(
        (list.first_seen, list.last_seen),
        (Some(day(1)), Some(day(6)))
    );
}

#[test]
fn a_track_that_comes_back_begins_another_stay() {
    assert_eq!(
        intervals(&undated(&[(1, "A"), (3, ""), (5, "A"), (7, ""), (7, "A")])),
        ["A ?-3", "A 5-7", "A 7-"]
    );
    // All on one day.
    assert_eq!(
        intervals(&undated(&[(1, ""), (2, "A"), (2, ""), (2, "A")])),
        ["A 2-", "A 2-2"]
    );
}

#[test]
fn a_list_that_was_seen_empty_has_no_track() {
    assert_eq!(
        intervals(&undated(&[(1, "AB"), (2, "")])),
        ["A ?-2", "B ?-2"]
    );
}

#[test]
fn the_services_own_day_tells_a_return_from_a_gap() {
    let seen = |on, added| {
        let mut catalogue = Catalogue::default();
        catalogue.update(snapshot([("A", Some(2), None)]), &whole(), day(3));
        catalogue.update(snapshot([]), &whole(), day(5));
        assert_eq!(intervals(&catalogue), ["A 2-5"]);
        catalogue.update(snapshot([("A", Some(added), None)]), &whole(), day(on));
        intervals(&catalogue)
    };
    assert_eq!(seen(9, 8), ["A 2-5", "A 8-"]);
    assert_eq!(seen(9, 2), ["A 2-"]);
}

#[test]
fn an_end_that_the_look_itself_states_stands() {
    let mut catalogue = Catalogue::default();
    catalogue.update(snapshot([("A", Some(2), None)]), &whole(), day(2));
    catalogue.update(snapshot([("A", Some(2), Some(4))]), &whole(), day(9));
    assert_eq!(intervals(&catalogue), ["A 2-4"]);
    // It came and went on one day.
    let mut catalogue = Catalogue::default();
    catalogue.update(snapshot([("A", Some(2), None)]), &whole(), day(2));
    catalogue.update(snapshot([("A", Some(2), Some(2))]), &whole(), day(9));
    assert_eq!(intervals(&catalogue), ["A 2-2"]);
}

#[test]
fn an_older_look_and_a_look_at_a_part_end_nothing() {
    let mut catalogue = undated(&[(5, "AB")]);
    catalogue.update(snapshot([("A", None, None)]), &whole(), day(3));
    assert_eq!(intervals(&catalogue), ["A ?-", "B ?-"]);
    assert_eq!(catalogue.playlists[0].first_seen, Some(day(3)));
    catalogue.update(snapshot([("A", None, None)]), &BTreeSet::new(), day(9));
    assert_eq!(intervals(&catalogue), ["A ?-", "B ?-"]);
}

#[test]
fn a_new_name_makes_no_new_list() {
    let mut catalogue = undated(&[(1, "A")]);
    let mut renamed = snapshot([("A", None, None)]);
    renamed.playlists[0].name = "Other".into();
    let merged = catalogue.update(renamed, &whole(), day(2));
    assert_eq!(catalogue.playlists.len(), 1);
    assert_eq!(catalogue.playlists[0].name, "Other");
    assert_eq!((merged.playlists.added, merged.playlists.changed), (0, 1));
    assert_eq!(merged.placements, Change::default());
}

/// Some tracks with a day or none, and the days that passed since the last look.
fn snapshots() -> impl Strategy<Value = Vec<(i8, BTreeMap<String, Option<i8>>)>> {
    let tracks = btree_map("[A-E]", proptest::option::of(1..28_i8), 0..5);
    vec((0..4_i8, tracks), 1..7)
}

fn open(catalogue: &Catalogue) -> Vec<&str> {
    let open = catalogue.placements.iter();
    open.filter(|row| row.removed.is_none())
        .map(|row| row.track.as_str())
        .collect()
}

proptest! {
    #[test]
    fn after_a_look_the_open_stays_are_what_was_seen_and_nothing_disappears(snapshots in snapshots()) {
        let mut catalogue = Catalogue::default();
        let mut on = 1;
        for (passed, seen) in snapshots {
            on += passed;
            let rows = || snapshot(seen.iter().map(|(letter, &added)| {
                (letter.as_str(), added.map(|added| added.min(on)), None)
            }));
            let pairs = |catalogue: &Catalogue| -> BTreeSet<String> {
                catalogue.placements.iter().map(|row| row.track.clone()).collect()
            };
            let before = pairs(&catalogue);
            catalogue.update(rows(), &whole(), day(on));
            let expected: Vec<String> = seen.keys().map(|letter| format!("isrc:{letter}")).collect();
            prop_assert_eq!(open(&catalogue), expected);
            prop_assert!(before.is_subset(&pairs(&catalogue)));
            let once = catalogue.clone();
            prop_assert_eq!(catalogue.update(rows(), &whole(), day(on)), Merged::default());
            prop_assert_eq!(&catalogue, &once);
        }
    }
}
