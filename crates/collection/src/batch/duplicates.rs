//! Songs that are one recording: the same coded audio under another name, or the same sound in another encoding.

use std::collections::{BTreeMap, HashMap};

use super::BatchSong;
use audio::fingerprint::{Fingerprint, duplicates};
use evaluation::connected_components;

/// Two songs or more that are one recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateGroup {
    /// Their indices, ascending; the first one represents the group.
    pub songs: Vec<usize>,
    /// Whether their coded audio is the same to the last bit.
    pub is_same_audio: bool,
}

/// Groups of equal audio hash or similar fingerprint; `fingerprints` is in the order of `songs`.
pub fn groups(songs: &[BatchSong], fingerprints: &[Fingerprint]) -> Vec<DuplicateGroup> {
    let mut first_with: HashMap<&str, usize> = HashMap::new();
    let contents = songs.iter().map(|song| song.facts.audio_hash.as_str());
    let mut pairs: Vec<(usize, usize)> = contents
        .enumerate()
        .map(|(song, audio_hash)| (*first_with.entry(audio_hash).or_insert(song), song))
        .collect();
    let alike = duplicates(fingerprints).into_iter();
    pairs.extend(alike.map(|pair| (pair.one, pair.other)));
    let mut of_first: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (song, first) in connected_components(songs.len(), pairs)
        .into_iter()
        .enumerate()
    {
        of_first.entry(first).or_default().push(song);
    }
    let several = of_first.into_values().filter(|group| group.len() > 1);
    let group = |group: Vec<usize>| DuplicateGroup {
        is_same_audio: group
            .iter()
            .all(|&song| songs[song].facts.audio_hash == songs[group[0]].facts.audio_hash),
        songs: group,
    };
    several.map(group).collect()
}
