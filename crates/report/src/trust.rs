//! How much to trust a report, in a few sentences out of what it holds.

use super::words::{is_weak, list_name, points, signed, thousands, whole_percent};
use analysis::{FitReport, OodFacts, PlaylistFit};
use evaluation::Evaluation;

/// Lists whose size is looked at: those that a reader takes away.
const LISTS: usize = 3;

/// What was measured of the bundle first, then what is known of this song.
pub fn trust(report: &FitReport) -> String {
    let tested = report
        .bundle
        .evaluation
        .as_ref()
        .map_or_else(untested, tested);
    let ood = report.ood.as_ref().map(ood);
    let sentences = [Some(tested), ood, moved(report), small(&report.playlists)];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    sentences.join(" ")
}

fn untested() -> String {
    "Nobody has tested these playlists on artists that were not learned from: take every number as a hint.".into()
}

fn tested(evaluation: &Evaluation) -> String {
    let (model, chance) = (&evaluation.model, &evaluation.chance);
    let flatter = match &evaluation.leak {
        Some(leak) if leak.leaks => {
            ", figures that flatter because some of those artists were known"
        }
        _ => "",
    };
    format!(
        "Of 100 songs by artists it had never heard, its first choice was right for {} and one of its first three for {} \
         (chance: {} and {}{flatter}); a fit was off by {} percentage points on average.",
        whole_percent(model.top_1.value),
        whole_percent(model.top_3.value),
        whole_percent(chance.top_1.value),
        whole_percent(chance.top_3.value),
        signed(evaluation.ece.value * 100.0, 1),
    )
}

fn ood(ood: &OodFacts) -> String {
    if ood.is_out_of_distribution {
        "This song is unlike what it learned, so its fits are not to be relied on.".into()
    } else {
        "This song is of a kind that it learned.".into()
    }
}

fn moved(report: &FitReport) -> Option<String> {
    let most = report.robustness.iter().map(|change| change.moved);
    let most = most.reduce(f64::max).filter(|moved| moved.is_finite())?;
    Some(format!(
        "Changes that no listener would mind, such as an MP3, move its fits by up to {}.",
        points(most)
    ))
}

fn small(playlists: &[PlaylistFit]) -> Option<String> {
    let small = playlists
        .iter()
        .take(LISTS)
        .filter(|list| is_weak(list.tracks));
    let small: Vec<String> = small
        .map(|list| format!("{} ({})", list_name(&list.name), thousands(list.tracks)))
        .collect();
    (!small.is_empty()).then(|| format!("Learned from very few tracks: {}.", small.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn it_says_what_was_measured_and_what_is_known_of_the_song() {
        let said = trust(&sample::evident());
        for part in [
            "first choice was right for 55 and one of its first three for 76 (chance: 9 and 26)",
            "off by 6.1 percentage points",
            "of a kind that it learned",
            "by up to 4.5 points",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("very few"));
    }

    #[test]
    fn what_weakens_it_is_said_too() {
        let mut report = sample::unlike();
        report.playlists[1].tracks = 9;
        report
            .bundle
            .evaluation
            .as_mut()
            .unwrap()
            .leak
            .as_mut()
            .unwrap()
            .leaks = true;
        let said = trust(&report);
        for part in [
            "flatter",
            "not to be relied on",
            "very few tracks: Ambient (9).",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let untested = trust(&sample::silence());
        assert!(untested.starts_with("Nobody has tested"), "{untested}");
    }
}
