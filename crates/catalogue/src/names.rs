//! Parsing of names: artist and title from a file's name, the artists from one field, a valid ISRC.

use std::path::Path;

/// The artist, if the name has one, and the title: `Artist - Title.mp3`, `artist--title.ogg`, `01 Title.flac`.
pub fn artist_and_title(path: &Path) -> (Option<String>, String) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    dashed(without_number(&spaced(&stem)))
}

/// The artist, if there is one, and the title of `Artist - Title`.
pub fn dashed(name: &str) -> (Option<String>, String) {
    for dash in [" - ", " – ", " — "] {
        if let Some((artist, title)) = name.split_once(dash) {
            let (artist, title) = (artist.trim(), title.trim());
            if !artist.is_empty() && !title.is_empty() {
                return (Some(artist.to_owned()), title.to_owned());
            }
        }
    }
    (None, name.trim().to_owned())
}

/// Replaces `_` or `-` by spaces in names without spaces, and `--` by the dash between artist and title.
fn spaced(stem: &str) -> String {
    if stem.contains(' ') {
        return stem.trim().to_owned();
    }
    let dashed = stem.replace('_', " ");
    match dashed.split_once("--") {
        Some((artist, title)) => {
            format!("{} - {}", artist.replace('-', " "), title.replace('-', " "))
        }
        None => dashed,
    }
}

/// Removes a track number: `01 Title`, `7. Title`, `12 - Title`; not the number of `99 Problems`.
fn without_number(name: &str) -> &str {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = name.len() - rest.len();
    let title = rest.trim_start_matches(['.', ')', '-', ' ']);
    let marked = rest.starts_with(['.', ')']) || rest.starts_with(" - ") || name.starts_with('0');
    if (1..=2).contains(&digits) && marked && rest.len() > title.len() && !title.is_empty() {
        return title;
    }
    name
}

/// Splits at `;` and at `feat.`, `ft.`, `featuring` between spaces or after a bracket; never at `&` or `,`, which many
/// names contain.
pub fn artists(field: &str) -> Vec<String> {
    let featured = |part: &str| -> Vec<String> {
        split_featured(part).into_iter().map(clean_artist).collect()
    };
    let mut artists: Vec<String> = Vec::new();
    for artist in field.split(';').flat_map(featured) {
        if !is_placeholder(&artist) && !artists.contains(&artist) {
            artists.push(artist);
        }
    }
    artists
}

fn split_featured(part: &str) -> Vec<&str> {
    // ASCII only, so that every position holds in `part` too.
    let lower = part.to_ascii_lowercase();
    let opening = [
        " feat. ",
        " ft. ",
        " featuring ",
        "(feat. ",
        "(ft. ",
        "[feat. ",
        "[ft. ",
    ];
    let first = opening
        .iter()
        .filter_map(|mark| Some((lower.find(mark)?, mark.len())))
        .min();
    match first {
        Some((at, length)) => {
            let mut parts = vec![&part[..at]];
            parts.extend(split_featured(&part[at + length..]));
            parts
        }
        None => vec![part],
    }
}

/// Single spaces, and without the bracket whose opening was cut off.
fn clean_artist(artist: &str) -> String {
    let artist = artist.trim();
    let count = |sign| artist.matches(sign).count();
    let cut = (count(')') == count('(') + 1 && artist.ends_with(')'))
        || (count(']') == count('[') + 1 && artist.ends_with(']'));
    let artist = if cut {
        &artist[..artist.len() - 1]
    } else {
        artist
    };
    artist.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Placeholders for an artist. As an artist they would group unrelated tracks.
fn is_placeholder(artist: &str) -> bool {
    const PLACEHOLDERS: &[&str] = &[
        "",
        "-",
        "?",
        "unknown",
        "unknown artist",
        "<unknown>",
        "various",
        "various artists",
        "va",
        "n/a",
        "none",
    ];
    PLACEHOLDERS.contains(&artist.to_lowercase().as_str())
}

/// Twelve characters in upper case without hyphens; `None` if it is not an ISRC.
pub fn isrc(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let bare = bare.to_ascii_uppercase();
    let letters = |part: &[u8]| part.iter().all(u8::is_ascii_alphabetic);
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let bytes = bare.as_bytes();
    let valid = bytes.len() == 12
        && letters(&bytes[..2])
        && bytes[2..5].iter().all(u8::is_ascii_alphanumeric)
        && digits(&bytes[5..]);
    valid.then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(name: &str, artist: Option<&str>, title: &str) {
        assert_eq!(
            artist_and_title(Path::new(name)),
            (artist.map(Into::into), title.into()),
            "{name}"
        );
    }

    #[test]
    fn file_names_are_read_as_their_authors_meant_them() {
        reads("Miles Davis - So What.mp3", Some("Miles Davis"), "So What");
        reads(
            "brandon-morris--loading-screen-loop.ogg",
            Some("brandon morris"),
            "loading screen loop",
        );
        reads("01 Title.mp3", None, "Title");
        reads("01. Artist - Title.flac", Some("Artist"), "Title");
        reads(
            "07 - Artist - Title - Live.flac",
            Some("Artist"),
            "Title - Live",
        );
        reads("7. Title.wav", None, "Title");
        reads("Artist_-_The_Title.mp3", Some("Artist"), "The Title");
        reads("99 Problems.mp3", None, "99 Problems");
        reads("1979.mp3", None, "1979");
        reads("01.mp3", None, "01");
        reads("well-known.mp3", None, "well-known");
        reads("🎵 – <b>.mp3", Some("🎵"), "<b>");
        reads(" - .mp3", None, "-");
        reads("", None, "");
    }

    #[track_caller]
    fn plays(field: &str, expected: &[&str]) {
        assert_eq!(artists(field), expected, "{field}");
    }

    #[test]
    fn artists_are_split_only_where_the_sign_is_plain() {
        plays("finalman & yakslem", &["finalman & yakslem"]);
        plays("Earth, Wind & Fire", &["Earth, Wind & Fire"]);
        plays("A; B;A", &["A", "B"]);
        plays("Jay-Z feat. Alicia  Keys", &["Jay-Z", "Alicia Keys"]);
        plays("A FT. B featuring C", &["A", "B", "C"]);
        plays("A (feat. B)", &["A", "B"]);
        plays("Sunn O)))", &["Sunn O)))"]);
        plays("Drift. Craft", &["Drift. Craft"]);
        plays("Various Artists", &[]);
        plays(" ; ", &[]);
        plays("Æ feat. 🎵", &["Æ", "🎵"]);
    }

    #[test]
    fn an_isrc_is_known_by_its_form() {
        assert_eq!(isrc("us-rc1-76-07839").as_deref(), Some("USRC17607839"));
        assert_eq!(isrc("USRC1760783"), None);
        assert_eq!(isrc("12RC17607839"), None);
        assert_eq!(isrc("üßRC17607839"), None);
        assert_eq!(isrc(""), None);
    }
}
