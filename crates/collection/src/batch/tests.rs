//! A made-up batch, for these tests and those of the writers.

use super::duplicates::groups;
use super::*;
use analysis::{FitRange, SongFacts, Verdict, VerdictLevel};
use features::descriptors::Descriptors;

/// `[songs, lists]` with random fits, the largest of a song about its verdict; every ninth song is unlike, every seventh
/// is the same recording as the first.
pub fn batch(songs: usize, lists: usize) -> BatchReport {
    let mut random = fastrand::Rng::with_seed(7);
    let mut batch = BatchReport {
        bundle: "demo-1a2b3c4d".into(),
        disclaimer: "Simulated: these figures say nothing of real songs.".into(),
        lists: (0..lists)
            .map(|list| TargetPlaylist {
                name: format!("list_{list} of moods"),
                chance: 0.04,
            })
            .collect(),
        songs: (0..songs)
            .map(|place| song(place, lists, &mut random))
            .collect(),
        ..BatchReport::default()
    };
    let repeats: Vec<usize> = (0..songs).step_by(7).collect();
    if repeats.len() > 1 {
        batch.groups.push(DuplicateGroup {
            songs: repeats,
            is_same_audio: false,
        });
    }
    batch.assignment = batch.assign();
    batch
}

fn song(place: usize, lists: usize, random: &mut fastrand::Rng) -> BatchSong {
    let fits: Vec<f64> = (0..lists).map(|_| random.f64().powi(6)).collect();
    let rank = |fit: &f64| 1 + fits.iter().filter(|other| *other > fit).count();
    let level = match fits.iter().copied().fold(0.0, f64::max) {
        0.5.. => VerdictLevel::GoodFit,
        0.25.. => VerdictLevel::PossibleFit,
        _ => VerdictLevel::NoGoodFit,
    };
    BatchSong {
        path: format!("demos/artist {}/song {place}.mp3", place % 5).into(),
        folder: format!("song {place}"),
        facts: SongFacts {
            file: format!("song {place}.mp3"),
            title: Some(format!("Song number {place}")),
            artists: (!place.is_multiple_of(3)).then(|| format!("Artist {}", place % 5)),
            duration_seconds: 120.0 + place as f64,
            sample_rate_hz: 44_100,
            channels: 2,
            codec: "mp3".into(),
            loudness_lufs: (!place.is_multiple_of(4)).then_some(-14.0 + place as f64 / 10.0),
            true_peak_dbtp: Some(-1.0),
            audio_hash: format!("content {place}"),
            descriptors: Descriptors::default(),
            quality_checks: Vec::new(),
            warnings: Vec::new(),
        },
        verdict: Verdict {
            level,
            good: Vec::new(),
            possible: Vec::new(),
        },
        is_out_of_distribution: place % 9 == 8,
        fits: fits
            .iter()
            .map(|fit| SongFit {
                rank: rank(fit),
                fit: *fit,
                selected: *fit > 0.6,
                range: Some(FitRange {
                    low: fit * 0.9,
                    high: fit * 1.05,
                }),
            })
            .collect(),
    }
}

#[test]
fn of_one_recording_only_the_first_file_is_pitched() {
    let mut batch = batch(15, 20);
    for song in &mut batch.songs {
        song.fits.iter_mut().for_each(|fit| fit.fit = 0.9);
    }
    batch.assignment = batch.assign();
    let pitched: Vec<bool> = batch.pitches().iter().map(Option::is_some).collect();
    assert_eq!((pitched[0], pitched[7], pitched[14]), (true, false, false));
    assert_eq!(pitched.iter().filter(|is_pitched| **is_pitched).count(), 13);
    assert_eq!([batch.group_of(7), batch.group_of(8)], [Some(1), None]);
}

#[test]
fn a_pair_at_chance_is_not_named_and_a_doubtful_one_is_marked() {
    let mut batch = batch(3, 2);
    batch.groups.clear();
    batch.lists[0].chance = 0.25;
    for (song, fits) in batch
        .songs
        .iter_mut()
        .zip([[0.2, 0.09], [0.3, 0.01], [0.01, 0.12]])
    {
        song.is_out_of_distribution = false;
        for (known, fit) in song.fits.iter_mut().zip(fits) {
            (known.fit, known.selected) = (fit, false);
        }
    }
    batch.assignment = batch.assign();
    let [first, second] = batch.assignment.best[..] else {
        panic!("{:?}", batch.assignment);
    };
    assert_eq!(
        [(first.song, first.list), (second.song, second.list)],
        [(1, 0), (2, 1)]
    );
    let cautions = |batch: &BatchReport| [first, second].map(|pitch| batch.caution(&pitch));
    assert_eq!(cautions(&batch), [None, Some(Caution::NoGoodFit)]);
    batch.songs[1].is_out_of_distribution = true;
    batch.songs[2].fits[1].selected = true;
    assert_eq!(cautions(&batch), [Some(Caution::OutOfDistribution), None]);
}

#[test]
fn the_same_file_and_the_same_sound_are_one_recording() {
    let mut songs = batch(6, 1).songs;
    songs[4].facts.audio_hash = songs[1].facts.audio_hash.clone();
    let noise = |seed: u64| -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..20)
            .flat_map(|_| {
                let hertz = 200.0 + random.f32() * 900.0;
                (0..11_025).map(move |n| (n as f32 * hertz * 0.000_57).sin() * 0.4)
            })
            .collect()
    };
    let fingerprint = |samples: Vec<f32>| Fingerprint::new(&samples);
    let softer = noise(3).iter().map(|sample| sample * 0.5).collect();
    let fingerprints = [noise(0), noise(1), noise(2), noise(3), noise(1), softer].map(fingerprint);
    let found = groups(&songs, &fingerprints);
    let group = |songs: &[usize], is_same_audio| DuplicateGroup {
        songs: songs.to_vec(),
        is_same_audio,
    };
    assert_eq!(found, [group(&[1, 4], true), group(&[3, 5], false)]);
}
