//! How far a song is from everything the bundle was trained on.

use super::numbers::percent;
use analysis::OodFacts;

/// Whether the song is in distribution, and how it ranks among held-out songs.
pub fn ood(facts: &OodFacts) -> String {
    if facts.is_out_of_distribution {
        format!(
            "The song differs from the training tracks: {} of the held-out songs are closer to them.",
            percent(facts.fraction_below)
        )
    } else {
        format!(
            "The song resembles the training tracks: {} of the held-out songs are farther from them.",
            percent(1.0 - facts.fraction_below)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_are_told_with_their_fraction() {
        let mut facts = OodFacts {
            fraction_below: 1.0,
            is_out_of_distribution: true,
            false_alarms: 0.01,
        };
        assert!(ood(&facts).contains("differs") && ood(&facts).contains("100\u{202f}%"));
        (facts.fraction_below, facts.is_out_of_distribution) = (0.2, false);
        assert!(ood(&facts).contains("resembles") && ood(&facts).contains("80\u{202f}%"));
    }
}
