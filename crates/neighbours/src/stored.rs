//! What a bundle stores of a track besides its embedding.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use catalogue::{SourceClaim, UNKNOWN_ARTIST, is_same_song, normalised_tokens};
use features::descriptors::Descriptors;

/// A track of a bundle: names, playlists, provenance and descriptors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredTrack {
    /// From the catalogue.
    pub title: String,
    /// All credited artists.
    pub artists: Vec<String>,
    /// Group for splits: tracks of one group are in one partition.
    pub artist_group: String,
    /// Indices into the bundle's playlists.
    pub playlists: Vec<usize>,
    /// blake3 of its coded audio.
    #[serde(rename = "content")]
    pub audio_hash: String,
    /// Length of the recording, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Day on which it was first added to any playlist, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Date>,
    /// Descriptors as measured for a song; `None` in bundles of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "traits")]
    pub descriptors: Option<Descriptors>,
    /// Most restrictive licence that a source states.
    pub licence: String,
    /// The source that states it.
    pub source: String,
    /// What each source stated at the time of training; empty in bundles of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "statements")]
    pub claims: Vec<SourceClaim>,
}

impl StoredTrack {
    /// What each source states, as far as the bundle stores it.
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

    /// Whether this is a track of that title by any of those artists, in any version (live, remastered, radio edit).
    /// `artists` is one line as in tags.
    pub fn is_version_of(&self, title: &str, artists: &str) -> bool {
        is_same_song(title, &self.title) && self.is_by(artists)
    }

    fn is_by(&self, artists: &str) -> bool {
        let stated = format!(" {} ", normalised_tokens(artists).join(" "));
        let mut names = self.known_artists();
        names.any(|name| stated.contains(&format!(" {name} ")))
    }

    /// All credited artists and the artist group, as normalised tokens.
    pub fn performers(&self) -> BTreeSet<String> {
        let group = normalised_tokens(&self.artist_group).join(" ");
        let named = self.known_artists().chain([group]);
        named.filter(|name| !name.is_empty()).collect()
    }

    /// Keys of the artists and of the recording: two tracks that share one are not shown together.
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
