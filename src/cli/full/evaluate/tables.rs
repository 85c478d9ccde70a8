//! An evaluation as tables for people.

use crate::cli::table::table;
use evaluation::{Averages, Estimate, Evaluation, Metrics, PlaylistScores, RankingScores};
use report::{share_with_interval, with_interval};

/// Everything that was measured; what was not has no table.
pub fn as_text(evaluation: &Evaluation) -> String {
    let head = format!(
        "{}\n{} tracks, {} artists; 95 % intervals over artists",
        evaluation.method, evaluation.tracks, evaluation.artists
    );
    let parts = [
        Some(head),
        alarm(evaluation),
        Some(rankings(evaluation)),
        Some(averages(evaluation)),
        evaluation.metrics.as_ref().map(metrics),
        reliability(evaluation),
        risk_control(evaluation),
        groups(evaluation),
        pooling(evaluation),
        Some(lists(&evaluation.playlists)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// Said before any figure, where it rings.
fn alarm(evaluation: &Evaluation) -> Option<String> {
    let leak = evaluation.leak.as_ref().filter(|leak| leak.leaks)?;
    Some(format!(
        "*** LEAK: the figures below flatter. {} ***",
        leak.sentence
    ))
}

const HITS: [&str; 4] = ["top-1", "top-3", "top-5", "mean AP"];

fn ranking(scores: &RankingScores) -> Vec<String> {
    let hits = [&scores.top_1, &scores.top_3, &scores.top_5].map(share_with_interval);
    let average = format!("{:.3}", scores.mean_average_precision.value);
    hits.into_iter().chain([average]).collect()
}

fn rankings(evaluation: &Evaluation) -> String {
    let rows = [
        ("this network", Some(&evaluation.model)),
        ("nearest track", Some(&evaluation.knn)),
        ("nearest centroid", evaluation.centroid.as_ref()),
        ("largest lists", Some(&evaluation.popularity)),
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
    .map(|share| share * 100.0);
    format!(
        "averaged over playlists: {one:.1} / {three:.1} / {five:.1} %\ncalibration error: {}",
        share_with_interval(&evaluation.ece)
    )
}

fn metrics(metrics: &Metrics) -> String {
    type Row = (&'static str, fn(&Averages) -> &Estimate);
    const SHARES: [Row; 3] = [
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
    let shares = SHARES.map(|(name, of)| row(name, both.map(|each| share_with_interval(of(each)))));
    let numbers = NUMBERS.map(|(name, of)| row(name, both.map(|each| with_interval(of(each), 3))));
    let error = row(
        "calibration error",
        both.map(|each| share_with_interval(&each.ece)),
    );
    let rows: Vec<Vec<String>> = shares.into_iter().chain(numbers).chain([error]).collect();
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
                share_with_interval(&measured.ece),
                with_interval(&measured.brier, 3),
            ]
        })
        .collect();
    let heading = ["fits", "calibration error", "Brier score"];
    (!rows.is_empty()).then(|| table(&heading, &rows))
}

fn risk_control(evaluation: &Evaluation) -> Option<String> {
    let risk_control = evaluation.risk_control.as_ref()?;
    let kept = if risk_control.holds { "held" } else { "BROKEN" };
    Some(format!(
        "promise of an error of at most {:.1} %: {kept}; measured {} on {} tracks\n\
         playlists in the promised set: {:.1} on average, none for {:.0} % of the tracks",
        risk_control.risk * 100.0,
        share_with_interval(&risk_control.measured),
        risk_control.measured.n,
        risk_control.playlists,
        risk_control.empty * 100.0,
    ))
}

fn groups(evaluation: &Evaluation) -> Option<String> {
    let ways = evaluation
        .groups
        .chunk_by(|one, other| one.by == other.by)
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

fn lists(lists: &[PlaylistScores]) -> String {
    type Column = (&'static str, fn(&PlaylistScores) -> Option<f64>);
    const OPTIONAL: [Column; 3] = [
        ("R-precision", |list| list.r_precision),
        ("ROC-AUC", |list| list.roc_auc),
        ("cal. error", |list| list.ece),
    ];
    let measured: Vec<&Column> = OPTIONAL
        .iter()
        .filter(|(_, of)| lists.iter().any(|list| of(list).is_some()))
        .collect();
    let known = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
    let rows: Vec<Vec<String>> = lists
        .iter()
        .map(|list| {
            let hits = [list.top_1, list.top_3, list.top_5];
            let mut cells = vec![list.name.clone(), list.n.to_string()];
            cells.extend(hits.map(|share| format!("{:.0} %", share * 100.0)));
            cells.push(known(list.average_precision));
            cells.extend(measured.iter().map(|(_, of)| known(of(list))));
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
                sentence: "12 tested tracks are by artists that taught.".into(),
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
    fn everything_that_was_measured_is_said() {
        let measured = measured();
        let text = as_text(&measured);
        let hit = measured.model.top_1;
        for part in [
            "*** LEAK: the figures below flatter. 12 tested",
            "nearest centroid",
            "artist names alone",
            "ROC-AUC",
            "macro (playlists)",
            "coverage error 3.25",
            &format!("before calibration  {}", hit.in_percent()),
            &format!(
                "at most 10.0 %: BROKEN; measured {:.1} %",
                hit.value * 100.0
            ),
            "2.3 on average, none for 12 %",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.find("LEAK") < text.find("this network"));
    }

    #[test]
    fn an_evaluation_of_old_has_no_empty_tables() {
        let text = as_text(&Evaluation {
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
            "LEAK",
            "centroid",
            "macro (",
            "promise",
            "names alone",
            "\n\n\n",
        ] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
    }
}
