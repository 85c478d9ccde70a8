//! Numbers and names as a reader wants them, for sentences that stand in the JSON itself.

use super::SongFacts;

/// Thin, and never broken over two lines: stands between a number and its unit.
pub const THIN_SPACE: char = '\u{202f}';

/// `3:05`, or `1:02:03` from an hour on.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A share of 1 in whole per cent; never rounded to a certainty that nobody has.
pub fn percent(share: f64) -> String {
    match (share * 100.0).round() {
        whole if whole.is_nan() => "–".to_string(),
        ..1.0 if share > 0.0 => format!("<1{THIN_SPACE}%"),
        100.0.. if share < 1.0 => format!(">99{THIN_SPACE}%"),
        whole => format!("{whole:.0}{THIN_SPACE}%"),
    }
}

/// With a real minus sign; a dash for what is no number.
pub fn signed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_string();
    }
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.chars().all(|digit| matches!(digit, '0' | '.'));
    if value < 0.0 && !is_zero {
        format!("−{digits}")
    } else {
        digits
    }
}

/// `orchestral_epic` as `Orchestral epic`.
pub fn list_name(name: &str) -> String {
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

/// At most `limit` characters on one line. Control characters and those that turn the writing
/// direction go, because they reach past the text that they stand in.
pub fn shorten(text: &str, limit: usize) -> String {
    let turns = |letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let words = text.split(breaks).filter(|word| !word.is_empty());
    let one_line = words.collect::<Vec<_>>().join(" ");
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

/// Where a line may break: at any space but those that hold a number to its unit.
fn breaks(letter: char) -> bool {
    letter.is_whitespace() && !matches!(letter, '\u{a0}' | THIN_SPACE)
}

/// The title, or the file's name where there is none.
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

pub fn song_artists(song: &SongFacts) -> Option<String> {
    song.artists
        .as_deref()
        .map(|artists| shorten(artists, 120))
        .filter(|artists| !artists.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_reads_as_on_a_player() {
        assert_eq!(
            ["0:00", "0:01", "3:05", "1:02:03"].map(String::from),
            [0.2, 0.9, 185.0, 3723.0].map(clock)
        );
    }

    #[test]
    fn a_share_is_never_rounded_to_certainty() {
        let shares = [0.0, 0.001, 0.724, 0.9999, 1.0, f64::NAN].map(percent);
        assert_eq!(
            shares,
            [
                "0\u{202f}%",
                "<1\u{202f}%",
                "72\u{202f}%",
                ">99\u{202f}%",
                "100\u{202f}%",
                "–"
            ]
        );
    }

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
        assert_eq!(list_name("orchestral_epic"), "Orchestral epic");
    }
}
