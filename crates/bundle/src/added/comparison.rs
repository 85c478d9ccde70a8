//! What adding a list is worth: each list of the default bundle with enough tracks as if it were new, learned from a
//! few of its tracks and asked about artists whom it was not learned from, beside the rules that need no learning.
//! The embeddings are of tracks that taught the network these very lists, so all three are flattered alike.

use crate::Bundle;
use evaluation::{
    ArtistLinks, ScoredLabels, Tracks, artist_components, folds, learn_few_shot,
    mean_average_precision,
};
use neighbours::song_embedding;

const FOLDS: usize = 5;
const DRAWS: u64 = 3;
const MIN_TRACKS: usize = 20;
const RULES: [&str; 3] = ["added", "nearest track", "centroid"];

/// Scores of the fold's tracks by each rule, `[rules][tracks]`; none where too few of the list are left to learn from.
fn scores(
    bundle: &Bundle,
    artists: &[String],
    own: &[usize],
    others: &[usize],
    asked: &[usize],
) -> Option<[Vec<f32>; 3]> {
    let rows = |places: &[usize]| -> Vec<f32> {
        places
            .iter()
            .flat_map(|&place| bundle.embedding(place))
            .copied()
            .collect()
    };
    let names = |places: &[usize]| -> Vec<String> {
        places.iter().map(|&place| artists[place].clone()).collect()
    };
    let width = bundle.neighbours.width;
    let (own_rows, other_rows) = (rows(own), rows(others));
    let tracks = |embeddings, artists| Tracks {
        embeddings,
        artists,
    };
    let (own_names, other_names) = (names(own), names(others));
    let learned = learn_few_shot(
        "new",
        tracks(&own_rows, &own_names),
        tracks(&other_rows, &other_names),
        width,
    )
    .ok()?;
    let centroid = song_embedding(&own_rows, width);
    let dot = |left: &[f32], right: &[f32]| left.iter().zip(right).map(|(l, r)| l * r).sum::<f32>();
    let of_rule = |rule: &dyn Fn(&[f32]) -> f32| -> Vec<f32> {
        asked
            .iter()
            .map(|&place| rule(bundle.embedding(place)))
            .collect()
    };
    let nearest = |row: &[f32]| {
        own_rows
            .chunks_exact(width)
            .map(|own| dot(own, row))
            .fold(-1.0, f32::max)
    };
    Some([
        // As fits, since each fold has a scale of its own.
        of_rule(&|row| learned.fit(row) as f32),
        of_rule(&nearest),
        of_rule(&|row| dot(&centroid, row)),
    ])
}

fn roc_auc(scores: &[f32], truth: &[Vec<usize>]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (own, _) in scores.iter().zip(truth).filter(|(_, on)| !on.is_empty()) {
        for (other, _) in scores.iter().zip(truth).filter(|(_, on)| on.is_empty()) {
            won += if own > other {
                1.0
            } else if own == other {
                0.5
            } else {
                0.0
            };
            pairs += 1.0;
        }
    }
    won / pairs
}

#[test]
#[ignore = "measures: cargo test --lib bundle::added::comparison -- --ignored --nocapture"]
fn added_lists_beside_the_nearest_track_and_the_centroid() {
    let bundle = Bundle::open(None).unwrap();
    let tracks = &bundle.neighbours.tracks;
    let artist_links: Vec<ArtistLinks> = tracks.iter().map(ArtistLinks::from).collect();
    let components = artist_components(&artist_links);
    let artists: Vec<String> = components.iter().map(ToString::to_string).collect();
    println!(
        "tracks  list  {}",
        RULES.map(|rule| format!("{rule}: AUC AP")).join("  ")
    );
    for size in [10, 20, 40] {
        let mut sums = [[0.0; 2]; 3];
        let mut lists = 0.0;
        for (list, card) in bundle.manifest.playlists.iter().enumerate() {
            if card.tracks < MIN_TRACKS {
                continue;
            }
            let truth: Vec<Vec<usize>> = tracks
                .iter()
                .map(|track| {
                    if track.playlists.contains(&list) {
                        vec![0]
                    } else {
                        Vec::new()
                    }
                })
                .collect();
            let mut of_list = [[0.0; 2]; 3];
            let mut draws = 0.0;
            for seed in 0..DRAWS {
                let fold_of = folds(&components, &truth, 1, FOLDS, seed);
                let mut pooled: [Vec<f32>; 3] = Default::default();
                let mut pooled_truth = Vec::new();
                for fold in 0..FOLDS {
                    let side = |on: bool, asked: bool| -> Vec<usize> {
                        (0..tracks.len())
                            .filter(|&t| truth[t].is_empty() != on && (fold_of[t] == fold) == asked)
                            .collect()
                    };
                    let mut own = side(true, false);
                    fastrand::Rng::with_seed(seed).shuffle(&mut own);
                    if own.len() < size {
                        continue;
                    }
                    own.truncate(size);
                    let asked = [side(true, true), side(false, true)].concat();
                    let Some(scores) = scores(&bundle, &artists, &own, &side(false, false), &asked)
                    else {
                        continue;
                    };
                    for (pooled, scores) in pooled.iter_mut().zip(scores) {
                        pooled.extend(scores);
                    }
                    pooled_truth.extend(asked.iter().map(|&t| truth[t].clone()));
                }
                if pooled_truth.iter().all(Vec::is_empty) {
                    continue;
                }
                draws += 1.0;
                for (sums, scores) in of_list.iter_mut().zip(&pooled) {
                    let scored = ScoredLabels {
                        scores,
                        truth: &pooled_truth,
                        artists: &[],
                        playlists: 1,
                    };
                    sums[0] += roc_auc(scores, &pooled_truth);
                    sums[1] += mean_average_precision(&scored);
                }
            }
            if draws == 0.0 {
                continue;
            }
            lists += 1.0;
            let cells = of_list
                .map(|[area, average]| format!("{:.3} {:.3}", area / draws, average / draws));
            println!("{size:6}  {:16}  {}", card.name, cells.join("  "));
            for (sums, of_list) in sums.iter_mut().zip(of_list) {
                sums[0] += of_list[0] / draws;
                sums[1] += of_list[1] / draws;
            }
        }
        let cells =
            sums.map(|[area, average]| format!("{:.3} {:.3}", area / lists, average / lists));
        println!("{size:6}  mean of {lists} lists  {}", cells.join("  "));
        assert!(
            sums[0][0] > sums[1][0] && sums[0][1] > sums[1][1],
            "the nearest track does better"
        );
    }
}
