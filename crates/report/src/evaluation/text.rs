//! An evaluation as tables of plain text.

use crate::table;
use crate::words::{self, percent_with_interval, with_interval};
use evaluation::{Averages, Estimate, Evaluation, Metrics, PlaylistScores, RankingScores};

/// Everything that was measured; metrics that are absent have no table.
pub fn evaluation_text(evaluation: &Evaluation) -> String {
    let head = format!(
        "{}\n{} tracks, {} artists; 95 % intervals over artists",
        evaluation.method, evaluation.tracks, evaluation.artists
    );
    let parts = [
        Some(head),
        leak(evaluation),
        Some(rankings(evaluation)),
        Some(averages(evaluation)),
        evaluation.metrics.as_ref().map(metrics),
        reliability(evaluation),
        risk_control(evaluation),
        groups(evaluation),
        pooling(evaluation),
        Some(playlists(&evaluation.playlists)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// Data leakage is reported before any figure.
fn leak(evaluation: &Evaluation) -> Option<String> {
    evaluation.leak.as_ref().filter(|leak| leak.leaks)?;
    Some(format!("*** {} ***", words::leak(evaluation)?))
}

const HITS: [&str; 4] = ["top-1", "top-3", "top-5", "mean AP"];

fn ranking(scores: &RankingScores) -> Vec<String> {
    let hits = [&scores.top_1, &scores.top_3, &scores.top_5].map(percent_with_interval);
    let average = format!("{:.3}", scores.mean_average_precision.value);
    hits.into_iter().chain([average]).collect()
}

fn rankings(evaluation: &Evaluation) -> String {
    let rows = [
        ("this network", Some(&evaluation.model)),
        ("nearest track", Some(&evaluation.knn)),
        ("nearest centroid", evaluation.centroid.as_ref()),
        ("largest playlists", Some(&evaluation.popularity)),
        ("artist names alone", evaluation.artist_majority.as_ref()),
        ("chance", Some(&evaluation.chance)),
    ];
    let row = |(name, scores): (&str, Option<&RankingScores>)| {
        Some([vec![name.to_owned()], ranking(scores?)].concat())
    };
    let rows: Vec<Vec<String>> = rows.into_iter().filter_map(row).collect();
    table(&[&[""], &HITS[..]].concat(), &rows)
}

fn averages(evaluation: &Evaluation) -> String {
    let [one, three, five] = [
        evaluation.macro_top_1,
        evaluation.macro_top_3,
        evaluation.macro_top_5,
    ]
    .map(|fraction| fraction * 100.0);
    format!(
        "averaged over playlists: {one:.1} / {three:.1} / {five:.1} %\ncalibration error: {}",
        percent_with_interval(&evaluation.ece)
    )
}

fn metrics(metrics: &Metrics) -> String {
    type Row = (&'static str, fn(&Averages) -> &Estimate);
    const FRACTIONS: [Row; 3] = [
        ("recall at 1", |of| &of.recall_1),
        ("recall at 3", |of| &of.recall_3),
        ("recall at 5", |of| &of.recall_5),
    ];
    const NUMBERS: [Row; 4] = [
        ("R-precision", |of| &of.r_precision),
        ("average precision", |of| &of.average_precision),
        ("ROC-AUC", |of| &of.roc_auc),
        ("Brier score", |of| &of.brier),
    ];
    let both = [&metrics.macro_averages, &metrics.micro_averages];
    let row = |name: &str, cells: [String; 2]| [vec![name.to_owned()], cells.to_vec()].concat();
    let fractions =
        FRACTIONS.map(|(name, of)| row(name, both.map(|each| percent_with_interval(of(each)))));
    let numbers = NUMBERS.map(|(name, of)| row(name, both.map(|each| with_interval(of(each), 3))));
    let error = row(
        "calibration error",
        both.map(|each| percent_with_interval(&each.ece)),
    );
    let rows: Vec<Vec<String>> = fractions
        .into_iter()
        .chain(numbers)
        .chain([error])
        .collect();
    format!(
        "{}\n\nover tracks: nDCG {}, label ranking average precision {},\ncoverage error {}",
        table(&["", "macro (playlists)", "micro (pairs)"], &rows),
        with_interval(&metrics.ndcg, 3),
        with_interval(&metrics.label_ranking_average_precision, 3),
        with_interval(&metrics.coverage_error, 2),
    )
}

fn reliability(evaluation: &Evaluation) -> Option<String> {
    let rows: Vec<Vec<String>> = evaluation
        .reliability
        .iter()
        .map(|measured| {
            vec![
                measured.name.clone(),
                percent_with_interval(&measured.ece),
                with_interval(&measured.brier, 3),
            ]
        })
        .collect();
    let heading = ["fits", "calibration error", "Brier score"];
    (!rows.is_empty()).then(|| table(&heading, &rows))
}

fn risk_control(evaluation: &Evaluation) -> Option<String> {
    let risk_control = evaluation.risk_control.as_ref()?;
    let state = if risk_control.holds {
        "holds"
    } else {
        "VIOLATED"
    };
    Some(format!(
        "risk control of an error of at most {:.1} %: {state}; measured {} on {} tracks\n\
         selected playlists: {:.1} on average, none for {:.0} % of the tracks",
        risk_control.risk * 100.0,
        percent_with_interval(&risk_control.measured),
        risk_control.measured.n,
        risk_control.playlists,
        risk_control.empty * 100.0,
    ))
}

fn groups(evaluation: &Evaluation) -> Option<String> {
    let ways = evaluation
        .groups
        .chunk_by(|left, right| left.by == right.by)
        .map(|groups| {
            let rows: Vec<Vec<String>> = groups
                .iter()
                .map(|group| {
                    let n = group.scores.top_1.n.to_string();
                    [vec![group.name.clone(), n], ranking(&group.scores)].concat()
                })
                .collect();
            let by = format!("by {}", groups[0].by);
            table(&[&[by.as_str(), "n"], &HITS[..]].concat(), &rows)
        });
    let ways: Vec<String> = ways.collect();
    (!ways.is_empty()).then(|| ways.join("\n\n"))
}

fn pooling(evaluation: &Evaluation) -> Option<String> {
    let rows: Vec<Vec<String>> = evaluation
        .pooling
        .iter()
        .map(|pooled| [vec![pooled.name.clone()], ranking(&pooled.scores)].concat())
        .collect();
    let heading = [&["windows to song"], &HITS[..]].concat();
    (!rows.is_empty()).then(|| table(&heading, &rows))
}

fn playlists(playlists: &[PlaylistScores]) -> String {
    type Column = (&'static str, fn(&PlaylistScores) -> Option<f64>);
    const OPTIONAL: [Column; 3] = [
        ("R-precision", |playlist| playlist.r_precision),
        ("ROC-AUC", |playlist| playlist.roc_auc),
        ("cal. error", |playlist| playlist.ece),
    ];
    let measured: Vec<&Column> = OPTIONAL
        .iter()
        .filter(|(_, of)| playlists.iter().any(|playlist| of(playlist).is_some()))
        .collect();
    let known = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
    let rows: Vec<Vec<String>> = playlists
        .iter()
        .map(|playlist| {
            let hits = [playlist.top_1, playlist.top_3, playlist.top_5];
            let mut cells = vec![playlist.name.clone(), playlist.n.to_string()];
            cells.extend(hits.map(|fraction| format!("{:.0} %", fraction * 100.0)));
            cells.push(known(playlist.average_precision));
            cells.extend(measured.iter().map(|(_, of)| known(of(playlist))));
            cells
        })
        .collect();
    let heading = ["playlist", "n", "top-1", "top-3", "top-5", "AP"];
    let further: Vec<&str> = measured.iter().map(|column| column.0).collect();
    table(&[&heading[..], &further].concat(), &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bundle::Bundle;
    use evaluation::{LeakCheck, Reliability, RiskControlScores};

    fn measured() -> Evaluation {
        let evaluation = Bundle::open(None).unwrap().manifest.evaluation;
        let hit = evaluation.model.top_1;
        let average = Averages {
            recall_1: hit,
            recall_3: hit,
            recall_5: hit,
            r_precision: hit,
            average_precision: hit,
            roc_auc: hit,
            brier: hit,
            ece: hit,
        };
        Evaluation {
            centroid: Some(evaluation.knn),
            artist_majority: Some(evaluation.popularity),
            leak: Some(LeakCheck {
                leaks: true,
                tracks: 12,
                sentence: String::new(),
            }),
            metrics: Some(Metrics {
                macro_averages: average,
                micro_averages: average,
                ndcg: hit,
                label_ranking_average_precision: hit,
                coverage_error: Estimate { value: 3.25, ..hit },
            }),
            reliability: vec![Reliability {
                name: "before calibration".into(),
                ece: hit,
                brier: hit,
                bins: Vec::new(),
            }],
            risk_control: Some(RiskControlScores {
                risk: 0.1,
                measured: hit,
                playlists: 2.31,
                empty: 0.12,
                holds: false,
            }),
            ..evaluation
        }
    }

    #[test]
    fn every_measured_metric_is_in_the_text() {
        let measured = measured();
        let text = evaluation_text(&measured);
        let hit = measured.model.top_1;
        for part in [
            "*** The test leaks: 12 of the",
            "nearest centroid",
            "artist names alone",
            "ROC-AUC",
            "macro (playlists)",
            "coverage error 3.25",
            &format!("before calibration  {}", percent_with_interval(&hit)),
            &format!(
                "at most 10.0 %: VIOLATED; measured {:.1} %",
                hit.value * 100.0
            ),
            "2.3 on average, none for 12 %",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.find("leaks") < text.find("this network"));
    }

    #[test]
    fn an_old_evaluation_has_no_empty_tables() {
        let text = evaluation_text(&Evaluation {
            leak: None,
            metrics: None,
            risk_control: None,
            centroid: None,
            artist_majority: None,
            reliability: Vec::new(),
            groups: Vec::new(),
            ..measured()
        });
        for absent in [
            "leaks",
            "centroid",
            "macro (",
            "risk control",
            "names alone",
            "\n\n\n",
        ] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
    }
}
