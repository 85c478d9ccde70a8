//! How alike two names are.

use catalogue::normalised_tokens;

/// The words without spaces between them: `AC/DC` is `ACDC`.
pub(super) fn squeezed(text: &str) -> String {
    normalised_tokens(text).concat()
}

/// 1 for the same, 0 for nothing in common: one minus the edit distance by the length of the longer one.
pub(super) fn similarity(one: &str, other: &str) -> f64 {
    match one == other {
        true if one.is_empty() => 0.0,
        true => 1.0,
        false => strsim::normalized_levenshtein(one, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_count() {
        for (one, other) in [
            ("Beyoncé", "BEYONCE"),
            ("AC/DC", "acdc"),
            ("Don’t Stop 'Til", "dont stop til"),
            ("Sigur Rós", "sigur ros"),
            ("Motörhead", "Motorhead"),
            ("Großstadtgeflüster", "GROSSSTADTGEFLUSTER"),
            ("Simon & Garfunkel", "Simon and Garfunkel"),
            ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
            ("R.E.M.", "REM"),
        ] {
            assert_eq!(squeezed(one), squeezed(other), "{one}");
        }
    }

    #[test]
    fn what_differs_stays_different() {
        for (one, other) in [
            ("???", "!!!"),
            ("🎵", "🎶"),
            ("が", "か"),
            ("कि", "का"),
            ("", "a"),
        ] {
            assert_ne!(squeezed(one), squeezed(other), "{one}");
        }
        assert_eq!(similarity("", ""), 0.0);
    }
}
