//! What a bundle keeps of a track besides its embedding.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use catalogue::{SourceClaim, UNKNOWN_ARTIST, is_same_song, normalised_tokens};
use features::descriptors::Descriptors;

/// What a reader is told of a stored track.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredTrack {
    pub title: String,
    pub artists: Vec<String>,
    pub artist_group: String,
    /// By their place in the bundle.
    pub playlists: Vec<usize>,
    /// Hash of its coded audio.
    #[serde(rename = "content")]
    pub audio_hash: String,
    /// How long the recording is, and the day on which it first came onto any playlist, where these are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Date>,
    /// How it sounds, by the same measure as a song. None in bundles made before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "traits")]
    pub descriptors: Option<Descriptors>,
    /// The strictest that anybody states, and who states it.
    pub licence: String,
    pub source: String,
    /// What each source said of it when it was learned from. Empty in bundles made before this was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "statements")]
    pub claims: Vec<SourceClaim>,
}

impl StoredTrack {
    /// What each source said of it, as far as the bundle keeps it.
    pub fn stated(&self) -> Vec<SourceClaim> {
        if self.claims.is_empty() {
            return vec![SourceClaim {
                source: self.source.clone(),
                licence: self.licence.clone(),
                ..SourceClaim::default()
            }];
        }
        self.claims.clone()
    }

    /// Whether this is a track of that title by any of those artists, in whatever version (live, remastered, a radio
    /// edit). `artists` is one line, as tags have it.
    pub fn is_version_of(&self, title: &str, artists: &str) -> bool {
        is_same_song(title, &self.title) && self.is_by(artists)
    }

    fn is_by(&self, artists: &str) -> bool {
        let stated = format!(" {} ", normalised_tokens(artists).join(" "));
        let mut names = self.known_artists();
        names.any(|name| stated.contains(&format!(" {name} ")))
    }

    /// Everyone who plays on it and its artist group, in plain words.
    pub fn performers(&self) -> BTreeSet<String> {
        let group = normalised_tokens(&self.artist_group).join(" ");
        let named = self.known_artists().chain([group]);
        named.filter(|name| !name.is_empty()).collect()
    }

    /// Everyone who plays on it and the recording: whoever shares one of these does not stand beside it in a list.
    pub(super) fn links(&self) -> BTreeSet<String> {
        let named = self.performers().into_iter();
        let named = named.map(|name| format!("artist {name}"));
        named
            .chain([format!("recording {}", self.audio_hash)])
            .filter(|link| !link.ends_with(' '))
            .collect()
    }

    fn known_artists(&self) -> impl Iterator<Item = String> + '_ {
        let known = self.artists.iter().filter(|name| *name != UNKNOWN_ARTIST);
        let plain = known.map(|name| normalised_tokens(name).join(" "));
        plain.filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_told_by_title_and_any_artist() {
        let track = StoredTrack {
            title: "Déjà Vu (Remastered 2011)".into(),
            artists: vec!["Beyoncé".into(), "JAY-Z".into()],
            ..StoredTrack::default()
        };
        for (title, artists) in [
            ("Deja Vu - Radio Edit", "beyonce"),
            ("Déjà vu (live at Wembley) [feat. X]", "Somebody, Jay Z"),
        ] {
            assert!(track.is_version_of(title, artists), "{title} by {artists}");
        }
        for (title, artists) in [
            ("Deja Vu", "Katy B"),
            ("Deja Vu", "Jay"),
            ("Deja Vu Again", "Beyoncé"),
            ("", "Beyoncé"),
            ("Deja Vu", ""),
        ] {
            assert!(!track.is_version_of(title, artists), "{title} by {artists}");
        }
    }
}
