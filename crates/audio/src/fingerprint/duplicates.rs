//! Pairs of fingerprints of the same recording. An inverted index of sub-fingerprints proposes pairs with their offsets,
//! so that the work grows with the number of matches and not with the square of the tracks; then every bit is compared.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::Fingerprint;

/// Bits of a sub-fingerprint that are indexed. AcoustID ignores the lowest four; ignoring eight finds three more of the
/// five recordings in 56 that a strong equaliser hid.
const INDEXED: u32 = 0xFFFF_FF00;
/// Sub-fingerprints that two tracks must have in common at one offset before they are compared.
const MIN_MATCHES: usize = 2;
/// Number of offsets at which a pair is compared: those with the most matches.
const OFFSETS: usize = 4;
/// A sub-fingerprint with more postings is not distinctive; in a large collection, with more than this fraction of all.
const MAX_POSTINGS: usize = 200;
const MAX_POSTINGS_FRACTION: f64 = 1e-4;
/// Length of a segment in sub-fingerprints: 8 s.
pub(super) const SEGMENT_LEN: usize = 65;
/// A segment with fewer distinct sub-fingerprints is silence, a drone or a hum, which many recordings contain.
pub(super) const MIN_DISTINCT: usize = 20;
/// Maximum bit error rate of two copies of one recording, in the segment in which they differ least.
///
/// Measured on real excerpts of 12 to 40 s: 56 against themselves as MP3 at the lowest and a middling bit rate, Opus, cut
/// by 5 s or to the last 12 s, with 5 s removed from the middle, 9 dB softer, through a limiter: all 448 within 0.08;
/// through an equaliser of 9 dB: 52 within 0.16; 1 % faster, pitch and all: 16. Of 70,500 pairs of different songs two
/// were within 0.16, both of them versions of one piece (0.144, 0.157); the nearest others were rain and wind (0.176).
/// The threshold was chosen on these excerpts, so on others the rates may be slightly worse.
pub(super) const MAX_BIT_ERROR_RATE: f64 = 0.16;

/// Two tracks of the same recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duplicate {
    /// Index of the first track.
    pub one: usize,
    /// Index of the second track.
    pub other: usize,
    /// Bit error rate of the segment in which they differ least, 0 to 1.
    pub bit_error: f64,
}

/// Sub-fingerprint, track, position in the track.
type Posting = (u32, u32, u32);

/// Every pair of the same recording, `one` < `other`, sorted.
#[must_use]
pub fn duplicates(fingerprints: &[Fingerprint]) -> Vec<Duplicate> {
    nearest_pairs(fingerprints, MAX_BIT_ERROR_RATE)
}

/// Pairs with a bit error rate of at most `max`.
pub(super) fn nearest_pairs(fingerprints: &[Fingerprint], max: f64) -> Vec<Duplicate> {
    let index = index(fingerprints);
    let max_postings = MAX_POSTINGS.max((index.len() as f64 * MAX_POSTINGS_FRACTION) as usize);
    let of_track = |one: usize| -> Vec<Duplicate> {
        let mut found: Vec<Duplicate> = proposed(&index, fingerprints, one, max_postings)
            .into_iter()
            .filter_map(|(other, offsets)| {
                let errors = offsets.into_iter().filter_map(|offset| {
                    bit_error(&fingerprints[one].0, &fingerprints[other].0, offset)
                });
                let bit_error = errors.min_by(f64::total_cmp)?;
                (bit_error <= max).then_some(Duplicate {
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
        .flat_map_iter(of_track)
        .collect()
}

/// Every sub-fingerprint that differs from the one before it, sorted.
fn index(fingerprints: &[Fingerprint]) -> Vec<Posting> {
    let mut index: Vec<Posting> = fingerprints
        .par_iter()
        .enumerate()
        .flat_map_iter(|(track, fingerprint)| {
            changes(fingerprint).map(move |(at, value)| (value, track as u32, at as u32))
        })
        .collect();
    index.par_sort_unstable();
    index
}

fn changes(fingerprint: &Fingerprint) -> impl Iterator<Item = (usize, u32)> + '_ {
    let mut before = None;
    let sub_fingerprints = fingerprint
        .0
        .iter()
        .map(|value| value & INDEXED)
        .enumerate();
    sub_fingerprints.filter(move |&(_, value)| before.replace(value) != Some(value))
}

/// Later tracks with sub-fingerprints of `one`, each with the offsets (its position less that in `one`) with most matches.
fn proposed(
    index: &[Posting],
    fingerprints: &[Fingerprint],
    one: usize,
    max_postings: usize,
) -> Vec<(usize, Vec<i64>)> {
    let mut agreeing: HashMap<(u32, i64), usize> = HashMap::new();
    for (at, value) in changes(&fingerprints[one]) {
        let first = index.partition_point(|posting| posting.0 < value);
        let postings = &index[first..];
        let count = postings
            .iter()
            .take(max_postings + 1)
            .take_while(|posting| posting.0 == value)
            .count();
        if count <= max_postings {
            let later = postings[..count]
                .iter()
                .filter(|posting| posting.1 as usize > one);
            for &(_, other, there) in later {
                *agreeing
                    .entry((other, i64::from(there) - at as i64))
                    .or_default() += 1;
            }
        }
    }
    let mut of_track: HashMap<u32, Vec<(usize, i64)>> = HashMap::new();
    for (&(other, offset), &count) in &agreeing {
        // The true offset may be between two positions: the matches are then spread over both.
        let next = agreeing.get(&(other, offset + 1)).copied().unwrap_or(0);
        if count + next >= MIN_MATCHES {
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

/// Minimum bit error rate over all segments if `other` starts `offset` positions later; `None` if the tracks do not
/// overlap by a segment or no segment is distinctive.
fn bit_error(one: &[u32], other: &[u32], offset: i64) -> Option<f64> {
    let skip = |offset: i64| usize::try_from(offset).unwrap_or(0);
    let one = one.get(skip(-offset)..)?;
    let other = other.get(skip(offset)..)?;
    let errors: Vec<u32> = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one ^ other).count_ones())
        .collect();
    let is_distinctive =
        |values: &[u32]| values.iter().collect::<HashSet<_>>().len() >= MIN_DISTINCT;
    let mut sums: Vec<(u32, usize)> = errors
        .windows(SEGMENT_LEN)
        .map(|window| window.iter().sum())
        .zip(0..)
        .collect();
    sums.sort_unstable();
    sums.into_iter()
        .find(|&(_, at)| {
            is_distinctive(&one[at..at + SEGMENT_LEN])
                && is_distinctive(&other[at..at + SEGMENT_LEN])
        })
        .map(|(sum, _)| f64::from(sum) / (32 * SEGMENT_LEN) as f64)
}
