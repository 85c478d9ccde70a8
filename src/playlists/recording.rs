//! When two rows speak of the same recording, and what is known of it then.
//!
//! Rows are the same recording when they share any id: ISRC, hash of the coded audio, a service's id, or,
//! where there is none of these, artist and title. Two files of one recording (a remaster, another bit rate)
//! stay two unless an ISRC joins them: likeness by ear is for whoever makes the splits.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use super::Track;

/// Stands in `artists` where neither row, tag nor file name says who plays.
pub const UNKNOWN_ARTIST: &str = "unknown artist";

impl Track {
    /// The key for artist-disjoint splits: `artist_group` without differences of case and spacing.
    #[must_use]
    pub fn split_group(&self) -> String {
        folded(&self.artist_group)
    }

    /// Whether anybody says who plays.
    ///
    /// Each track without an artist is a group of its own, because one group of them all would fall on one
    /// side of a split as a block. So it cannot be shown that its artist is not on the other side too: such
    /// a track may be learned from, and must not be measured on.
    #[must_use]
    pub fn has_known_artist(&self) -> bool {
        self.artists
            .first()
            .is_some_and(|artist| artist != UNKNOWN_ARTIST)
    }

    /// The group where nobody states one.
    pub(super) fn group_by_artist(&self) -> String {
        match self.artists.first() {
            Some(artist) if self.has_known_artist() => artist.clone(),
            _ => format!("{UNKNOWN_ARTIST} of {}", self.id),
        }
    }

    /// Fills in the id, the artists and the group of a track as a file or a row states it.
    pub(super) fn settle(&mut self) {
        if self.artists.is_empty() {
            self.artists = vec![UNKNOWN_ARTIST.to_owned()];
        }
        self.id = self.best_id();
        if self.artist_group.is_empty() {
            self.artist_group = self.group_by_artist();
        }
    }

    fn best_id(&self) -> String {
        let name = || {
            format!(
                "name:{}/{}",
                folded(&self.artists.join(";")),
                folded(&self.title)
            )
        };
        best(&self.ids()).unwrap_or_else(name)
    }

    /// Every id by which the recording is known.
    pub(super) fn ids(&self) -> BTreeSet<String> {
        let isrc = self.isrc.as_ref().map(|isrc| format!("isrc:{isrc}"));
        let content = self
            .content
            .as_ref()
            .map(|content| format!("content:{content}"));
        let id = Some(self.id.clone()).filter(|id| !id.is_empty());
        self.aliases
            .iter()
            .cloned()
            .chain(id)
            .chain(isrc)
            .chain(content)
            .collect()
    }

    /// Takes over what `newer` says of the same recording. What it leaves open stays as it was.
    fn absorb(&mut self, newer: Track) {
        let mut ids = self.ids();
        ids.extend(newer.ids());
        let group = self.stated_group(&newer);
        if !newer.title.is_empty() {
            self.title = newer.title;
        }
        if newer
            .artists
            .first()
            .is_some_and(|artist| artist != UNKNOWN_ARTIST)
        {
            self.artists = newer.artists;
        }
        self.album = newer.album.or(self.album.take());
        self.isrc = newer.isrc.or(self.isrc.take());
        self.duration_seconds = newer.duration_seconds.or(self.duration_seconds);
        if newer.audio.is_some() {
            (self.audio, self.content) = (newer.audio, newer.content);
        }
        self.notes.extend(newer.notes);
        self.id = best(&ids).unwrap_or_default();
        self.aliases.clear();
        let own = self.ids();
        self.aliases = ids.difference(&own).cloned().collect();
        self.artist_group = group.unwrap_or_else(|| self.group_by_artist());
    }

    /// The group that somebody stated, the newer first: one derived from the artist must not replace it.
    fn stated_group(&self, newer: &Track) -> Option<String> {
        let stated = |track: &&Track| track.artist_group != track.group_by_artist();
        [newer, self]
            .into_iter()
            .find(stated)
            .map(|track| track.artist_group.clone())
    }
}

fn best(ids: &BTreeSet<String>) -> Option<String> {
    ids.iter().min_by_key(|id| rank(id)).cloned()
}

/// ISRC before audio before a service's id before the bare name; then the alphabet.
fn rank(id: &str) -> (u8, &str) {
    let kind = match id.split_once(':') {
        Some(("isrc", _)) => 0,
        Some(("content", _)) => 1,
        Some(("name", _)) => 3,
        _ => 2,
    };
    (kind, id)
}

/// Lower case, single spaces.
fn folded(text: &str) -> String {
    text.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Tracks with one entry a recording, in the order of their first mention.
pub(super) struct United {
    pub tracks: Vec<Track>,
    /// The first row given that went into each.
    pub first_rows: Vec<usize>,
    /// From ids that are no longer in use to those in their place.
    pub renamed: HashMap<String, String>,
}

/// Later rows are the newer ones.
pub(super) fn unite(rows: Vec<Track>) -> United {
    let groups = same_recording(&rows);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut rows: Vec<Option<Track>> = rows.into_iter().map(Some).collect();
    let mut united = United {
        tracks: Vec::new(),
        first_rows: Vec::new(),
        renamed: HashMap::new(),
    };
    for group in groups {
        let mut members = group.iter().filter_map(|&row| rows[row].take());
        let Some(mut track) = members.next() else {
            continue;
        };
        members.for_each(|newer| track.absorb(newer));
        let old = group
            .iter()
            .map(|&row| &ids[row])
            .filter(|id| **id != track.id);
        united
            .renamed
            .extend(old.map(|id| (id.clone(), track.id.clone())));
        united.tracks.push(track);
        united.first_rows.push(group[0]);
    }
    united
}

/// Rows that share an id, directly or through others; each group ascending.
fn same_recording(rows: &[Track]) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..rows.len()).collect();
    let mut first_with: HashMap<String, usize> = HashMap::new();
    for (row, track) in rows.iter().enumerate() {
        for id in track.ids() {
            match first_with.entry(id) {
                Entry::Vacant(entry) => {
                    entry.insert(row);
                }
                Entry::Occupied(entry) => join(&mut parents, *entry.get(), row),
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    for row in 0..rows.len() {
        groups[root(&mut parents, row)].push(row);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The smaller row becomes the root, so that groups keep the order of first mention.
fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[one.max(other)] = one.min(other);
}

fn root(parents: &mut [usize], mut row: usize) -> usize {
    while parents[row] != row {
        parents[row] = parents[parents[row]];
        row = parents[row];
    }
    row
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn track(artist: &str, isrc: Option<&str>, content: Option<&str>) -> Track {
        let mut track = Track {
            title: "Song".into(),
            artists: vec![artist.into()],
            isrc: isrc.map(Into::into),
            audio: content.map(PathBuf::from),
            content: content.map(Into::into),
            ..Track::default()
        };
        track.settle();
        track
    }

    #[test]
    fn an_isrc_joins_two_files_and_a_file_joins_two_isrcs() {
        let united = unite(vec![
            track("A", Some("B"), Some("one")),
            track("A", None, Some("two")),
            track("A", Some("A"), Some("two")),
            track("A", Some("B"), Some("two")),
        ]);
        assert_eq!(united.tracks.len(), 1);
        let track = &united.tracks[0];
        assert_eq!(
            (track.id.as_str(), track.content.as_deref()),
            ("isrc:A", Some("two"))
        );
        assert!(track.aliases.contains("content:one"), "{:?}", track.aliases);
        assert_eq!(united.renamed["content:two"], "isrc:A");
    }

    #[test]
    fn a_song_of_the_same_name_in_another_file_is_another_recording() {
        let united = unite(vec![
            track("A", None, Some("one")),
            track("A", None, Some("two")),
        ]);
        assert_eq!(united.tracks.len(), 2);
    }

    #[test]
    fn names_are_compared_without_case_and_spacing() {
        assert_eq!(
            unite(vec![
                track("The  Who", None, None),
                track("the who ", None, None)
            ])
            .tracks
            .len(),
            1
        );
    }

    #[test]
    fn a_stated_group_outlives_an_import_that_states_none() {
        let mut curated = track("finalman & yakslem", None, Some("one"));
        curated.artist_group = "finalman".into();
        let tagged = track("Finalman feat. Yakslem", None, Some("one"));
        let united = unite(vec![curated, tagged]);
        assert_eq!(united.tracks[0].artist_group, "finalman");
        assert_eq!(united.tracks[0].artists, ["Finalman feat. Yakslem"]);
    }

    #[test]
    fn tracks_without_an_artist_are_groups_of_their_own_until_somebody_names_one() {
        let unknown = |content| track(UNKNOWN_ARTIST, None, Some(content));
        let united = unite(vec![
            unknown("one"),
            unknown("two"),
            track("A", None, Some("two")),
        ]);
        assert!(!united.tracks[0].has_known_artist());
        assert_ne!(
            united.tracks[0].split_group(),
            united.tracks[1].split_group()
        );
        assert_eq!(
            (
                united.tracks[1].artist_group.as_str(),
                united.tracks[1].has_known_artist()
            ),
            ("A", true)
        );
        assert_eq!(
            unite(vec![track("A", None, Some("two")), unknown("two")]).tracks[0].artists,
            ["A"]
        );
    }
}
