//! What of a catalogue a network may and can learn from, and why the rest is left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{Catalogue, Licence, Placement, Playlist, Provenance, Track};

/// What the user wants to learn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// A track must be under one of these, in every source that states a licence for it. Own files without a
    /// word on their licence are [`Licence::Unstated`].
    pub licences: Vec<Licence>,
    /// Whether rows that are not to be relied on count.
    pub allow_doubt: bool,
    /// A playlist with fewer learnable tracks is left out.
    pub minimum_tracks: usize,
}

impl Default for Filter {
    fn default() -> Filter {
        let may_train = |licence: &Licence| licence.may_train() || *licence == Licence::Unstated;
        let licences = Licence::ALL.into_iter().filter(may_train).collect();
        Filter {
            licences,
            allow_doubt: false,
            minimum_tracks: 5,
        }
    }
}

/// The part of a catalogue that may be learned from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learnable {
    /// In the order of the catalogue.
    pub tracks: Vec<LearnableTrack>,
    /// By name, then id: the order of a network's outputs.
    pub playlists: Vec<Playlist>,
    pub left_out: Vec<LeftOut>,
}

/// A track with audio on at least one playlist.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnableTrack {
    /// Index into the catalogue's tracks.
    pub track: usize,
    /// Indices into [`Learnable::playlists`], ascending, never empty.
    pub playlists: Vec<usize>,
}

/// Something that is not learned from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// `tracks`, or the name of a playlist.
    pub what: String,
    pub why: String,
    /// How many tracks this concerns.
    pub count: usize,
}

impl Catalogue {
    /// The tracks with audio that may train, are under a wanted licence, free of doubt, and on a playlist of
    /// enough such tracks. A track that left a playlist still counts: an editor had put it there.
    ///
    /// A licence or a doubt speaks of the recording and holds whoever states it. The permission to train
    /// speaks of a source: a placement on a list of a source that forbids training is not used, while the
    /// same recording may be learned from on the user's own lists.
    #[must_use]
    pub fn learnable(&self, filter: &Filter) -> Learnable {
        let sources = group_by(&self.provenance, |row| &row.track);
        let placements = group_by(&self.placements, |row| &row.track);
        let mut left_out = BTreeMap::new();
        let mut usable: Vec<(usize, Vec<&str>)> = Vec::new();
        for (index, track) in self.tracks.iter().enumerate() {
            let sources = rows_of(&sources, track);
            match filter.usable_lists(track, sources, rows_of(&placements, track)) {
                Ok(lists) => usable.push((index, lists)),
                Err(why) => *left_out.entry(why).or_default() += 1,
            }
        }
        on_large_lists(&self.playlists, usable, left_out, filter.minimum_tracks)
    }
}

/// Keeps the playlists that are large enough, and the tracks on them.
fn on_large_lists(
    all: &[Playlist],
    usable: Vec<(usize, Vec<&str>)>,
    mut reasons: BTreeMap<String, usize>,
    minimum: usize,
) -> Learnable {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    usable
        .iter()
        .flat_map(|(_, lists)| lists)
        .for_each(|list| *sizes.entry(list).or_default() += 1);
    let size = |playlist: &Playlist| sizes.get(playlist.id.as_str()).copied().unwrap_or(0);
    let (mut playlists, small): (Vec<_>, Vec<_>) = all
        .iter()
        .cloned()
        .partition(|playlist| size(playlist) >= minimum.max(1));
    playlists.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    let outputs: HashMap<&str, usize> = playlists
        .iter()
        .enumerate()
        .map(|(output, playlist)| (playlist.id.as_str(), output))
        .collect();
    let mut tracks = Vec::new();
    for (track, lists) in usable {
        let on: BTreeSet<usize> = lists
            .iter()
            .filter_map(|id| outputs.get(id).copied())
            .collect();
        if on.is_empty() {
            *reasons
                .entry("only on playlists that are left out".to_owned())
                .or_default() += 1;
        } else {
            tracks.push(LearnableTrack {
                track,
                playlists: on.into_iter().collect(),
            });
        }
    }
    let mut left_out: Vec<LeftOut> = reasons
        .into_iter()
        .map(|(why, count)| LeftOut {
            what: "tracks".to_owned(),
            why,
            count,
        })
        .collect();
    left_out.extend(
        small
            .iter()
            .map(|playlist| too_small(playlist, size(playlist), minimum)),
    );
    Learnable {
        tracks,
        playlists,
        left_out,
    }
}

fn too_small(playlist: &Playlist, size: usize, minimum: usize) -> LeftOut {
    let why = format!("{size} learnable tracks, fewer than {}", minimum.max(1));
    LeftOut {
        what: playlist.name.clone(),
        why,
        count: size,
    }
}

impl Filter {
    /// The ids of the playlists on which a track may be learned, or why there are none.
    fn usable_lists<'a>(
        &self,
        track: &Track,
        sources: &[&Provenance],
        placements: &[&'a Placement],
    ) -> Result<Vec<&'a str>, String> {
        if track.audio.is_none() || track.content.is_none() {
            return Err("no audio".to_owned());
        }
        if let Some(why) = sources.iter().find_map(|row| self.refusal(row)) {
            return Err(why);
        }
        if placements.is_empty() {
            return Err("on no playlist".to_owned());
        }
        // A track that came back has several stays on a list; it is on it once.
        let lists: BTreeSet<&str> = placements.iter().map(|row| row.playlist.as_str()).collect();
        let lists: Vec<&str> = lists
            .into_iter()
            .filter(|list| may_train(list, sources))
            .collect();
        match sources.iter().find(|row| !row.may_train) {
            _ if !lists.is_empty() => Ok(lists),
            Some(row) => Err(format!("{} does not allow training", row.source)),
            None => Err("nobody says where it comes from".to_owned()),
        }
    }

    /// Why a source's word on the recording keeps it out.
    fn refusal(&self, row: &Provenance) -> Option<String> {
        if let Some(doubt) = row.doubt.as_ref().filter(|_| !self.allow_doubt) {
            return Some(format!("in doubt: {doubt}"));
        }
        let licence = Licence::parse(&row.licence);
        match licence.refusal() {
            Some(why) if licence != Licence::Unstated => Some(format!("{}: {why}", row.licence)),
            Some(_) if !row.may_train => None,
            _ if self.licences.contains(&licence) => None,
            _ => Some(format!("{licence} is not among the licences wanted")),
        }
    }
}

/// The list's own source decides where it has a row on the track; else one source that allows it is enough.
fn may_train(playlist: &str, sources: &[&Provenance]) -> bool {
    let is_its_source = |row: &Provenance| {
        playlist
            .strip_prefix(&row.source)
            .is_some_and(|key| key.starts_with(':'))
    };
    match sources.iter().find(|row| is_its_source(row)) {
        Some(row) => row.may_train,
        None => sources.iter().any(|row| row.may_train),
    }
}

fn group_by<R>(rows: &[R], track: impl Fn(&R) -> &String) -> HashMap<&str, Vec<&R>> {
    let mut groups: HashMap<&str, Vec<&R>> = HashMap::new();
    rows.iter()
        .for_each(|row| groups.entry(track(row)).or_default().push(row));
    groups
}

fn rows_of<'a, 'b, R>(groups: &'a HashMap<&str, Vec<&'b R>>, track: &Track) -> &'a [&'b R] {
    groups.get(track.id.as_str()).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Tracks `0..lists.len()`, each on the lists named, all allowed.
    fn catalogue(lists: &[&[&str]]) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for (number, on) in lists.iter().enumerate() {
            let id = format!("content:{number}");
            catalogue.merge(Catalogue {
                tracks: vec![Track {
                    id: id.clone(),
                    audio: Some("song.ogg".into()),
                    content: Some(number.to_string()),
                    ..Track::default()
                }],
                playlists: on.iter().map(|list| playlist(list)).collect(),
                placements: on.iter().map(|list| placement(list, &id)).collect(),
                provenance: vec![Provenance {
                    track: id.clone(),
                    source: "files".into(),
                    retrieved: Timestamp::UNIX_EPOCH,
                    licence: "CC-BY-4.0".into(),
                    may_train: true,
                    doubt: None,
                }],
            });
        }
        catalogue
    }

    fn playlist(id: &str) -> Playlist {
        let (source, name) = id.split_once(':').unwrap();
        Playlist {
            id: id.into(),
            source: source.into(),
            name: name.into(),
            ..Playlist::default()
        }
    }

    fn placement(list: &str, track: &str) -> Placement {
        Placement {
            playlist: list.into(),
            track: track.into(),
            added: None,
            removed: None,
        }
    }

    fn learnable(catalogue: &Catalogue, minimum_tracks: usize) -> Learnable {
        catalogue.learnable(&Filter {
            minimum_tracks,
            ..Filter::default()
        })
    }

    fn reasons(learnable: &Learnable) -> Vec<(&str, &str, usize)> {
        learnable
            .left_out
            .iter()
            .map(|out| (out.what.as_str(), out.why.as_str(), out.count))
            .collect()
    }

    #[test]
    fn small_playlists_and_the_tracks_only_on_them_are_left_out() {
        let music = catalogue(&[
            &["files:b", "files:a"],
            &["files:a"],
            &["files:b", "files:c"],
            &["files:c"],
        ]);
        let learned = learnable(&music, 2);
        let names: Vec<&str> = learned
            .playlists
            .iter()
            .map(|list| list.name.as_str())
            .collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(
            learned.tracks[0],
            LearnableTrack {
                track: 0,
                playlists: vec![0, 1]
            }
        );

        let learned = learnable(&catalogue(&[&["files:a"], &["files:a"], &["files:b"]]), 2);
        assert_eq!(learned.tracks.len(), 2);
        let expected = [
            ("tracks", "only on playlists that are left out", 1),
            ("b", "1 learnable tracks, fewer than 2", 1),
        ];
        assert_eq!(reasons(&learned), expected);
    }

    #[test]
    fn a_track_that_came_back_counts_once() {
        let mut music = catalogue(&[&["files:a"], &["files:a"]]);
        let again = Placement {
            added: Some(jiff::civil::date(2020, 1, 1)),
            ..music.placements[0].clone()
        };
        music.placements.push(again);
        assert_eq!(learnable(&music, 2).tracks.len(), 2);
        assert!(learnable(&music, 3).tracks.is_empty());
    }

    #[test]
    fn what_may_not_train_is_left_out_with_its_reason() {
        let mut music = catalogue(&[&["files:a"][..]; 7]);
        music.provenance[0].licence = "CC-BY-NC-4.0".into();
        music.provenance[1].licence = "ask me".into();
        music.provenance[2].doubt = Some("version assumed".into());
        music.provenance[3].may_train = false;
        music.tracks[4].audio = None;
        music.placements.remove(5);
        let learned = learnable(&music, 1);
        assert_eq!(
            learned.tracks,
            [LearnableTrack {
                track: 6,
                playlists: vec![0]
            }]
        );
        let why: Vec<&str> = learned
            .left_out
            .iter()
            .map(|out| out.why.as_str())
            .collect();
        let expected = [
            "CC-BY-NC-4.0: the licence forbids commercial use",
            "ask me: the licence is not understood",
            "files does not allow training",
            "in doubt: version assumed",
            "no audio",
            "on no playlist",
        ];
        assert_eq!(why, expected);
    }

    #[test]
    fn only_wanted_licences_stay_and_doubt_can_be_allowed() {
        let mut music = catalogue(&[&["files:a"], &["files:a"]]);
        music.provenance[0].licence = "CC0".into();
        music.provenance[1].doubt = Some("version assumed".into());
        let filter = Filter {
            licences: vec![Licence::CcBy],
            allow_doubt: true,
            minimum_tracks: 1,
        };
        let learned = music.learnable(&filter);
        assert_eq!(
            learned.tracks,
            [LearnableTrack {
                track: 1,
                playlists: vec![0]
            }]
        );
        assert_eq!(
            reasons(&learned),
            [("tracks", "CC0 is not among the licences wanted", 1)]
        );
    }

    #[test]
    fn a_source_that_forbids_training_takes_out_its_own_lists_only() {
        let mut music = catalogue(&[&["files:a", "spotify:x"]]);
        let forbidden = Provenance {
            source: "spotify".into(),
            licence: String::new(),
            may_train: false,
            ..music.provenance[0].clone()
        };
        music.provenance.push(forbidden);
        let learned = learnable(&music, 1);
        assert_eq!(learned.tracks[0].playlists.len(), 1);
        assert_eq!(learned.playlists[0].name, "a");
        assert_eq!(
            reasons(&learned),
            [("x", "0 learnable tracks, fewer than 1", 0)]
        );

        music.placements.retain(|row| row.playlist == "spotify:x");
        assert_eq!(
            reasons(&learnable(&music, 1))[0],
            ("tracks", "spotify does not allow training", 1)
        );
    }

    #[test]
    fn a_licence_that_forbids_holds_whoever_states_it() {
        let mut music = catalogue(&[&["files:a"]]);
        let stated = Provenance {
            source: "jamendo".into(),
            licence: "CC-BY-NC-4.0".into(),
            may_train: false,
            ..music.provenance[0].clone()
        };
        music.provenance[0].licence = String::new();
        assert_eq!(learnable(&music, 1).tracks.len(), 1);
        music.provenance.push(stated);
        assert!(learnable(&music, 1).tracks.is_empty());
    }

    #[test]
    fn an_empty_or_torn_catalogue_is_no_panic() {
        assert_eq!(learnable(&Catalogue::default(), 0), Learnable::default());
        let mut music = catalogue(&[&["files:a"]]);
        music
            .placements
            .push(placement("files:gone", "content:gone"));
        music.placements.push(placement("files:gone", "content:0"));
        assert_eq!(learnable(&music, 0).tracks[0].playlists, [0]);
        music.playlists.clear();
        assert!(learnable(&music, 0).tracks.is_empty());
    }

    #[test]
    fn a_setting_with_an_unknown_licence_is_refused() {
        let filter: Filter = toml::from_str("licences = ['CC-BY', 'CC0']").unwrap();
        assert_eq!(filter.licences, [Licence::CcBy, Licence::Cc0]);
        assert!(toml::from_str::<Filter>("licences = ['free']").is_err());
    }
}
