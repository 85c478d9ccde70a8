//! Normalisation of names for comparison.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The lower-case words of a text without accents and punctuation, `&` as `and`. A text without letters and digits (`???`,
/// an emoji) is only split at spaces, so it equals only itself.
pub fn normalised_tokens(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    // First, because NFKD decomposes `´` into a space and an accent.
    let is_apostrophe = |sign: &char| matches!(sign, '\'' | '’' | '‘' | '`' | '´' | 'ʼ');
    for sign in text.chars().filter(|sign| !is_apostrophe(sign)).nfkd() {
        match sign {
            // Accents of Latin, Greek and Cyrillic. The marks of other scripts are vowels or change the letter.
            '\u{300}'..='\u{36f}' => {}
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

/// Letters that Unicode does not decompose, as they are typed on a keyboard without them.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_count() {
        for (one, other) in [
            ("Beyoncé", "BEYONCE"),
            ("Don’t Stop 'Til", "dont stop til"),
            ("Rock´n´Roll", "rocknroll"),
            ("Großstadtgeflüster", "GROSSSTADTGEFLUSTER"),
            ("Simon & Garfunkel", "Simon and Garfunkel"),
            ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
            ("AC/DC", "ac dc"),
        ] {
            assert_eq!(normalised_tokens(one), normalised_tokens(other), "{one}");
        }
    }

    #[test]
    fn what_differs_stays_different() {
        for (one, other) in [("???", "!!!"), ("🎵", "🎶"), ("が", "か"), ("कि", "का")]
        {
            assert_ne!(normalised_tokens(one), normalised_tokens(other), "{one}");
        }
    }
}
