use super::*;
use catalogue::{AudioFileInfo, Track};

fn query(id: &str, artist: &str, title: &str) -> Query {
    Query::new(&Track {
        id: id.into(),
        title: title.into(),
        artists: vec![artist.into()],
        ..Track::default()
    })
}

fn song(path: &str, audio_hash: &str) -> FileSong {
    FileSong::new(
        path.into(),
        AudioFileInfo {
            audio_hash: audio_hash.into(),
            ..AudioFileInfo::default()
        },
    )
}

fn with_isrc(path: &str, isrc: &str, seconds: f64) -> FileSong {
    let facts = AudioFileInfo {
        audio_hash: path.into(),
        isrc: Some(isrc.into()),
        duration_seconds: Some(seconds),
        ..AudioFileInfo::default()
    };
    FileSong::new(path.into(), facts)
}

#[track_caller]
fn pending(found: &Found, says: &str) {
    match found {
        Found::Pending(maybe) => assert!(maybe[0].reason.contains(says), "{maybe:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_isrc_decides_before_any_name_and_the_nearest_length_is_taken() {
    let mut track = query("isrc:GBBKS1500214", "Adele", "Hello");
    track.isrc = Some("GBBKS1500214".into());
    track.seconds = Some(295.0);
    let songs = [
        song("/m/Adele - Hello.mp3", "1"),
        with_isrc("/m/preview.mp3", "GB-BKS-15-00214", 30.0),
        with_isrc("/m/track07.flac", "gbbks1500214", 295.4),
    ];
    assert_eq!(
        find(&[track.clone()], &songs, MatchHistory::default()),
        [Found::Sure(2, MatchSource::Isrc)]
    );
    pending(
        &find(&[track], &songs[1..2], MatchHistory::default())[0],
        "30 s long",
    );
}

#[test]
fn two_files_that_fit_as_well_are_asked_about_and_copies_are_not() {
    let track = query("1", "Adele", "Hello");
    let two = [
        song("/a/Adele - Hello.mp3", "1"),
        song("/b/Adele - Hello.mp3", "2"),
    ];
    pending(
        &find(std::slice::from_ref(&track), &two, MatchHistory::default())[0],
        "fits as well",
    );
    let copies = [
        song("/b/Adele - Hello.mp3", "1"),
        song("/a/Adele - Hello.mp3", "1"),
    ];
    assert_eq!(
        find(&[track], &copies, MatchHistory::default()),
        [Found::Sure(1, MatchSource::Name)]
    );
}

#[test]
fn the_plain_song_wins_over_its_remix_and_each_gets_its_own() {
    let tracks = [
        query("1", "New Order", "Blue Monday"),
        query("2", "New Order", "Blue Monday (Remix)"),
    ];
    let songs = [
        song("/m/New Order - Blue Monday (Remix).mp3", "r"),
        song("/m/New Order - Blue Monday.mp3", "o"),
    ];
    assert_eq!(
        find(&tracks, &songs, MatchHistory::default()),
        [
            Found::Sure(1, MatchSource::Name),
            Found::Sure(0, MatchSource::Name)
        ]
    );
    // Without its own file the remix gets none: the plain one is given away.
    assert_eq!(
        find(&tracks, &songs[1..], MatchHistory::default())[1],
        Found::Nothing
    );
}

#[test]
fn one_file_is_not_given_to_two_recordings() {
    let tracks = [
        query("1", "Jay-Z", "Encore"),
        query("2", "Jay-Z & Linkin Park", "Encore"),
    ];
    let songs = [song("/m/Jay-Z - Encore.mp3", "1")];
    let found = find(&tracks, &songs, MatchHistory::default());
    assert_eq!(found[0], Found::Sure(0, MatchSource::Name));
    assert_eq!(found[1], Found::Nothing);

    // Under two ids of two services it is one recording.
    let tracks = [
        query("spotify:1", "Adele", "Hello"),
        query("deezer:1", "ADELE", "Hello"),
    ];
    let songs = [song("/m/Adele - Hello.mp3", "1")];
    assert_eq!(
        find(&tracks, &songs, MatchHistory::default()),
        [
            Found::Sure(0, MatchSource::Name),
            Found::Sure(0, MatchSource::Name)
        ]
    );
}

#[test]
fn the_audio_of_another_track_is_asked_about() {
    let mut holder = query("content:1", "Adele", "Hello");
    holder.seconds = Some(295.0);
    let mut track = query("name:x", "Adele", "Hello");
    track.seconds = Some(299.0);
    let known = MatchHistory {
        tracks_by_hash: [("1".to_owned(), holder)].into(),
        ..MatchHistory::default()
    };
    let found = find(&[track], &[song("/m/Adele - Hello.mp3", "1")], known);
    pending(&found[0], "already");
}

#[test]
fn what_the_user_rejected_is_not_offered_again() {
    let known = MatchHistory {
        rejected: [("1".to_owned(), "/m/Hello.mp3".into())].into(),
        ..MatchHistory::default()
    };
    let found = find(
        &[query("1", "Adele", "Hello")],
        &[song("/m/Hello.mp3", "1")],
        known,
    );
    assert_eq!(found, [Found::Nothing]);
}

/// Made-up names of which many share words; the large run of it was measured by hand.
fn made_up(count: usize) -> Vec<(String, String)> {
    const WORDS: [&str; 16] = [
        "love", "night", "the", "fire", "you", "moon", "run", "blue", "heart", "gold", "rain",
        "dance", "alone", "home", "wild", "time",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let mut word = move || match random.u8(..4) {
        0 => WORDS[random.usize(..WORDS.len())].to_owned(),
        _ => (0..random.usize(3..8))
            .map(|_| random.lowercase())
            .collect(),
    };
    (0..count)
        .map(|_| {
            (
                format!("{} {}", word(), word()),
                format!("{} {} {}", word(), word(), word()),
            )
        })
        .collect()
}

fn of_a_large_library(tracks: usize, files: usize) {
    let names = made_up(tracks);
    let query: Vec<Query> = names
        .iter()
        .enumerate()
        .map(|(n, (artist, title))| query(&n.to_string(), artist, title))
        .collect();
    let step = tracks / files;
    let songs: Vec<FileSong> = (0..files)
        .map(|n| {
            let (artist, title) = &names[n * step];
            song(
                &format!(
                    "/m/{artist}/Album {n}/{:02} {}.mp3",
                    n % 9 + 1,
                    title.to_uppercase()
                ),
                &n.to_string(),
            )
        })
        .collect();
    let found = find(&query, &songs, MatchHistory::default());
    for (track, found) in found.iter().enumerate() {
        match found {
            Found::Sure(song, _) => assert_eq!(song * step, track, "{:?}", names[track]),
            _ => assert!(
                track % step != 0 || track / step >= files,
                "{:?}: {found:?}",
                names[track]
            ),
        }
    }
}

#[test]
fn every_file_of_a_library_finds_its_track_and_no_other() {
    of_a_large_library(1_100, 400);
}

/// `cargo test --lib -- --ignored --nocapture a_library_of`: the scale of MTG-Jamendo.
#[test]
#[ignore = "measures, and takes a while"]
fn a_library_of_20_000_files_for_55_000_tracks() {
    let began = std::time::Instant::now();
    of_a_large_library(55_000, 20_000);
    eprintln!("{:.1} s", began.elapsed().as_secs_f64());
}
