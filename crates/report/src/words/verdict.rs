//! The verdict and the risk control of a report.

use super::names::{and, playlist_name, shorten};
use super::numbers::percent;
use analysis::{FitReport, MIN_POSSIBLE_FIT, PlaylistFit, VerdictLevel};
use evaluation::RiskControl;

/// The level as a badge.
pub fn level(level: VerdictLevel) -> &'static str {
    match level {
        VerdictLevel::GoodFit => "Good fit",
        VerdictLevel::PossibleFit => "Possible fit",
        VerdictLevel::NoGoodFit => "No good fit",
    }
}

/// The verdict in one sentence.
pub fn verdict(report: &FitReport) -> String {
    if is_out_of_distribution(report) {
        return "No reliable fit: this song differs from everything these playlists were trained on.".into();
    }
    let named = |indices: &[usize]| -> Vec<String> {
        let playlists = indices.iter().filter_map(|&at| report.playlists.get(at));
        playlists.map(with_fit).collect()
    };
    let [good, possible] = [&report.verdict.good, &report.verdict.possible].map(|at| named(at));
    let sentence = match (good.is_empty(), possible.is_empty()) {
        (false, true) => format!("A good fit for {}.", and(&good)),
        (false, false) => format!(
            "A good fit for {}, and possibly for {}.",
            and(&good),
            and(&possible)
        ),
        (true, false) => format!("A possible fit for {}, no clear one.", and(&possible)),
        (true, true) => format!(
            "No good fit: none of these playlists reaches {}; the best has {}.",
            percent(MIN_POSSIBLE_FIT),
            percent(report.playlists.first().map_or(0.0, |best| best.fit))
        ),
    };
    shorten(&sentence, 300)
}

fn is_out_of_distribution(report: &FitReport) -> bool {
    let ood = report.ood.as_ref();
    ood.is_some_and(|ood| ood.is_out_of_distribution)
}

fn with_fit(playlist: &PlaylistFit) -> String {
    format!(
        "{} ({})",
        playlist_name(&playlist.name),
        percent(playlist.fit)
    )
}

/// What the risk control of the bundle means for this song.
pub fn risk_control(control: &RiskControl, playlists: &[PlaylistFit]) -> String {
    let selected = playlists.iter().filter(|playlist| playlist.selected);
    let names: Vec<String> = selected.map(|list| playlist_name(&list.name)).collect();
    let selected = if names.is_empty() {
        "No playlist of this song is selected".to_owned()
    } else {
        format!("Selected for this song: {}", and(&names))
    };
    shorten(
        &format!(
            "{selected}. A playlist is selected from a fit of {} on: of the playlists selected for new artists, at most \
             {} did not contain the song ({} confidence, tested on {} artists). A playlist without the song may still \
             fit it, so this error is rather too high.",
            percent(control.threshold),
            percent(control.risk),
            percent(control.confidence),
            control.artists
        ),
        400,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn text(report: &FitReport) -> String {
        verdict(report).replace('\u{202f}', " ")
    }

    #[test]
    fn each_verdict_names_its_playlists_with_their_fits() {
        let mut report = sample::report();
        let mut said = |good: &[usize], possible: &[usize]| {
            (report.verdict.good, report.verdict.possible) = (good.to_vec(), possible.to_vec());
            text(&report)
        };
        assert_eq!(
            said(&[0], &[1]),
            "A good fit for Orchestral epic (71 %), and possibly for Ambient (44 %)."
        );
        assert_eq!(
            said(&[0, 1, 2], &[]),
            "A good fit for Orchestral epic (71 %), Ambient (44 %) and Horror dark (29 %)."
        );
        assert_eq!(
            said(&[], &[2]),
            "A possible fit for Horror dark (29 %), no clear one."
        );
        assert_eq!(
            said(&[], &[]),
            "No good fit: none of these playlists reaches 25 %; the best has 71 %."
        );
        // An index of another report names nothing.
        assert!(said(&[99], &[]).starts_with("No good fit"));
    }

    #[test]
    fn a_song_out_of_distribution_is_never_called_a_fit() {
        let said = text(&sample::unlike());
        assert!(said.starts_with("No reliable fit") && !said.contains("Orchestral"));
    }

    #[test]
    fn risk_control_says_what_is_selected_and_what_it_guarantees() {
        let control = RiskControl {
            risk: 0.2,
            threshold: 0.7,
            artists: 210,
            confidence: 0.9,
        };
        let mut playlists = sample::report().playlists;
        let said = risk_control(&control, &playlists);
        assert!(said.starts_with("No playlist of this song is selected."));
        playlists[0].selected = true;
        let said = risk_control(&control, &playlists).replace('\u{202f}', " ");
        assert!(
            said.starts_with(
                "Selected for this song: Orchestral epic. A playlist is selected from a fit of 70 %"
            ) && said.contains(
                "at most 20 % did not contain the song (90 % confidence, tested on 210 artists)"
            ),
            "{said}"
        );
    }
}
