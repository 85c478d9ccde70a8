use jiff::civil::date;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

/// Days of 2026, the first of them the 1st of January.
fn day(number: i16) -> Date {
    date(2026, 1, 1).saturating_add(i64::from(number - 1).days())
}

/// A list that was seen from the first to the last day, and its stays: a track's letter, from, to.
fn catalogue(first: i16, last: i16, intervals: &[(&str, Option<i16>, Option<i16>)]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.playlists.push(Playlist {
        id: "deezer:1".into(),
        source: "deezer".into(),
        name: "List".into(),
        first_seen: Some(day(first)),
        last_seen: Some(day(last)),
        ..Playlist::default()
    });
    for &(track, added, removed) in intervals {
        catalogue.tracks.push(Track {
            id: track.into(),
            title: track.into(),
            ..Track::default()
        });
        catalogue.placements.push(Placement {
            playlist: "deezer:1".into(),
            track: track.into(),
            added: added.map(day),
            removed: removed.map(day),
        });
    }
    catalogue
}

fn statistics(catalogue: &Catalogue) -> Statistics {
    catalogue.statistics(&catalogue.playlists[0])
}

fn steps(statistics: &Statistics) -> Vec<(Date, usize)> {
    let step = |size: &SizeFrom| (size.day, size.tracks);
    statistics.sizes.iter().map(step).collect()
}

#[test]
fn sizes_and_months_of_a_list_worked_out_by_hand() {
    let list = statistics(&catalogue(
        1,
        59,
        &[
            // There from the start: no additions.
            ("a", None, None),
            ("b", Some(1), Some(32)),
            ("c", None, Some(11)),
            ("d", Some(11), None),
            ("e", Some(40), Some(50)),
        ],
    ));
    assert_eq!(
        steps(&list),
        [(day(1), 3), (day(32), 2), (day(40), 3), (day(50), 2)]
    );
    let counts = |month: &Month| (month.additions, month.removals);
    let counted: Vec<_> = list.months.iter().map(counts).collect();
    assert_eq!(counted, [(1, 1), (1, 2)]);
    // January: one of three. February: one of (8 days of 2, 10 of 3, 10 of 2).
    let february = 1.0 / ((8.0 * 2.0 + 10.0 * 3.0 + 10.0 * 2.0) / 28.0);
    assert_eq!(list.months[0].churn, Some(1.0 / 3.0));
    assert!((list.months[1].churn.unwrap() - february).abs() < 1e-12);
    assert!((list.churn.unwrap() - (1.0 / 3.0 + february) / 2.0).abs() < 1e-12);
    assert_eq!(
        list.time_on_playlist,
        TimeOnPlaylist {
            ended: 1,
            censored: 1,
            mean_days_of_ended: Some(10.0),
            median_days: Some(10)
        }
    );
    assert_eq!(list.overview.tracks, 2);
    assert_eq!(list.overview.added_in_30_days, Some(1));
    assert_eq!(list.overview.removed_in_30_days, Some(2));
    assert_eq!(list.newest.len(), 1);
    assert_eq!(list.newest[0].track, "d");
}

#[test]
fn growth_is_no_churn_and_a_part_of_a_month_has_none() {
    let list = statistics(&catalogue(
        1,
        45,
        &[
            ("a", None, None),
            ("b", Some(9), None),
            ("c", Some(40), None),
        ],
    ));
    assert_eq!(list.months[0].churn, Some(0.0));
    assert_eq!(list.months[1].churn, None);
}

#[test]
fn a_track_that_left_and_came_back_on_one_day_was_never_away() {
    let touching = [
        ("a", Some(5), Some(9)),
        ("a", Some(9), Some(12)),
        ("a", Some(12), None),
    ];
    let list = statistics(&catalogue(1, 20, &touching));
    assert_eq!(steps(&list), [(day(1), 0), (day(5), 1)]);
    assert_eq!((list.months[0].additions, list.months[0].removals), (1, 0));
    assert_eq!(
        (list.time_on_playlist.ended, list.time_on_playlist.censored),
        (0, 1)
    );
    let apart = [("a", Some(5), Some(9)), ("a", Some(12), None)];
    let list = statistics(&catalogue(1, 20, &apart));
    assert_eq!((list.months[0].additions, list.months[0].removals), (2, 1));
}

#[test]
fn lists_share_the_tracks_that_are_on_both_now() {
    let mut music = catalogue(
        1,
        9,
        &[("a", None, None), ("b", None, None), ("c", None, Some(3))],
    );
    let mut other = music.playlists[0].clone();
    other.id = "deezer:2".into();
    music.playlists.push(other);
    for track in ["b", "c", "d"] {
        music.placements.push(Placement {
            playlist: "deezer:2".into(),
            track: track.into(),
            added: None,
            removed: None,
        });
    }
    let overlap = statistics(&music).overlap;
    assert_eq!(overlap.len(), 1);
    assert_eq!((overlap[0].shared, overlap[0].jaccard), (1, 0.25));
}

#[test]
fn a_list_without_a_day_has_a_size_and_no_history() {
    let mut music = catalogue(1, 1, &[("a", None, None)]);
    music.playlists[0].first_seen = None;
    music.playlists[0].last_seen = None;
    let list = statistics(&music);
    assert_eq!(
        (list.overview.tracks, list.overview.added_in_30_days),
        (1, None)
    );
    assert!(list.sizes.is_empty() && list.months.is_empty());
    assert_eq!(
        (list.churn, list.time_on_playlist),
        (None, TimeOnPlaylist::default())
    );
    assert!(Catalogue::default().overview().is_empty());
}

fn intervals() -> impl Strategy<Value = Vec<(usize, Option<i16>, Option<i16>)>> {
    vec(
        (0..5_usize, option::of(1..90_i16), option::of(1..90_i16)),
        0..14,
    )
}

proptest! {
    #[test]
    fn the_last_size_is_the_size_and_the_sums_agree(intervals in intervals()) {
        let letters = ["a", "b", "c", "d", "e"];
        let named: Vec<_> = intervals.iter().map(|&(at, from, to)| (letters[at], from, to)).collect();
        let list = statistics(&catalogue(30, 90, &named));
        prop_assert_eq!(list.sizes.last().map(|size| size.tracks), Some(list.overview.tracks));
        let additions: usize = list.months.iter().map(|month| month.additions).sum();
        prop_assert_eq!(additions, list.time_on_playlist.ended + list.time_on_playlist.censored);
        prop_assert!(list.sizes.windows(2).all(|pair| pair[0].day < pair[1].day));
        prop_assert!(list.months.iter().all(|month| month.churn.is_none_or(|churn| churn >= 0.0)));
    }
}

#[test]
fn the_turnover_that_a_bundle_keeps_worked_out_by_hand() {
    let turnover = |catalogue: &Catalogue| catalogue.turnovers(&catalogue.playlists)[0];
    let intervals = [
        ("a", None, None),
        ("b", Some(1), None),
        ("c", Some(120), Some(150)),
        ("d", Some(160), None),
        ("e", None, Some(130)),
    ];
    let known = turnover(&catalogue(1, 200, &intervals)).unwrap();
    // Two came and two went in the last 90 days, of three tracks on average.
    assert!((known.replaced_in_90_days.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(known.median_stay_days, Some(30));
    // Seen for 60 days only.
    let short = turnover(&catalogue(140, 200, &intervals));
    assert!(short.is_none_or(|short| short.replaced_in_90_days.is_none()));
    assert_eq!(
        turnover(&catalogue(1, 200, &[("a", None, None)]))
            .unwrap()
            .replaced_in_90_days,
        Some(0.0)
    );
    let mut unseen = catalogue(1, 2, &[("a", None, None)]);
    (
        unseen.playlists[0].first_seen,
        unseen.playlists[0].last_seen,
    ) = (None, None);
    assert_eq!(turnover(&unseen), None);
}
