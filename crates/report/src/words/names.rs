//! Names of playlists, songs and codecs on one short line.

use super::numbers::THIN_SPACE;
use analysis::SongFacts;

/// `orchestral_epic` as `Orchestral epic`.
pub fn playlist_name(name: &str) -> String {
    let spaced = shorten(&name.replace('_', " "), 60);
    let mut letters = spaced.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `A, B and C`.
pub fn and(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// At most `limit` characters on one line. Removes control characters and those that change the writing direction,
/// because they would affect the text around them.
pub fn shorten(text: &str, limit: usize) -> String {
    let turns = |letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let parts = text.split(breaks).filter(|part| !part.is_empty());
    let one_line = parts.collect::<Vec<_>>().join(" ");
    let mut letters = one_line
        .chars()
        .filter(|letter| !letter.is_control() && !turns(*letter));
    let mut short: String = letters.by_ref().take(limit).collect();
    if letters.next().is_some() {
        short.pop();
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    short
}

/// Whether a line may break here: at any space except those between a number and its unit.
fn breaks(letter: char) -> bool {
    letter.is_whitespace() && !matches!(letter, '\u{a0}' | THIN_SPACE)
}

/// The title, or the file name if there is none.
pub fn song_title(song: &SongFacts) -> String {
    let title = song
        .title
        .as_deref()
        .map(|title| shorten(title, 120))
        .unwrap_or_default();
    if title.is_empty() {
        shorten(&song.file, 120)
    } else {
        title
    }
}

/// The artists of the tags; `None` if there are none.
pub fn song_artists(song: &SongFacts) -> Option<String> {
    song.artists
        .as_deref()
        .map(|artists| shorten(artists, 120))
        .filter(|artists| !artists.is_empty())
}

/// Abbreviations in capitals, other names with an initial capital.
pub fn codec(name: &str) -> String {
    if name.len() <= 4 {
        name.to_uppercase()
    } else {
        playlist_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_treacherous_text_becomes_one_short_line() {
        assert_eq!(shorten("a\n\tb\u{202e}c", 10), "a bc");
        assert_eq!(shorten("71\u{202f}%", 10), "71\u{202f}%");
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde…");
        assert_eq!(shorten(&"🎧".repeat(10_000), 120).chars().count(), 120);
    }

    #[test]
    fn names_are_readable() {
        assert_eq!(playlist_name("orchestral_epic"), "Orchestral epic");
        let names = ["A", "B", "C"].map(String::from);
        assert_eq!(and(&names), "A, B and C");
        assert_eq!(and(&names[..1]), "A");
    }
}
