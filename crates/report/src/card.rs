//! A bundle comes in, its model card goes out as Markdown, in the order of Mitchell et al. 2019, "Model Cards for Model
//! Reporting" (<https://arxiv.org/abs/1810.03993>): what it is, what it is for and what not, on whom it was measured and
//! how well, what it learned from, where it fails.
//!
//! Must not: measure anything. What others wrote (names, tags) stands there as plain words.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::card_section::risk_control_sentence;
use super::quality::by_learnability;
use super::words::{self, percent_with_interval, signed, thousands, with_interval};
use analysis::{CardFacts, TrackCount, card_facts};
use bundle::{Bundle, plain_line};
use evaluation::{Estimate, Evaluation, RankingScores};
use neighbours::StoredTrack;

const WEAKEST: usize = 5;
/// Tracks named for each of the weakest lists, one an artist.
const EXAMPLES: usize = 3;
/// Sources, licences and reasons that are named; the rest is counted.
const MAX_NAMED: usize = 40;
const DASH: &str = "–";

/// The model card of a bundle.
#[must_use]
pub fn card(bundle: &Bundle) -> String {
    let facts = card_facts(bundle);
    [
        details(bundle),
        use_and_misuse(bundle),
        metrics(&bundle.manifest.evaluation),
        training_data(bundle, &facts),
        quantities(&bundle.manifest.evaluation),
        failures(bundle),
        caveats(bundle),
        preset(&bundle.manifest.training),
    ]
    .join("\n")
}

fn details(bundle: &Bundle) -> String {
    let manifest = &bundle.manifest;
    let mut text = format!("# Model card of {}\n\n", plain_line(&bundle.id()));
    if !manifest.disclaimer.is_empty() {
        line(
            &mut text,
            &format!("> {}\n", plain_line(&manifest.disclaimer)),
        );
    }
    let front_end = &manifest.front_end;
    text + &format!(
        "## Model details\n\n\
         * What it is: a network ({}) that hears windows of {} s and says for each of {} playlists how likely the list \
         holds such a song. Each list is judged by itself.\n\
         * Front end: {} ({} mel bands at {} Hz), {}\n\
         * Weights: {}\n\
         * Made with: playlist-fit {}\n\
         * Licences of what it learned from: CREDITS.md in the bundle\n",
        manifest.network.architecture.name(),
        front_end.window_seconds,
        manifest.playlists.len(),
        plain_line(&front_end.name),
        front_end.n_mels,
        front_end.sample_rate_hz,
        front_end.hash(),
        plain_line(&manifest.weights),
        env!("CARGO_PKG_VERSION"),
    )
}

fn use_and_misuse(bundle: &Bundle) -> String {
    let mut text = "\
## Intended use

* Artists and labels who want to know which of these playlists a song sounds like, how sure that is, and which tracks \
of a list are near to it.

It must not be used

* to say whether an editor will take a song: it knows sound alone, no market, no story, no relations, no taste;
* to judge how good or how valuable a song or an artist is;
* on other playlists than those below, or on music unlike what it learned from;
* to decide by itself who is heard, signed, paid or refused;
* to find out who made a recording, or whether one was copied.
"
    .to_owned();
    for allowed in &bundle.manifest.allowed_sources {
        let source = plain_line(&allowed.source);
        line(
            &mut text,
            &format!(
                "* where the terms of {source} bind you: they forbid training, and its maker decided on {} to train on \
                 its tracks all the same.",
                allowed.on
            ),
        );
    }
    text
}

fn metrics(evaluation: &Evaluation) -> String {
    format!(
        "## Factors and metrics\n\n\
         Songs are told apart by playlist, by length and by popularity, where these are known. A hit at k means that a \
         right playlist is among the first k. Intervals in brackets are 95 % bootstrap intervals over artists.\n\n\
         ## Evaluation data\n\n{}\n\n{} tracks by {} artists.\n",
        plain_line(&evaluation.method),
        thousands(evaluation.tracks),
        thousands(evaluation.artists)
    )
}

fn training_data(bundle: &Bundle, facts: &CardFacts) -> String {
    let manifest = &bundle.manifest;
    let mut text = format!(
        "## Training data\n\n{} tracks by {} artists on {} playlists.\n",
        thousands(manifest.tracks),
        thousands(manifest.artists),
        thousands(manifest.playlists.len())
    );
    let days = match (facts.oldest_added, facts.newest_added) {
        (Some(oldest), Some(newest)) => {
            format!("They came onto the playlists from {oldest} to {newest}.")
        }
        _ => "Nobody noted on which days they came onto the playlists.".to_owned(),
    };
    line(&mut text, &format!("{days}\n"));
    counts(&mut text, "Source", "not kept", &facts.sources);
    counts(&mut text, "Licence", "none stated", &facts.licences);
    for allowed in &facts.allowed_sources {
        line(
            &mut text,
            &format!(
                "Decision of {}: its maker trained on tracks of {}, whose terms forbid it.\n",
                allowed.on,
                plain_line(&allowed.source)
            ),
        );
    }
    if !manifest.excluded.is_empty() {
        line(&mut text, "Left out:\n");
        let more = manifest.excluded.len().saturating_sub(MAX_NAMED);
        for reason in manifest.excluded.iter().take(MAX_NAMED) {
            line(&mut text, &format!("* {}", plain_line(reason)));
        }
        if more > 0 {
            line(&mut text, &format!("* and {more} more"));
        }
    }
    text
}

fn counts(text: &mut String, heading: &str, nameless: &str, counts: &[TrackCount]) {
    let mut rows: Vec<Vec<String>> = counts
        .iter()
        .take(MAX_NAMED)
        .map(|count| {
            let name = match plain_line(&count.name) {
                name if name.trim().is_empty() => nameless.to_owned(),
                name => name,
            };
            vec![name, thousands(count.tracks)]
        })
        .collect();
    let rest = &counts[counts.len().min(MAX_NAMED)..];
    if !rest.is_empty() {
        let tracks = rest.iter().map(|count| count.tracks).sum();
        rows.push(vec![format!("{} more", rest.len()), thousands(tracks)]);
    }
    table(text, &[heading, "Tracks"], &rows);
}

fn quantities(evaluation: &Evaluation) -> String {
    let mut text = "## How well it does\n\n".to_owned();
    if evaluation.leak.as_ref().is_some_and(|leak| leak.leaks) {
        let leak = words::leak(evaluation).unwrap_or_default();
        line(&mut text, &format!("**Data leakage.** {leak}\n"));
    }
    let rankings = [
        ("This network", Some(&evaluation.model)),
        ("Nearest track", Some(&evaluation.knn)),
        ("Nearest centroid", evaluation.centroid.as_ref()),
        ("Largest lists", Some(&evaluation.popularity)),
        ("Artist names alone", evaluation.artist_majority.as_ref()),
        ("Chance", Some(&evaluation.chance)),
    ];
    let rows = rankings
        .into_iter()
        .filter_map(|(name, scores)| Some(ranking(name, scores?)))
        .collect::<Vec<_>>();
    table(
        &mut text,
        &[
            "Ranked by",
            "Tested",
            "Top-1",
            "Top-3",
            "Top-5",
            "Mean average precision",
        ],
        &rows,
    );
    for groups in evaluation.groups.chunk_by(|one, other| one.by == other.by) {
        let rows: Vec<_> = groups
            .iter()
            .map(|group| ranking(&plain_line(&group.name), &group.scores))
            .collect();
        line(
            &mut text,
            &format!("### By {}\n", plain_line(&groups[0].by)),
        );
        let heading = [
            "Songs",
            "Tested",
            "Top-1",
            "Top-3",
            "Top-5",
            "Mean average precision",
        ];
        table(&mut text, &heading, &rows);
    }
    calibration(&mut text, evaluation);
    line(&mut text, "### By playlist\n");
    lists(&mut text, evaluation);
    text
}

fn ranking(name: &str, scores: &RankingScores) -> Vec<String> {
    let hits = [&scores.top_1, &scores.top_3, &scores.top_5].map(percent_with_interval);
    let mut cells = vec![name.to_owned(), thousands(scores.top_1.n)];
    cells.extend(hits);
    cells.push(with_interval(&scores.mean_average_precision, 3));
    cells
}

fn calibration(text: &mut String, evaluation: &Evaluation) {
    line(text, "### Calibration and risk control\n");
    let points =
        |ece: &Estimate| format!("A fit is off by {} on average", percent_with_interval(ece));
    if evaluation.reliability.is_empty() {
        line(text, &format!("* {}.", points(&evaluation.ece)));
    }
    for measured in &evaluation.reliability {
        line(
            text,
            &format!(
                "* {}: {}; Brier score {}.",
                plain_line(&measured.name),
                points(&measured.ece).to_lowercase(),
                with_interval(&measured.brier, 3)
            ),
        );
    }
    let risk_control = evaluation.risk_control.as_ref().map_or_else(
        || "It makes no promise on the error of a set of playlists.".to_owned(),
        risk_control_sentence,
    );
    line(text, &format!("* {risk_control}\n"));
}

fn lists(text: &mut String, evaluation: &Evaluation) {
    let share = |share: f64| format!("{} %", signed(share * 100.0, 0));
    let known =
        |value: Option<f64>| value.map_or_else(|| DASH.to_owned(), |value| signed(value, 2));
    let rows: Vec<Vec<String>> = evaluation
        .playlists
        .iter()
        .map(|list| {
            vec![
                plain_line(&list.name),
                thousands(list.n),
                share(list.top_1),
                share(list.top_3),
                share(list.top_5),
                known(list.average_precision),
                known(list.roc_auc),
                known(list.ece),
            ]
        })
        .collect();
    let heading = [
        "Playlist",
        "Tested",
        "Top-1",
        "Top-3",
        "Top-5",
        "Average precision",
        "ROC-AUC",
        "Calibration error",
    ];
    table(text, &heading, &rows);
}

fn failures(bundle: &Bundle) -> String {
    let manifest = &bundle.manifest;
    let mut text = "## Where it fails\n\n".to_owned();
    let weakest = by_learnability(&manifest.evaluation).into_iter().rev();
    let told = weakest.filter_map(|list| Some((list, list.average_precision?)));
    for (list, average) in told.take(WEAKEST) {
        let playlist = manifest
            .playlists
            .iter()
            .position(|card| card.name == list.name);
        let examples = playlist.map(|playlist| examples(&bundle.neighbours.tracks, playlist));
        let examples = examples.filter(|examples| !examples.is_empty());
        let examples = examples.map(|examples| format!(" On it are {}.", examples.join(", ")));
        line(
            &mut text,
            &format!(
                "* {}: average precision {} over {} tested tracks; among the first five for {} % of them.{}",
                plain_line(&list.name),
                signed(average, 2),
                thousands(list.n),
                signed(list.top_5 * 100.0, 0),
                examples.unwrap_or_default()
            ),
        );
    }
    let untested = manifest
        .evaluation
        .playlists
        .iter()
        .filter(|list| list.n == 0);
    for list in untested {
        let name = plain_line(&list.name);
        line(&mut text, &format!("* {name}: never tested."));
    }
    text
}

/// The first tracks of a list, by different artists.
fn examples(tracks: &[StoredTrack], playlist: usize) -> Vec<String> {
    let mut artists = HashSet::new();
    let mut on_it = tracks
        .iter()
        .filter(|track| track.playlists.contains(&playlist))
        .collect::<Vec<_>>();
    on_it.retain(|track| artists.insert(track.artist_group.to_lowercase()));
    let named = |track: &&StoredTrack| {
        let [title, artists] =
            [&track.title, &track.artists.join(", ")].map(|part| plain_line(part));
        format!("\"{title}\" by {artists}")
    };
    on_it.iter().take(EXAMPLES).map(named).collect()
}

fn caveats(bundle: &Bundle) -> String {
    let few = bundle
        .manifest
        .playlists
        .iter()
        .map(|card| card.tracks)
        .min();
    format!(
        "## Ethical considerations, caveats and recommendations\n\n\
         * That a track is not on a list is no proof that it does not fit: lists are short, and editors choose among \
         many that would.\n\
         * It learned what editors chose, with their habits and blind spots; artists, languages and scenes that are rare \
         above are judged worse.\n\
         * Its smallest list has {} tracks; fits for small lists are rough.\n\
         * Figures hold for music like that above. Measure it on your own tracks with `playlist-fit evaluate`.\n\
         * A song is judged on this machine and sent nowhere.\n",
        few.unwrap_or_default()
    )
}

fn preset(training: &str) -> String {
    // Nothing in it can end the block.
    let plain = |sign: char| match sign {
        '`' => '\'',
        '\n' => '\n',
        sign if sign.is_control() => ' ',
        sign => sign,
    };
    let training: String = training.trim().chars().map(plain).collect();
    format!("## The preset that it was trained with\n\n```toml\n{training}\n```")
}

fn table(text: &mut String, heading: &[&str], rows: &[Vec<String>]) {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let heading: Vec<String> = heading.iter().map(ToString::to_string).collect();
    let ruler = (0..heading.len()).map(|column| if column == 0 { "---" } else { "---:" });
    line(text, &row(&heading));
    line(text, &format!("|{}|", ruler.collect::<Vec<_>>().join("|")));
    rows.iter().for_each(|cells| line(text, &row(cells)));
    text.push('\n');
}

fn line(text: &mut String, line: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests;
