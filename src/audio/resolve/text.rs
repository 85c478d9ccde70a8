//! Text as it is compared: a name as somebody wrote it comes in, its plain words go out.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Lower-case words without accents and punctuation, `&` as `and`. What has neither letter nor digit (`???`, an emoji)
/// stays as it is, so that it still equals itself and nothing else.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    for sign in text.nfkd() {
        match sign {
            // Accents of Latin, Greek and Cyrillic. The marks of other scripts are vowels or change the letter.
            '\u{300}'..='\u{36f}' => {}
            '\'' | '’' | '‘' | '`' => {}
            '&' => plain.push_str(" and "),
            _ if sign.is_alphanumeric() || is_combining_mark(sign) => {
                sign.to_lowercase()
                    .for_each(|letter| spell(letter, &mut plain));
            }
            _ => plain.push(' '),
        }
    }
    let words: Vec<String> = plain.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return text.split_whitespace().map(str::to_lowercase).collect();
    }
    words
}

/// Letters that Unicode does not take apart, as people type them where a keyboard lacks them.
fn spell(letter: char, plain: &mut String) {
    match letter {
        'ß' => plain.push_str("ss"),
        'æ' => plain.push_str("ae"),
        'œ' => plain.push_str("oe"),
        'þ' => plain.push_str("th"),
        'ø' => plain.push('o'),
        'ł' => plain.push('l'),
        'đ' | 'ð' => plain.push('d'),
        'ı' => plain.push('i'),
        _ => plain.push(letter),
    }
}

/// The words without spaces between them: `AC/DC` is `ACDC`.
pub(super) fn squeezed(text: &str) -> String {
    words(text).concat()
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
