use super::*;
use neighbours::song_embedding;

/// The default bundle and `count` tracks of new artists that sound nearly like its tracks on `like`.
fn bundle_and_list(name: &str, like: &str, count: usize) -> (Bundle, NewPlaylist) {
    let bundle = Bundle::open(None).unwrap();
    let place = bundle
        .manifest
        .playlists
        .iter()
        .position(|card| card.name == like);
    let stored = bundle.neighbours.tracks.iter().enumerate();
    let on_list = stored.filter(|(_, track)| track.playlists.contains(&place.unwrap()));
    let mut random = fastrand::Rng::with_seed(7);
    let mut list = NewPlaylist {
        name: name.into(),
        tracks: Vec::new(),
        embeddings: Vec::new(),
    };
    for (number, (place, _)) in on_list.take(count).enumerate() {
        let row = bundle.embedding(place);
        let near: Vec<f32> = row
            .iter()
            .map(|value| value + 0.02 * (random.f32() - 0.5))
            .collect();
        list.embeddings.extend(song_embedding(&near, row.len()));
        let artist = format!("New {}", number / 2);
        list.tracks.push(StoredTrack {
            title: format!("{name} {number}"),
            artists: vec![artist.clone()],
            artist_group: artist,
            audio_hash: format!("{name} {number}"),
            licence: "CC-BY-4.0".into(),
            ..StoredTrack::default()
        });
    }
    (bundle, list)
}

fn added(name: &str, like: &str) -> Bundle {
    let (mut bundle, list) = bundle_and_list(name, like, 14);
    assert_eq!(bundle.add(list), Ok(false));
    bundle
}

#[test]
fn an_added_list_is_kept_beside_what_was_trained() {
    let before = Bundle::open(None).unwrap();
    let bundle = added("Scary", "horror_dark");
    let cards = bundle.manifest.cards();
    assert_eq!((cards[15].name.as_str(), cards[15].tracks), ("Scary", 14));
    let near = bundle
        .neighbours
        .tracks
        .iter()
        .filter(|track| track.playlists == [15]);
    assert!(
        near.clone()
            .all(|track| track.source == USER_ADDED && track.licence == "CC-BY-4.0")
    );
    assert_eq!(near.count(), 14);
    assert!(bundle.was_trained_on("new 3") && !before.was_trained_on("new 3"));
    assert_eq!(bundle.trained_neighbours(), before.neighbours);
    assert_eq!(bundle.manifest.playlists, before.manifest.playlists);
    assert!(bundle.credits.starts_with(&before.credits));
    assert!(
        bundle
            .credits
            .contains("* \"Scary 0\" by New 0 (added by hand)")
    );
    assert_ne!(bundle.id(), before.id());
}

#[test]
fn it_is_written_and_read_again_and_a_direction_of_another_width_is_refused() {
    let mut bundle = added("Scary", "horror_dark");
    let folder = tempfile::tempdir().unwrap();
    bundle.write(folder.path()).unwrap();
    let read = Bundle::open(Some(folder.path())).unwrap();
    // Not the whole manifest: serde_json reads some f64 one unit in the last place beside what it wrote.
    assert_eq!(read.manifest.cards(), bundle.manifest.cards());
    assert_eq!(read.neighbours, bundle.neighbours);
    let fits = |bundle: &Bundle| bundle.manifest.added[0].fit(bundle.embedding(0));
    assert!((fits(&read) - fits(&bundle)).abs() < 1e-9);
    bundle.manifest.added[0].weights.pop();
    bundle.write(folder.path()).unwrap();
    let error = Bundle::open(Some(folder.path())).unwrap_err().to_string();
    assert!(error.contains("an added list does not match"), "{error}");
}

#[test]
fn a_second_list_comes_behind_the_first_and_the_same_name_replaces() {
    let mut bundle = added("Scary", "horror_dark");
    let (_, second) = bundle_and_list("Calm", "ambient", 12);
    assert_eq!(bundle.add(second), Ok(false));
    let names = |bundle: &Bundle| -> Vec<(String, usize)> {
        let cards = bundle.manifest.cards().split_off(15);
        cards
            .into_iter()
            .map(|card| (card.name, card.tracks))
            .collect()
    };
    assert_eq!(names(&bundle), [("Scary".into(), 14), ("Calm".into(), 12)]);
    let (_, again) = bundle_and_list("scary", "horror_dark", 11);
    assert_eq!(bundle.add(again), Ok(true));
    assert_eq!(names(&bundle), [("Calm".into(), 12), ("scary".into(), 11)]);
    let on = |list: usize| {
        let tracks = bundle.neighbours.tracks.iter();
        tracks
            .filter(|track| track.playlists.contains(&list))
            .count()
    };
    assert_eq!((on(15), on(16), on(17)), (12, 11, 0));
    assert_eq!(bundle.neighbours.tracks.len(), 281 + 23);
    assert_eq!(
        bundle.neighbours.embeddings.len(),
        (281 + 23) * bundle.neighbours.width
    );
    assert_eq!(bundle.credits.matches(CREDITS_HEADING).count(), 1);
    assert!(!bundle.credits.contains("\"Scary 0\"") && bundle.credits.contains("\"scary 0\""));
}

#[test]
fn a_recording_that_is_stored_already_is_on_one_more_list_and_speaks_not_against_it() {
    let (mut bundle, mut list) = bundle_and_list("Scary", "horror_dark", 14);
    let known = bundle
        .neighbours
        .tracks
        .iter()
        .position(|track| track.playlists.contains(&7))
        .unwrap();
    list.tracks[0] = bundle.neighbours.tracks[known].clone();
    let width = bundle.neighbours.width;
    list.embeddings[..width].copy_from_slice(bundle.embedding(known));
    assert!(
        !bundle
            .others(&list.tracks, &list.embeddings)
            .contains(&known)
    );
    bundle.add(list).unwrap();
    assert_eq!(bundle.neighbours.tracks.len(), 281 + 13);
    assert!(bundle.neighbours.tracks[known].playlists.ends_with(&[15]));
    assert_ne!(bundle.neighbours.tracks[known].source, USER_ADDED);
    assert_eq!(
        bundle.trained_neighbours(),
        Bundle::open(None).unwrap().neighbours
    );
}

#[test]
fn names_that_will_not_do_and_lists_that_are_too_small_leave_the_bundle_as_it_was() {
    let long = "é".repeat(101);
    for name in [
        "",
        "  ",
        "a\nb",
        "\u{1b}[31m",
        &long,
        "Horror dark",
        " ambient",
    ] {
        let (mut bundle, list) = bundle_and_list(name, "horror_dark", 14);
        let before = bundle.manifest.clone();
        assert!(bundle.add(list).is_err(), "{name:?}");
        assert_eq!(bundle.manifest, before);
    }
    let (mut bundle, list) = bundle_and_list("Scary", "horror_dark", 9);
    assert!(list.enough().is_err());
    let error = bundle.add(list).unwrap_err().to_string();
    assert!(error.contains("9 tracks by 5 artists"), "{error}");
    for name in [
        "<script>alert(1)</script>",
        "../../etc",
        &"é".repeat(100),
        "🎵",
    ] {
        assert_eq!(bundle.manifest.new_name(name).as_deref(), Ok(name));
    }
}

#[test]
fn tracks_without_an_artist_are_each_their_own_and_never_make_others_heard() {
    let (mut bundle, mut list) = bundle_and_list("Scary", "horror_dark", 14);
    for track in &mut list.tracks {
        track.artists = vec![UNKNOWN_ARTIST.into()];
        track.artist_group = format!("{UNKNOWN_ARTIST} of {}", track.audio_hash);
    }
    bundle.add(list).unwrap();
    let added = &bundle.manifest.added[0];
    assert_eq!((added.artists, added.unknown_artists), (14, 14));
    assert!(!bundle.was_trained_on(UNKNOWN_ARTIST));
}
