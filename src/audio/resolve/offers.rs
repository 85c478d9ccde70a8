//! Who else has the audio of a track, and what of it may be fetched.
//!
//! Previews of 30 seconds are not fetched: Deezer's are signed and not licensed for it, Apple's are for promotion only.

use std::path::Path;

use crate::playlists::{Licence, Provenance, Track};

/// Somebody who can be asked for a track's audio.
pub trait Offers {
    /// Puts the audio at `to`, or beside it under the same name with an ending. `to` does not exist yet and lies in an
    /// empty folder of its own; whatever stays there is thrown away.
    ///
    /// # Errors
    /// Why there is no audio.
    fn fetch(&self, track: &Track, provenance: &[&Provenance], to: &Path) -> Result<(), Unfetched>;
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfetched {
    /// This track is not to be had there; nobody was asked.
    NotOffered,
    /// It went wrong for this track.
    Failed(String),
    /// It will go wrong for every other track too.
    GiveUp(String),
}

/// The number under which Jamendo offers the track for download; none where it is not there, the artist does not allow
/// downloads, or no licence is stated that lets one keep a copy. Every Creative Commons licence does; whether the
/// recording may train is asked of its provenance later.
#[must_use]
pub fn jamendo_download<'a>(track: &'a Track, provenance: &[&Provenance]) -> Option<&'a str> {
    let allowed = track
        .notes
        .get("audiodownload_allowed")
        .is_some_and(|value| value == "true");
    let keeps = |row: &&Provenance| {
        row.source == "jamendo"
            && !matches!(
                Licence::parse(&row.licence),
                Licence::Unstated | Licence::Unknown
            )
    };
    let licensed = provenance.iter().any(keeps);
    let mut ids = track
        .aliases
        .iter()
        .chain([&track.id])
        .filter_map(|id| id.strip_prefix("jamendo:"));
    let number = ids.find(|id| !id.is_empty() && id.chars().all(|digit| digit.is_ascii_digit()));
    number.filter(|_| allowed && licensed)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn only_what_artist_and_licence_allow_is_downloaded() {
        let track = |alias: &str, allowed: &str| Track {
            aliases: [alias.to_owned()].into(),
            notes: [("audiodownload_allowed".to_owned(), allowed.to_owned())].into(),
            ..Track::default()
        };
        let row = |source: &str, licence: &str| Provenance {
            track: String::new(),
            source: source.into(),
            retrieved: Timestamp::UNIX_EPOCH,
            licence: licence.into(),
            may_train: true,
            doubt: None,
        };
        let free = row("jamendo", "http://creativecommons.org/licenses/by-sa/3.0/");
        let good = track("jamendo:168", "true");
        assert_eq!(jamendo_download(&good, &[&free]), Some("168"));
        assert_eq!(
            jamendo_download(&good, &[&row("jamendo", "CC-BY-NC-ND-3.0")]),
            Some("168")
        );
        assert_eq!(jamendo_download(&good, &[&row("jamendo", "")]), None);
        assert_eq!(
            jamendo_download(&good, &[&row("jamendo", "all rights reserved")]),
            None
        );
        assert_eq!(jamendo_download(&good, &[&row("files", "CC0")]), None);
        assert_eq!(jamendo_download(&good, &[]), None);
        for none in [
            track("jamendo:168", "false"),
            track("jamendo:1/../2", "true"),
            track("deezer:168", "true"),
        ] {
            assert_eq!(jamendo_download(&none, &[&free]), None);
        }
    }
}
