use jiff::civil::{Date, date};

use super::*;
use neighbours::StoredTrack;

fn artist_link(group: &str, artists: &[&str], audio_hash: &str) -> ArtistLinks {
    ArtistLinks {
        artist_group: group.into(),
        artists: artists.iter().map(|&name| name.into()).collect(),
        audio_hash: audio_hash.into(),
        ..ArtistLinks::default()
    }
}

#[test]
fn a_shared_feature_or_recording_joins_tracks() {
    let artist_links = [
        artist_link("A", &["A", "Guest"], "1"),
        artist_link("B", &["B"], "2"),
        artist_link("C", &["c", "guest "], "3"),
        artist_link("D", &["D"], "2"),
        artist_link("E", &["E"], "5"),
    ];
    assert_eq!(artist_components(&artist_links), [0, 1, 0, 1, 2]);
}

#[test]
fn a_leak_is_named_and_refused() {
    let artist_links = [
        artist_link("A", &["A"], "1"),
        artist_link("B", &["B", "a"], "2"),
    ];
    let split = Split {
        train: vec![0],
        validation: vec![],
        test: vec![1],
    };
    let leak = split.audit(&artist_links).unwrap_err();
    assert_eq!(
        leak,
        Leak {
            link: "artist a".into(),
            one: "train",
            other: "test"
        }
    );
    assert_eq!(
        Split {
            train: vec![0, 1],
            ..Split::default()
        }
        .audit(&artist_links),
        Ok(())
    );
}

proptest::proptest! {
    #[test]
    fn no_rotation_of_any_folds_leaks(
        tracks in proptest::collection::vec((0..12_u8, 0..12_u8, 0..4_usize), 1..80), seed: u64
    ) {
        let artist_links: Vec<ArtistLinks> = tracks
            .iter()
            .enumerate()
            .map(|(n, (group, guest, _))| artist_link(&group.to_string(), &[&format!("g{}", guest / 6)], &n.to_string()))
            .collect();
        let truth: Vec<Vec<usize>> = tracks.iter().map(|track| vec![track.2]).collect();
        let folds = folds(&artist_components(&artist_links), &truth, 4, 5, seed);
        for test_fold in 0..5 {
            let split = Split::for_fold(&folds, 5, test_fold);
            proptest::prop_assert_eq!(split.audit(&artist_links), Ok(()));
            proptest::prop_assert_eq!(split.train.len() + split.validation.len() + split.test.len(), tracks.len());
        }
    }
}

#[test]
fn folds_are_even_where_artists_allow() {
    let truth: Vec<Vec<usize>> = (0..200).map(|n| vec![n % 4]).collect();
    let components: Vec<usize> = (0..200).collect();
    let folds = folds(&components, &truth, 4, 5, 1);
    for fold in 0..5 {
        for playlist in 0..4 {
            let held = (0..200)
                .filter(|&n| folds[n] == fold && truth[n] == [playlist])
                .count();
            assert!(
                (9..=11).contains(&held),
                "fold {fold} holds {held} of playlist {playlist}"
            );
        }
    }
}

fn track(artist: &str, audio_hash: usize, list: usize, added: Option<Date>) -> StoredTrack {
    StoredTrack {
        title: format!("Song {audio_hash}"),
        artists: vec![artist.into()],
        artist_group: artist.into(),
        playlists: vec![list],
        audio_hash: audio_hash.to_string(),
        added,
        ..StoredTrack::default()
    }
}

fn names(text: &str) -> Vec<String> {
    artist_names(text).into_iter().collect()
}

#[test]
fn a_credit_ties_as_a_whole_and_by_each_whom_it_names() {
    assert_eq!(
        names("Simon & Garfunkel"),
        ["garfunkel", "simon", "simon & garfunkel"]
    );
    assert_eq!(
        names(" A1  feat. B1,  C1 "),
        ["a1", "a1 feat. b1, c1", "b1", "c1"]
    );
    assert_eq!(
        names("DJ One x Two (with Three)"),
        ["dj one", "dj one x two (with three)", "three", "two"]
    );
    assert_eq!(names("AC/DC"), ["ac/dc"]);
    assert_eq!(names("Malcolm X"), ["malcolm", "malcolm x"]);
    for placeholder in ["", "Various Artists", "unknown artist"] {
        assert!(names(placeholder).is_empty(), "{placeholder}");
    }
}

#[test]
fn a_guest_in_the_title_is_credited() {
    for title in [
        "Song (feat. Guest)",
        "Song ft. Guest",
        "Song [Featuring Guest] - Remix",
        "Song (with Guest)",
    ] {
        let artist_links = ArtistLinks::from(&StoredTrack {
            title: title.into(),
            ..track("A1", 0, 0, None)
        });
        let names: Vec<String> = artist_links.names().collect();
        assert!(names.contains(&"guest".into()), "{title}: {names:?}");
    }
    let plain = ArtistLinks::from(&StoredTrack {
        title: "Dancing with Myself".into(),
        ..track("A1", 0, 0, None)
    });
    assert!(plain.names().all(|name| name == "a1"));
}

#[test]
fn tracks_of_nobody_are_not_tied_and_not_measured_on() {
    let without_artist = |n: usize| StoredTrack {
        artist_group: format!("unknown artist of content:{n}"),
        ..track("unknown artist", n, 0, None)
    };
    let known = |n: usize| track(&format!("Artist {n}"), 100 + n, 0, None);
    let tracks: Vec<StoredTrack> = (0..10)
        .map(without_artist)
        .chain((0..20).map(known))
        .collect();
    let splits = Splits::new(&tracks, 1, &SplitPlan::default(), FOLDS, 1).unwrap();
    assert_eq!(splits.count, 30);
    for split in &splits.splits {
        let measured = split.validation.iter().chain(&split.test);
        assert!(measured.into_iter().all(|&track| track >= 10));
    }
    assert_eq!(splits.excluded[0].tracks, 10);
}

#[test]
fn near_duplicates_stay_together_and_a_leak_of_them_is_named() {
    let tracks: Vec<StoredTrack> = (0..40)
        .map(|n| track(&format!("Artist {n}"), n, n % 2, None))
        .collect();
    let plan = SplitPlan {
        near_duplicates: vec![(3, 30), (30, 35)],
        test_after: None,
    };
    assert_eq!(plan.clusters(40)[35], Some(3));
    assert_eq!(plan.clusters(40)[4], None);
    let splits = Splits::new(&tracks, 2, &plan, FOLDS, 1).unwrap();
    assert_eq!(splits.count, 38);
    for split in &splits.splits {
        assert_eq!(split.audit(&splits.artist_links), Ok(()));
    }
    let leaky = Split {
        train: vec![3, 1],
        test: vec![2, 35],
        ..Split::default()
    };
    let leak = leaky.audit(&splits.artist_links).unwrap_err().to_string();
    assert!(
        leak.contains("one of the near-duplicates of \"Song 3\" (track 4) is in both the train and the test partition"),
        "{leak}"
    );
}

#[test]
fn an_audit_counts_what_a_split_by_track_would_have_leaked() {
    // Ten artists of ten songs: in a random split nearly every test song is by an artist of the training set.
    let tracks: Vec<StoredTrack> = (0..100)
        .map(|n| track(&format!("Artist {}", n / 10), n, n % 2, None))
        .collect();
    let splits = Splits::new(&tracks, 2, &SplitPlan::default(), 1, 1).unwrap();
    let audit = SplitAudit::new(&splits.splits[0], &splits.artist_links, 1);
    assert_eq!(audit.shared_links, 0);
    assert_eq!((audit.overlap.tested, audit.overlap.any), (20, 0));
    assert_eq!((audit.naive.tested, audit.naive.recording), (20, 0));
    assert!(audit.naive.artist >= 18 && audit.naive.any == audit.naive.artist);
    assert_eq!(
        audit.partitions.each_ref().map(|partition| (
            partition.partition,
            partition.tracks,
            partition.artists,
            partition.recordings
        )),
        [
            ("train", 60, 6, 60),
            ("validation", 20, 2, 20),
            ("test", 20, 2, 20)
        ]
    );
    let leaky = splits.splits[0].by_track(1);
    let audit = SplitAudit::new(&leaky, &splits.artist_links, 1);
    assert!(audit.shared_links > 0 && audit.overlap == audit.naive);
    let shares = ListShares::of(&splits.splits, &vec![vec![0]; 100], &["List".into()]);
    assert_eq!(shares[0].shares, [[0.6, 0.2, 0.2]]);
}

fn by_day() -> SplitPlan {
    SplitPlan {
        test_after: Some(date(2021, 1, 1)),
        ..SplitPlan::default()
    }
}

proptest::proptest! {
    #[test]
    fn no_split_by_a_day_leaks_or_tests_what_is_old(
        tracks in proptest::collection::vec((0..60_u8, 0..40_i8, 0..3_usize), 60..120), seed: u64
    ) {
        let tracks: Vec<StoredTrack> = tracks
            .iter()
            .enumerate()
            .map(|(n, &(artist, month, list))| {
                let day = (month < 36).then(|| date(2019 + i16::from(month / 12), month % 12 + 1, 15));
                track(&format!("Artist {artist}"), n, list, day)
            })
            .collect();
        // Where chance left a side too few artists, there is nothing to prove.
        if let Ok(splits) = Splits::new(&tracks, 3, &by_day(), FOLDS, seed) {
            let [split] = splits.splits.as_slice() else { panic!("one split") };
            let day = date(2021, 1, 1);
            let stands = |tracks_of: &[usize], wanted: &dyn Fn(Date) -> bool| {
                tracks_of.iter().all(|&place| tracks[place].added.is_some_and(wanted))
            };
            proptest::prop_assert_eq!(split.audit(&splits.artist_links), Ok(()));
            proptest::prop_assert!(stands(&split.test, &|added| added >= day));
            proptest::prop_assert!(stands(&split.train, &|added| added < day));
            proptest::prop_assert!(stands(&split.validation, &|added| added < day));
            proptest::prop_assert!(!split.validation.is_empty() && !split.train.is_empty());
            let excluded: usize = splits.excluded.iter().map(|excluded| excluded.tracks).sum();
            let splits: usize = split.partitions().iter().map(|partition| partition.1.len()).sum();
            proptest::prop_assert_eq!(splits + excluded, tracks.len());
        }
    }
}

#[test]
fn a_day_that_cannot_split_is_refused_in_words() {
    let on = |year: Option<i16>, count: usize| -> Vec<StoredTrack> {
        (0..count)
            .map(|n| {
                let day = year.map(|year| date(year, 6, 1));
                let artist = format!("Artist {n} of {year:?}");
                track(&artist, n + 1_000 * year.unwrap_or(0) as usize, 0, day)
            })
            .collect()
    };
    let refused = |tracks: &[StoredTrack]| Splits::new(tracks, 1, &by_day(), 1, 1).unwrap_err();
    assert_eq!(refused(&on(None, 20)), SplitError::NoDates);
    let (old, new) = (on(Some(2020), 20), on(Some(2022), 20));
    let after = date(2021, 1, 1);
    assert_eq!(
        refused(&[&old[..4], &new[..]].concat()),
        SplitError::TooFewBefore { after, artists: 4 }
    );
    let again = StoredTrack {
        added: Some(date(2022, 6, 1)),
        ..track("Artist 1 of Some(2020)", 9, 0, None)
    };
    let late = SplitError::TooFewAfter {
        after,
        artists: 4,
        tied: 1,
    };
    assert_eq!(refused(&[&old[..], &new[..4], &[again]].concat()), late);
    assert!(late.to_string().contains("earlier date"));
}
