//! Which lists cannot be learned by ear, as their names and descriptions say: charts, radios, lists of one artist or of
//! one listener. Rules in TOML come in, ours or the user's; the first that speaks of a list goes out with its word.
//!
//! The rules describe the lists that services make by the thousand. A list among the user's own files was made by the
//! user, who may well call a house list "Top of the label" and want it learned: [`Catalogue::assess_playlists`] asks the
//! rules about services' lists alone.
//!
//! [`Catalogue::assess_playlists`]: super::Catalogue::assess_playlists

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use super::{Playlist, normalised_tokens};
use serde::{Deserialize, Serialize};

/// Our rules, as a user reads and edits them.
pub const SHIPPED: &str = include_str!("rules.toml");

/// Leaves out the lists whose name or description holds one of its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    pub name: String,
    pub words: Vec<Phrase>,
    #[serde(rename = "in", default)]
    pub within: Within,
    #[serde(default)]
    pub at: Place,
    /// Phrases in which the words mean something else.
    #[serde(default)]
    pub unless: Vec<Phrase>,
    /// In plain words, for whoever misses the list.
    pub reason: String,
}

/// Which text of a list a rule reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    #[default]
    Name,
    Description,
    Both,
}

/// Where in the text the words must stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    #[default]
    Anywhere,
    /// It begins with them.
    Start,
    /// It is nothing else.
    Whole,
}

/// One or several words, as written and as compared: without case, accents and what stands between words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phrase {
    written: String,
    words: Vec<String>,
}

/// A phrase without any word.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("`{0}` holds no letter and no digit, so no list could say it")]
pub struct Wordless(String);

/// Why a file of rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error("--rules {}: {source}; check the name and that you may read it", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("--rules {}: {reason}\n`playlist-fit playlists learnable --print-rules` shows rules to begin with", path.display())]
    Malformed { path: PathBuf, reason: String },
}

/// A rule that speaks of a list, and what in it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<'r> {
    pub rule: &'r ListRule,
    pub word: &'r Phrase,
    /// `name` or `description`.
    pub text: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rules: Vec<ListRule>,
}

/// Our rules.
#[must_use]
pub fn shipped() -> Vec<ListRule> {
    // A test reads them, so that what ships can always be read.
    parse(SHIPPED).unwrap_or_default()
}

/// The user's rules.
///
/// # Errors
/// Where the file cannot be read, or a rule in it has a field that is missing, unknown or without a word.
pub fn read(path: &Path) -> Result<Vec<ListRule>, RulesError> {
    let text = fs::read_to_string(path).map_err(|source| RulesError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|reason| RulesError::Malformed {
        path: path.to_owned(),
        reason: reason.to_string(),
    })
}

fn parse(text: &str) -> Result<Vec<ListRule>, toml::de::Error> {
    toml::from_str(text).map(|file: File| file.rules)
}

/// The first rule that speaks of the list.
#[must_use]
pub fn first_hit<'r>(rules: &'r [ListRule], playlist: &Playlist) -> Option<Hit<'r>> {
    let name = normalised_tokens(&playlist.name);
    let description = normalised_tokens(playlist.description.as_deref().unwrap_or_default());
    let in_name = |rule: &'r ListRule| {
        let read = rule.within != Within::Description;
        read.then(|| rule.hit("name", &name)).flatten()
    };
    let in_description = |rule: &'r ListRule| {
        let read = rule.within != Within::Name;
        read.then(|| rule.hit("description", &description))
            .flatten()
    };
    rules
        .iter()
        .find_map(|rule| in_name(rule).or_else(|| in_description(rule)))
}

impl ListRule {
    fn hit<'r>(&'r self, text: &'static str, words: &[String]) -> Option<Hit<'r>> {
        let speaks =
            |place: Range<usize>| self.is_at(&place, words) && !self.is_excused(&place, words);
        let word = self
            .words
            .iter()
            .find(|phrase| phrase.places(words).any(speaks))?;
        Some(Hit {
            rule: self,
            word,
            text,
        })
    }

    fn is_at(&self, place: &Range<usize>, words: &[String]) -> bool {
        match self.at {
            Place::Anywhere => true,
            Place::Start => place.start == 0,
            Place::Whole => *place == (0..words.len()),
        }
    }

    fn is_excused(&self, place: &Range<usize>, words: &[String]) -> bool {
        let around = |other: Range<usize>| other.start <= place.start && place.end <= other.end;
        self.unless
            .iter()
            .any(|phrase| phrase.places(words).any(around))
    }
}

impl fmt::Display for Hit<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hit { rule, word, text } = self;
        write!(formatter, "its {text} says \"{word}\": {}", rule.reason)
    }
}

impl Phrase {
    /// Where it stands among the words of a text.
    fn places(&self, text: &[String]) -> impl Iterator<Item = Range<usize>> {
        let length = self.words.len();
        // Never empty: a phrase is only made of text with a word in it.
        let windows = text.windows(length.max(1)).enumerate();
        windows
            .filter(|(_, window)| *window == self.words)
            .map(move |(start, _)| start..start + length)
    }
}

impl TryFrom<String> for Phrase {
    type Error = Wordless;

    fn try_from(written: String) -> Result<Phrase, Wordless> {
        let words = normalised_tokens(&written);
        if !written.contains(char::is_alphanumeric) {
            return Err(Wordless(written));
        }
        Ok(Phrase { written, words })
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> String {
        phrase.written
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}
