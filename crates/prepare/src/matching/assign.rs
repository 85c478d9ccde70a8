//! Tracks without audio and a user's files come in; each track goes out with the file that is surely its own, or with
//! those that may be.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::MatchSource;
use super::blocking::BlockIndex;
use super::interpretation::By;
use super::score::{FileSong, MARGIN, Query, SURE, Score, length_doubt, same_length, score};

/// Files shown for one track.
const MAX_SHOWN: usize = 3;
/// Two products of the same factors in another order.
const ROUNDING: f64 = 1e-9;

/// What was found for one track.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// The file's index.
    Sure(usize, MatchSource),
    /// Never empty, the best first.
    Pending(Vec<CandidateMatch>),
    Nothing,
}

/// A file that may be a track's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CandidateMatch {
    pub song: usize,
    pub score: f64,
    pub reason: String,
}

/// What is known before the search.
#[derive(Default)]
pub(super) struct MatchHistory {
    /// Whose audio has this content hash already.
    pub tracks_by_hash: HashMap<String, Query>,
    /// Pairs of track and file to which the user said no.
    pub rejected: HashSet<(String, PathBuf)>,
}

impl MatchHistory {
    /// The other recording whose audio the file is already.
    fn other_track(&self, song: &FileSong, query: &Query) -> Option<&Query> {
        let holder = self.tracks_by_hash.get(&song.facts.audio_hash)?;
        (!holder.same_recording(query)).then_some(holder)
    }

    fn is_rejected(&self, song: &FileSong, query: &Query) -> bool {
        !self.rejected.is_empty()
            && self
                .rejected
                .contains(&(query.id.clone(), song.path.clone()))
    }

    fn learn(&mut self, query: &[Query], songs: &[FileSong], found: &[Found]) {
        for (query, found) in query.iter().zip(found) {
            if let Found::Sure(song, _) = found {
                let audio_hash = songs[*song].facts.audio_hash.clone();
                self.tracks_by_hash
                    .entry(audio_hash)
                    .or_insert_with(|| query.clone());
            }
        }
    }
}

/// A file that fits a track more or less.
struct ScoredPair {
    song: usize,
    score: Score,
}

/// One answer for each track, in their order; the same for the same input, whichever thread is first.
pub(super) fn find(query: &[Query], songs: &[FileSong], mut known: MatchHistory) -> Vec<Found> {
    let mut found = by_isrc(query, songs, &known);
    known.learn(query, songs, &found);
    let blocks = BlockIndex::new(songs);
    let pairs: Vec<Vec<ScoredPair>> = query
        .par_iter()
        .zip(&found)
        .map(|(query, found)| match found {
            Found::Nothing => pairs(query, songs, &blocks, &known),
            _ => Vec::new(),
        })
        .collect();
    let rivalry = Rivalry::new(query, songs, &pairs);
    let taken: Vec<Option<Found>> = (0..query.len())
        .into_par_iter()
        .map(|track| rivalry.taken(track))
        .collect();
    for (found, taken) in found.iter_mut().zip(taken) {
        if let Some(taken) = taken {
            *found = taken;
        }
    }
    known.learn(query, songs, &found);
    for (track, found) in found
        .iter_mut()
        .enumerate()
        .filter(|(_, found)| **found == Found::Nothing)
    {
        // What has become another's just now need not be looked at.
        let is_free = |pair: &&ScoredPair| {
            pair.score.is_of_another
                || known
                    .other_track(&songs[pair.song], &query[track])
                    .is_none()
        };
        let maybe: Vec<CandidateMatch> = pairs[track]
            .iter()
            .filter(is_free)
            .take(MAX_SHOWN)
            .map(|pair| CandidateMatch {
                song: pair.song,
                score: pair.score.value,
                reason: rivalry.why_not(track, pair),
            })
            .collect();
        if !maybe.is_empty() {
            *found = Found::Pending(maybe);
        }
    }
    found
}

/// An ISRC says it, unless the length says that the file holds only a part of the song or more than it.
fn by_isrc(query: &[Query], songs: &[FileSong], known: &MatchHistory) -> Vec<Found> {
    let mut with: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, song) in songs.iter().enumerate() {
        if let Some(isrc) = &song.isrc {
            with.entry(isrc).or_default().push(index);
        }
    }
    let best = |query: &Query| {
        let songs_with = with.get(query.isrc.as_deref()?)?;
        let apart = |song: usize| match (query.seconds, songs[song].facts.duration_seconds) {
            (Some(one), Some(other)) => (one - other).abs().round() as u64,
            _ => 0,
        };
        let free = songs_with
            .iter()
            .copied()
            .filter(|&song| !known.is_rejected(&songs[song], query));
        free.min_by_key(|&song| (apart(song), &songs[song].path))
    };
    let find = |query: &Query| match best(query) {
        None => Found::Nothing,
        Some(song) => match length_doubt(query.seconds, songs[song].facts.duration_seconds) {
            None => Found::Sure(song, MatchSource::Isrc),
            Some(doubt) => Found::Pending(vec![CandidateMatch {
                song,
                score: 0.7,
                reason: format!("the ISRC is the same, but {doubt}"),
            }]),
        },
    };
    query.iter().map(find).collect()
}

/// The best first.
fn pairs(
    query: &Query,
    songs: &[FileSong],
    blocks: &BlockIndex,
    known: &MatchHistory,
) -> Vec<ScoredPair> {
    let mut pairs: Vec<ScoredPair> = blocks
        .near(query)
        .into_iter()
        .filter(|&song| !known.is_rejected(&songs[song], query))
        .filter_map(|song| {
            Some(ScoredPair {
                song,
                score: score(query, &songs[song])?,
            })
        })
        .filter_map(|mut pair| {
            let Some(holder) = known.other_track(&songs[pair.song], query) else {
                return Some(pair);
            };
            // The user may know that the two are one; of anything less alike there is no need to ask.
            pair.score.is_sure().then(|| {
                pair.score.is_of_another = true;
                pair.score.doubts.push(format!(
                    "it is the audio of `{}` already; yes makes the two one track",
                    holder.name
                ));
                pair
            })
        })
        .collect();
    pairs.sort_by(|one, other| {
        let by_value = other.score.value.total_cmp(&one.score.value);
        by_value.then_with(|| songs[one.song].path.cmp(&songs[other.song].path))
    });
    pairs
}

/// Who else might be meant.
struct Rivalry<'a> {
    query: &'a [Query],
    songs: &'a [FileSong],
    pairs: &'a [Vec<ScoredPair>],
    /// For each file the tracks that it fits, and how well.
    tracks: Vec<Vec<(usize, f64)>>,
}

impl<'a> Rivalry<'a> {
    fn new(query: &'a [Query], songs: &'a [FileSong], pairs: &'a [Vec<ScoredPair>]) -> Self {
        let mut tracks = vec![Vec::new(); songs.len()];
        for (track, pairs) in pairs.iter().enumerate() {
            pairs
                .iter()
                .for_each(|pair| tracks[pair.song].push((track, pair.score.value)));
        }
        Rivalry {
            query,
            songs,
            pairs,
            tracks,
        }
    }

    /// The best file, where it is sure and nothing else comes near.
    fn taken(&self, track: usize) -> Option<Found> {
        let best = self.pairs[track]
            .first()
            .filter(|best| best.score.is_sure())?;
        if self.rival_file(track, best).is_some() || self.rival_track(track, best).is_some() {
            return None;
        }
        let how = match best.score.by {
            By::Tags => MatchSource::Tags,
            By::Name => MatchSource::Name,
        };
        Some(Found::Sure(best.song, how))
    }

    /// Another recording that fits the track nearly as well. Two copies of one recording do not compete.
    fn rival_file(&self, track: usize, best: &ScoredPair) -> Option<&FileSong> {
        let song = &self.songs[best.song];
        let near = |pair: &&ScoredPair| pair.score.value > best.score.value - MARGIN + ROUNDING;
        let copy = |pair: &ScoredPair| {
            let other = &self.songs[pair.song];
            other.facts.audio_hash == song.facts.audio_hash
                || (best.score.exact
                    && pair.score.exact
                    && pair.score.doubts.is_empty()
                    && same_length(song, other))
        };
        let rival = self.pairs[track]
            .iter()
            .take_while(near)
            .find(|pair| !copy(pair))?;
        Some(&self.songs[rival.song])
    }

    /// Another recording that the file fits nearly as well.
    fn rival_track(&self, track: usize, best: &ScoredPair) -> Option<&Query> {
        let query = &self.query[track];
        let near = |value: f64| value > best.score.value - MARGIN + ROUNDING;
        self.tracks[best.song]
            .iter()
            .filter(|(other, value)| *other != track && near(*value))
            .map(|(other, _)| &self.query[*other])
            .find(|other| !other.same_recording(query))
    }

    fn why_not(&self, track: usize, pair: &ScoredPair) -> String {
        let mut reason = pair.score.doubts.clone();
        if pair.score.value < SURE && reason.is_empty() {
            reason.push(if self.query[track].artists.is_empty() {
                "the track has no known artist".to_owned()
            } else {
                "the names are only alike".to_owned()
            });
        }
        if let Some(other) = self.rival_track(track, pair) {
            reason.push(format!("it fits `{}` as well", other.name));
        }
        if pair.score.is_sure()
            && let Some(other) = self.rival_file(track, pair)
        {
            reason.push(format!("{} fits as well", other.path.display()));
        }
        reason.join("; ")
    }
}

#[cfg(test)]
mod tests;
