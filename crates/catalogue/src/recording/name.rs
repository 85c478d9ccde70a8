//! Names as two services would have to agree on them.
//!
//! Case, accents and punctuation do not count, nor do guests that a title names, nor whether a version stands in brackets
//! or after a dash. A version itself counts: a remix, a live take, an edit or a slowed-down song is another recording. A
//! remaster is the exception: one service writes `Remastered 2011` and the next leaves it out, so that by name it is no
//! other recording; only two ISRCs tell the two apart.

use crate::normalised_tokens;

const GUESTS: [&str; 3] = ["feat", "ft", "featuring"];

/// What stays of an artist's name.
pub(super) fn artist(name: &str) -> String {
    normalised_tokens(name).join(" ")
}

/// What stays of a title, its version included.
pub(super) fn title(title: &str) -> String {
    let parts = title
        .split(['(', ')', '[', ']', '{', '}'])
        .flat_map(|part| part.split(" - "))
        .flat_map(|part| part.split(" – "))
        .enumerate();
    let kept: Vec<String> = parts
        .flat_map(|(at, part)| match at {
            0 => without_guests(normalised_tokens(part)),
            _ => version(normalised_tokens(part)),
        })
        .collect();
    // `Ft. Worth` names no guest.
    let kept = if kept.is_empty() {
        normalised_tokens(title)
    } else {
        kept
    };
    kept.join(" ")
}

/// Whether two titles name one song, in the same version or another.
pub fn is_same_song(one: &str, other: &str) -> bool {
    let one = title_key(one);
    !one.is_empty() && one == title_key(other)
}

/// The words of a title without brackets and without the part after a dash: the same for all versions of a song.
pub fn title_key(title: &str) -> Vec<String> {
    // `(Sittin' On) The Dock of the Bay` begins with what belongs to it.
    let title = title.trim_start_matches(['(', '[', '{']);
    let opens = |(at, sign): (usize, char)| "([{".contains(sign).then_some(at);
    let brackets = title.char_indices().find_map(opens);
    let dash = [" - ", " – "]
        .iter()
        .filter_map(|dash| title.find(dash))
        .min();
    let end = brackets.into_iter().chain(dash).min();
    without_guests(normalised_tokens(&title[..end.unwrap_or(title.len())]))
}

fn without_guests(mut words: Vec<String>) -> Vec<String> {
    let guests = words
        .iter()
        .position(|word| GUESTS.contains(&word.as_str()));
    words.truncate(guests.unwrap_or(words.len()));
    words
}

/// The part of a title in brackets or after a dash.
fn version(words: Vec<String>) -> Vec<String> {
    if words.first().is_some_and(|word| word == "with") {
        return Vec::new();
    }
    let mut words = without_guests(words);
    if words.iter().any(|word| word.starts_with("remaster")) {
        words.retain(|word| !speaks_of_remastering(word));
    } else if words.len() > 1 {
        // `(Acoustic Version)` is `- Acoustic`.
        words.retain(|word| word != "version");
    }
    words
}

fn speaks_of_remastering(word: &str) -> bool {
    let is_year = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let spoken = ["remaster", "digital", "version", "edition"];
    is_year || spoken.iter().any(|spoken| word.starts_with(spoken))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_ways_to_write_a_title_are_one() {
        for (one, other) in [
            ("Déjà Vu", "deja vu"),
            ("Don’t Stop", "Don't Stop"),
            ("ＦＵＬＬ", "full"),
            ("Rock & Roll", "Rock and Roll"),
            ("Song (feat. Guest)", "Song"),
            ("Song feat. Guest & Friend", "Song"),
            ("Song [ft. Guest] - Live", "Song (Live)"),
            ("Song (with Guest)", "Song"),
            ("Song - Radio Edit", "Song (radio edit)"),
            ("Song - Acoustic", "Song (Acoustic Version)"),
            ("Song - Remastered 2011", "Song"),
            ("Song (2009 Digital Remaster)", "Song - Remastered Version"),
            ("Song - Live / Remastered 1999", "Song (Live)"),
        ] {
            assert_eq!(title(one), title(other), "{one} and {other}");
        }
    }

    #[test]
    fn another_version_and_another_song_stay_apart() {
        let titles = [
            "Song",
            "Song (Remix)",
            "Song (A Remix)",
            "Song (Live)",
            "Song - Acoustic",
            "Song - Sped Up",
            "Song (Instrumental)",
            "Song - Radio Edit",
            "Song (Version)",
            "Song 2",
            "Dance with Song",
            "÷",
            "???",
            "か",
            "が",
        ];
        for (at, one) in titles.iter().enumerate() {
            for other in &titles[at + 1..] {
                assert_ne!(title(one), title(other), "{one} and {other}");
            }
        }
    }

    #[test]
    fn versions_are_one_song_and_other_songs_are_not() {
        for (one, other) in [
            ("Song (Remastered 2011)", "Song"),
            ("Song - Radio Edit", "song [Live at Home]"),
            ("Song (feat. Guest) - Acoustic", "Song ft. Guest"),
            ("(Sittin' On) The Bay - Live", "(Sittin’ On) The Bay"),
            ("Song – Sped Up", "Song (Instrumental)"),
        ] {
            assert!(is_same_song(one, other), "{one} and {other}");
        }
        for (one, other) in [
            ("Song", "Song 2"),
            ("Song", "Songs"),
            ("", ""),
            ("", "Song"),
        ] {
            assert!(!is_same_song(one, other), "{one} and {other}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_was_made_plain_stays_as_it_is(name in "\\PC{0,24}") {
            let plain = artist(&name);
            prop_assert_eq!(artist(&plain), plain.clone());
            prop_assert_eq!(plain.is_empty(), name.trim().is_empty());
        }
    }
}
