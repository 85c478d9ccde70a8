use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::Excluded::Tracks;
use super::*;
use crate::{Ineligible, Shortfall};

/// Tracks `0..lists.len()`, each on the lists named, all allowed.
fn catalogue(lists: &[&[&str]]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (number, on) in lists.iter().enumerate() {
        let id = format!("content:{number}");
        catalogue.merge(Catalogue {
            tracks: vec![Track {
                id: id.clone(),
                audio: Some("song.ogg".into()),
                audio_hash: Some(number.to_string()),
                ..Track::default()
            }],
            playlists: on.iter().map(|list| playlist(list)).collect(),
            placements: on.iter().map(|list| placement(list, &id)).collect(),
            provenance: vec![Provenance {
                track: id.clone(),
                source: "files".into(),
                retrieved: Timestamp::UNIX_EPOCH,
                licence: "CC-BY-4.0".into(),
                may_train: true,
                quality_flag: None,
            }],
        });
    }
    catalogue
}

fn playlist(id: &str) -> Playlist {
    let (source, name) = id.split_once(':').unwrap();
    Playlist {
        id: id.into(),
        source: source.into(),
        name: name.into(),
        ..Playlist::default()
    }
}

fn placement(list: &str, track: &str) -> Placement {
    Placement {
        playlist: list.into(),
        track: track.into(),
        added: None,
        removed: None,
    }
}

fn trainable(catalogue: &Catalogue, minimum_tracks: usize) -> TrainableSet {
    catalogue.trainable(&Filter {
        minimum_tracks,
        minimum_artists: 1,
        ..Filter::default()
    })
}

/// What is excluded, the deciding source and the reason.
fn exclusions(trainable: &TrainableSet) -> Vec<(Excluded, Option<&str>, ExclusionReason)> {
    let excluded = trainable.excluded.iter();
    excluded
        .map(|row| (row.what.clone(), row.source.as_deref(), row.reason.clone()))
        .collect()
}

fn too_few_tracks(counted: CountedTracks, found: usize, minimum: usize) -> ExclusionReason {
    ExclusionReason::Playlist(Ineligible::TooFewTracks(Shortfall {
        counted,
        found,
        minimum,
    }))
}

#[test]
fn small_playlists_and_the_tracks_only_on_them_are_excluded() {
    let music = catalogue(&[
        &["files:b", "files:a"],
        &["files:a"],
        &["files:b", "files:c"],
        &["files:c"],
    ]);
    let found = trainable(&music, 2);
    let names: Vec<&str> = found
        .playlists
        .iter()
        .map(|list| list.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(
        found.tracks[0],
        TrainableTrack {
            track: 0,
            playlists: vec![0, 1]
        }
    );

    let found = trainable(&catalogue(&[&["files:a"], &["files:a"], &["files:b"]]), 2);
    assert_eq!(found.tracks.len(), 2);
    let expected = [
        (Tracks, None, ExclusionReason::OnlyExcludedPlaylists),
        (
            Excluded::Playlist("b".into()),
            Some("files"),
            too_few_tracks(CountedTracks::EverOnPlaylist, 1, 2),
        ),
    ];
    assert_eq!(exclusions(&found), expected);
    assert!(found.excluded.iter().all(|row| row.count == 1));
}

#[test]
fn what_may_not_train_is_excluded_with_its_reason() {
    let mut music = catalogue(&[&["files:a"][..]; 7]);
    music.provenance[0].licence = "CC-BY-NC-4.0".into();
    music.provenance[1].licence = "ask me".into();
    music.provenance[2].quality_flag = Some("version assumed".into());
    music.provenance[3].may_train = false;
    music.tracks[4].audio = None;
    music.placements.remove(5);
    let forbids = |written: &str, licence| ExclusionReason::LicenceForbids {
        written: written.into(),
        licence,
    };
    let found = trainable(&music, 1);
    assert_eq!(
        found.tracks,
        [TrainableTrack {
            track: 6,
            playlists: vec![0]
        }]
    );
    let expected = [
        (Tracks, None, ExclusionReason::NoAudio),
        (Tracks, None, ExclusionReason::NoPlaylist),
        (
            Tracks,
            Some("files"),
            forbids("CC-BY-NC-4.0", Licence::NonCommercial),
        ),
        (Tracks, Some("files"), forbids("ask me", Licence::Unknown)),
        (Tracks, Some("files"), ExclusionReason::NotPermitted),
        (
            Tracks,
            Some("files"),
            ExclusionReason::Flagged("version assumed".into()),
        ),
    ];
    assert_eq!(exclusions(&found), expected);
}

#[test]
fn only_wanted_licences_stay_and_doubt_can_be_allowed() {
    let mut music = catalogue(&[&["files:a"], &["files:a"]]);
    music.provenance[0].licence = "CC0".into();
    music.provenance[1].quality_flag = Some("version assumed".into());
    let filter = Filter {
        licences: vec![Licence::CcBy],
        allow_flagged: true,
        minimum_tracks: 1,
        minimum_artists: 1,
        ..Filter::default()
    };
    let found = music.trainable(&filter);
    assert_eq!(
        found.tracks,
        [TrainableTrack {
            track: 1,
            playlists: vec![0]
        }]
    );
    assert_eq!(
        exclusions(&found),
        [(
            Tracks,
            Some("files"),
            ExclusionReason::LicenceNotWanted(Licence::Cc0)
        )]
    );
}

#[test]
fn a_source_that_forbids_training_takes_out_its_own_lists_only() {
    let mut music = catalogue(&[&["files:a", "spotify:x"]]);
    let forbidden = Provenance {
        source: "spotify".into(),
        licence: String::new(),
        may_train: false,
        ..music.provenance[0].clone()
    };
    music.provenance.push(forbidden);
    let found = trainable(&music, 1);
    assert_eq!(found.tracks[0].playlists.len(), 1);
    assert_eq!(found.playlists[0].name, "a");
    let expected = [
        (
            Excluded::Placements,
            Some("spotify"),
            ExclusionReason::NotPermitted,
        ),
        (
            Excluded::Playlist("x".into()),
            Some("spotify"),
            too_few_tracks(CountedTracks::Trainable, 0, 1),
        ),
    ];
    assert_eq!(exclusions(&found), expected);

    music.placements.retain(|row| row.playlist == "spotify:x");
    assert_eq!(
        exclusions(&trainable(&music, 1))[0],
        (Tracks, Some("spotify"), ExclusionReason::TermsForbid)
    );
}

#[test]
fn a_playlist_that_a_rule_matches_is_excluded_with_its_phrase() {
    let music = catalogue(&[&["jamendo:Top Rock", "files:Top Rock"]]);
    let found = trainable(&music, 1);
    let ids: Vec<&str> = found
        .playlists
        .iter()
        .map(|list| list.id.as_str())
        .collect();
    assert_eq!(ids, ["files:Top Rock"]);
    let [(what, source, ExclusionReason::Playlist(Ineligible::Rule(matched)))] =
        &exclusions(&found)[..]
    else {
        panic!("{:?}", found.excluded);
    };
    assert_eq!(*what, Excluded::Playlist("Top Rock".into()));
    assert_eq!((*source, matched.phrase.as_str()), (Some("jamendo"), "top"));
    assert_eq!(music.trainable(&Filter::everything()).playlists.len(), 2);
}

#[test]
fn a_track_that_came_back_counts_once() {
    let mut music = catalogue(&[&["files:a"], &["files:a"]]);
    let again = Placement {
        added: Some(jiff::civil::date(2020, 1, 1)),
        ..music.placements[0].clone()
    };
    music.placements.push(again);
    assert_eq!(trainable(&music, 2).tracks.len(), 2);
    assert!(trainable(&music, 3).tracks.is_empty());
}

/// On lists of Spotify alone, with the licence that Spotify's row states.
fn of_spotify(licence: &str) -> Catalogue {
    let mut music = catalogue(&[&["spotify:x"]]);
    let row = &mut music.provenance[0];
    row.source = "spotify".into();
    row.licence = licence.into();
    row.may_train = terms::may_train("spotify", licence);
    music
}

fn allowing(source: &str) -> Filter {
    Filter {
        minimum_tracks: 1,
        minimum_artists: 1,
        allowed_sources: [source.to_owned()].into(),
        ..Filter::default()
    }
}

#[test]
fn a_decision_of_the_user_overrides_terms_and_nothing_else() {
    let found = |music: &Catalogue, filter: &Filter| music.trainable(filter).tracks.len();
    let music = of_spotify("");
    assert_eq!(found(&music, &allowing("deezer")), 0);
    assert_eq!(found(&music, &allowing("spotify")), 1);
    assert_eq!(found(&of_spotify("CC-BY-4.0"), &allowing("spotify")), 1);
    assert_eq!(found(&of_spotify("CC-BY-NC-4.0"), &allowing("spotify")), 0);
    assert_eq!(found(&of_spotify("(c) 2020"), &allowing("spotify")), 0);
    let mut doubtful = music.clone();
    doubtful.provenance[0].quality_flag = Some("guessed".into());
    assert_eq!(found(&doubtful, &allowing("spotify")), 0);
    let strict = Filter {
        licences: vec![Licence::CcBy],
        ..allowing("spotify")
    };
    assert_eq!(
        exclusions(&music.trainable(&strict))[0],
        (
            Tracks,
            Some("spotify"),
            ExclusionReason::LicenceNotWanted(Licence::Unstated)
        )
    );
    // A row that may not train for another reason than the terms of its source.
    let mut own = catalogue(&[&["files:a"]]);
    own.provenance[0].may_train = false;
    assert_eq!(found(&own, &allowing("files")), 0);
}

prop_compose! {
    fn provenance()(
        source in prop_oneof![Just("files"), Just("spotify"), Just("deezer"), Just("jamendo")],
        licence in prop_oneof![
            Just(""), Just("CC0"), Just("CC-BY-4.0"), Just("CC-BY-NC-4.0"), Just("CC-BY-ND-4.0"), Just("mine")
        ],
        quality_flag in proptest::option::weighted(0.1, "[d-e]"),
    ) -> Provenance {
        Provenance {
            track: String::new(),
            source: source.into(),
            retrieved: Timestamp::UNIX_EPOCH,
            licence: licence.into(),
            may_train: terms::may_train(source, licence),
            quality_flag,
        }
    }
}

/// A catalogue of tracks, each with its rows of provenance, on some of three lists.
fn any_catalogue() -> impl Strategy<Value = Catalogue> {
    let list = prop_oneof![Just("files:a"), Just("spotify:b"), Just("deezer:c")];
    let track = (vec(list, 1..3), vec(provenance(), 0..4));
    vec(track, 0..6).prop_map(|rows| {
        let lists: Vec<&[&str]> = rows.iter().map(|(lists, _)| &lists[..]).collect();
        let mut music = catalogue(&lists);
        music.provenance.clear();
        for (number, (_, rows)) in rows.into_iter().enumerate() {
            let of_track = |row: Provenance| Provenance {
                track: format!("content:{number}"),
                ..row
            };
            music.provenance.extend(rows.into_iter().map(of_track));
        }
        music
    })
}

/// Which track is found on which list.
fn found_pairs(catalogue: &Catalogue, filter: &Filter) -> BTreeSet<(String, String)> {
    let found = catalogue.trainable(filter);
    let mut pairs = BTreeSet::new();
    for track in &found.tracks {
        for &list in &track.playlists {
            let id = catalogue.tracks[track.track].id.clone();
            pairs.insert((id, found.playlists[list].id.clone()));
        }
    }
    pairs
}

proptest! {
    #[test]
    fn allowing_a_source_never_lets_in_a_licence_that_forbids_and_never_takes_anything_out(
        music in any_catalogue(),
        allowed in prop_oneof![Just("spotify"), Just("deezer"), Just("files"), Just("jamendo")],
        licences in prop_oneof![Just(Filter::default().licences), Just(vec![Licence::CcBy])],
    ) {
        let allowing = Filter { licences, ..allowing(allowed) };
        let without = Filter { allowed_sources: BTreeSet::new(), ..allowing.clone() };
        let found = found_pairs(&music, &allowing);
        prop_assert!(found.is_superset(&found_pairs(&music, &without)));
        for (track, _) in &found {
            let mut rows = music.provenance.iter().filter(|row| row.track == *track);
            let clean = |row: &Provenance| {
                let licence = Licence::parse(&row.licence);
                row.quality_flag.is_none() && (licence == Licence::Unstated || licence.may_train())
            };
            prop_assert!(rows.all(clean));
        }
    }
}

#[test]
fn a_licence_that_forbids_holds_whoever_states_it() {
    let mut music = catalogue(&[&["files:a"]]);
    let stated = Provenance {
        source: "jamendo".into(),
        licence: "CC-BY-NC-4.0".into(),
        may_train: false,
        ..music.provenance[0].clone()
    };
    music.provenance[0].licence = String::new();
    assert_eq!(trainable(&music, 1).tracks.len(), 1);
    music.provenance.push(stated);
    assert!(trainable(&music, 1).tracks.is_empty());
}

#[test]
fn an_empty_or_torn_catalogue_is_no_panic() {
    assert_eq!(trainable(&Catalogue::default(), 0), TrainableSet::default());
    let mut music = catalogue(&[&["files:a"]]);
    music
        .placements
        .push(placement("files:gone", "content:gone"));
    music.placements.push(placement("files:gone", "content:0"));
    assert_eq!(trainable(&music, 0).tracks[0].playlists, [0]);
    music.playlists.clear();
    assert!(trainable(&music, 0).tracks.is_empty());
}

#[test]
fn a_setting_with_an_unknown_licence_is_refused() {
    let filter: Filter = toml::from_str("licences = ['CC-BY', 'CC0']").unwrap();
    assert_eq!(filter.licences, [Licence::CcBy, Licence::Cc0]);
    assert!(toml::from_str::<Filter>("licences = ['free']").is_err());
}

#[test]
fn the_old_name_of_allow_flagged_is_read() {
    let filter: Filter = toml::from_str("allow_doubt = true").unwrap();
    assert!(filter.allow_flagged);
    assert!(
        toml::to_string(&filter)
            .unwrap()
            .contains("allow_flagged = true")
    );
}

#[test]
fn settings_carry_the_rules_and_never_a_decision_to_train() {
    let printed = toml::to_string(&allowing("spotify")).unwrap();
    assert!(printed.contains("[[rules]]") && !printed.contains("spotify"));
    let read: Filter = toml::from_str(&printed).unwrap();
    assert_eq!(read.rules, rules::shipped());
    assert!(read.allowed_sources.is_empty());
    assert!(toml::from_str::<Filter>("allowed_sources = ['spotify']").is_err());
    assert_eq!(toml::from_str::<Filter>("rules = []").unwrap().rules, []);
}
