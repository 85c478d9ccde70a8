//! True and false pairs: what is taken without asking, what is shown for review, and what is nothing.

use super::*;

fn query(artist: &str, title: &str, seconds: Option<f64>) -> Query {
    Query::new(&Track {
        id: "name:x".into(),
        title: title.into(),
        artists: vec![artist.into()],
        duration_seconds: seconds,
        ..Track::default()
    })
}

fn tagged(artist: &str, title: &str, album: Option<&str>, seconds: Option<f64>) -> FileSong {
    let facts = AudioFileInfo {
        title: Some(title.into()),
        artists: vec![artist.into()],
        album: album.map(Into::into),
        duration_seconds: seconds,
        ..AudioFileInfo::default()
    };
    FileSong::new("/music/x.flac".into(), facts)
}

fn named(path: &str) -> FileSong {
    FileSong::new(path.into(), AudioFileInfo::default())
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Sure,
    PendingMatch,
    Nothing,
}
use Verdict::{Nothing, PendingMatch, Sure};

#[track_caller]
fn judges(query: &Query, song: &FileSong, verdict: Verdict) {
    let score = score(query, song);
    let judged = match &score {
        Some(score) if score.is_sure() => Sure,
        Some(_) => PendingMatch,
        None => Nothing,
    };
    assert_eq!(
        judged,
        verdict,
        "{} by {}: {score:?}",
        query.name,
        song.path.display()
    );
}

#[test]
fn tags_that_say_the_same_are_taken() {
    for (artist, title, file_artist, file_title) in [
        ("Miles Davis", "So What", "Miles Davis", "So What"),
        ("Beyoncé", "Déjà Vu", "BEYONCE", "Deja vu"),
        ("The Beatles", "Help!", "Beatles", "Help"),
        (
            "Jay-Z",
            "Empire State of Mind (feat. Alicia Keys)",
            "Jay-Z feat. Alicia Keys",
            "Empire State of Mind",
        ),
        (
            "Jay-Z;Alicia Keys",
            "Empire State of Mind",
            "JAY Z",
            "Empire State Of Mind ft. Alicia Keys",
        ),
        (
            "The Beatles",
            "Help! - Remastered 2009",
            "The Beatles",
            "Help! (2009 Remaster)",
        ),
        ("Deadmau5", "Strobe (Original Mix)", "deadmau5", "Strobe"),
        ("Adele", "Hello", "Adele", "Hello (Official Video)"),
        ("Oasis", "Live Forever", "Oasis", "Live Forever"),
        (
            "Guns N' Roses",
            "Knockin' On Heaven's Door",
            "Guns N Roses",
            "Knockin on Heavens Dor",
        ),
    ] {
        judges(
            &query(artist, title, None),
            &tagged(file_artist, file_title, None, None),
            Sure,
        );
        judges(
            &query(artist, title, Some(200.0)),
            &tagged(file_artist, file_title, None, Some(203.0)),
            Sure,
        );
    }
}

#[test]
fn another_version_is_never_taken_without_asking() {
    for (one, other) in [
        ("Blue Monday", "Blue Monday (Remix)"),
        ("Blue Monday (X Remix)", "Blue Monday (Y Remix)"),
        ("Blue Monday", "Blue Monday - Live at Wembley"),
        ("Blue Monday", "Blue Monday Live"),
        ("Blue Monday", "Blue Monday (Acoustic)"),
        ("Blue Monday", "Blue Monday (Instrumental)"),
        ("Blue Monday", "Blue Monday (Sped Up)"),
        ("Blue Monday", "Blue Monday - 2016 Remaster"),
        ("Blue Monday", "Blue Monday (Radio Edit)"),
        ("Blue Monday", "Blue Monday (En Vivo)"),
        ("Blue Monday", "Blue Monday (Karaoke Version)"),
        ("Blue Monday, Pt. 1", "Blue Monday, Pt. 2"),
        ("Blue Monday II", "Blue Monday III"),
    ] {
        for (one, other) in [(one, other), (other, one)] {
            judges(
                &query("New Order", one, Some(300.0)),
                &tagged("New Order", other, None, Some(300.0)),
                PendingMatch,
            );
        }
    }
}

#[test]
fn an_album_of_live_songs_makes_its_songs_live() {
    let studio = query("Queen", "Radio Ga Ga", None);
    judges(
        &studio,
        &tagged("Queen", "Radio Ga Ga", Some("Live at Wembley '86"), None),
        PendingMatch,
    );
    judges(
        &studio,
        &tagged(
            "Queen",
            "Radio Ga Ga",
            Some("The Works (Deluxe Remastered Edition)"),
            None,
        ),
        Sure,
    );
    judges(
        &studio,
        &named("/music/Live Sets/Queen - Radio Ga Ga.mp3"),
        PendingMatch,
    );
    let live = query("Queen", "Radio Ga Ga (Live)", None);
    judges(
        &live,
        &tagged(
            "Queen",
            "Radio Ga Ga (Live)",
            Some("Live at Wembley '86"),
            None,
        ),
        Sure,
    );
}

#[test]
fn another_artist_is_nothing_and_a_doubtful_one_is_asked_about() {
    judges(
        &query("Adele", "Hello", None),
        &tagged("Lionel Richie", "Hello", None, None),
        Nothing,
    );
    judges(
        &query("John", "Your Song", None),
        &tagged("Elton John", "Your Song", None, None),
        Nothing,
    );
    judges(
        &query("Queen", "Innuendo", None),
        &tagged("Queens", "Innuendo", None, None),
        PendingMatch,
    );
    judges(
        &query("unknown artist", "Hello", None),
        &tagged("Adele", "Hello", None, None),
        PendingMatch,
    );
    judges(
        &query("Adele", "Hello", None),
        &named("/music/Hello.mp3"),
        PendingMatch,
    );
    judges(
        &query("Adele", "Skyfall", None),
        &tagged("Adele", "Someone Like You", None, None),
        Nothing,
    );
}

#[test]
fn another_length_or_another_isrc_is_asked_about() {
    let song = query("Adele", "Hello", Some(295.0));
    judges(&song, &tagged("Adele", "Hello", None, Some(301.0)), Sure);
    judges(
        &song,
        &tagged("Adele", "Hello", None, Some(30.0)),
        PendingMatch,
    );
    let mut with_isrc = query("Adele", "Hello", None);
    with_isrc.isrc = Some("GBBKS1500214".into());
    let mut file = tagged("Adele", "Hello", None, None);
    file.isrc = Some("GBBKS1500999".into());
    judges(&with_isrc, &file, PendingMatch);
}

#[test]
fn file_names_and_folders_are_read_in_every_common_layout() {
    let song = query("Miles Davis", "So What", None);
    for path in [
        "/m/Miles Davis - So What.mp3",
        "/m/miles_davis_-_so_what.mp3",
        "/m/miles-davis--so-what.mp3",
        "/m/01. Miles Davis - So What.mp3",
        "/m/07 - Miles Davis - So What.mp3",
        "/m/Miles Davis/Kind of Blue/01 So What.flac",
        "/m/Miles Davis/Kind of Blue/3. So What.flac",
        "/m/Miles Davis/So What.flac",
        "/m/Miles Davis - Kind of Blue (1959)/01 So What.flac",
        "/m/Miles Davis - Kind of Blue - 01 - So What.flac",
        "/m/Kind of Blue/Miles Davis - Kind of Blue - So What.flac",
        "/m/Miles Davis - 03 - So What.flac",
        "/m/So What - Miles Davis.mp3",
    ] {
        judges(&song, &named(path), Sure);
    }
    for path in [
        "/m/Miles Davis/Kind of Blue/12 So What.flac",
        "/m/Miles Davis - Kind of Blue - So What.flac",
        "/m/Miles Davis - So What (Live).mp3",
        "/m/So What.mp3",
    ] {
        judges(&song, &named(path), PendingMatch);
    }
    judges(&song, &named("/m/Metallica - So What.mp3"), Nothing);
    judges(
        &query("Jay-Z", "Problems", None),
        &named("/m/Jay-Z/99 Problems.mp3"),
        PendingMatch,
    );
    judges(
        &query("Oasis", "Live", None),
        &named("/m/Oasis - Supersonic - Live.mp3"),
        PendingMatch,
    );
}

#[test]
fn a_name_against_the_tags_is_asked_about() {
    let mut file = tagged("Metallica", "Nothing Else Matters", None, None);
    file = FileSong::new("/m/Miles Davis - So What.mp3".into(), file.facts);
    judges(&query("Miles Davis", "So What", None), &file, PendingMatch);
}

#[test]
fn odd_text_neither_matches_nor_breaks() {
    for (title, other) in [("???", "!!!"), ("", ""), ("🎵", "🎶"), ("\0", " ")] {
        judges(
            &query("A", title, None),
            &tagged("B", other, None, None),
            Nothing,
        );
    }
    judges(
        &query("Röyksopp", "???", None),
        &tagged("Royksopp", "???", None, None),
        Sure,
    );
}

#[test]
fn one_recording_under_two_ids_is_known() {
    let same = |one: &Query, other: &Query| {
        let mut other = other.clone();
        other.id = "spotify:1".into();
        one.same_recording(&other)
    };
    let song = query("Beatles", "Help!", Some(138.0));
    assert!(same(&song, &query("The Beatles", "HELP", Some(139.0))));
    assert!(!same(
        &song,
        &query("The Beatles", "Help (Live)", Some(139.0))
    ));
    assert!(!same(&song, &query("The Beatles", "Help", Some(150.0))));
    assert!(!same(&song, &query("Bananarama", "Help", Some(138.0))));
}
