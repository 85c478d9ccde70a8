//! Which lists are worth learning, judged by their names and sizes: before there is any audio, and whatever their
//! sources allow. A catalogue comes in, a verdict a list goes out, each with its reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::rules::first_hit;
use super::terms::OWN_FILES;
use super::{Catalogue, Filter, Placement, Playlist};

/// A list, and whether it can be learned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Eligibility {
    pub id: String,
    pub source: String,
    pub name: String,
    pub description: Option<String>,
    /// Tracks that are on it now, and all that ever were.
    pub tracks_now: usize,
    pub tracks_ever: usize,
    /// By whom these ever were, as a split counts artists.
    pub artists: usize,
    /// None where it can be learned.
    #[serde(rename = "left_out")]
    pub excluded: Option<Ineligible>,
}

/// Why a list is not learned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ineligible {
    /// The name of the rule, or of the setting: `minimum_tracks`, `minimum_artists`.
    pub rule: String,
    /// What the list says that the rule speaks of.
    pub word: Option<String>,
    /// In plain words.
    #[serde(rename = "why")]
    pub reason: String,
}

impl Catalogue {
    /// Every list, by name, then id.
    ///
    /// The rules are asked about lists of services alone; a user's own files are the user's choice. No list, whoever
    /// made it, is learned with fewer tracks or artists than the filter asks for.
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
        let mut lists: Vec<Eligibility> = self
            .playlists
            .iter()
            .map(|playlist| {
                let rows = placements.get(playlist.id.as_str());
                filter.assess(playlist, rows.map_or(&[], Vec::as_slice), &artists)
            })
            .collect();
        lists.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        lists
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
            .or_else(|| self.too_small("ever on it", ever.len(), by.len()));
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
        Some(Ineligible {
            rule: hit.rule.name.clone(),
            word: Some(hit.word.to_string()),
            reason: hit.to_string(),
        })
    }

    /// Why a list with so many tracks and artists is too small; `which` says what was counted.
    pub(super) fn too_small(
        &self,
        which: &str,
        tracks: usize,
        artists: usize,
    ) -> Option<Ineligible> {
        let sizes = [
            ("minimum_tracks", "tracks", tracks, self.minimum_tracks),
            ("minimum_artists", "artists", artists, self.minimum_artists),
        ];
        let (setting, what, found, asked) = sizes
            .into_iter()
            .find(|(_, _, found, asked)| *found < (*asked).max(1))?;
        Some(Ineligible {
            rule: setting.to_owned(),
            word: None,
            reason: format!("{what} {which}: {found}, fewer than {}", asked.max(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Track;

    /// A list with tracks `0..tracks` by so many artists, of which the first has left it.
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
        let excluded = of_a_service.excluded.unwrap();
        assert_eq!(
            (excluded.rule.as_str(), excluded.word.as_deref()),
            ("top", Some("top"))
        );
        let own = assessed(&catalogue("files:top rock", "Top Rock", 9, 9));
        assert_eq!(own.excluded, None);
    }

    #[test]
    fn too_few_tracks_or_artists_are_named_whoever_made_the_list() {
        let small = assessed(&catalogue("files:a", "a", 4, 4)).excluded.unwrap();
        assert_eq!(small.reason, "tracks ever on it: 4, fewer than 5");
        let one_voice = assessed(&catalogue("files:a", "a", 9, 1)).excluded.unwrap();
        assert_eq!(one_voice.rule, "minimum_artists");
        assert_eq!(one_voice.reason, "artists ever on it: 1, fewer than 2");
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
