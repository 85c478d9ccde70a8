//! The leakage check of an evaluation.

use super::numbers::percent_with_interval;
use evaluation::Evaluation;

/// How many test tracks are linked to the training set, and what knowing the artist is worth; `None` if not checked.
pub fn leak(evaluation: &Evaluation) -> Option<String> {
    let leak = evaluation.leak.as_ref()?;
    let artist_only = evaluation
        .artist_majority
        .as_ref()
        .map(|majority| {
            format!(
                " The artists' other playlists alone, without audio, reach {} at top-1; the largest playlists {}.",
                percent_with_interval(&majority.top_1),
                percent_with_interval(&evaluation.popularity.top_1),
            )
        })
        .unwrap_or_default();
    let all = evaluation.tracks;
    Some(match leak.tracks {
        0 => format!(
            "None of the {all} test tracks shares an artist or a recording with the training set.{artist_only}"
        ),
        tracks => format!(
            "The test leaks: {tracks} of the {all} test tracks share an artist or a recording with the training set, so \
             its figures are too optimistic.{artist_only}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_leak_is_told_with_its_tracks() {
        let mut evaluation = sample::full_evaluation(3);
        let said = leak(&evaluation).unwrap();
        assert!(said.starts_with("None of the 88 test tracks") && said.contains("33.1 % ["));
        evaluation.leak.as_mut().unwrap().tracks = 12;
        let said = leak(&evaluation).unwrap();
        assert!(said.starts_with("The test leaks: 12 of the 88"), "{said}");
        evaluation.leak = None;
        assert_eq!(leak(&evaluation), None);
    }
}
