use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn track(artist: &str, isrc: Option<&str>, audio_hash: Option<&str>) -> Track {
    let mut track = Track {
        title: "Song".into(),
        artists: vec![artist.into()],
        isrc: isrc.map(Into::into),
        audio: audio_hash.map(PathBuf::from),
        audio_hash: audio_hash.map(Into::into),
        ..Track::default()
    };
    track.settle();
    track
}

#[test]
fn an_isrc_joins_two_files_and_a_file_joins_two_isrcs() {
    let deduplicated = deduplicate(vec![
        track("A", Some("B"), Some("one")),
        track("A", None, Some("two")),
        track("A", Some("A"), Some("two")),
        track("A", Some("B"), Some("two")),
    ]);
    assert_eq!(deduplicated.tracks.len(), 1);
    let track = &deduplicated.tracks[0];
    assert_eq!(
        (track.id.as_str(), track.audio_hash.as_deref()),
        ("isrc:A", Some("two"))
    );
    assert!(track.aliases.contains("content:one"), "{:?}", track.aliases);
    assert_eq!(deduplicated.renamed["content:two"], "isrc:A");
}

#[test]
fn a_song_of_the_same_name_in_another_file_is_another_recording() {
    let deduplicated = deduplicate(vec![
        track("A", None, Some("one")),
        track("A", None, Some("two")),
    ]);
    assert_eq!(deduplicated.tracks.len(), 2);
}

#[test]
fn names_are_compared_without_case_and_spacing() {
    assert_eq!(
        deduplicate(vec![
            track("The  Who", None, None),
            track("the who ", None, None)
        ])
        .tracks
        .len(),
        1
    );
}

#[test]
fn a_stated_group_outlives_an_import_that_states_none() {
    let mut curated = track("finalman & yakslem", None, Some("one"));
    curated.artist_group = "finalman".into();
    let tagged = track("Finalman feat. Yakslem", None, Some("one"));
    let deduplicated = deduplicate(vec![curated, tagged]);
    assert_eq!(deduplicated.tracks[0].artist_group, "finalman");
    assert_eq!(deduplicated.tracks[0].artists, ["Finalman feat. Yakslem"]);
}

#[test]
fn tracks_without_an_artist_are_groups_of_their_own_until_somebody_names_one() {
    let unknown = |audio_hash| track(UNKNOWN_ARTIST, None, Some(audio_hash));
    let deduplicated = deduplicate(vec![
        unknown("one"),
        unknown("two"),
        track("A", None, Some("two")),
    ]);
    assert!(!deduplicated.tracks[0].has_known_artist());
    assert_ne!(
        deduplicated.tracks[0].split_group(),
        deduplicated.tracks[1].split_group()
    );
    assert_eq!(
        (
            deduplicated.tracks[1].artist_group.as_str(),
            deduplicated.tracks[1].has_known_artist()
        ),
        ("A", true)
    );
    assert_eq!(
        deduplicate(vec![track("A", None, Some("two")), unknown("two")]).tracks[0].artists,
        ["A"]
    );
}

/// As a service states it: `spotify:1`, none or an ISRC, artists, title, seconds.
fn stated(id: &str, isrc: &str, artists: &[&str], title: &str, seconds: f64) -> Track {
    let mut track = Track {
        title: title.into(),
        artists: artists.iter().map(ToString::to_string).collect(),
        aliases: [id]
            .into_iter()
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        isrc: (!isrc.is_empty()).then(|| isrc.to_owned()),
        duration_seconds: (seconds > 0.0).then_some(seconds),
        ..Track::default()
    };
    track.settle();
    track
}

#[track_caller]
fn recordings(rows: &[Track], expected: usize) {
    let there = deduplicate(rows.to_vec()).tracks.len();
    let back = deduplicate(rows.iter().rev().cloned().collect())
        .tracks
        .len();
    assert_eq!((there, back), (expected, expected));
}

#[test]
fn a_name_and_a_length_join_what_two_services_say_of_one_song() {
    let spotify = stated(
        "spotify:1",
        "",
        &["Beyoncé", "Guest"],
        "Song (feat. Guest)",
        200.0,
    );
    let joined = |other: Track, expected| recordings(&[spotify.clone(), other], expected);
    joined(stated("deezer:1", "X", &["BEYONCE"], "Song", 202.9), 1);
    joined(
        stated("deezer:1", "X", &["Other", "Beyoncé"], "Song", 200.0),
        1,
    );
    joined(stated("deezer:1", "X", &["BEYONCE"], "Song", 203.1), 2);
    joined(stated("deezer:1", "X", &["BEYONCE"], "Song", 0.0), 2);
    joined(
        stated("deezer:1", "X", &["BEYONCE"], "Song - Live", 200.0),
        2,
    );
    joined(
        stated("deezer:1", "X", &["Other", "Guest"], "Song", 200.0),
        2,
    );
    joined(stated("deezer:1", "X", &["Guest"], "Song", 200.0), 1);
    joined(stated("deezer:1", "X", &[], "Song", 200.0), 2);
}

#[test]
fn two_ids_of_one_kind_are_two_recordings() {
    let song = |id: &str, isrc: &str| stated(id, isrc, &["A"], "Song", 200.0);
    recordings(&[song("spotify:1", ""), song("spotify:2", "")], 2);
    recordings(&[song("spotify:1", "X"), song("deezer:1", "Y")], 2);
    recordings(&[song("spotify:1", "X"), song("deezer:1", "X")], 1);
    // The remaster: by name the same, by ISRC not.
    let remaster = |isrc| stated("deezer:1", isrc, &["A"], "Song - Remastered 2011", 200.0);
    recordings(&[song("spotify:1", "X"), remaster("")], 1);
    recordings(&[song("spotify:1", "X"), remaster("Y")], 2);
    let file = |audio_hash: &str| Track {
        audio_hash: Some(audio_hash.into()),
        ..song("", "")
    };
    recordings(&[file("one"), file("two")], 2);
    recordings(&[file("one"), song("spotify:1", "")], 1);
}

#[test]
fn a_chain_of_names_joins_no_two_isrcs() {
    let song = |id: &str, isrc: &str, seconds| stated(id, isrc, &["A"], "Song", seconds);
    let (x, y) = (
        song("deezer:1", "X", 200.0),
        song("apple-music:1", "Y", 201.0),
    );
    let between = song("spotify:1", "", 200.9);
    recordings(&[x.clone(), between.clone(), y.clone()], 2);
    let deduplicated = deduplicate(vec![x.clone(), between.clone(), y.clone()]);
    // The closest length decides.
    assert_eq!(deduplicated.renamed["spotify:1"], "isrc:Y");
    // Nor does a name that was once joined with each of them.
    let mut named = between;
    named.aliases.clear();
    named.id.clear();
    named.settle();
    let with_name = |track: Track| deduplicate(vec![named.clone(), track]).tracks.remove(0);
    recordings(&[with_name(x), with_name(y)], 2);
}

#[test]
fn a_name_that_too_many_share_tells_nothing() {
    let intro = |at: usize| {
        let id = format!("{}:{at}", if at == 0 { "deezer" } else { "spotify" });
        stated(&id, "", &["Various Artists"], "Intro", 60.0)
    };
    let rows: Vec<Track> = (0..100).map(intro).collect();
    recordings(&rows, 100);
    recordings(&rows[..10], 9);
}

fn row() -> impl Strategy<Value = Track> {
    let id = ("(spotify|deezer|jamendo)", 0..4_u8);
    (
        id,
        "(|X|Y|Z)",
        "[ab]",
        "(Song|song - Live|Song \\(Live\\))",
        198..206_i16,
    )
        .prop_map(|((service, number), isrc, artist, title, seconds)| {
            let id = format!("{service}:{number}");
            stated(&id, &isrc, &[&artist], &title, f64::from(seconds))
        })
}

/// How many ids of one kind a track has.
fn ids_of_a_kind(track: &Track, kind: &str) -> usize {
    let ids = track.ids();
    ids.iter().filter(|id| id.starts_with(kind)).count()
}

proptest! {
    #[test]
    fn only_a_shared_id_joins_two_ids_of_a_kind(rows in vec(row(), 0..12)) {
        // Every row an id of its own: whatever is joined then is joined by its name.
        let different: Vec<Track> = rows.iter().enumerate().map(|(at, row)| {
            let mut row = row.clone();
            row.isrc = row.isrc.map(|isrc| format!("{isrc}{at}"));
            row.aliases = row.aliases.iter().map(|id| format!("{id}{at}")).collect();
            row.id.clear();
            row.settle();
            row
        }).collect();
        for track in deduplicate(different).tracks {
            for kind in ["isrc:", "spotify:", "deezer:", "jamendo:"] {
                prop_assert!(ids_of_a_kind(&track, kind) <= 1, "{track:?}");
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_change_what_is_one(rows in vec(row(), 0..10)) {
        let ids = |rows: Vec<Track>| -> BTreeSet<BTreeSet<String>> {
            deduplicate(rows).tracks.iter().map(Track::ids).collect()
        };
        let back = rows.iter().rev().cloned().collect();
        prop_assert_eq!(ids(rows.clone()), ids(back));
    }

    #[test]
    fn what_was_united_stays_as_it_is(rows in vec(row(), 0..10)) {
        let once = deduplicate(rows).tracks;
        let twice = deduplicate(once.iter().chain(&once).cloned().collect());
        prop_assert_eq!(&twice.tracks, &once);
        prop_assert!(!twice.changed.contains(&true));
    }
}
