//! What the numbers come to, in a sentence.

use super::words::{and, list_name, percent};
use super::{OodFacts, PlaylistFit, RiskControlFacts, Verdict, VerdictLevel};
use evaluation::RiskControl;

/// From here on a fit is called good where the bundle promises nothing.
const GOOD: f64 = 0.5;
/// From here on a fit is called possible.
pub const POSSIBLE: f64 = 0.25;
/// Playlists that a sentence names.
const MAX_GOOD_NAMED: usize = 3;
const MAX_POSSIBLE_NAMED: usize = 2;

/// One sentence on the best of the ranked playlists. Good is what the promise names, where there is one; a song unlike
/// everything that was learned fits nothing, whatever its numbers.
pub fn verdict(
    ranked: &[PlaylistFit],
    risk_control: Option<&RiskControlFacts>,
    ood: Option<&OodFacts>,
) -> Verdict {
    if ood.is_some_and(|ood| ood.is_out_of_distribution) {
        return Verdict {
            level: VerdictLevel::NoGoodFit,
            sentence: "No fit can be believed: this song is unlike everything that these playlists were learned from."
                .into(),
        };
    }
    let is_good = |list: &&PlaylistFit| match risk_control {
        Some(_) => list.selected,
        None => list.fit >= GOOD,
    };
    let good = ranked.iter().filter(is_good).take(MAX_GOOD_NAMED);
    let good: Vec<String> = good.map(named).collect();
    let possible = ranked
        .iter()
        .filter(|list| list.fit >= POSSIBLE && !is_good(list));
    let possible: Vec<String> = possible.take(MAX_POSSIBLE_NAMED).map(named).collect();
    let (level, sentence) = match (good.is_empty(), possible.is_empty()) {
        (false, true) => (
            VerdictLevel::GoodFit,
            format!("A good fit for {}.", and(&good)),
        ),
        (false, false) => (
            VerdictLevel::GoodFit,
            format!(
                "A good fit for {}, and possibly for {}.",
                and(&good),
                and(&possible)
            ),
        ),
        (true, false) => (
            VerdictLevel::PossibleFit,
            format!("A possible fit for {}, no clear one.", and(&possible)),
        ),
        (true, true) => (
            VerdictLevel::NoGoodFit,
            format!(
                "No good fit: none of these playlists reaches {}; the best has {}.",
                percent(POSSIBLE),
                percent(ranked.first().map_or(0.0, |best| best.fit))
            ),
        ),
    };
    Verdict { level, sentence }
}

/// What a bundle's promise means for this song.
pub fn risk_control_facts(risk_control: &RiskControl, ranked: &[PlaylistFit]) -> RiskControlFacts {
    let named = ranked.iter().filter(|list| list.selected);
    let named: Vec<String> = named.map(|list| list_name(&list.name)).collect();
    let named = if named.is_empty() {
        "No playlist of this song is named".to_owned()
    } else {
        format!("Named for this song: {}", and(&named))
    };
    RiskControlFacts {
        risk: risk_control.risk,
        sentence: format!(
            "{named}. From a fit of {} a playlist is named: of the playlists named so for artists that were never \
             heard, at most {} did not hold the song ({} sure, tested on {} artists). A list that does not hold a song \
             might still fit it, so that share is, if anything, too high.",
            percent(risk_control.threshold),
            percent(risk_control.risk),
            percent(risk_control.confidence),
            risk_control.artists
        ),
    }
}

fn named(playlist: &PlaylistFit) -> String {
    format!("{} ({})", list_name(&playlist.name), percent(playlist.fit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(fits: &[f64], threshold: f64) -> Vec<PlaylistFit> {
        let names = ["orchestral_epic", "ambient", "piano", "lofi"];
        let entry = |(place, (name, &fit)): (usize, (&&str, &f64))| PlaylistFit {
            name: (*name).into(),
            rank: place + 1,
            fit,
            range: None,
            selected: fit >= threshold,
            note: None,
            tracks: 9,
        };
        names.iter().zip(fits).enumerate().map(entry).collect()
    }

    fn plain(sentence: &str) -> String {
        sentence.replace('\u{202f}', " ")
    }

    #[test]
    fn without_a_promise_the_verdict_says_good_possible_or_honestly_none() {
        let said = |fits: &[f64]| plain(&verdict(&ranked(fits, 2.0), None, None).sentence);
        assert_eq!(
            said(&[0.71, 0.44, 0.1]),
            "A good fit for Orchestral epic (71 %), and possibly for Ambient (44 %)."
        );
        assert_eq!(
            said(&[0.9, 0.8, 0.7, 0.6]),
            "A good fit for Orchestral epic (90 %), Ambient (80 %) and Piano (70 %)."
        );
        assert_eq!(
            said(&[0.3, 0.1]),
            "A possible fit for Orchestral epic (30 %), no clear one."
        );
        assert_eq!(
            said(&[0.2, 0.1]),
            "No good fit: none of these playlists reaches 25 %; the best has 20 %."
        );
        assert_eq!(verdict(&[], None, None).level, VerdictLevel::NoGoodFit);
    }

    #[test]
    fn a_promise_decides_what_is_good_and_says_what_it_promises() {
        let risk_control = RiskControl {
            risk: 0.2,
            threshold: 0.7,
            artists: 210,
            confidence: 0.9,
        };
        let said = |fits: &[f64]| {
            let ranked = ranked(fits, risk_control.threshold);
            let facts = risk_control_facts(&risk_control, &ranked);
            let verdict = verdict(&ranked, Some(&facts), None);
            (
                verdict.level,
                plain(&verdict.sentence),
                plain(&facts.sentence),
            )
        };
        let (level, sentence, facts) = said(&[0.8, 0.6]);
        assert_eq!(level, VerdictLevel::GoodFit);
        assert_eq!(
            sentence,
            "A good fit for Orchestral epic (80 %), and possibly for Ambient (60 %)."
        );
        assert!(
            facts.starts_with("Named for this song: Orchestral epic. From a fit of 70 %")
                && facts.contains(
                    "at most 20 % did not hold the song (90 % sure, tested on 210 artists)"
                ),
            "{facts}"
        );
        let (level, sentence, facts) = said(&[0.6, 0.1]);
        assert_eq!(level, VerdictLevel::PossibleFit);
        assert_eq!(
            sentence,
            "A possible fit for Orchestral epic (60 %), no clear one."
        );
        assert!(facts.starts_with("No playlist of this song is named."));
        assert_eq!(said(&[0.1]).0, VerdictLevel::NoGoodFit);
    }

    #[test]
    fn a_song_unlike_all_others_is_never_called_a_fit() {
        let unlike = |is_out_of_distribution| OodFacts {
            share: 1.0,
            is_out_of_distribution,
            false_alarms: 0.01,
            sentence: String::new(),
        };
        let said = |is_out_of_distribution| {
            verdict(
                &ranked(&[0.9], 0.5),
                None,
                Some(&unlike(is_out_of_distribution)),
            )
        };
        assert_eq!(said(true).level, VerdictLevel::NoGoodFit);
        assert!(!said(true).sentence.contains("Orchestral"));
        assert_eq!(said(false).level, VerdictLevel::GoodFit);
    }
}
