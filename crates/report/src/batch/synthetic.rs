//! A synthetic batch for the tests of the writers.

use analysis::{FitRange, SongFacts, Verdict, VerdictLevel};
use collection::batch::{BatchReport, BatchSong, DuplicateGroup, SongFit, TargetPlaylist};
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
    batch.assign_songs();
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
