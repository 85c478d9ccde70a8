//! What the neighbours of the default bundle are worth: hubs, lists shared with the nearest, percentiles, novelty. Run
//! with `--nocapture` to read the figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../../neighbours/src/hubness.rs"]
mod hubness;

use bundle::Bundle;
use evaluation::{ArtistLinks, OodDetector, artist_components};
use hubness::{Hubness, hubness};
use neighbours::{Quantiles, ood_score, top_k};

const NEAREST: usize = 10;

struct Stored {
    bundle: Bundle,
    group_of: Vec<String>,
}

impl Stored {
    fn open() -> Self {
        let bundle = Bundle::open(None).unwrap();
        let artist_links: Vec<ArtistLinks> = bundle
            .neighbours
            .tracks
            .iter()
            .map(ArtistLinks::from)
            .collect();
        let components = artist_components(&artist_links);
        Self {
            bundle,
            group_of: components.iter().map(ToString::to_string).collect(),
        }
    }

    fn row(&self, track: usize) -> &[f32] {
        let width = self.bundle.neighbours.width;
        &self.bundle.neighbours.embeddings[track * width..(track + 1) * width]
    }

    fn strangers(&self, track: usize) -> impl Iterator<Item = usize> {
        (0..self.group_of.len()).filter(move |&other| self.group_of[other] != self.group_of[track])
    }

    /// The nearest of each track by other artists, where `proximity_score` holds one number a stored track.
    fn nearest(&self, proximity_score: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<usize>> {
        let of_track = |track: usize| {
            let proximity_score = proximity_score(track);
            top_k(&proximity_score, NEAREST, |&other| {
                self.group_of[other] != self.group_of[track]
            })
        };
        (0..self.group_of.len()).map(of_track).collect()
    }

    fn by_cosine(&self) -> Vec<Vec<usize>> {
        let similarities = |track| self.bundle.neighbours.similarities(self.row(track));
        self.nearest(|track| similarities(track).into_iter().map(f64::from).collect())
    }

    fn by_proximity(&self) -> Vec<Vec<usize>> {
        self.nearest(|track| {
            let near = self
                .bundle
                .neighbours
                .search(self.row(track), &self.bundle.similarity_stats);
            near.iter().map(|near| near.proximity).collect()
        })
    }

    /// Share of the nearest that are on a list of the track's own.
    fn precision(&self, nearest: &[Vec<usize>]) -> f64 {
        let lists = |track: usize| &self.bundle.neighbours.tracks[track].playlists;
        let pairs = nearest.iter().enumerate();
        let pairs = pairs.flat_map(|(track, near)| near.iter().map(move |&other| (track, other)));
        let shared = |(track, other): (usize, usize)| {
            f64::from(u8::from(
                lists(track).iter().any(|list| lists(other).contains(list)),
            ))
        };
        let shared: Vec<f64> = pairs.map(shared).collect();
        shared.iter().sum::<f64>() / shared.len() as f64
    }
}

#[test]
fn scaled_neighbours_have_fewer_hubs_and_share_no_fewer_lists() {
    let stored = Stored::open();
    let figures = |name: &str, nearest: &[Vec<usize>]| -> (Hubness, f64) {
        let (hubs, precision) = (hubness(nearest), stored.precision(nearest));
        println!(
            "{name}: skewness {:.2}, anti-hubs {:.1} %, largest hub {}, same-playlist precision@10 {:.1} %",
            hubs.skewness,
            hubs.anti_hubs * 100.0,
            hubs.largest_hub,
            precision * 100.0
        );
        (hubs, precision)
    };
    let (before, precision_before) = figures("cosine", &stored.by_cosine());
    let (after, precision_after) = figures("proximity", &stored.by_proximity());
    assert!(after.skewness < before.skewness);
    assert!(after.anti_hubs < before.anti_hubs && after.largest_hub < before.largest_hub);
    assert!(precision_after >= precision_before);
}

#[test]
fn percentiles_spread_what_cosines_crowd() {
    let stored = Stored::open();
    let percentile = |cosine| stored.bundle.similarity_stats.percentile(cosine).unwrap();
    let mut pairs = Vec::new();
    for track in 0..stored.group_of.len() {
        let similarities = stored.bundle.neighbours.similarities(stored.row(track));
        pairs.extend(stored.strangers(track).map(|other| similarities[other]));
    }
    let pairs = Quantiles::from_sample(pairs);
    for share in [1, 25, 50, 75, 90, 99] {
        let cosine = pairs.values()[share];
        println!("of pairs by different artists {share} % have a cosine below {cosine:.2}");
        assert!((percentile(cosine) - share as f64).abs() < 0.5);
    }
    let nearest = stored.by_proximity();
    let shown = nearest.iter().enumerate().flat_map(|(track, near)| {
        let similarities = stored.bundle.neighbours.similarities(stored.row(track));
        near.iter()
            .map(move |&other| similarities[other])
            .collect::<Vec<_>>()
    });
    let shown = Quantiles::from_sample(shown.collect());
    for share in [5, 50, 95] {
        let cosine = shown.values()[share];
        println!(
            "{share} % of neighbours: cosine below {cosine:.2}, percentile {:.1}",
            percentile(cosine)
        );
    }
    assert!(percentile(shown.values()[50]) > 90.0);
}

/// What a training would store in the manifest, from the stored tracks: each beside those by other artists.
fn ood(stored: &Stored) -> OodDetector {
    let of_track = |track: usize| {
        let similarities = stored.bundle.neighbours.similarities(stored.row(track));
        let others: Vec<f32> = stored
            .strangers(track)
            .map(|other| similarities[other])
            .collect();
        ood_score(&others)
    };
    let all: Vec<f32> = (0..stored.group_of.len()).map(of_track).collect();
    OodDetector::learn(&all, &stored.group_of).unwrap()
}

#[test]
fn about_one_stored_track_in_twenty_is_unlike_those_of_other_artists() {
    let ood = ood(&Stored::open());
    let alarms = ood.false_alarms;
    println!("above {:.3}: {alarms:?}", ood.threshold);
    assert!(alarms.low <= 0.05 && alarms.high >= 0.05);
}

#[test]
fn a_song_of_one_tone_is_called_unlike_all_that_was_learned() {
    let mut stored = Stored::open();
    stored.bundle.manifest.ood = Some(ood(&stored));
    let shape = stored.bundle.manifest.network.clone();
    let mut network = model::Network::new(shape, model::tch::Device::Cpu).unwrap();
    network
        .load(&stored.bundle.weights, &stored.bundle.origin)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    let rate = 32_000;
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, format).unwrap();
    for place in 0..10 * rate {
        let turns = 440.0 * f64::from(place) / f64::from(rate);
        file.write_sample(((turns * std::f64::consts::TAU).sin() * 12_000.0) as i16)
            .unwrap();
    }
    file.finalize().unwrap();
    let report = analysis::fit(
        audio::Decoder::open(&path).unwrap(),
        &stored.bundle,
        &network,
    )
    .unwrap();
    let found = report.ood.unwrap();
    println!("{found:?}");
    assert!(found.is_out_of_distribution && found.fraction_below > 0.95);
    assert!(
        report
            .neighbours
            .iter()
            .all(|near| near.percentile.unwrap() < 90.0)
    );
}

#[test]
fn a_written_bundle_knows_what_its_cosines_mean() {
    let mut stored = Stored::open();
    let folder = tempfile::tempdir().unwrap();
    stored.bundle.write(folder.path()).unwrap();
    let bytes = std::fs::read(folder.path().join("neighbours.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(
        file.tensor("strangers").unwrap().shape(),
        [stored.group_of.len(), 2]
    );
    let again = Bundle::open(Some(folder.path())).unwrap();
    assert_eq!(again.similarity_stats, stored.bundle.similarity_stats);
    // What an older program left out is computed.
    assert_eq!(
        Bundle::open(None).unwrap().similarity_stats,
        stored.bundle.similarity_stats
    );
}
