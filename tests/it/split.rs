//! `split` as a user runs it, on a catalogue of songs that the test makes: one is there under two names, one has a
//! guest, and some came later.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::run;

const RATE: u32 = 16_000;
const SECONDS: usize = 16;

/// Chords that change three times a second, as 16-bit WAV; of another `seed` another song.
fn write_song(path: &Path, seed: u64, skip_seconds: usize, level: f64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let note = RATE as usize / 3;
    let mut samples: Vec<i16> = Vec::new();
    while samples.len() < (SECONDS + skip_seconds) * RATE as usize {
        let hertz = [0; 3].map(|_| 110.0 * (f64::from(random.u32(0..36)) / 12.0).exp2());
        samples.extend((0..note).map(|n| {
            let time = n as f64 / f64::from(RATE);
            let tones: f64 = hertz.iter().map(|hertz| (TAU * hertz * time).sin()).sum();
            (tones * level * 6_000.0 * (1.0 - n as f64 / note as f64)) as i16
        }));
    }
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in &samples[skip_seconds * RATE as usize..] {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
}

/// Twenty songs by sixteen artists on two lists. Song 1 is song 0 under another name, softer and without its first two
/// seconds; artist 2 is a guest of artist 3; artists 4 to 7 have two songs; songs from 10 on came in 2022.
fn prepared() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut rows = String::from("path,artist,title,playlists,licence,added\n");
    for n in 0..20_u64 {
        let name = format!("song-{n}.wav");
        let (seed, skip, level) = if n == 1 { (0, 2, 0.4) } else { (n, 0, 1.0) };
        write_song(&folder.path().join(&name), seed, skip, level);
        let artist = match n {
            3 => "Artist 3 feat. Artist 2".to_owned(),
            16.. => format!("Artist {}", n - 12),
            _ => format!("Artist {n}"),
        };
        let title = if n == 1 {
            "Another name".into()
        } else {
            format!("Song {n}")
        };
        let list = ["calm", "loud"][n as usize / 2 % 2];
        let day = if n < 10 { "2020-03-01" } else { "2022-03-01" };
        rows.push_str(&format!("{name},{artist},{title},{list},CC0-1.0,{day}\n"));
    }
    fs::write(folder.path().join("lists.csv"), rows).unwrap();
    let preset = include_str!("../../crates/train/src/presets/mn04.toml");
    let five = preset.replace("n_folds = 1", "n_folds = 5");
    fs::write(folder.path().join("five.toml"), five).unwrap();
    for verb in [&["import", "lists.csv"][..], &["prepare"]] {
        let (code, _, remarks) = run(&folder, verb);
        assert_eq!(code, 0, "{remarks}");
    }
    folder
}

fn json(folder: &TempDir, more: &[&str]) -> Value {
    let (code, answer, remarks) = run(folder, &[&["split", "--json"], more].concat());
    assert_eq!(code, 0, "{remarks}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn a_split_is_shown_and_proved() {
    let folder = prepared();
    let (code, answer, remarks) = run(
        &folder,
        &["split", "--preset", "five.toml", "--audit", "--seed", "1"],
    );
    assert_eq!(code, 0, "{remarks}");
    for says in [
        "20 tracks by 14 artists",
        "rotation-5",
        "split by track",
        "1 recordings are present more than once",
        "Another name",
    ] {
        assert!(answer.contains(says), "{says}: {answer}");
    }

    let document = json(
        &folder,
        &["--preset", "five.toml", "--audit", "--seed", "1"],
    );
    assert_eq!(document["schema_version"], 1);
    assert_eq!(
        (&document["tracks"], &document["artists"]),
        (&20.into(), &14.into())
    );
    assert_eq!(document["playlists"][0]["name"], "calm");
    assert_eq!(
        document["playlists"][0]["shares"].as_array().unwrap().len(),
        5
    );
    let audits = document["audit"].as_array().unwrap();
    assert_eq!(audits.len(), 5);
    for audit in audits {
        assert_eq!(audit["shared_ties"], 0);
        assert_eq!(audit["overlap"]["any"], 0);
    }
    let leaked = audits
        .iter()
        .map(|audit| audit["naive"]["any"].as_u64().unwrap());
    assert!(leaked.sum::<u64>() > 0, "{document}");
    let cluster = document["near_duplicates"][0].as_array().unwrap();
    let titles: Vec<&str> = cluster
        .iter()
        .filter_map(|track| track["title"].as_str())
        .collect();
    assert_eq!(titles, ["Song 0", "Another name"]);

    // The same seed, the same split; without --audit no proof; fingerprints lie beside the clips.
    let plain = json(&folder, &["--preset", "five.toml", "--seed", "1"]);
    assert_eq!(plain["splits"], document["splits"]);
    assert!(plain.get("audit").is_none() && plain.get("near_duplicates").is_none());
    assert_eq!(json(&folder, &["--seed", "2"])["seed"], 2);
}

#[test]
fn a_day_splits_old_from_new_or_is_refused() {
    let folder = prepared();
    let document = json(&folder, &["--test-after", "2021-01-01", "--audit"]);
    let splits = document["splits"].as_array().unwrap();
    assert_eq!(splits.len(), 1);
    // Of ten newer songs four are by artists who were there before.
    assert_eq!(splits[0]["test"], 6);
    let sizes = ["train", "validation"].map(|side| splits[0][side].as_u64().unwrap());
    assert_eq!(sizes.iter().sum::<u64>(), 10);
    assert_eq!(document["aside"][0]["tracks"], 4);
    assert_eq!(document["test_after"], "2021-01-01");
    assert_eq!(document["audit"][0]["shared_ties"], 0);
    for (day, says) in [("2019-01-01", "later date"), ("2030-01-01", "earlier date")] {
        let (code, answer, remarks) = run(&folder, &["split", "--test-after", day]);
        assert_eq!((code, answer.as_str()), (1, ""), "{remarks}");
        assert!(remarks.contains(says), "{remarks}");
    }
    let (code, _, remarks) = run(&folder, &["split", "--test-after", "yesterday"]);
    assert_eq!(code, 2, "{remarks}");
}
