//! `split`: how a training will split the tracks, and the proof that nothing leaks.

use clap::Args;
use jiff::civil::Date;
use serde::Serialize;

use super::training_set::{TrainingSet, TrainingSetArgs};
use crate::cli::ExitStatus;
use crate::cli::output::print;
use crate::cli::table::table;
use evaluation::{ExcludedFromSplit, ListShares, Split, SplitAudit, SplitOverlap, Splits};
use train::TrainConfig;

/// Raised when a field of the JSON changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;
/// Of what may be thousands of clusters so many are shown.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub struct SplitCommand {
    #[command(flatten)]
    training_set: TrainingSetArgs,
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04",
        help = format!("Preset that will be trained ({}), or a TOML file like one", TrainConfig::presets()))]
    preset: String,
    /// Random seed, instead of the preset's
    #[arg(long)]
    seed: Option<u64>,
    /// Train on what was on lists before this day (as 2026-11-21) and test on artists who came onto them later
    #[arg(long, value_name = "DATE")]
    test_after: Option<Date>,
    /// Prove that nothing stands on two sides, beside what a split by track would have leaked; name the near-duplicates
    #[arg(long)]
    audit: bool,
    /// Print the answer as one JSON document
    #[arg(long)]
    json: bool,
}

/// The JSON of `split`.
#[derive(Serialize)]
struct SplitOutput {
    schema_version: u32,
    preset: String,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_after: Option<Date>,
    tracks: usize,
    /// Artists with all whom they hang together with count as one.
    artists: usize,
    splits: Vec<Sizes>,
    playlists: Vec<ListShares>,
    #[serde(rename = "aside")]
    excluded: Vec<ExcludedFromSplit>,
    /// Of each split, with --audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<Vec<SplitAudit>>,
    /// Clusters of near-duplicates, with --audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    near_duplicates: Option<Vec<Vec<Alike>>>,
}

#[derive(Serialize)]
struct Sizes {
    name: String,
    train: usize,
    validation: usize,
    test: usize,
}

/// A track that sounds like others.
#[derive(Serialize)]
struct Alike {
    title: String,
    artists: Vec<String>,
    #[serde(rename = "content")]
    audio_hash: String,
    /// Share of bits in which its fingerprint differs from the nearest of the cluster.
    bit_error: f64,
}

impl SplitCommand {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let config = self.training_set.preset(&self.preset, self.seed)?;
        let training_set = self.training_set.collect(&config, self.test_after)?;
        let (tracks, names) = (&training_set.tracks, &training_set.playlists);
        let splits = Splits::new(
            tracks,
            names.len(),
            &training_set.plan,
            config.n_folds,
            config.seed,
        )?;
        let truth: Vec<Vec<usize>> = tracks.iter().map(|track| track.playlists.clone()).collect();
        let audit = |split: &Split| SplitAudit::new(split, &splits.artist_links, config.seed);
        let answered = SplitOutput {
            schema_version: SCHEMA_VERSION,
            seed: config.seed,
            test_after: self.test_after,
            tracks: tracks.len(),
            artists: splits.count,
            splits: splits.splits.iter().enumerate().map(sizes).collect(),
            playlists: ListShares::of(&splits.splits, &truth, names),
            audit: self
                .audit
                .then(|| splits.splits.iter().map(audit).collect()),
            near_duplicates: self.audit.then(|| alike(&training_set)),
            excluded: splits.excluded,
            preset: config.name,
        };
        print(&if self.json {
            serde_json::to_string(&answered)?
        } else {
            answered.as_text()
        });
        for split in &splits.splits {
            split.audit(&splits.artist_links)?;
        }
        Ok(ExitStatus::Success)
    }
}

fn sizes((fold, split): (usize, &Split)) -> Sizes {
    Sizes {
        name: format!("rotation-{}", fold + 1),
        train: split.train.len(),
        validation: split.validation.len(),
        test: split.test.len(),
    }
}

/// The clusters of near-duplicates, each in the order of its tracks.
fn alike(training_set: &TrainingSet) -> Vec<Vec<Alike>> {
    let clusters = training_set.plan.clusters(training_set.tracks.len());
    let mut of_first = std::collections::BTreeMap::<usize, Vec<Alike>>::new();
    for (place, (track, cluster)) in training_set.tracks.iter().zip(clusters).enumerate() {
        let Some(first) = cluster else { continue };
        let own = training_set.duplicates.iter();
        let own = own.filter(|pair| pair.one == place || pair.other == place);
        of_first.entry(first).or_default().push(Alike {
            title: track.title.clone(),
            artists: track.artists.clone(),
            audio_hash: track.audio_hash.clone(),
            bit_error: own.map(|pair| pair.bit_error).fold(1.0, f64::min),
        });
    }
    of_first.into_values().collect()
}

impl SplitOutput {
    fn as_text(&self) -> String {
        let by = self.test_after.map_or_else(
            || "by artist and recording".to_owned(),
            |day| format!("by artist and recording, tested on what came onto lists from {day} on"),
        );
        let mut parts = vec![
            format!(
                "{} tracks by {} artists (those who share a song as one) on {} playlists, split {by}; seed {}",
                self.tracks,
                self.artists,
                self.playlists.len(),
                self.seed
            ),
            self.sizes(),
            self.shares(),
        ];
        let excluded = self.excluded.iter();
        parts.extend(
            excluded.map(|excluded| format!("{} tracks {}", excluded.tracks, excluded.reason)),
        );
        parts.extend(self.audit.iter().map(|audits| proof(audits)));
        parts.extend(self.near_duplicates.iter().map(|clusters| named(clusters)));
        parts.join("\n\n")
    }

    fn sizes(&self) -> String {
        let row = |sizes: &Sizes| {
            let counts = [sizes.train, sizes.validation, sizes.test];
            [
                vec![sizes.name.clone()],
                counts.map(|count| count.to_string()).to_vec(),
            ]
            .concat()
        };
        let rows: Vec<Vec<String>> = self.splits.iter().map(row).collect();
        table(&["tracks", "train", "validation", "test"], &rows)
    }

    /// Of one split all its sides; of several the test sides, of which the others are made.
    fn shares(&self) -> String {
        let tests: Vec<String> = (1..=self.splits.len())
            .map(|n| format!("test {n}"))
            .collect();
        let partitions: Vec<&str> = match self.splits.len() {
            1 => vec!["train", "validation", "test"],
            _ => tests.iter().map(String::as_str).collect(),
        };
        let row = |list: &ListShares| {
            let shares: Vec<f64> = match list.shares.as_slice() {
                [one] => one.to_vec(),
                several => several.iter().map(|[_, _, test]| *test).collect(),
            };
            let shares = shares.iter().map(|&share| percent(share));
            let own = [list.name.clone(), list.tracks.to_string()];
            own.into_iter().chain(shares).collect::<Vec<String>>()
        };
        let rows: Vec<Vec<String>> = self.playlists.iter().map(row).collect();
        table(&[&["playlist", "tracks"], &partitions[..]].concat(), &rows)
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn proof(audits: &[SplitAudit]) -> String {
    let shared = |overlap: &SplitOverlap, count: usize| {
        format!(
            "{count} ({})",
            percent(count as f64 / overlap.tested.max(1) as f64)
        )
    };
    let row = |(fold, audit): (usize, &SplitAudit)| {
        let links: usize = audit
            .partitions
            .iter()
            .map(|partition| partition.artists + partition.recordings + partition.near_duplicates)
            .sum();
        let naive = &audit.naive;
        vec![
            format!("rotation-{}", fold + 1),
            links.to_string(),
            audit.shared_links.to_string(),
            audit.overlap.any.to_string(),
            shared(naive, naive.any),
            shared(naive, naive.artist),
            shared(naive, naive.recording),
            shared(naive, naive.near_duplicate),
        ]
    };
    let rows: Vec<Vec<String>> = audits.iter().enumerate().map(row).collect();
    let heading = [
        "proof",
        "ties",
        "on two sides",
        "tested tracks tied to training",
        "split by track: any",
        "artist",
        "recording",
        "near-duplicate",
    ];
    table(&heading, &rows)
}

fn named(clusters: &[Vec<Alike>]) -> String {
    if clusters.is_empty() {
        return "No two tracks sound like one recording.".to_owned();
    }
    let row = |cluster: usize, track: &Alike| {
        vec![
            (cluster + 1).to_string(),
            track.title.clone(),
            track.artists.join(", "),
            format!("{:.1} %", track.bit_error * 100.0),
        ]
    };
    let shown = clusters.iter().take(SHOWN).enumerate();
    let rows: Vec<Vec<String>> = shown
        .flat_map(|(cluster, tracks)| tracks.iter().map(move |track| row(cluster, track)))
        .collect();
    let more = if clusters.len() > SHOWN {
        format!("; the first {SHOWN}, all with --json")
    } else {
        String::new()
    };
    format!(
        "{} recordings are here more than once by their sound{more}:\n{}",
        clusters.len(),
        table(
            &["recording", "title", "artists", "bits that differ"],
            &rows
        )
    )
}
