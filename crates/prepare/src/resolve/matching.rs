//! Tracks without audio and a user's files come in; each track goes out with the file that is surely its own, or with
//! those that may be.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::How;
use super::blocks::Blocks;
use super::reading::By;
use super::score::{MARGIN, SURE, Score, Song, Wanted, length_doubt, same_length, score};

/// Files shown for one track.
const MOST_SHOWN: usize = 3;
/// Two products of the same factors in another order.
const ROUNDING: f64 = 1e-9;

/// What was found for one track.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// The file's index.
    Sure(usize, How),
    /// Never empty, the best first.
    Unsure(Vec<MayBe>),
    Nothing,
}

/// A file that may be a track's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MayBe {
    pub song: usize,
    pub score: f64,
    pub why: String,
}

/// What is known before the search.
#[derive(Default)]
pub(super) struct Known {
    /// Whose audio has this content hash already.
    pub owners: HashMap<String, Wanted>,
    /// Pairs of track and file to which the user said no.
    pub rejected: HashSet<(String, PathBuf)>,
}

impl Known {
    /// The other recording whose audio the file is already.
    fn other_owner(&self, song: &Song, wanted: &Wanted) -> Option<&Wanted> {
        let owner = self.owners.get(&song.facts.content)?;
        (!owner.same_recording(wanted)).then_some(owner)
    }

    fn is_rejected(&self, song: &Song, wanted: &Wanted) -> bool {
        !self.rejected.is_empty()
            && self
                .rejected
                .contains(&(wanted.id.clone(), song.path.clone()))
    }

    fn learn(&mut self, wanted: &[Wanted], songs: &[Song], found: &[Found]) {
        for (wanted, found) in wanted.iter().zip(found) {
            if let Found::Sure(song, _) = found {
                let content = songs[*song].facts.content.clone();
                self.owners.entry(content).or_insert_with(|| wanted.clone());
            }
        }
    }
}

/// A file that fits a track more or less.
struct Pair {
    song: usize,
    score: Score,
}

/// One answer for each track, in their order; the same for the same input, whichever thread is first.
pub(super) fn find(wanted: &[Wanted], songs: &[Song], mut known: Known) -> Vec<Found> {
    let mut found = by_isrc(wanted, songs, &known);
    known.learn(wanted, songs, &found);
    let blocks = Blocks::new(songs);
    let pairs: Vec<Vec<Pair>> = wanted
        .par_iter()
        .zip(&found)
        .map(|(wanted, found)| match found {
            Found::Nothing => pairs(wanted, songs, &blocks, &known),
            _ => Vec::new(),
        })
        .collect();
    let rivalry = Rivalry::new(wanted, songs, &pairs);
    let taken: Vec<Option<Found>> = (0..wanted.len())
        .into_par_iter()
        .map(|track| rivalry.taken(track))
        .collect();
    for (found, taken) in found.iter_mut().zip(taken) {
        if let Some(taken) = taken {
            *found = taken;
        }
    }
    known.learn(wanted, songs, &found);
    for (track, found) in found
        .iter_mut()
        .enumerate()
        .filter(|(_, found)| **found == Found::Nothing)
    {
        // What has become another's just now need not be looked at.
        let is_free = |pair: &&Pair| {
            pair.score.is_of_another
                || known
                    .other_owner(&songs[pair.song], &wanted[track])
                    .is_none()
        };
        let maybe: Vec<MayBe> = pairs[track]
            .iter()
            .filter(is_free)
            .take(MOST_SHOWN)
            .map(|pair| MayBe {
                song: pair.song,
                score: pair.score.value,
                why: rivalry.why_not(track, pair),
            })
            .collect();
        if !maybe.is_empty() {
            *found = Found::Unsure(maybe);
        }
    }
    found
}

/// An ISRC says it, unless the length says that the file holds only a part of the song or more than it.
fn by_isrc(wanted: &[Wanted], songs: &[Song], known: &Known) -> Vec<Found> {
    let mut with: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, song) in songs.iter().enumerate() {
        if let Some(isrc) = &song.isrc {
            with.entry(isrc).or_default().push(index);
        }
    }
    let best = |wanted: &Wanted| {
        let songs_with = with.get(wanted.isrc.as_deref()?)?;
        let apart = |song: usize| match (wanted.seconds, songs[song].facts.duration_seconds) {
            (Some(one), Some(other)) => (one - other).abs().round() as u64,
            _ => 0,
        };
        let free = songs_with
            .iter()
            .copied()
            .filter(|&song| !known.is_rejected(&songs[song], wanted));
        free.min_by_key(|&song| (apart(song), &songs[song].path))
    };
    let find = |wanted: &Wanted| match best(wanted) {
        None => Found::Nothing,
        Some(song) => match length_doubt(wanted.seconds, songs[song].facts.duration_seconds) {
            None => Found::Sure(song, How::Isrc),
            Some(doubt) => Found::Unsure(vec![MayBe {
                song,
                score: 0.7,
                why: format!("the ISRC is the same, but {doubt}"),
            }]),
        },
    };
    wanted.iter().map(find).collect()
}

/// The best first.
fn pairs(wanted: &Wanted, songs: &[Song], blocks: &Blocks, known: &Known) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = blocks
        .near(wanted)
        .into_iter()
        .filter(|&song| !known.is_rejected(&songs[song], wanted))
        .filter_map(|song| {
            Some(Pair {
                song,
                score: score(wanted, &songs[song])?,
            })
        })
        .filter_map(|mut pair| {
            let Some(owner) = known.other_owner(&songs[pair.song], wanted) else {
                return Some(pair);
            };
            // The user may know that the two are one; of anything less alike there is no need to ask.
            pair.score.is_sure().then(|| {
                pair.score.is_of_another = true;
                pair.score.doubts.push(format!(
                    "it is the audio of `{}` already; yes makes the two one track",
                    owner.name
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
    wanted: &'a [Wanted],
    songs: &'a [Song],
    pairs: &'a [Vec<Pair>],
    /// For each file the tracks that it fits, and how well.
    tracks: Vec<Vec<(usize, f64)>>,
}

impl<'a> Rivalry<'a> {
    fn new(wanted: &'a [Wanted], songs: &'a [Song], pairs: &'a [Vec<Pair>]) -> Self {
        let mut tracks = vec![Vec::new(); songs.len()];
        for (track, pairs) in pairs.iter().enumerate() {
            pairs
                .iter()
                .for_each(|pair| tracks[pair.song].push((track, pair.score.value)));
        }
        Rivalry {
            wanted,
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
            By::Tags => How::Tags,
            By::Name => How::Name,
        };
        Some(Found::Sure(best.song, how))
    }

    /// Another recording that fits the track nearly as well. Two copies of one recording do not compete.
    fn rival_file(&self, track: usize, best: &Pair) -> Option<&Song> {
        let song = &self.songs[best.song];
        let near = |pair: &&Pair| pair.score.value > best.score.value - MARGIN + ROUNDING;
        let copy = |pair: &Pair| {
            let other = &self.songs[pair.song];
            other.facts.content == song.facts.content
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
    fn rival_track(&self, track: usize, best: &Pair) -> Option<&Wanted> {
        let wanted = &self.wanted[track];
        let near = |value: f64| value > best.score.value - MARGIN + ROUNDING;
        self.tracks[best.song]
            .iter()
            .filter(|(other, value)| *other != track && near(*value))
            .map(|(other, _)| &self.wanted[*other])
            .find(|other| !other.same_recording(wanted))
    }

    fn why_not(&self, track: usize, pair: &Pair) -> String {
        let mut why = pair.score.doubts.clone();
        if pair.score.value < SURE && why.is_empty() {
            why.push(match self.wanted[track].artists.is_empty() {
                true => "nobody says who plays the track".to_owned(),
                false => "the names are only alike".to_owned(),
            });
        }
        if let Some(other) = self.rival_track(track, pair) {
            why.push(format!("it fits `{}` as well", other.name));
        }
        if pair.score.is_sure()
            && let Some(other) = self.rival_file(track, pair)
        {
            why.push(format!("{} fits as well", other.path.display()));
        }
        why.join("; ")
    }
}

#[cfg(test)]
mod tests;
