//! The synthetic dataset as text.

use std::path::Path;

use crate::cli::table::table;
use simulate::{BayesBound, BoundScores, PUBLISHED, Simulation};

pub fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

pub fn text(simulation: &Simulation, out: &Path) -> String {
    let Simulation {
        lists,
        tracks,
        artists,
        placements,
        bayes_bound,
        ..
    } = simulation;
    format!(
        "{}\n{lists} playlists, {tracks} tracks by {artists} artists, {placements} placements; {}\n\n{}\n\n\
         {}\nThe study's figures are of real songs, whose bound is unknown: context, not a target.",
        simulation.statement,
        out.display(),
        rankings(bayes_bound),
        bayes_bound.method
    )
}

fn rankings(bayes_bound: &BayesBound) -> String {
    let row = |name: &str, ranked: &BoundScores| {
        let fractions = [ranked.top_1, ranked.top_3, ranked.top_5];
        let percents = fractions.map(|fraction| format!("{:.2} %", fraction * 100.0));
        let average = format!("{:.3}", ranked.mean_average_precision);
        [vec![name.to_owned()], percents.to_vec(), vec![average]].concat()
    };
    let published = PUBLISHED.map(|percent| format!("{percent:.2} %"));
    let published = [
        vec!["published study (82 lists, 13,979 real songs)".to_owned()],
        published.to_vec(),
        vec!["–".to_owned()],
    ];
    let rows = [
        row("simulated: Bayes-optimal bound", &bayes_bound.best),
        row(
            "simulated: ideal features, learned labels",
            &bayes_bound.learned,
        ),
        row(
            "simulated: largest playlists first",
            &bayes_bound.popularity,
        ),
        row("simulated: chance", &bayes_bound.chance),
        published.concat(),
    ];
    table(&["", "top-1", "top-3", "top-5", "mean AP"], &rows)
}
