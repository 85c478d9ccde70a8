//! What a file may be: every way in which its tags, its name and its folders can be read.

use std::path::Path;

use super::artists::Artists;
use super::text::squeezed;
use super::title::{Title, mark};
use catalogue::AudioFileInfo;
use catalogue::names;

/// `Title - Artist.mp3`: possible, and rarer.
const SWAPPED: f64 = 0.95;
/// A number or a middle part may belong to the title.
const GUESSED: f64 = 0.9;

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Tags,
    Name,
}

/// One way to read a file.
#[derive(Clone, Debug)]
pub(super) struct NameInterpretation {
    pub title: Title,
    pub artists: Artists,
    /// Plain, without brackets such as `(Deluxe Edition)`.
    pub album: Option<String>,
    /// Version words of the album or folder, which hold for all its songs: `live`, `remix`, `karaoke`.
    pub setting: Vec<&'static str>,
    pub by: By,
    /// What the score is multiplied with.
    pub confidence: f64,
}

impl NameInterpretation {
    fn new(
        title: &str,
        artists: &[String],
        album: Option<&str>,
        by: By,
        confidence: f64,
    ) -> NameInterpretation {
        let title = Title::read(title);
        NameInterpretation {
            artists: Artists::new(artists, &title.guests),
            album: album.map(album_name),
            setting: album.map(setting).unwrap_or_default(),
            title,
            by,
            confidence,
        }
    }
}

/// An album's name as it is compared.
pub(super) fn album_name(album: &str) -> String {
    Title::read(album).core
}

/// The version words in an album's name. Words for remasters, editions and mixes do not count: many plain albums have
/// them.
pub(super) fn setting(album: &str) -> Vec<&'static str> {
    const TELLING: [&str; 8] = [
        "remix",
        "live",
        "acoustic",
        "instrumental",
        "karaoke",
        "cover",
        "demo",
        "sped",
    ];
    let words = catalogue::normalised_tokens(album);
    let marks = words.iter().filter_map(|word| mark(word));
    marks.filter(|mark| TELLING.contains(mark)).collect()
}

/// The tags first, then what the name can mean.
pub(super) fn interpretations(path: &Path, facts: &AudioFileInfo) -> Vec<NameInterpretation> {
    let named = ByName::new(path);
    let mut interpretations = Vec::new();
    if let Some(title) = &facts.title {
        let mut tagged = |artists: &[String]| {
            interpretations.push(NameInterpretation::new(
                title,
                artists,
                facts.album.as_deref(),
                By::Tags,
                1.0,
            ));
        };
        tagged(&facts.artists);
        if facts.artists.is_empty() {
            let elsewhere = [&named.artist, &named.inner, &named.outer];
            elsewhere
                .into_iter()
                .flatten()
                .for_each(|artist| tagged(std::slice::from_ref(artist)));
        }
    }
    interpretations.extend(named.interpretations());
    interpretations
}

/// A file's name and those of its two innermost folders.
struct ByName {
    artist: Option<String>,
    title: String,
    inner: Option<String>,
    outer: Option<String>,
}

impl ByName {
    fn new(path: &Path) -> ByName {
        let (artist, title) = names::artist_and_title(path);
        let mut folders = path.ancestors().skip(1).map_while(Path::file_name);
        let mut folder = || {
            folders
                .next()
                .map(|name| name.to_string_lossy().into_owned())
        };
        ByName {
            artist,
            title,
            inner: folder(),
            outer: folder(),
        }
    }

    fn interpretations(&self) -> Vec<NameInterpretation> {
        let mut found = Vec::new();
        let mut read = |title: &str, artist: &str, album: Option<&str>, confidence: f64| {
            let mut interpretation =
                NameInterpretation::new(title, &[artist.to_owned()], album, By::Name, confidence);
            if let (None, Some(folder)) = (album, &self.inner) {
                interpretation.setting = setting(folder);
            }
            found.push(interpretation);
        };
        let inner = self.inner.as_deref().unwrap_or_default();
        let mut whole = self.title.clone();
        if let Some(artist) = &self.artist {
            whole = format!("{artist} - {}", self.title);
            read(&self.title, artist, None, 1.0);
            read(artist, &self.title, None, SWAPPED);
            if let Some((between, last)) = self.title.rsplit_once(" - ") {
                let (album, last, sure) = between_and_last(between, last, inner);
                read(last, artist, album, if sure { 1.0 } else { GUESSED });
            }
        } else {
            read(&whole, "", None, 1.0);
        }
        let bare =
            whole.trim_start_matches(|sign: char| sign.is_ascii_digit() || " .-_".contains(sign));
        let guessed = (!bare.is_empty() && bare.len() < whole.len()).then_some((bare, GUESSED));
        for (title, confidence) in [(whole.as_str(), 1.0)].into_iter().chain(guessed) {
            read(title, inner, None, confidence);
            if let Some((artist, album)) = inner.split_once(" - ") {
                read(title, artist, Some(album), confidence);
            }
            if let Some(outer) = &self.outer {
                read(title, outer, Some(inner), confidence);
            }
        }
        found
    }
}

/// `Album - 03` and `Title` of `Artist - Album - 03 - Title`: the album where there is one, the title, and whether the
/// middle is known to be no part of the title.
fn between_and_last<'a>(
    between: &'a str,
    last: &'a str,
    inner: &str,
) -> (Option<&'a str>, &'a str, bool) {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    let (album, numbered) = match between.rsplit_once(" - ") {
        Some((album, number)) if digits(number) => (album, true),
        _ if digits(between) => ("", true),
        _ => (between, false),
    };
    let unnumbered = last
        .trim_start_matches(|sign: char| sign.is_ascii_digit())
        .trim_start_matches([' ', '.']);
    let padded = last.starts_with('0') && !unnumbered.is_empty();
    let is_folder = !album.is_empty() && squeezed(inner).contains(&squeezed(album));
    let album = Some(album).filter(|album| !album.is_empty());
    (
        album,
        if padded { unnumbered } else { last },
        numbered || padded || is_folder,
    )
}
