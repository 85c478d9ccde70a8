//! Made-up reports with all the evidence that a bundle can give.

use jiff::civil::date;

use super::{PLAYLISTS, estimate, evaluation, report, scores, spectrogram};
use analysis::{
    CardFacts, DescriptorContext, Difference, Direction, FitRange, FitReport, Highlight, Occlusion,
    OodFacts, Perturbation, PerturbationKind, PlaylistContext, TopRegion, TrackCount, Verdict,
    VerdictLevel,
};
use audio::quality_checks::{ChannelProblem, CutoffCause, Finding, Measurement, Severity};
use bundle::AllowedSource;
use catalogue::statistics::Turnover;
use evaluation::{
    Averages, Estimate, Evaluation, FewShotFacts, FewShotQuality, GroupScores, LeakCheck, Metrics,
    PlaylistScores, Reliability, ReliabilityBin, RiskControl, RiskControlScores,
};
use features::descriptors::Descriptor;

/// Everything that a report can hold.
pub fn evident() -> FitReport {
    let mut report = report();
    for (place, list) in report.playlists.iter_mut().enumerate() {
        list.selected = place < 2;
        list.range = Some(FitRange {
            low: (list.fit * 0.93 - 0.01).max(0.0),
            high: (list.fit * 1.06 + 0.004).min(1.0),
        });
    }
    report.playlists[2].few_shot = Some(FewShotFacts {
        tracks: 24,
        artists: 11,
        unknown_artists: 0,
        quality: FewShotQuality {
            roc_auc: estimate(0.78),
            average_precision: estimate(0.4),
            chance: 0.02,
        },
    });
    report.risk_control = Some(RiskControl {
        risk: 0.1,
        threshold: 0.4,
        artists: 120,
        confidence: 0.9,
    });
    report.ood = Some(OodFacts {
        fraction_below: 0.41,
        is_out_of_distribution: false,
        false_alarms: 0.05,
    });
    report.robustness = [
        (PerturbationKind::Mp3 { kbps: 128.0 }, 0.012),
        (PerturbationKind::Gain { db: -3.0 }, 0.004),
        (PerturbationKind::Tempo { ratio: 0.98 }, 0.031),
        (PerturbationKind::Tempo { ratio: 1.02 }, 0.027),
        (PerturbationKind::Offset { seconds: 2.5 }, 0.045),
    ]
    .map(|(kind, max_fit_change)| Perturbation {
        kind,
        max_fit_change,
    })
    .into();
    report.playlist_contexts = inside();
    report.song.quality_checks = quality_checks();
    for (place, near) in report.neighbours.iter_mut().enumerate() {
        near.percentile = Some(99.93 - place as f64 * 0.4);
    }
    report.highlight = Some(Highlight {
        playlist: report.playlists[0].name.clone(),
        start_seconds: 126.0,
        end_seconds: 156.0,
        fit: 0.94,
    });
    report.explanation = Some(explanation());
    report.bundle.card = Some(card_facts());
    report.bundle.evaluation = Some(full_evaluation(15));
    report
}

fn quality_checks() -> Vec<Finding> {
    let finding = |severity, measurement| Finding {
        severity,
        measurement,
    };
    vec![
        finding(
            Severity::Ok,
            Measurement::SampleRate {
                sample_rate_hz: 44_100,
            },
        ),
        finding(
            Severity::Warning,
            Measurement::Bandwidth {
                cutoff_hz: Some(16_100.0),
                nyquist_hz: 22_050.0,
                cause: Some(CutoffCause::LowBitrate),
            },
        ),
        finding(
            Severity::Ok,
            Measurement::DcOffset {
                offsets: vec![0.0; 2],
            },
        ),
        finding(
            Severity::Error,
            Measurement::Channels {
                channels: 2,
                correlation: None,
                problem: Some(ChannelProblem::SilentRight),
            },
        ),
    ]
}

fn inside() -> Vec<PlaylistContext> {
    let inside =
        |name, song, [p10, p25, median, p75, p90]: [f64; 5], percentile| DescriptorContext {
            name,
            song,
            tracks: 110,
            p10,
            p25,
            median,
            p75,
            p90,
            percentile,
        };
    let descriptors = vec![
        inside(
            Descriptor::Tempo,
            92.0,
            [70.0, 84.0, 98.0, 121.0, 140.0],
            38.0,
        ),
        inside(
            Descriptor::Loudness,
            -21.3,
            [-18.0, -14.5, -11.9, -9.2, -7.7],
            4.2,
        ),
        inside(
            Descriptor::SpectralCentroid,
            1820.0,
            [900.0, 1300.0, 1710.0, 2230.0, 3000.0],
            57.0,
        ),
        inside(Descriptor::OnsetRate, 4.4, [1.2, 2.0, 2.9, 3.8, 4.9], 83.0),
    ];
    let epic = PlaylistContext {
        playlist: PLAYLISTS[0].0.into(),
        tracks: PLAYLISTS[0].2,
        turnover: Some(Turnover {
            median_stay_days: Some(42),
            replaced_in_90_days: Some(0.31),
        }),
        descriptors: descriptors.clone(),
        differences: vec![Difference {
            descriptor: Descriptor::Loudness,
            direction: Direction::Lower,
            gap: 6.8,
        }],
    };
    let ambient = PlaylistContext {
        playlist: PLAYLISTS[1].0.into(),
        tracks: PLAYLISTS[1].2,
        turnover: None,
        descriptors,
        differences: Vec::new(),
    };
    vec![epic, ambient]
}

/// A strong low part in the second half, and one that pulls away above.
fn explanation() -> Occlusion {
    let logit_drop = |row: usize, column: usize| {
        let hill = |at: [f32; 2]| {
            let [up, across] = [row as f32 - at[0], column as f32 - at[1]];
            (-(up * up + across * across) / 3.0).exp()
        };
        0.84 * hill([1.0, 7.0]) - 0.4 * hill([6.0, 2.0])
    };
    Occlusion {
        playlist: PLAYLISTS[0].0.into(),
        start_seconds: 90.0,
        seconds: 10.0,
        fit: 0.86,
        top_region: Some(TopRegion {
            low_hz: 80.0,
            high_hz: 640.0,
            from_seconds: 95.5,
            to_seconds: 98.2,
            fit_without: 0.72,
        }),
        logit_drops: (0..8)
            .map(|row| (0..10).map(|column| logit_drop(row, column)).collect())
            .collect(),
        spectrogram: spectrogram(500),
    }
}

fn card_facts() -> CardFacts {
    let counts = |counts: &[(&str, usize)]| {
        let count = |&(name, tracks): &(&str, usize)| TrackCount {
            name: name.into(),
            tracks,
        };
        counts.iter().map(count).collect()
    };
    CardFacts {
        sources: counts(&[
            ("jamendo", 812),
            ("github:Grokmoo/sulis", 200),
            ("files", 120),
            ("spotify", 41),
            ("opengameart", 20),
            ("archive", 12),
            ("deezer", 8),
        ]),
        licences: counts(&[
            ("CC-BY-4.0", 700),
            ("CC-BY-SA-4.0", 393),
            ("CC0-1.0", 79),
            ("", 41),
        ]),
        oldest_added: Some(date(2012, 3, 1)),
        newest_added: Some(date(2026, 10, 30)),
        allowed_sources: vec![AllowedSource {
            source: "spotify".into(),
            on: date(2026, 11, 2),
        }],
    }
}

/// A song that is none of the music that was learned.
pub fn unlike() -> FitReport {
    let mut report = evident();
    report.song.title = Some("Interview, Part 2".into());
    report.verdict = Verdict {
        level: VerdictLevel::NoGoodFit,
        good: Vec::new(),
        possible: Vec::new(),
    };
    report.ood = Some(OodFacts {
        fraction_below: 0.998,
        is_out_of_distribution: true,
        false_alarms: 0.05,
    });
    report
}

/// Whatever can be measured, of so many lists.
pub fn full_evaluation(lists: usize) -> Evaluation {
    let share = |place: usize| 0.9 - 0.85 * place as f64 / lists.max(1) as f64;
    let list = |place: usize| PlaylistScores {
        name: format!(
            "{}{}",
            PLAYLISTS[place % 15].0,
            ["", "_two", "_of_the_long_evening"][place / 15 % 3]
        ),
        n: 9 + place * 7 % 31,
        top_1: share(place) * 0.6,
        top_3: share(place) * 0.8,
        top_5: share(place),
        average_precision: (place != 3).then(|| share(place * 7 % lists)),
        roc_auc: Some(0.5 + share(place) * 0.5),
        r_precision: Some(share(place) * 0.7),
        brier: Some(0.06),
        ece: Some(0.03),
    };
    let averages = |value: f64| Averages {
        recall_1: estimate(value),
        recall_3: estimate(value + 0.2),
        recall_5: estimate(value + 0.3),
        r_precision: estimate(value),
        average_precision: estimate(value - 0.05),
        roc_auc: estimate(value + 0.4),
        brier: estimate(0.06),
        ece: estimate(0.03),
    };
    let reliability = |name: &str, bend: f64| Reliability {
        name: name.into(),
        ece: estimate(0.03 * bend),
        brier: estimate(0.06),
        bins: (0..10)
            .map(|bin| {
                let rate = (f64::from(bin) / 9.6).powi(3);
                let fit = rate.powf(1.0 / bend);
                ReliabilityBin {
                    fit,
                    rate,
                    pairs: 132,
                }
            })
            .collect(),
    };
    let group = |by: &str, name: &str, value: f64| GroupScores {
        by: by.into(),
        name: name.into(),
        scores: scores([value, value + 0.2, value + 0.32], value - 0.1),
    };
    let confused = |row: usize| {
        let cell = |column: usize| match (row == column, (row * 31 + column * 17) % 11) {
            (true, _) => share(row) * 0.6,
            (_, 0) => 0.3,
            (_, rest) => rest as f64 / 100.0 / (1.0 + lists as f64 / 30.0),
        };
        (0..lists).map(cell).collect()
    };
    Evaluation {
        centroid: Some(scores([0.43, 0.67, 0.78], 0.30)),
        artist_majority: Some(scores([0.331, 0.65, 0.76], 0.15)),
        leak: Some(LeakCheck {
            leaks: false,
            tracks: 0,
            sentence: String::new(),
        }),
        metrics: Some(Metrics {
            macro_averages: averages(0.41),
            micro_averages: averages(0.5),
            ndcg: estimate(0.61),
            label_ranking_average_precision: estimate(0.55),
            coverage_error: Estimate {
                value: 3.2,
                low: 2.9,
                high: 3.6,
                n: 88,
            },
        }),
        reliability: vec![
            reliability("before calibration", 2.0),
            reliability("after calibration", 1.1),
        ],
        risk_control: Some(RiskControlScores {
            risk: 0.1,
            measured: estimate(0.083),
            playlists: 2.3,
            empty: 0.12,
            holds: true,
        }),
        groups: vec![
            group("length", "under 2 minutes", 0.38),
            group("length", "2 to 5 minutes", 0.52),
            group("length", "over 5 minutes", 0.57),
            group("popularity", "on lists with few tracks", 0.21),
            group("popularity", "on lists with many tracks", 0.61),
        ],
        confusion: (0..lists).map(confused).collect(),
        playlists: (0..lists).map(list).collect(),
        ..evaluation()
    }
}
