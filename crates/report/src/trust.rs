//! The reliability of a report in a few sentences.

use super::words::{is_weak, playlist_name, points, signed, thousands, whole_percent};
use analysis::{FitReport, OodFacts, PlaylistFit};
use evaluation::Evaluation;

/// Playlists whose size is checked: those that a reader remembers.
const PLAYLISTS: usize = 3;

/// The accuracy of the bundle first, then what is known about this song.
pub fn trust(report: &FitReport) -> String {
    let tested = report
        .bundle
        .evaluation
        .as_ref()
        .map_or_else(untested, tested);
    let ood = report.ood.as_ref().map(ood);
    let sentences = [
        Some(tested),
        ood,
        robustness(report),
        small(&report.playlists),
    ];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    sentences.join(" ")
}

fn untested() -> String {
    "These playlists were not tested on held-out artists: take every number as a hint.".into()
}

fn tested(evaluation: &Evaluation) -> String {
    let (model, chance) = (&evaluation.model, &evaluation.chance);
    let leak = match &evaluation.leak {
        Some(leak) if leak.leaks => {
            ", too optimistic because some of these artists are in the training set"
        }
        _ => "",
    };
    format!(
        "Of 100 songs by held-out artists, the first choice was correct for {} and one of the first three for {} (chance: {} \
         and {}{leak}); the calibration error is {} percentage points.",
        whole_percent(model.top_1.value),
        whole_percent(model.top_3.value),
        whole_percent(chance.top_1.value),
        whole_percent(chance.top_3.value),
        signed(evaluation.ece.value * 100.0, 1),
    )
}

fn ood(ood: &OodFacts) -> String {
    if ood.is_out_of_distribution {
        "This song is out of distribution, so do not rely on its fits.".into()
    } else {
        "This song is in distribution.".into()
    }
}

fn robustness(report: &FitReport) -> Option<String> {
    let most = report.robustness.iter().map(|change| change.max_fit_change);
    let most = most.reduce(f64::max).filter(|change| change.is_finite())?;
    Some(format!(
        "Barely audible changes, such as an MP3, change its fits by up to {}.",
        points(most)
    ))
}

fn small(playlists: &[PlaylistFit]) -> Option<String> {
    let small = playlists
        .iter()
        .take(PLAYLISTS)
        .filter(|playlist| is_weak(playlist.tracks));
    let small: Vec<String> = small
        .map(|playlist| {
            let name = playlist_name(&playlist.name);
            format!("{name} ({})", thousands(playlist.tracks))
        })
        .collect();
    (!small.is_empty()).then(|| format!("Few training tracks: {}.", small.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn it_gives_accuracy_distribution_and_robustness() {
        let said = trust(&sample::evident());
        for part in [
            "first choice was correct for 55 and one of the first three for 76 (chance: 9 and 26)",
            "error is 6.1 percentage points",
            "is in distribution",
            "by up to 4.5 points",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("Few training tracks"));
    }

    #[test]
    fn weaknesses_are_reported_too() {
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
            "too optimistic",
            "do not rely on its fits",
            "Few training tracks: Ambient (9).",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let untested = trust(&sample::silence());
        assert!(untested.contains("not tested on held-out"), "{untested}");
    }
}
