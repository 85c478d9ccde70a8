//! Rules that exclude playlists which cannot be recognised by their sound: charts, radios, playlists about one artist or
//! made for one user. A rule (TOML) matches phrases in a playlist's name and description.
//!
//! The rules describe playlists that services make by the thousand. [`Catalogue::assess_playlists`] does not apply them
//! to the user's own files: the user may well call a house playlist "Top of the label" and want to train on it.
//!
//! [`Catalogue::assess_playlists`]: super::Catalogue::assess_playlists

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use super::{Playlist, normalised_tokens};
use serde::{Deserialize, Serialize};

/// The TOML of the rules that ship with the program.
pub const SHIPPED: &str = include_str!("rules.toml");

/// Excludes the playlists whose name or description contains one of its phrases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaylistRule {
    /// Short name, such as `top`. Unit: text. Range: any. Default: required.
    pub name: String,
    /// The phrases; one that matches is enough. Unit: texts. Range: one or more. Default: required.
    #[serde(rename = "words")]
    pub phrases: Vec<Phrase>,
    /// Which texts are searched. Unit: name. Range: name, description, both. Default: name.
    #[serde(rename = "in", default)]
    pub within: Within,
    /// Where in the text a phrase must be. Unit: name. Range: anywhere, start, whole. Default: anywhere.
    #[serde(default)]
    pub at: Position,
    /// Phrases in which the matched words have another meaning: no match inside them.
    /// Unit: texts. Range: any. Default: none.
    #[serde(default)]
    pub unless: Vec<Phrase>,
    /// Why such playlists are excluded, for the user. Unit: text. Range: any. Default: required.
    pub reason: String,
}

/// Which texts of a playlist a rule searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    /// The name.
    #[default]
    Name,
    /// The description.
    Description,
    /// Name and description.
    Both,
}

/// Where in the text a phrase must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// Anywhere.
    #[default]
    Anywhere,
    /// The text starts with it.
    Start,
    /// The text consists of it.
    Whole,
}

/// One or several words, as written and as [`normalised_tokens`]: compared without case, accents and punctuation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phrase {
    written: String,
    tokens: Vec<String>,
}

/// A phrase without letters and digits.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("`{0}` has no letter and no digit, so it cannot match")]
pub struct EmptyPhrase(String);

/// Why a rules file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The file cannot be read.
    #[error("--rules {}: cannot read this file ({source}); check its name and permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not TOML, or a rule in it is invalid.
    #[error("--rules {}: {reason}\n`playlist-fit playlists trainable --print-rules` prints rules to start from", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
}

/// A rule that matches a playlist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<'r> {
    /// The rule.
    pub rule: &'r PlaylistRule,
    /// Which of its phrases matches.
    pub phrase: &'r Phrase,
    /// Where it was found.
    pub text: PlaylistText,
}

/// A text of a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaylistText {
    /// Its name.
    Name,
    /// Its description.
    Description,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rules: Vec<PlaylistRule>,
}

/// The rules that ship with the program.
#[must_use]
pub fn shipped() -> Vec<PlaylistRule> {
    // A test parses them, so they are valid.
    parse(SHIPPED).unwrap_or_default()
}

/// Reads the user's rules from a TOML file.
///
/// # Errors
/// If the file cannot be read, or a rule in it has a missing or unknown field or an empty phrase.
pub fn read(path: &Path) -> Result<Vec<PlaylistRule>, RulesError> {
    let text = fs::read_to_string(path).map_err(|source| RulesError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|reason| RulesError::Malformed {
        path: path.to_owned(),
        reason: reason.to_string(),
    })
}

fn parse(text: &str) -> Result<Vec<PlaylistRule>, toml::de::Error> {
    toml::from_str(text).map(|file: File| file.rules)
}

/// The first rule that matches the playlist.
#[must_use]
pub fn first_hit<'r>(rules: &'r [PlaylistRule], playlist: &Playlist) -> Option<Hit<'r>> {
    let name = normalised_tokens(&playlist.name);
    let description = normalised_tokens(playlist.description.as_deref().unwrap_or_default());
    let in_name = |rule: &'r PlaylistRule| {
        let is_searched = rule.within != Within::Description;
        is_searched
            .then(|| rule.hit(PlaylistText::Name, &name))
            .flatten()
    };
    let in_description = |rule: &'r PlaylistRule| {
        let is_searched = rule.within != Within::Name;
        is_searched
            .then(|| rule.hit(PlaylistText::Description, &description))
            .flatten()
    };
    rules
        .iter()
        .find_map(|rule| in_name(rule).or_else(|| in_description(rule)))
}

impl PlaylistRule {
    fn hit<'r>(&'r self, text: PlaylistText, tokens: &[String]) -> Option<Hit<'r>> {
        let matches =
            |range: Range<usize>| self.is_at(&range, tokens) && !self.is_excused(&range, tokens);
        let phrase = self
            .phrases
            .iter()
            .find(|phrase| phrase.ranges_in(tokens).any(matches))?;
        Some(Hit {
            rule: self,
            phrase,
            text,
        })
    }

    fn is_at(&self, range: &Range<usize>, tokens: &[String]) -> bool {
        match self.at {
            Position::Anywhere => true,
            Position::Start => range.start == 0,
            Position::Whole => *range == (0..tokens.len()),
        }
    }

    fn is_excused(&self, range: &Range<usize>, tokens: &[String]) -> bool {
        let contains = |outer: Range<usize>| outer.start <= range.start && range.end <= outer.end;
        self.unless
            .iter()
            .any(|phrase| phrase.ranges_in(tokens).any(contains))
    }
}

impl Phrase {
    /// The ranges of `tokens` that equal the phrase.
    fn ranges_in(&self, tokens: &[String]) -> impl Iterator<Item = Range<usize>> {
        // Never 0: `try_from` refuses an empty phrase.
        let length = self.tokens.len().max(1);
        let windows = tokens.windows(length).enumerate();
        windows
            .filter(|(_, window)| *window == self.tokens)
            .map(move |(start, _)| start..start + length)
    }
}

impl TryFrom<String> for Phrase {
    type Error = EmptyPhrase;

    fn try_from(written: String) -> Result<Phrase, EmptyPhrase> {
        let tokens = normalised_tokens(&written);
        if !written.contains(char::is_alphanumeric) {
            return Err(EmptyPhrase(written));
        }
        Ok(Phrase { written, tokens })
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
