//! Against scikit-learn, and draws by counts against draws that are carried out.

use serde::Deserialize;

use super::*;
use crate::{Reliability, ReliabilityBin};

/// How far from scikit-learn a number may be.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

/// As `scripts/golden/metrics.py` writes it.
#[derive(Deserialize)]
struct Case {
    name: String,
    playlists: usize,
    scores: Vec<Vec<f32>>,
    fits: Vec<Vec<f32>>,
    truth: Vec<Vec<usize>>,
    by_playlist: Vec<OfList>,
    #[serde(rename = "macro")]
    by_list: Averaged,
    micro: Averaged,
    by_track: ByTrack,
}

#[derive(Deserialize)]
struct OfList {
    average_precision: Option<f64>,
    roc_auc: Option<f64>,
    r_precision: Option<f64>,
    brier: f64,
    ece: f64,
}

#[derive(Deserialize)]
struct Averaged {
    recall_1: f64,
    recall_3: f64,
    recall_5: f64,
    average_precision: f64,
    roc_auc: f64,
    r_precision: f64,
    brier: f64,
    ece: f64,
}

#[derive(Deserialize)]
struct ByTrack {
    ndcg: f64,
    label_ranking_average_precision: f64,
    coverage_error: f64,
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

#[track_caller]
fn near(what: &str, found: f64, expected: f64) {
    let off = (found - expected).abs();
    assert!(off < TOLERANCE, "{what}: {found}, scikit-learn {expected}");
}

#[test]
fn every_measure_equals_scikit_learns() {
    let path = "../../fixtures/golden/metrics.json";
    let golden: Golden = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(golden.cases.len(), 6);
    for case in &golden.cases {
        let (scores, fits) = (case.scores.concat(), case.fits.concat());
        let artists = names(case.truth.len());
        let scored = ScoredLabels {
            scores: &scores,
            truth: &case.truth,
            artists: &artists,
            playlists: case.playlists,
        };
        let found = Metrics::new(&scored, &fits, &Bootstrap::new(&artists));
        for (side, found, expected) in [
            ("macro", &found.macro_averages, &case.by_list),
            ("micro", &found.micro_averages, &case.micro),
        ] {
            for (what, found, expected) in [
                ("recall at 1", found.recall_1, expected.recall_1),
                ("recall at 3", found.recall_3, expected.recall_3),
                ("recall at 5", found.recall_5, expected.recall_5),
                (
                    "average precision",
                    found.average_precision,
                    expected.average_precision,
                ),
                ("ROC-AUC", found.roc_auc, expected.roc_auc),
                ("R-precision", found.r_precision, expected.r_precision),
                ("Brier", found.brier, expected.brier),
                ("ECE", found.ece, expected.ece),
            ] {
                near(
                    &format!("{}, {side} {what}", case.name),
                    found.value,
                    expected,
                );
                assert!(found.low <= found.high && found.n == case.truth.len());
            }
        }
        let by_track = &case.by_track;
        let lrap = by_track.label_ranking_average_precision;
        near(&case.name, found.ndcg.value, by_track.ndcg);
        near(
            &case.name,
            found.label_ranking_average_precision.value,
            lrap,
        );
        near(
            &case.name,
            found.coverage_error.value,
            by_track.coverage_error,
        );
        let lists = playlist_scores(&names(case.playlists), &scored, &fits);
        for (found, expected) in lists.iter().zip(&case.by_playlist) {
            for (found, expected) in [
                (found.average_precision, expected.average_precision),
                (found.roc_auc, expected.roc_auc),
                (found.r_precision, expected.r_precision),
                (found.brier, Some(expected.brier)),
                (found.ece, Some(expected.ece)),
            ] {
                assert_eq!(found.is_some(), expected.is_some(), "{}", case.name);
                near(&case.name, found.unwrap_or(0.0), expected.unwrap_or(0.0));
            }
        }
    }
}

/// Tracks on one to three of five lists, with scores of which some are equal, and fits that are not.
struct RandomScores {
    scores: Vec<f32>,
    fits: Vec<f32>,
    truth: Vec<Vec<usize>>,
    artists: Vec<String>,
}

const PLAYLISTS: usize = 5;

impl RandomScores {
    fn new(tracks: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(5);
        let truth: Vec<Vec<usize>> = (0..tracks)
            .map(|_| {
                let mut own = random.choose_multiple(0..PLAYLISTS, 1 + tracks % 3);
                own.truncate(1 + random.usize(..3));
                own
            })
            .collect();
        let scores = (0..tracks * PLAYLISTS)
            .map(|_| random.i32(0..12) as f32 / 4.0)
            .collect();
        let fits = (0..tracks * PLAYLISTS).map(|_| random.f32()).collect();
        Self {
            scores,
            fits,
            truth,
            artists: names(tracks),
        }
    }

    fn scored(&self) -> ScoredLabels<'_> {
        ScoredLabels {
            scores: &self.scores,
            truth: &self.truth,
            artists: &self.artists,
            playlists: PLAYLISTS,
        }
    }

    /// With these tracks in place of all.
    fn drawn(&self, tracks: &[usize]) -> Self {
        let rows = |values: &[f32]| {
            let row = |&track: &usize| values[track * PLAYLISTS..][..PLAYLISTS].to_vec();
            tracks.iter().flat_map(row).collect()
        };
        Self {
            scores: rows(&self.scores),
            fits: rows(&self.fits),
            truth: tracks
                .iter()
                .map(|&track| self.truth[track].clone())
                .collect(),
            artists: names(tracks.len()),
        }
    }
}

#[test]
fn counting_a_track_twice_is_drawing_it_twice() {
    let data = RandomScores::new(40);
    let scored = &data.scored();
    let mut random = fastrand::Rng::with_seed(8);
    let counts: Vec<Counts> = (0..40)
        .map(|_| std::array::from_fn(|_| random.u32(0..3)))
        .collect();
    for lane in 0..LANES {
        let repeated = |track: usize| vec![track; counts[track][lane] as usize];
        let drawn = data.drawn(&(0..40).flat_map(repeated).collect::<Vec<_>>());
        let (drawn_judged, ones) = (&drawn.scored(), ones(&drawn.scored()));
        let ways: [fn(&[f32], &ScoredLabels) -> Pairs; 2] =
            [all_pairs, |values, scored| column(values, scored, 1)];
        for (pairs, a_track) in ways.into_iter().zip([PLAYLISTS as u32, 1]) {
            let all = |counts: &[Counts]| total(counts).map(|tracks| tracks * a_track);
            let order = Order::new(pairs(&data.scores, scored));
            let counted = order.scores(&counts, &all(&counts))[lane].unwrap();
            let order = Order::new(pairs(&drawn.scores, drawn_judged));
            let carried_out = order.scores(&ones, &all(&ones))[0].unwrap();
            near(
                "precision",
                counted.average_precision,
                carried_out.average_precision,
            );
            near("area", counted.roc_auc, carried_out.roc_auc);
            near("R-precision", counted.r_precision, carried_out.r_precision);
            let calibration_error = CalibrationError::new(pairs(&data.fits, scored));
            let counted = calibration_error.errors(&counts, &all(&counts))[lane];
            let calibration_error = CalibrationError::new(pairs(&drawn.fits, drawn_judged));
            let carried_out = calibration_error.errors(&ones, &all(&ones))[0];
            near("Brier", counted.brier, carried_out.brier);
            near("ECE", counted.ece, carried_out.ece);
        }
        let counted = Recall::new(scored).shares(&counts);
        let carried_out = Recall::new(drawn_judged).shares(&ones);
        for (counted, carried_out) in counted.iter().zip(carried_out) {
            near("recall", counted[lane], carried_out[0]);
        }
    }
}

#[test]
fn the_calibration_error_is_that_of_sorted_bins() {
    let data = RandomScores::new(43);
    let scored = data.scored();
    let bootstrap = Bootstrap::new(&data.artists);
    let found = Metrics::new(&scored, &data.fits, &bootstrap);
    let bins = Reliability::new("", &data.fits, &scored, &bootstrap).bins;
    let gap = |bin: &ReliabilityBin| bin.pairs as f64 * (bin.fit - bin.rate).abs();
    let plain = bins.iter().map(gap).sum::<f64>() / data.fits.len() as f64;
    near("ECE", found.micro_averages.ece.value, plain);
}

#[test]
fn no_tracks_or_no_playlists_are_no_panic() {
    for playlists in [0, 3] {
        let scored = ScoredLabels {
            scores: &[],
            truth: &[],
            artists: &[],
            playlists,
        };
        let found = Metrics::new(&scored, &[], &Bootstrap::new(&[]));
        assert_eq!((found.micro_averages.roc_auc.value, found.ndcg.n), (0.0, 0));
        let lists = playlist_scores(&names(playlists), &scored, &[]);
        assert!(lists.iter().all(|list| list.n == 0 && list.brier.is_none()));
        assert_eq!(mean_average_precision(&scored), 0.0);
    }
}
