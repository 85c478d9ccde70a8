//! How sure it is that a file is a track.
//!
//! The score is a product, so that one bad part spoils it; each part is 1 where both sides agree.
//!
//! | part | value |
//! |---|---|
//! | title | 1 − edit distance ÷ length, on plain text without spaces; 0.9 of that if brackets are ignored |
//! | version | 0.8 where one is live, a remix, a remaster … and the other is not, or is another one |
//! | numbers | 0.9 where they differ: part 1 is not part 2 |
//! | artists | 1 the same artists, 0.98 the first among the others, 0.93 if a name must be split at `&` for that, 0.8 if unknown, else 1 − edit distance ÷ length, halved below 0.75 |
//! | album | 1 the same, 0.99 if unknown, 0.94 another |
//! | setting | 0.9 where the album or folder is one of live songs, remixes, covers … and the track's is not, or the other way |
//! | length | 1 within 2 s, from there down to 0.9 at 10 s or 10 %, 0.7 beyond, 0.98 if unknown |
//! | ISRC | 0.9 where both have one and they differ |
//! | reading | 0.95 for `Title - Artist`, 0.9 for a guessed part of a file's name |
//! | tags | 0.9 where only the name fits and the tags say something else |
//!
//! A file is taken for a track by itself only at [`SURE`] or more, without any doubt (version, numbers, setting, length,
//! ISRC, tags), and [`MARGIN`] ahead of every other recording that might be meant; files of the very same title, version
//! and artists within 2 s of one length are copies, of which any will do. From [`MIN_REVIEW_SCORE`] on it is shown for review.

use std::path::PathBuf;

use super::artists::Artists;
use super::interpretation::{By, NameInterpretation, album_name, interpretations, setting};
use super::text::similarity;
use super::title::Title;
use catalogue::names;
use catalogue::{AudioFileInfo, Track};

/// At least this is taken without asking.
pub const SURE: f64 = 0.92;
/// So far ahead of the second best.
pub const MARGIN: f64 = 0.05;
/// Less than this is not worth a look.
pub const MIN_REVIEW_SCORE: f64 = 0.6;

const SAME_LENGTH_SECONDS: f64 = 2.0;

/// A track as it is looked for.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub id: String,
    /// For messages.
    pub name: String,
    pub title: Title,
    pub artists: Artists,
    pub album: Option<String>,
    setting: Vec<&'static str>,
    pub isrc: Option<String>,
    pub seconds: Option<f64>,
}

impl Query {
    pub fn new(track: &Track) -> Query {
        let title = Title::read(&track.title);
        Query {
            id: track.id.clone(),
            name: format!("{} - {}", track.artists.join(", "), track.title),
            artists: Artists::new(&track.artists, &title.guests),
            title,
            album: track.album.as_deref().map(album_name),
            setting: track.album.as_deref().map(setting).unwrap_or_default(),
            isrc: track.isrc.as_deref().and_then(names::isrc),
            seconds: track.duration_seconds,
        }
    }

    /// Whether two rows of the catalogue speak of one recording under two ids, so that one file is the audio of both.
    pub fn same_recording(&self, other: &Query) -> bool {
        let isrcs_differ =
            matches!((&self.isrc, &other.isrc), (Some(one), Some(other)) if one != other);
        let lengths_differ = matches!(
            (self.seconds, other.seconds),
            (Some(one), Some(other)) if (one - other).abs() > SAME_LENGTH_SECONDS
        );
        self.id == other.id
            || (!isrcs_differ
                && !lengths_differ
                && !self.title.full.is_empty()
                && !self.artists.is_empty()
                && self.title.full == other.title.full
                && self.title.version == other.title.version
                && self.setting == other.setting
                && self.artists.similarity(&other.artists) == 1.0)
    }
}

/// An audio file with all that it may be.
#[derive(Clone, Debug)]
pub(super) struct FileSong {
    pub path: PathBuf,
    pub facts: AudioFileInfo,
    pub isrc: Option<String>,
    pub interpretations: Vec<NameInterpretation>,
}

impl FileSong {
    pub fn new(path: PathBuf, facts: AudioFileInfo) -> FileSong {
        FileSong {
            interpretations: interpretations(&path, &facts),
            isrc: facts.isrc.as_deref().and_then(names::isrc),
            path,
            facts,
        }
    }
}

/// How well a file fits a track.
#[derive(Clone, Debug)]
pub(super) struct Score {
    pub value: f64,
    pub by: By,
    /// Title, version and artists are the very same.
    pub exact: bool,
    /// Why it must not be taken without asking.
    pub doubts: Vec<String>,
    /// The file is another recording's audio already.
    pub is_of_another: bool,
}

impl Score {
    pub fn is_sure(&self) -> bool {
        self.value >= SURE && self.doubts.is_empty()
    }
}

/// By the reading that fits best; none where a file has no name at all, or nothing fits.
pub(super) fn score(query: &Query, song: &FileSong) -> Option<Score> {
    let values = song
        .interpretations
        .iter()
        .map(|interpretation| (by_reading(query, interpretation), interpretation));
    let (mut value, best) = values.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    if value < MIN_REVIEW_SCORE {
        return None;
    }
    let mut doubts = doubts(query, best);
    if best.by == By::Name && tags_deny(query, song) {
        value *= 0.9;
        doubts.push("only the file's name fits, its tags say something else".to_owned());
    }
    if let (Some(one), Some(other)) = (&query.isrc, &song.isrc)
        && one != other
    {
        value *= 0.9;
        doubts.push(format!("its ISRC is {other}"));
    }
    value *= by_length(query.seconds, song.facts.duration_seconds);
    doubts.extend(length_doubt(query.seconds, song.facts.duration_seconds));
    Some(Score {
        value,
        by: best.by,
        exact: best.title.full == query.title.full
            && best.title.version == query.title.version
            && best.artists.similarity(&query.artists) == 1.0,
        doubts,
        is_of_another: false,
    })
    .filter(|score| score.value >= MIN_REVIEW_SCORE)
}

fn by_reading(query: &Query, interpretation: &NameInterpretation) -> f64 {
    let full = similarity(&query.title.full, &interpretation.title.full);
    let core = similarity(&query.title.core, &interpretation.title.core);
    let album = match (&query.album, &interpretation.album) {
        (Some(one), Some(other)) if similarity(one, other) >= 0.8 => 1.0,
        (Some(_), Some(_)) => 0.94,
        _ => 0.99,
    };
    let unless = |differ: bool, factor: f64| if differ { factor } else { 1.0 };
    full.max(0.9 * core)
        * unless(query.title.version != interpretation.title.version, 0.8)
        * unless(query.title.numbers != interpretation.title.numbers, 0.9)
        * unless(settings_differ(query, interpretation), 0.9)
        * query.artists.similarity(&interpretation.artists)
        * album
        * interpretation.confidence
}

/// A live album makes its songs live, unless title and album say so on both sides.
fn settings_differ(query: &Query, interpretation: &NameInterpretation) -> bool {
    let missing = |marks: &[&'static str], title: &Title, album: &[&'static str]| {
        marks
            .iter()
            .any(|mark| !album.contains(mark) && !title.version.iter().any(|word| word == mark))
    };
    missing(&interpretation.setting, &query.title, &query.setting)
        || missing(
            &query.setting,
            &interpretation.title,
            &interpretation.setting,
        )
}

/// Differences that make the file uncertain although the names are similar.
pub(super) fn doubts(query: &Query, interpretation: &NameInterpretation) -> Vec<String> {
    let mut doubts = Vec::new();
    if query.title.version != interpretation.title.version {
        let named = |title: &Title| match title.version.join(" ") {
            none if none.is_empty() => "the plain version".to_owned(),
            version => format!("`{version}`"),
        };
        doubts.push(format!(
            "it is {}, not {}",
            named(&interpretation.title),
            named(&query.title)
        ));
    }
    if query.title.numbers != interpretation.title.numbers {
        doubts.push("the numbers in the title differ".to_owned());
    }
    if settings_differ(query, interpretation) {
        doubts.push(
            "one is on an album or in a folder of live songs, remixes or covers, the other is not"
                .to_owned(),
        );
    }
    doubts
}

/// Whether complete tags name another song.
fn tags_deny(query: &Query, song: &FileSong) -> bool {
    song.interpretations
        .iter()
        .filter(|interpretation| {
            interpretation.by == By::Tags && !interpretation.artists.is_empty()
        })
        .any(|interpretation| by_reading(query, interpretation) < MIN_REVIEW_SCORE)
}

/// How far two lengths of one recording may be apart.
fn allowed_seconds(seconds: f64) -> f64 {
    (seconds * 0.1).max(10.0)
}

fn by_length(query: Option<f64>, song: Option<f64>) -> f64 {
    let (Some(query), Some(song)) = (query, song) else {
        return 0.98;
    };
    let (apart, allowed) = ((query - song).abs(), allowed_seconds(query));
    if apart <= SAME_LENGTH_SECONDS {
        1.0
    } else if apart <= allowed {
        1.0 - 0.1 * (apart - SAME_LENGTH_SECONDS) / (allowed - SAME_LENGTH_SECONDS)
    } else {
        0.7
    }
}

/// Said where both lengths are known and more than 10 s and 10 % apart.
pub(super) fn length_doubt(query: Option<f64>, song: Option<f64>) -> Option<String> {
    let (query, song) = (query?, song?);
    ((query - song).abs() > allowed_seconds(query))
        .then(|| format!("it is {song:.0} s long, the track {query:.0} s"))
}

/// Whether two files are near enough in length to be one recording.
pub(super) fn same_length(one: &FileSong, other: &FileSong) -> bool {
    match (one.facts.duration_seconds, other.facts.duration_seconds) {
        (Some(one), Some(other)) => (one - other).abs() <= SAME_LENGTH_SECONDS,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
