//! Which fingerprints are of one recording. An inverted index over the words proposes pairs and how they lie to each
//! other, so that the work grows with what is alike and not with the square of the tracks; then every bit is compared.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::Fingerprint;

/// Bits of a word that the index looks at. AcoustID's leaves out the lowest four; without eight it finds three of the five
/// recordings in 56 that a strong equaliser hid from it.
const INDEXED: u32 = 0xFFFF_FF00;
/// Words on which two tracks must agree at one offset before they are compared.
const MIN_MATCHING_WORDS: usize = 2;
/// Offsets at which a pair is compared: those with the most agreeing words.
const OFFSETS: usize = 4;
/// A word in more than so many places says nothing of whose it is; in a large collection, than this share of its words.
const MAX_POSTINGS: usize = 200;
const MAX_POSTINGS_FRACTION: f64 = 1e-4;
/// Two recordings are compared over stretches of 8 s.
pub(super) const SEGMENT_WORDS: usize = 65;
/// A stretch with fewer different words is silence, a drone or a hum, alike in many recordings.
pub(super) const MIN_DISTINCT_WORDS: usize = 20;
/// Share of the bits by which two of one recording may differ in the stretch in which they are most alike.
///
/// Measured on real excerpts of 12 to 40 s: 56 against themselves as MP3 at the lowest and a middling bit rate, Opus, cut
/// by 5 s or to the last 12 s, with 5 s taken out of the middle, 9 dB softer, through a limiter: all 448 within 0.08;
/// through an equaliser of 9 dB: 52 within 0.16; 1 % faster, pitch and all: 16. Of 70,500 pairs of different songs two
/// were within 0.16, both of them versions of one piece (0.144, 0.157); the nearest others were rain and wind (0.176).
/// The bound was chosen on these excerpts, so on others the shares may be a little worse.
pub(super) const MAX_BIT_ERROR_RATE: f64 = 0.16;

/// Two tracks that are one recording, by their places, and by which share of bits they differ where they differ least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duplicate {
    pub one: usize,
    pub other: usize,
    pub bit_error: f64,
}

/// A word, whose, and where in it.
type Place = (u32, u32, u32);

/// Every pair of one recording, `one` before `other`, in the order of their places.
#[must_use]
pub fn duplicates(fingerprints: &[Fingerprint]) -> Vec<Duplicate> {
    nearest_pairs(fingerprints, MAX_BIT_ERROR_RATE)
}

/// Pairs that differ by no more than `most`.
pub(super) fn nearest_pairs(fingerprints: &[Fingerprint], most: f64) -> Vec<Duplicate> {
    let index = index(fingerprints);
    let crowd = MAX_POSTINGS.max((index.len() as f64 * MAX_POSTINGS_FRACTION) as usize);
    let of_one = |one: usize| -> Vec<Duplicate> {
        let mut found: Vec<Duplicate> = proposed(&index, fingerprints, one, crowd)
            .into_iter()
            .filter_map(|(other, offsets)| {
                let errors = offsets.into_iter().filter_map(|offset| {
                    bit_error(&fingerprints[one].0, &fingerprints[other].0, offset)
                });
                let bit_error = errors.min_by(f64::total_cmp)?;
                (bit_error <= most).then_some(Duplicate {
                    one,
                    other,
                    bit_error,
                })
            })
            .collect();
        found.sort_by_key(|pair| pair.other);
        found
    };
    (0..fingerprints.len())
        .into_par_iter()
        .flat_map_iter(of_one)
        .collect()
}

/// Every word that differs from the one before it, sorted.
fn index(fingerprints: &[Fingerprint]) -> Vec<Place> {
    let mut index: Vec<Place> = fingerprints
        .par_iter()
        .enumerate()
        .flat_map_iter(|(track, fingerprint)| {
            changes(fingerprint).map(move |(at, word)| (word, track as u32, at as u32))
        })
        .collect();
    index.par_sort_unstable();
    index
}

fn changes(fingerprint: &Fingerprint) -> impl Iterator<Item = (usize, u32)> + '_ {
    let mut before = None;
    let words = fingerprint.0.iter().map(|word| word & INDEXED).enumerate();
    words.filter(move |&(_, word)| before.replace(word) != Some(word))
}

/// Later tracks that share words with `one`, each with the offsets (its place less that of `one`) at which most agree.
fn proposed(
    index: &[Place],
    fingerprints: &[Fingerprint],
    one: usize,
    crowd: usize,
) -> Vec<(usize, Vec<i64>)> {
    let mut agreeing: HashMap<(u32, i64), usize> = HashMap::new();
    for (at, word) in changes(&fingerprints[one]) {
        let first = index.partition_point(|place| place.0 < word);
        let places = &index[first..];
        let count = places
            .iter()
            .take(crowd + 1)
            .take_while(|place| place.0 == word)
            .count();
        if count <= crowd {
            let later = places[..count]
                .iter()
                .filter(|place| place.1 as usize > one);
            for &(_, other, there) in later {
                *agreeing
                    .entry((other, i64::from(there) - at as i64))
                    .or_default() += 1;
            }
        }
    }
    let mut of_track: HashMap<u32, Vec<(usize, i64)>> = HashMap::new();
    for (&(other, offset), &count) in &agreeing {
        // Two cuts of a recording lie between two words: agreement falls on both.
        let beside = agreeing.get(&(other, offset + 1)).copied().unwrap_or(0);
        if count + beside >= MIN_MATCHING_WORDS {
            of_track.entry(other).or_default().push((count, offset));
        }
    }
    of_track
        .into_iter()
        .map(|(other, mut offsets)| {
            offsets.sort_unstable_by_key(|&(count, offset)| (std::cmp::Reverse(count), offset));
            let best = offsets.into_iter().take(OFFSETS);
            (other as usize, best.map(|(_, offset)| offset).collect())
        })
        .collect()
}

/// The least share of different bits over any stretch, where `other` begins `offset` words later; none where no stretch
/// lies in both or all are of one sound.
fn bit_error(one: &[u32], other: &[u32], offset: i64) -> Option<f64> {
    let skip = |offset: i64| usize::try_from(offset).unwrap_or(0);
    let one = one.get(skip(-offset)..)?;
    let other = other.get(skip(offset)..)?;
    let errors: Vec<u32> = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one ^ other).count_ones())
        .collect();
    let different =
        |words: &[u32]| words.iter().collect::<HashSet<_>>().len() >= MIN_DISTINCT_WORDS;
    let mut sums: Vec<(u32, usize)> = errors
        .windows(SEGMENT_WORDS)
        .map(|window| window.iter().sum())
        .zip(0..)
        .collect();
    sums.sort_unstable();
    sums.into_iter()
        .find(|&(_, at)| {
            different(&one[at..at + SEGMENT_WORDS]) && different(&other[at..at + SEGMENT_WORDS])
        })
        .map(|(sum, _)| f64::from(sum) / (32 * SEGMENT_WORDS) as f64)
}
