//! Ids of recordings at services: `https://open.spotify.com/track/X`, `spotify:track:X` and `spotify:X` are one id
//! here, `spotify:X`.

use url::Url;

use catalogue::Track;
use catalogue::names;

/// Services, and the prefix of their links to recordings.
const LINKS: [(&str, &str); 4] = [
    ("spotify", "https://open.spotify.com/track/"),
    ("deezer", "https://www.deezer.com/track/"),
    ("jamendo", "https://www.jamendo.com/track/"),
    ("musicbrainz", "https://musicbrainz.org/recording/"),
];

/// The id of a link or URI of a service; `None` if the service is unknown.
pub(super) fn from_link(link: &str) -> Option<String> {
    if let Some(key) = link.strip_prefix("spotify:track:") {
        return is_key(key).then(|| format!("spotify:{key}"));
    }
    let url = Url::parse(link).ok()?;
    let host = format!("{}/", url.host_str()?.trim_start_matches("www."));
    let of_host = |start: &str| {
        let start = start.trim_start_matches("https://");
        start.trim_start_matches("www.").starts_with(&host)
    };
    let (service, _) = LINKS.iter().find(|(_, start)| of_host(start))?;
    // A link may hold a language, as in `/intl-de/track/X`.
    let mut parts = url
        .path_segments()?
        .skip_while(|part| !["track", "recording"].contains(part));
    let key = parts.nth(1).filter(|key| is_key(key))?;
    Some(format!("{service}:{key}"))
}

/// The key of a playlist in a link or URI of Spotify.
pub(super) fn spotify_playlist(link: &str) -> Option<String> {
    let key = link.strip_prefix("spotify:playlist:").map(str::to_owned);
    let in_link = || {
        let url = Url::parse(link).ok()?;
        let known = url.host_str() == Some("open.spotify.com");
        let mut parts = url.path_segments()?.skip_while(|part| *part != "playlist");
        parts.nth(1).filter(|_| known).map(str::to_owned)
    };
    key.or_else(in_link).filter(|key| is_key(key))
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A service's own link to a recording; any other id as it is.
pub(super) fn link(id: &str) -> String {
    let known = id.split_once(':').and_then(|(service, key)| {
        let (_, start) = LINKS.iter().find(|(name, _)| *name == service)?;
        is_key(key).then(|| format!("{start}{key}"))
    });
    known.unwrap_or_else(|| id.to_owned())
}

/// Stores an identifier in a track. A link to an unknown service becomes a note.
pub(super) fn learn(track: &mut Track, identifier: &str) {
    if let Some(id) = from_link(identifier) {
        track.aliases.insert(id);
    } else if let Some(isrc) = identifier.strip_prefix("isrc:").and_then(names::isrc) {
        if track.isrc.is_some() {
            let _ = track.aliases.insert(format!("isrc:{isrc}"));
        } else {
            track.isrc = Some(isrc);
        }
    } else if is_web(identifier) {
        track.notes.insert("link".to_owned(), identifier.to_owned());
    } else if is_id(identifier) {
        track.aliases.insert(identifier.to_owned());
    }
}

pub(super) fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()) && scheme != "file"
}

/// `source:key`, as ids of tracks and playlists are written here.
pub(super) fn is_id(text: &str) -> bool {
    let Some((source, key)) = text.split_once(':') else {
        return false;
    };
    let word = |c: char| c.is_ascii_lowercase() || c == '-';
    source.len() > 1
        && source.chars().all(word)
        && !["file", "name"].contains(&source)
        && !key.is_empty()
        && !key.starts_with("//")
}

/// The ids of a recording except the ISRC and its name, which have their own fields.
pub(super) fn beside_isrc(track: &Track) -> Vec<String> {
    let isrc = track.isrc.as_ref().map(|isrc| format!("isrc:{isrc}"));
    let known = track.ids().into_iter();
    known
        .filter(|id| is_id(id) && Some(id) != isrc.as_ref())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_uris_of_one_recording_are_one_id() {
        for link in [
            "spotify:track:7ouMYWpwJ422jRcDASZB7P",
            "https://open.spotify.com/track/7ouMYWpwJ422jRcDASZB7P?si=abc",
            "https://open.spotify.com/intl-de/track/7ouMYWpwJ422jRcDASZB7P",
        ] {
            assert_eq!(
                from_link(link).as_deref(),
                Some("spotify:7ouMYWpwJ422jRcDASZB7P"),
                "{link}"
            );
        }
        assert_eq!(
            from_link("https://www.deezer.com/en/track/31").as_deref(),
            Some("deezer:31")
        );
        assert_eq!(
            from_link("https://deezer.com/track/31").as_deref(),
            Some("deezer:31")
        );
        for link in [
            "https://evil.example/track/31",
            "https://com/track/31",
            "https://open.spotify.com/track/",
            "spotify:track:",
            "spotify:track:a/../b",
            "/music/a.mp3",
        ] {
            assert_eq!(from_link(link), None, "{link}");
        }
        assert_eq!(
            from_link(&link("musicbrainz:1-2")).as_deref(),
            Some("musicbrainz:1-2")
        );
    }

    #[test]
    fn a_list_is_known_by_its_link() {
        for link in [
            "https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd?si=1",
            "https://open.spotify.com/user/spotify/playlist/37i9dQZF1DX0XUsuxWHRQd",
            "spotify:playlist:37i9dQZF1DX0XUsuxWHRQd",
        ] {
            assert_eq!(
                spotify_playlist(link).as_deref(),
                Some("37i9dQZF1DX0XUsuxWHRQd")
            );
        }
        assert_eq!(spotify_playlist("https://open.spotify.com/album/1"), None);
        assert_eq!(
            spotify_playlist("https://open.spotify.com/playlist/..%2f"),
            None
        );
    }
}
