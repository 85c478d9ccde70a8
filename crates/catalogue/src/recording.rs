//! Which rows are the same recording, and their merge.
//!
//! Rows are the same recording when they share an id, directly or through others: ISRC, hash of the coded audio, a
//! service's id, or, where a row has none of these, artist and title.
//!
//! Without a common id, the name decides: the same artist, title and version, and durations within three seconds (`name`).
//! That merges rows of two services on one song. Rows with different ids of the same kind are never merged: two ISRCs,
//! two ids of one service, or two files (a remaster, another bit rate). Splits compare the sound as well.

mod name;
mod same;
#[cfg(test)]
mod tests;

pub use self::name::is_same_song;
pub use self::name::title_key;

use std::collections::{BTreeSet, HashMap};

use self::same::same_recording;
use super::Track;

/// The only artist of a track if neither row, tags nor file name name one.
pub const UNKNOWN_ARTIST: &str = "unknown artist";

impl Track {
    /// The key for artist-disjoint splits: `artist_group` without differences of case and spacing.
    #[must_use]
    pub fn split_group(&self) -> String {
        folded(&self.artist_group)
    }

    /// Whether an artist is known.
    ///
    /// Each track without an artist is a group of its own, because one group of all of them would go to one partition as
    /// a block. Its artist may then be in another partition too, so such a track may be trained on, but not tested on.
    #[must_use]
    pub fn has_known_artist(&self) -> bool {
        self.artists
            .first()
            .is_some_and(|artist| artist != UNKNOWN_ARTIST)
    }

    /// The group of a track without a stated one.
    pub(super) fn group_by_artist(&self) -> String {
        match self.artists.first() {
            Some(artist) if self.has_known_artist() => artist.clone(),
            _ => format!("{UNKNOWN_ARTIST} of {}", self.id),
        }
    }

    /// Completes the id, the artists and the group of a track as a file or row states it.
    pub fn settle(&mut self) {
        if self.artists.is_empty() {
            self.artists = vec![UNKNOWN_ARTIST.to_owned()];
        }
        self.id = self.best_id();
        self.aliases.remove(&self.id);
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

    /// All ids of the recording.
    pub fn ids(&self) -> BTreeSet<String> {
        let isrc = self.isrc.as_ref().map(|isrc| format!("isrc:{isrc}"));
        let audio_hash = self
            .audio_hash
            .as_ref()
            .map(|audio_hash| format!("content:{audio_hash}"));
        let id = Some(self.id.clone()).filter(|id| !id.is_empty());
        self.aliases
            .iter()
            .cloned()
            .chain(id)
            .chain(isrc)
            .chain(audio_hash)
            .collect()
    }

    /// Takes the values of `newer`, a row of the same recording; missing values do not replace present ones.
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
            (self.audio, self.audio_hash) = (newer.audio, newer.audio_hash);
        }
        self.notes.extend(newer.notes);
        self.id = best(&ids).unwrap_or_default();
        self.aliases.clear();
        let own = self.ids();
        self.aliases = ids.difference(&own).cloned().collect();
        self.artist_group = group.unwrap_or_else(|| self.group_by_artist());
    }

    /// The stated group, that of the newer row first: one derived from the artist must not replace it.
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

/// Tracks with one entry per recording, in the order of first mention.
#[derive(Default)]
pub(super) struct DeduplicatedTracks {
    pub tracks: Vec<Track>,
    /// The first row of each.
    pub first_rows: Vec<usize>,
    /// Whether a track differs from that row.
    pub changed: Vec<bool>,
    /// The new id of each id that is not in use any more.
    pub renamed: HashMap<String, String>,
}

/// Later rows are the newer ones.
pub(super) fn deduplicate(rows: Vec<Track>) -> DeduplicatedTracks {
    let groups = same_recording(&rows);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut rows: Vec<Option<Track>> = rows.into_iter().map(Some).collect();
    let mut deduplicated = DeduplicatedTracks::default();
    for group in groups {
        let mut members = group.iter().filter_map(|&row| rows[row].take());
        let Some(mut track) = members.next() else {
            continue;
        };
        let mut first = None;
        for newer in members {
            if newer != track {
                first.get_or_insert_with(|| track.clone());
                track.absorb(newer);
            }
        }
        let old = group
            .iter()
            .map(|&row| &ids[row])
            .filter(|id| **id != track.id);
        deduplicated
            .renamed
            .extend(old.map(|id| (id.clone(), track.id.clone())));
        deduplicated
            .changed
            .push(first.is_some_and(|first| first != track));
        deduplicated.tracks.push(track);
        deduplicated.first_rows.push(group[0]);
    }
    deduplicated
}
