//! A made-up catalogue, and what holds of a whole world.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use ::catalogue::{Catalogue, Filter, Placement, Playlist, Provenance, Track};
use prepare::ClipStore;

/// So many lists of so many tracks, by a third as many artists. The last track of a list with an even number is on the
/// next list too, and their artists are the same; half of each list's tracks have left it, a day after each other.
pub fn made_up(lists: usize, tracks: usize) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let place = |list: usize, track: usize, removed| Placement {
        playlist: format!("deezer:{list}"),
        track: format!("deezer:{track}"),
        added: Some(date(2020, 1, 1)),
        removed,
    };
    for list in 0..lists {
        catalogue.playlists.push(Playlist {
            id: format!("deezer:{list}"),
            source: "deezer".into(),
            name: format!("List {list}"),
            ..Playlist::default()
        });
        for own in 0..tracks {
            let track = list * tracks + own;
            let artist = format!("Artist {}", list / 2 * tracks + own % tracks.div_ceil(3));
            catalogue.tracks.push(Track {
                id: format!("deezer:{track}"),
                title: format!("Real title {track}"),
                artists: vec![artist.clone()],
                artist_group: artist,
                ..Track::default()
            });
            let day = date(2021, 1, 1) + jiff::Span::new().days(own as i64);
            let removed = (own >= tracks / 2).then_some(day);
            catalogue.placements.push(place(list, track, removed));
            if own == 0 && list % 2 == 0 && list + 1 < lists {
                catalogue.placements.push(place(list + 1, track, None));
            }
        }
    }
    catalogue.provenance = catalogue
        .tracks
        .iter()
        .map(|track| Provenance {
            track: track.id.clone(),
            source: "deezer".into(),
            retrieved: Timestamp::UNIX_EPOCH,
            licence: String::new(),
            may_train: false,
            quality_flag: None,
        })
        .collect();
    catalogue
}

pub fn settings() -> SimulationSettings {
    SimulationSettings {
        seconds: 2.0,
        ..SimulationSettings::default()
    }
}

fn made(
    catalogue: &Catalogue,
    settings: &SimulationSettings,
) -> (SyntheticDataset, Styles, SyntheticClips) {
    let dataset = SyntheticDataset::choose(catalogue, settings.lists, settings.tracks).unwrap();
    let styles = Styles::new(catalogue, &dataset, settings);
    let clips = SyntheticClips::new(catalogue, &dataset, &styles, settings, 16_000);
    (dataset, styles, clips)
}

#[test]
fn a_small_world_holds_what_is_on_the_lists_today_a_larger_one_what_left_them_last() {
    let catalogue = made_up(4, 20);
    let today = SyntheticDataset::choose(&catalogue, 4, 40).unwrap();
    assert_eq!((today.lists.len(), today.tracks.len()), (4, 40));
    let ever: Vec<usize> = today.tracks.iter().map(|own| own.track % 20).collect();
    assert!(ever.iter().all(|&own| own < 10), "{ever:?}");
    let larger = SyntheticDataset::choose(&catalogue, 4, 44).unwrap();
    let past: Vec<usize> = larger
        .tracks
        .iter()
        .map(|own| own.track % 20)
        .filter(|&own| own >= 10)
        .collect();
    assert_eq!(past, [19; 4]);
    let all = SyntheticDataset::choose(&catalogue, 9, 1_000).unwrap();
    assert_eq!((all.tracks.len(), all.placements()), (80, 82));
}

#[test]
fn a_world_too_thin_to_learn_is_refused_with_the_list_that_suffers() {
    let catalogue = made_up(4, 20);
    let error = SyntheticDataset::choose(&catalogue, 4, 12)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("--tracks 12") && error.contains("\"List "),
        "{error}"
    );
    assert!(SyntheticDataset::choose(&Catalogue::default(), 4, 12).is_err());
}

#[test]
fn the_catalogue_is_learnable_anonymous_and_says_what_is_what() {
    let real = made_up(4, 20);
    let (dataset, _, clips) = made(&real, &settings());
    let store = ClipStore::new(Path::new("/nowhere/clips"), 16_000);
    let made_up = dataset.catalogue(&real, &clips.contents, &store, 2.0, Timestamp::UNIX_EPOCH);
    let trainable = made_up.trainable(&Filter::default());
    assert_eq!((trainable.playlists.len(), trainable.tracks.len()), (4, 80));
    let truth: Vec<Vec<usize>> = trainable
        .tracks
        .into_iter()
        .map(|own| own.playlists)
        .collect();
    assert_eq!(truth, dataset.truth());
    for (track, old) in made_up.tracks.iter().zip(&real.tracks) {
        assert!(track.title.starts_with("Simulated track "), "{track:?}");
        assert!(
            track.artists[0].starts_with("Simulated artist "),
            "{track:?}"
        );
        let shared = |catalogue: &Catalogue, group: &str| {
            let same = catalogue
                .tracks
                .iter()
                .filter(|track| track.split_group() == group);
            same.count()
        };
        assert_eq!(
            shared(&made_up, &track.split_group()),
            shared(&real, &old.split_group())
        );
    }
    let sources: Vec<(String, Option<usize>)> = made_up
        .by_source()
        .into_iter()
        .map(|audit| (audit.source, audit.may_train))
        .collect();
    assert_eq!(
        sources,
        [
            ("deezer".to_owned(), Some(0)),
            ("simulated".to_owned(), Some(80))
        ]
    );
    assert_eq!(made_up.placements[0].removed, real.placements[0].removed);
}

#[test]
fn neither_order_nor_threads_nor_other_tracks_change_a_sample() {
    let catalogue = made_up(4, 20);
    let (dataset, _, clips) = made(&catalogue, &settings());
    let first = clips.samples(7);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .unwrap();
    use rayon::prelude::*;
    let again: Vec<Vec<f32>> = pool.install(|| {
        (0..9)
            .into_par_iter()
            .rev()
            .map(|track| clips.samples(track))
            .collect()
    });
    assert_eq!(again[1], first);
    let other = SimulationSettings {
        seed: 2,
        ..settings()
    };
    assert_ne!(made(&catalogue, &other).2.samples(7), first);
    // The generator of a track's audio and noise knows nothing of which others were chosen.
    let mut turned = catalogue.clone();
    turned.tracks.reverse();
    let (turned_world, _, turned_clips) = made(&turned, &settings());
    let same = turned_world.tracks.iter().position(|own| {
        turned.tracks[own.track].id == catalogue.tracks[dataset.tracks[7].track].id
    });
    assert_eq!(turned_clips.samples(same.unwrap()), first);
}

#[test]
fn clips_that_are_there_and_whole_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = ClipStore::new(folder.path(), 16_000);
    let catalogue = made_up(2, 10);
    let (_, _, clips) = made(&catalogue, &settings());
    assert_eq!(clips.missing(&store).len(), 20);
    clips.make(&[3, 4], &store, &|| ()).unwrap();
    let path = store.path(&clips.contents[4]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let missing = clips.missing(&store);
    assert!(missing.len() == 19 && !missing.contains(&3) && missing.contains(&4));
    clips.make(&missing, &store, &|| ()).unwrap();
    assert!(clips.missing(&store).is_empty());
    assert!(std::fs::read(&path).unwrap() == whole);
    assert!(whole.len() as u64 <= clips.bytes_each());
}

#[test]
fn the_ceiling_falls_with_noise_and_ends_near_chance() {
    let catalogue = made_up(12, 60);
    let bayes_bound = |effect, noise| {
        let settings = SimulationSettings {
            artist_effect: effect,
            track_noise: noise,
            ..settings()
        };
        let (dataset, styles, _) = made(&catalogue, &settings);
        BayesBound::new(&catalogue, &dataset, &styles, &settings)
    };
    let [clear, usual, swamped] =
        [(0.0, 0.05), (0.6, 0.9), (0.0, 90.0)].map(|(effect, noise)| bayes_bound(effect, noise));
    assert!(clear.best.top_1 > 0.98, "{clear:?}");
    assert!(
        usual.best.top_1 < clear.best.top_1 && usual.best.top_1 > 3.0 * usual.chance.top_1,
        "{usual:?}"
    );
    assert!(
        swamped.best.top_1 < 2.0 * swamped.chance.top_1 && swamped.best.top_5 < 0.6,
        "{swamped:?}"
    );
    // Who must learn knows no more than who knows, up to luck.
    assert!(usual.learned.top_1 < usual.best.top_1 + 0.02, "{usual:?}");
    assert!(usual.learned.top_1 > 0.5 * usual.best.top_1, "{usual:?}");
    let average = |ranked: &BoundScores| ranked.mean_average_precision;
    assert!(
        average(&usual.learned) > 0.5 * average(&usual.best),
        "{usual:?}"
    );
    let swapped = bayes_bound(0.9, 0.6);
    assert!(
        (swapped.best.top_1 - usual.best.top_1).abs() < 0.08,
        "{swapped:?}"
    );
}

/// The real archive of `PLAYLIST_FIT_DATA`, unpacked by the test.
#[test]
#[ignore = "needs PLAYLIST_FIT_DATA"]
fn the_default_choice_from_the_real_archive_is_as_large_as_the_studys() {
    let real = archive();
    let SimulationSettings { lists, tracks, .. } = SimulationSettings::default();
    let dataset = SyntheticDataset::choose(&real, lists, tracks).unwrap();
    assert_eq!(dataset.lists.len(), 82);
    assert!(
        (13_500..=14_500).contains(&dataset.tracks.len()),
        "{}",
        dataset.tracks.len()
    );
    let several = dataset
        .tracks
        .iter()
        .filter(|own| own.lists.len() > 1)
        .count();
    assert!(several * 10 > dataset.tracks.len(), "{several}");
}

fn archive() -> Catalogue {
    let data = std::env::var_os("PLAYLIST_FIT_DATA").expect("PLAYLIST_FIT_DATA names a folder");
    let zip = Path::new(&data).join("playlists/spotify-playlist-archive-2021-05-09.zip");
    let folder = tempfile::tempdir().unwrap();
    let unpacked = std::process::Command::new("unzip")
        .arg("-q")
        .arg(&zip)
        .arg("-d")
        .arg(folder.path())
        .status();
    let is_unpacked = unpacked.is_ok_and(|status| status.success());
    assert!(is_unpacked, "unzip cannot read {}", zip.display());
    let context = formats::ImportContext {
        facts: &prepare::SymphoniaProbe,
        retrieved: Timestamp::UNIX_EPOCH,
        progress: &|_, _| (),
    };
    let imported = formats::import(folder.path(), &context).unwrap();
    imported.catalogue
}
