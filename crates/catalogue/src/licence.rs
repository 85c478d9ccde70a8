//! What a licence permits, from its text: SPDX names, Creative Commons links and plain English.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Classes of licence, from the least to the most restrictive: of two alternatives, the smaller one applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Licence {
    /// No licence is stated.
    #[serde(rename = "unstated")]
    Unstated,
    /// Creative Commons Zero.
    #[serde(rename = "CC0")]
    Cc0,
    /// Public domain.
    #[serde(rename = "PD")]
    PublicDomain,
    /// Creative Commons Attribution.
    #[serde(rename = "CC-BY")]
    CcBy,
    /// OpenGameArt Attribution.
    #[serde(rename = "OGA-BY")]
    OgaBy,
    /// Creative Commons Attribution-ShareAlike.
    #[serde(rename = "CC-BY-SA")]
    CcBySa,
    /// BSD, MIT, ISC, Apache, Zlib.
    #[serde(rename = "permissive")]
    Permissive,
    /// GPL, LGPL, AGPL.
    #[serde(rename = "GPL")]
    Gpl,
    /// Any licence that forbids commercial use.
    #[serde(rename = "NC")]
    NonCommercial,
    /// Any licence that forbids derived works.
    #[serde(rename = "ND")]
    NoDerivatives,
    /// The text is not understood.
    #[serde(rename = "unknown")]
    Unknown,
}

/// An unknown licence class in a setting.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("unknown licence class `{0}`; supported: {names}", names = Licence::names())]
pub struct UnknownLicence(String);

impl Licence {
    /// All classes.
    pub const ALL: [Licence; 11] = [
        Licence::Unstated,
        Licence::Cc0,
        Licence::PublicDomain,
        Licence::CcBy,
        Licence::OgaBy,
        Licence::CcBySa,
        Licence::Permissive,
        Licence::Gpl,
        Licence::NonCommercial,
        Licence::NoDerivatives,
        Licence::Unknown,
    ];

    /// The class of a licence text. `A OR B` is the less restrictive of the two, `A AND B` the more restrictive. All words
    /// must be understood: a licence with any other remark is [`Licence::Unknown`].
    #[must_use]
    pub fn parse(text: &str) -> Licence {
        let text = text.to_lowercase();
        if text.trim().is_empty() {
            return Licence::Unstated;
        }
        let choices = text.split(" or ").filter(|choice| !is_or_later(choice));
        choices.map(all_of).min().unwrap_or(Licence::Unknown)
    }

    /// Whether the licence permits training on a recording.
    ///
    /// Share-alike and GPL permit it: what their conditions mean for the weights is for the publisher of a bundle to
    /// decide, who can remove the class from [`super::Filter::licences`].
    #[must_use]
    pub fn may_train(self) -> bool {
        !matches!(
            self,
            Licence::Unstated | Licence::NonCommercial | Licence::NoDerivatives | Licence::Unknown
        )
    }

    /// As settings and tables write it, such as `CC-BY-SA`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Licence::Unstated => "unstated",
            Licence::Cc0 => "CC0",
            Licence::PublicDomain => "PD",
            Licence::CcBy => "CC-BY",
            Licence::OgaBy => "OGA-BY",
            Licence::CcBySa => "CC-BY-SA",
            Licence::Permissive => "permissive",
            Licence::Gpl => "GPL",
            Licence::NonCommercial => "NC",
            Licence::NoDerivatives => "ND",
            Licence::Unknown => "unknown",
        }
    }

    fn names() -> String {
        Licence::ALL.map(Licence::name).join(", ")
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Licence {
    type Err = UnknownLicence;

    fn from_str(text: &str) -> Result<Licence, UnknownLicence> {
        let named = |licence: &Licence| licence.name().eq_ignore_ascii_case(text.trim());
        let found = Licence::ALL.into_iter().find(named);
        found.ok_or_else(|| UnknownLicence(text.to_owned()))
    }
}

/// `GPL-2.0 or later` offers no second licence.
fn is_or_later(choice: &str) -> bool {
    let words: Vec<&str> = words(choice).collect();
    matches!(
        words[..],
        ["later"] | ["later", "version"] | ["any", "later"]
    ) || words == ["any", "later", "version"]
}

fn all_of(text: &str) -> Licence {
    text.split(" and ")
        .map(one)
        .max()
        .unwrap_or(Licence::Unknown)
}

/// One licence, lower case.
fn one(text: &str) -> Licence {
    let glued = text
        .replace("public domain", "pd")
        .replace("share alike", "sa");
    let glued = glued
        .replace("non-commercial", "nc")
        .replace("non commercial", "nc");
    let glued = glued
        .replace("no derivatives", "nd")
        .replace("no-derivatives", "nd");
    let marks: BTreeSet<&str> = words(&glued).filter_map(mark).collect();
    let marks: Vec<&str> = marks.into_iter().filter(|mark| *mark != "cc").collect();
    let creative_commons = words(&glued).filter_map(mark).any(|mark| mark == "cc");
    match marks[..] {
        ["cc0"] | ["cc0" | "pd", "zero"] | ["cc0", "pd"] => Licence::Cc0,
        ["zero"] if creative_commons => Licence::Cc0,
        ["pd"] => Licence::PublicDomain,
        ["by"] => Licence::CcBy,
        ["by", "oga"] => Licence::OgaBy,
        ["by", "sa"] => Licence::CcBySa,
        ["permissive"] => Licence::Permissive,
        ["gpl"] => Licence::Gpl,
        _ if marks.contains(&"nc") => Licence::NonCommercial,
        _ if marks.contains(&"nd") => Licence::NoDerivatives,
        _ => Licence::Unknown,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The licence element that a word names; `None` for versions and filler words.
fn mark(word: &str) -> Option<&str> {
    match word {
        "cc" | "creativecommons" | "creative" | "commons" => Some("cc"),
        "pd" | "pddc" | "pdm" | "publicdomain" => Some("pd"),
        "by" | "attribution" => Some("by"),
        "sa" | "sharealike" => Some("sa"),
        "nc" | "noncommercial" => Some("nc"),
        "nd" | "noderivatives" | "noderivs" => Some("nd"),
        "bsd" | "mit" | "isc" | "apache" | "zlib" => Some("permissive"),
        _ if is_gpl(word) => Some("gpl"),
        _ if is_filler(word) => None,
        other => Some(other),
    }
}

/// `gpl`, `lgplv3`, `agpl3`.
fn is_gpl(word: &str) -> bool {
    let bare = word
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches('v');
    matches!(bare, "gpl" | "lgpl" | "agpl")
}

fn is_filler(word: &str) -> bool {
    const FILLERS: &[&str] = &[
        "http",
        "https",
        "www",
        "org",
        "com",
        "opensource",
        "licenses",
        "license",
        "licence",
        "deed",
        "legalcode",
        "legal",
        "en",
        "the",
        "version",
        "international",
        "unported",
        "generic",
        "universal",
        "dedication",
        "author",
        "mark",
        "only",
        "or",
        "later",
        "clause",
        "gnu",
        "igo",
        "usgov",
        "us",
        "released",
        "under",
        "work",
    ];
    // Creative Commons 3.0 and older were adapted country by country: `CC-BY-SA-3.0-DE`.
    const COUNTRIES: &[&str] = &[
        "at", "au", "br", "ca", "de", "es", "fr", "it", "jp", "nl", "pl", "uk",
    ];
    let number = word.trim_start_matches('v');
    FILLERS.contains(&word)
        || COUNTRIES.contains(&word)
        || (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, licence: Licence) {
        assert_eq!(Licence::parse(text), licence, "{text}");
    }

    #[test]
    fn names_of_the_demo_music_are_understood() {
        reads("CC-BY-SA-4.0", Licence::CcBySa);
        reads("CC-BY-3.0", Licence::CcBy);
        reads("CC0-1.0", Licence::Cc0);
        reads("GPL-2.0", Licence::Gpl);
        reads("GPL-2.0 OR CC-BY-SA-3.0", Licence::CcBySa);
        reads("CC-PDDC", Licence::PublicDomain);
        reads("PD", Licence::PublicDomain);
        reads("PD-USGov", Licence::PublicDomain);
        reads("OGA-BY-3.0", Licence::OgaBy);
        reads("PD (author dedication)", Licence::PublicDomain);
    }

    #[test]
    fn links_and_plain_words_are_understood() {
        reads(
            "http://creativecommons.org/licenses/by-sa/3.0/",
            Licence::CcBySa,
        );
        reads(
            "https://creativecommons.org/publicdomain/zero/1.0/",
            Licence::Cc0,
        );
        reads(
            "https://creativecommons.org/publicdomain/mark/1.0/deed.en",
            Licence::PublicDomain,
        );
        reads(
            "https://creativecommons.org/licenses/by-nc-nd/4.0/",
            Licence::NonCommercial,
        );
        reads(
            "Creative Commons Attribution-ShareAlike 4.0 International",
            Licence::CcBySa,
        );
        reads("cc by 4.0", Licence::CcBy);
        reads("CC-BY-SA-3.0-DE", Licence::CcBySa);
        reads("Public Domain", Licence::PublicDomain);
        reads("BSD-3-Clause", Licence::Permissive);
        reads("GPLv2 or later", Licence::Gpl);
        reads("GPL-3.0-or-later", Licence::Gpl);
    }

    #[test]
    fn whatever_forbids_or_is_not_understood_may_not_train() {
        reads("CC-BY-NC-SA-4.0", Licence::NonCommercial);
        reads("CC BY-ND 3.0", Licence::NoDerivatives);
        reads("Attribution-NonCommercial", Licence::NonCommercial);
        reads(
            "Creative Commons Attribution Non-Commercial",
            Licence::NonCommercial,
        );
        reads("CC-BY-3.0 AND CC-BY-NC-4.0", Licence::NonCommercial);
        reads("all rights reserved", Licence::Unknown);
        reads("not CC0", Licence::Unknown);
        reads("CC-BY-3.0, but ask the composer first", Licence::Unknown);
        reads("Spotify", Licence::Unknown);
        reads("4.0", Licence::Unknown);
        reads("🎵", Licence::Unknown);
        reads("  ", Licence::Unstated);
        let refused = ["CC-BY-NC-4.0", "CC-BY-ND-4.0", "all rights reserved", ""];
        assert!(refused.iter().all(|text| !Licence::parse(text).may_train()));
    }

    #[test]
    fn every_class_is_found_by_its_name() {
        for licence in Licence::ALL {
            assert_eq!(licence.to_string().to_lowercase().parse(), Ok(licence));
        }
        let error = "free".parse::<Licence>().unwrap_err().to_string();
        assert!(
            error.contains("`free`") && error.contains("CC-BY-SA"),
            "{error}"
        );
    }
}
