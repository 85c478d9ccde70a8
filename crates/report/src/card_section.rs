//! The bundle's model card in short, as the page shows it: what it learned from, for whom it works, where it fails.

use super::quality::{Cell, by_learnability, cells};
use super::words::{percent, percent_with_interval, playlist_name, shorten, thousands};
use analysis::{BundleFacts, CardFacts, TrackCount};
use evaluation::{Evaluation, GroupScores, Reliability, RiskControlScores};

/// Sources and licences that are named; the rest is counted.
const MAX_NAMED: usize = 5;
const WEAKEST: usize = 5;

pub struct CardSection {
    /// A heading and what stands under it.
    pub training: Vec<(&'static str, String)>,
    pub groups: Vec<GroupTable>,
    pub weakest: Vec<WeakList>,
    /// What was measured of calibration and risk control, in sentences.
    pub measured: Vec<String>,
}

/// The tracks told apart in one way.
pub struct GroupTable {
    pub by: String,
    pub rows: Vec<GroupRow>,
}

pub struct GroupRow {
    pub name: String,
    pub n: String,
    pub cells: [Cell; 3],
}

pub struct WeakList {
    pub name: String,
    pub n: String,
    pub average_precision: String,
    pub first_five: String,
}

/// None for a report that was made before bundles told what they learned from.
pub fn card_section(bundle: &BundleFacts) -> Option<CardSection> {
    let facts = bundle.card.as_ref()?;
    let evaluation = bundle.evaluation.as_ref();
    Some(CardSection {
        training: training(bundle, facts),
        groups: evaluation.map(groups).unwrap_or_default(),
        weakest: evaluation.map(weakest).unwrap_or_default(),
        measured: evaluation.map(measured).unwrap_or_default(),
    })
}

fn training(bundle: &BundleFacts, facts: &CardFacts) -> Vec<(&'static str, String)> {
    let size = format!(
        "{} tracks by {} artists on {} playlists",
        thousands(bundle.tracks),
        thousands(bundle.artists),
        thousands(bundle.playlists)
    );
    let days = facts.oldest_added.zip(facts.newest_added);
    let days = days.map(|(oldest, newest)| format!("{oldest} to {newest}"));
    let decisions = facts
        .allowed_sources
        .iter()
        .take(MAX_NAMED)
        .map(|allowed| format!("{}, on {}", shorten(&allowed.source, 60), allowed.on));
    let decisions: Vec<String> = decisions.collect();
    let lines = [
        ("Learned from", Some(size)),
        ("Sources", named(&facts.sources, "not kept")),
        ("Licences", named(&facts.licences, "none stated")),
        ("Came onto the lists", days),
        (
            "Against the source’s terms, by its maker’s decision",
            (!decisions.is_empty()).then(|| decisions.join("; ")),
        ),
    ];
    let lines = lines.into_iter();
    lines
        .filter_map(|(heading, text)| Some((heading, text?)))
        .collect()
}

/// `jamendo (812), files (41) and 3 more`.
fn named(counts: &[TrackCount], nameless: &str) -> Option<String> {
    let name = |count: &TrackCount| {
        let name = match count.name.as_str() {
            "" => nameless.to_owned(),
            name => shorten(name, 60),
        };
        format!("{name} ({})", thousands(count.tracks))
    };
    let most = counts.iter().take(MAX_NAMED).map(name);
    let most = most.collect::<Vec<_>>().join(", ");
    match counts.len() {
        0 => None,
        1..=MAX_NAMED => Some(most),
        all => Some(format!("{most} and {} more", thousands(all - MAX_NAMED))),
    }
}

fn groups(evaluation: &Evaluation) -> Vec<GroupTable> {
    let row = |group: &GroupScores| GroupRow {
        name: shorten(&group.name, 60),
        n: thousands(group.scores.top_1.n),
        cells: cells(&group.scores),
    };
    let ways = evaluation
        .groups
        .chunk_by(|one, other| one.by == other.by)
        .take(8);
    ways.map(|groups| GroupTable {
        by: shorten(&groups[0].by, 40),
        rows: groups.iter().take(12).map(row).collect(),
    })
    .collect()
}

fn weakest(evaluation: &Evaluation) -> Vec<WeakList> {
    let lists = by_learnability(evaluation).into_iter().rev();
    let told = lists.filter_map(|list| Some((list, list.average_precision?)));
    told.take(WEAKEST)
        .map(|(list, average)| WeakList {
            name: playlist_name(&list.name),
            n: thousands(list.n),
            average_precision: format!("{average:.2}"),
            first_five: percent(list.top_5),
        })
        .collect()
}

fn measured(evaluation: &Evaluation) -> Vec<String> {
    let reliability = evaluation
        .reliability
        .iter()
        .take(4)
        .map(reliability_sentence);
    let risk_control = evaluation.risk_control.as_ref().map(risk_control_sentence);
    reliability.chain(risk_control).collect()
}

fn reliability_sentence(reliability: &Reliability) -> String {
    let name = playlist_name(&reliability.name);
    format!(
        "{name}: calibration error {}.",
        percent_with_interval(&reliability.ece)
    )
}

/// The target error of the risk control and the measured one.
pub fn risk_control_sentence(risk_control: &RiskControlScores) -> String {
    let kept = if risk_control.holds {
        "Risk control held"
    } else {
        "Risk control failed"
    };
    format!(
        "{kept} on {} songs by other artists: stated error {}, measured {}; {:.1} playlists on average, none for {} \
         of the songs.",
        thousands(risk_control.measured.n),
        percent(risk_control.risk),
        percent_with_interval(&risk_control.measured),
        risk_control.playlists,
        percent(risk_control.empty),
    )
}
