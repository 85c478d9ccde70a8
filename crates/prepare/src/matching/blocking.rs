//! Which files are worth a comparison with a track, without looking at all of them.
//!
//! A track and a file are compared only where they share a key: one part of the title (a word, the whole, its first or
//! last letters) together with one part of an artist. Files without a known artist are found by title only.
//! A key of very many files does not discriminate and is ignored, so the work grows with the number of tracks
//! and files, not with their product.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::artists::Artists;
use super::score::{FileSong, Query};
use super::title::Title;

/// A key on more files than this is passed over; of a whole title so many are looked at.
const MAX_FILES_PER_KEY: usize = 300;
/// Letters of a beginning or an end.
const LETTERS: usize = 4;

/// Hashes of keys; two keys of one hash cost a comparison and no more.
pub(super) struct BlockIndex {
    files: HashMap<u64, Vec<usize>>,
}

/// A key, and whether it holds the whole title.
type Key = (u64, bool);

impl BlockIndex {
    pub fn new(songs: &[FileSong]) -> BlockIndex {
        let mut files: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, song) in songs.iter().enumerate() {
            let mut keys: Vec<u64> = song
                .interpretations
                .iter()
                .flat_map(|interpretation| {
                    keys(
                        &interpretation.title,
                        &interpretation.artists,
                        interpretation.artists.is_empty(),
                    )
                })
                .map(|(key, _)| key)
                .collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                files.entry(key).or_default().push(index);
            }
        }
        BlockIndex { files }
    }

    /// Indices of files, ascending.
    pub fn near(&self, query: &Query) -> Vec<usize> {
        let mut near = Vec::new();
        for (key, is_whole) in keys(&query.title, &query.artists, true) {
            let files = self.files.get(&key).map_or(&[][..], Vec::as_slice);
            if files.len() <= MAX_FILES_PER_KEY || is_whole {
                near.extend_from_slice(&files[..files.len().min(MAX_FILES_PER_KEY)]);
            }
        }
        near.sort_unstable();
        near.dedup();
        near
    }
}

/// Parts of the title with parts of the artists; the whole title alone always, its other parts where `alone`.
fn keys(title: &Title, artists: &Artists, alone: bool) -> Vec<Key> {
    let mut keys = Vec::new();
    let key = |part: &str, artist: &str| {
        let mut hasher = DefaultHasher::new();
        (part, artist).hash(&mut hasher);
        hasher.finish()
    };
    let wholes = [&title.full, &title.core].map(|whole| (format!("={whole}"), true));
    let title_ends = ends(&title.core).map(|end| (end, false));
    let words = title.words.iter().map(|word| (word.clone(), false));
    for (part, is_whole) in wholes.into_iter().chain(title_ends).chain(words) {
        keys.extend(
            artists
                .words
                .iter()
                .map(|word| (key(&part, word), is_whole)),
        );
        keys.extend(
            artists
                .names()
                .iter()
                .flat_map(|name| ends(name))
                .map(|end| (key(&part, &end), is_whole)),
        );
        if is_whole || alone {
            keys.push((key(&part, ""), is_whole));
        }
    }
    keys
}

fn ends(text: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = text.chars().collect();
    let first: String = letters.iter().take(LETTERS).collect();
    let last: String = letters
        .iter()
        .skip(letters.len().saturating_sub(LETTERS))
        .collect();
    [format!("^{first}"), format!("{last}$")].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalogue::{AudioFileInfo, Track};

    fn song(path: &str) -> FileSong {
        FileSong::new(path.into(), AudioFileInfo::default())
    }

    fn query(artist: &str, title: &str) -> Query {
        Query::new(&Track {
            title: title.into(),
            artists: vec![artist.into()],
            ..Track::default()
        })
    }

    #[test]
    fn likely_files_are_found_and_strangers_are_not_looked_at() {
        let songs = [
            song("/m/Miles Davis - So What.mp3"),
            song("/m/Miles Davies - So Wat.mp3"),
            song("/m/John Coltrane - Naima.mp3"),
            song("/m/So What.mp3"),
        ];
        let blocks = BlockIndex::new(&songs);
        assert_eq!(blocks.near(&query("Miles Davis", "So What")), [0, 1, 3]);
        assert_eq!(blocks.near(&query("Nobody", "Knows")), [] as [usize; 0]);
    }

    #[test]
    fn a_word_on_every_file_does_not_make_the_work_quadratic() {
        let songs: Vec<FileSong> = (0..1_000)
            .map(|n| song(&format!("/m/Band - Love {n}.mp3")))
            .collect();
        let near = BlockIndex::new(&songs).near(&query("Band", "Love 77"));
        assert!(near.contains(&77) && near.len() < 100, "{}", near.len());
    }
}
