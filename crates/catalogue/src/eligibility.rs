//! Whether a playlist may be trained on, judged by its name, description and size: before there is any audio, and
//! whatever its source allows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::rules::{PlaylistText, first_hit};
use super::terms::OWN_FILES;
use super::{Catalogue, Filter, Placement, Playlist};

/// A playlist, and whether it can be trained on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Eligibility {
    /// The playlist's id, `source:key`.
    pub id: String,
    /// The service or `files`.
    pub source: String,
    /// The playlist's name.
    pub name: String,
    /// The playlist's description, if its source has one.
    pub description: Option<String>,
    /// Number of tracks that are on it now.
    pub tracks_now: usize,
    /// Number of tracks that are or were on it.
    pub tracks_ever: usize,
    /// Number of artists of these tracks, as a split counts artists.
    pub artists: usize,
    /// `None` if it can be trained on.
    #[serde(skip)]
    pub excluded: Option<Ineligible>,
}

/// Why a playlist is not trained on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ineligible {
    /// A rule matches its name or its description.
    Rule(RuleMatch),
    /// It has fewer tracks than [`Filter::minimum_tracks`].
    TooFewTracks(Shortfall),
    /// It has fewer artists than [`Filter::minimum_artists`].
    TooFewArtists(Shortfall),
}

/// The rule that excludes a playlist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleMatch {
    /// The rule's name.
    pub rule: String,
    /// The phrase of the rule that was found, as the rule writes it.
    pub phrase: String,
    /// Where it was found.
    pub text: PlaylistText,
    /// The rule's own explanation.
    pub reason: String,
}

/// A count below its minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shortfall {
    /// Which tracks were counted.
    pub counted: CountedTracks,
    /// Number of tracks or artists.
    pub found: usize,
    /// The number that is needed, at least 1.
    pub minimum: usize,
}

/// Which tracks of a playlist a [`Shortfall`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedTracks {
    /// All that are or were on the playlist.
    EverOnPlaylist,
    /// Those that pass the filter and have audio.
    Trainable,
}

impl Ineligible {
    /// `rule`, `too_few_tracks` or `too_few_artists`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Ineligible::Rule(_) => "rule",
            Ineligible::TooFewTracks(_) => "too_few_tracks",
            Ineligible::TooFewArtists(_) => "too_few_artists",
        }
    }

    /// The rule's name, or the setting that is not met: `minimum_tracks`, `minimum_artists`.
    #[must_use]
    pub fn rule(&self) -> &str {
        match self {
            Ineligible::Rule(matched) => &matched.rule,
            Ineligible::TooFewTracks(_) => "minimum_tracks",
            Ineligible::TooFewArtists(_) => "minimum_artists",
        }
    }
}

impl Catalogue {
    /// Every playlist with its eligibility, sorted by name, then id.
    ///
    /// The rules apply to playlists of services only: the user's own files are the user's choice. The minimum numbers
    /// of tracks and artists apply to all.
    #[must_use]
    pub fn assess_playlists(&self, filter: &Filter) -> Vec<Eligibility> {
        let tracks = self.tracks.iter();
        let artists: HashMap<&str, String> = tracks
            .map(|track| (track.id.as_str(), track.split_group()))
            .collect();
        let mut placements: BTreeMap<&str, Vec<&Placement>> = BTreeMap::new();
        for row in &self.placements {
            placements.entry(&row.playlist).or_default().push(row);
        }
        let mut playlists: Vec<Eligibility> = self
            .playlists
            .iter()
            .map(|playlist| {
                let rows = placements.get(playlist.id.as_str());
                filter.assess(playlist, rows.map_or(&[], Vec::as_slice), &artists)
            })
            .collect();
        playlists.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        playlists
    }
}

impl Filter {
    fn assess(
        &self,
        playlist: &Playlist,
        rows: &[&Placement],
        artists: &HashMap<&str, String>,
    ) -> Eligibility {
        let on_it = |rows: &mut dyn Iterator<Item = &&Placement>| -> BTreeSet<String> {
            rows.map(|row| row.track.clone()).collect()
        };
        let ever = on_it(&mut rows.iter());
        let now = on_it(&mut rows.iter().filter(|row| row.removed.is_none()));
        let by: BTreeSet<&String> = ever
            .iter()
            .filter_map(|track| artists.get(track.as_str()))
            .collect();
        let excluded = self
            .by_rule(playlist)
            .or_else(|| self.too_small(CountedTracks::EverOnPlaylist, ever.len(), by.len()));
        Eligibility {
            id: playlist.id.clone(),
            source: playlist.source.clone(),
            name: playlist.name.clone(),
            description: playlist.description.clone(),
            tracks_now: now.len(),
            tracks_ever: ever.len(),
            artists: by.len(),
            excluded,
        }
    }

    fn by_rule(&self, playlist: &Playlist) -> Option<Ineligible> {
        if playlist.source == OWN_FILES {
            return None;
        }
        let hit = first_hit(&self.rules, playlist)?;
        Some(Ineligible::Rule(RuleMatch {
            rule: hit.rule.name.clone(),
            phrase: hit.phrase.to_string(),
            text: hit.text,
            reason: hit.rule.reason.clone(),
        }))
    }

    /// The minimum that a playlist with so many tracks and artists does not reach; `None` if it is large enough.
    pub(super) fn too_small(
        &self,
        counted: CountedTracks,
        tracks: usize,
        artists: usize,
    ) -> Option<Ineligible> {
        let shortfall = |found: usize, minimum: usize| {
            let minimum = minimum.max(1);
            (found < minimum).then_some(Shortfall {
                counted,
                found,
                minimum,
            })
        };
        shortfall(tracks, self.minimum_tracks)
            .map(Ineligible::TooFewTracks)
            .or_else(|| shortfall(artists, self.minimum_artists).map(Ineligible::TooFewArtists))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Track;

    /// A playlist with tracks `0..tracks` by this number of artists, the first of which was removed.
    fn catalogue(id: &str, name: &str, tracks: usize, artists: usize) -> Catalogue {
        let track = |number: usize| Track {
            id: format!("content:{number}"),
            artist_group: format!("Artist {}", number % artists),
            ..Track::default()
        };
        let placement = |number: usize| Placement {
            playlist: id.into(),
            track: format!("content:{number}"),
            added: None,
            removed: (number == 0).then(|| date(2021, 1, 1)),
        };
        Catalogue {
            tracks: (0..tracks).map(track).collect(),
            playlists: vec![Playlist {
                id: id.into(),
                source: id.split(':').next().unwrap().into(),
                name: name.into(),
                ..Playlist::default()
            }],
            placements: (0..tracks).map(placement).collect(),
            ..Catalogue::default()
        }
    }

    fn assessed(catalogue: &Catalogue) -> Eligibility {
        let mut lists = catalogue.assess_playlists(&Filter::default());
        assert_eq!(lists.len(), 1);
        lists.remove(0)
    }

    #[test]
    fn rules_speak_of_services_and_not_of_the_users_own_files() {
        let of_a_service = assessed(&catalogue("deezer:1", "Top Rock", 9, 9));
        let Some(Ineligible::Rule(excluded)) = of_a_service.excluded else {
            panic!("{of_a_service:?}");
        };
        assert_eq!(
            (excluded.rule.as_str(), excluded.phrase.as_str()),
            ("top", "top")
        );
        let own = assessed(&catalogue("files:top rock", "Top Rock", 9, 9));
        assert_eq!(own.excluded, None);
    }

    #[test]
    fn too_few_tracks_or_artists_are_counted_for_any_source() {
        let shortfall = |found, minimum| Shortfall {
            counted: CountedTracks::EverOnPlaylist,
            found,
            minimum,
        };
        let small = assessed(&catalogue("files:a", "a", 4, 4)).excluded.unwrap();
        assert_eq!(small, Ineligible::TooFewTracks(shortfall(4, 5)));
        let one_artist = assessed(&catalogue("files:a", "a", 9, 1)).excluded.unwrap();
        assert_eq!(one_artist, Ineligible::TooFewArtists(shortfall(1, 2)));
        assert_eq!(
            (one_artist.code(), one_artist.rule()),
            ("too_few_artists", "minimum_artists")
        );
    }

    #[test]
    fn tracks_that_left_count_as_having_been_there_and_a_second_stay_counts_once() {
        let mut music = catalogue("deezer:1", "Rock", 6, 3);
        let again = Placement {
            added: Some(date(2021, 2, 1)),
            removed: Some(date(2021, 3, 1)),
            ..music.placements[0].clone()
        };
        music.placements.push(again);
        let list = assessed(&music);
        assert_eq!((list.tracks_now, list.tracks_ever, list.artists), (5, 6, 3));
        assert_eq!(list.excluded, None);
    }
}
