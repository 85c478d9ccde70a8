//! How well the bundle does, in one sentence and a small table.

use evaluation::{Estimate, Evaluation, PlaylistScores, RankingScores};

use super::words::{self, percent, shorten, signed, thousands, whole_percent};

pub struct Quality {
    pub sentence: String,
    pub calibration: String,
    pub method: String,
    pub tracks: String,
    pub artists: String,
    pub rows: Vec<QualityRow>,
    /// The same model with each way from windows to song; empty where they were not compared.
    pub pooling: Vec<QualityRow>,
    /// What follows where tested artists were known to the network.
    pub leak: Option<String>,
}

/// One way to rank playlists or to pool windows; cells for the best one, three and five.
pub struct QualityRow {
    pub name: String,
    pub is_model: bool,
    pub cells: [Cell; 3],
}

pub struct Cell {
    pub value: String,
    pub interval: String,
}

pub fn quality(evaluation: &Evaluation) -> Quality {
    let row = |name: &str, is_model, scores| QualityRow {
        name: name.into(),
        is_model,
        cells: cells(scores),
    };
    let pooling = evaluation
        .pooling
        .iter()
        .map(|pooled| row(pooling_words(&pooled.name), false, &pooled.scores));
    let further = [
        ("Nearest list by its mean", &evaluation.centroid),
        ("Artists’ names alone", &evaluation.artist_majority),
    ];
    let further =
        further.map(|(name, scores)| scores.as_ref().map(|scores| row(name, false, scores)));
    let [centroid, names] = further;
    let rows = [
        Some(row("This model", true, &evaluation.model)),
        Some(row("Nearest track", false, &evaluation.knn)),
        centroid,
        Some(row("Most popular lists", false, &evaluation.popularity)),
        names,
        Some(row("Chance", false, &evaluation.chance)),
    ];
    let leak = evaluation.leak.as_ref().filter(|leak| leak.leaks);
    Quality {
        sentence: sentence(evaluation),
        calibration: calibration(&evaluation.ece),
        method: shorten(&evaluation.method, 400),
        tracks: thousands(evaluation.tracks),
        artists: thousands(evaluation.artists),
        rows: rows.into_iter().flatten().collect(),
        pooling: pooling.collect(),
        leak: leak.and_then(|_| words::leak(evaluation)),
    }
}

fn pooling_words(name: &str) -> &str {
    match name {
        "mean" => "Mean of all windows",
        "majority" => "Majority of votes",
        "attention" => "Learned attention",
        other => other,
    }
}

pub(super) fn cells(scores: &RankingScores) -> [Cell; 3] {
    [scores.top_1, scores.top_3, scores.top_5].map(|estimate| Cell {
        value: percent(estimate.value),
        interval: format!(
            "{}–{}",
            whole_percent(estimate.low),
            whole_percent(estimate.high)
        ),
    })
}

/// The lists that tested tracks are on, the one that the network learned best first; those last of which too little is
/// known to tell.
pub fn by_learnability(evaluation: &Evaluation) -> Vec<&PlaylistScores> {
    let mut lists: Vec<&PlaylistScores> = evaluation
        .playlists
        .iter()
        .filter(|list| list.n > 0)
        .collect();
    let average = |list: &PlaylistScores| list.average_precision.unwrap_or(-1.0);
    lists.sort_by(|one, other| average(other).total_cmp(&average(one)));
    lists
}

fn sentence(evaluation: &Evaluation) -> String {
    let (model, chance) = (&evaluation.model, &evaluation.chance);
    format!(
        "Of 100 songs by artists it had never heard, its first choice is right for about {}, and a right playlist is \
         among its first five for about {}. Chance alone would reach {} and {}.",
        whole_percent(model.top_1.value),
        whole_percent(model.top_5.value),
        whole_percent(chance.top_1.value),
        whole_percent(chance.top_5.value),
    )
}

fn calibration(ece: &Estimate) -> String {
    let points = |share: f64| signed(share * 100.0, 1);
    format!(
        "A fit is off by {} percentage points on average (expected calibration error, 95\u{202f}% interval {} to {}).",
        points(ece.value),
        points(ece.low),
        points(ece.high)
    )
}

/// For the picture: one line.
pub fn short_sentence(evaluation: &Evaluation) -> String {
    let (model, chance) = (&evaluation.model, &evaluation.chance);
    format!(
        "Tested on {} songs by artists it never heard: a right playlist among its first five for {} (chance {}), \
         in first place for {} (chance {}).",
        thousands(model.top_5.n),
        percent(model.top_5.value),
        percent(chance.top_5.value),
        percent(model.top_1.value),
        percent(chance.top_1.value),
    )
}
