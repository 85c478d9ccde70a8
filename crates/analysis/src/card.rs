//! Sources and licences of the training tracks of a bundle, for its model card.
//!
//! Invariants: contains no quality figures; those are in the evaluation.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{CardFacts, TrackCount};
use bundle::Bundle;

/// Each training track counts once, for the source and the licence that apply.
#[must_use]
pub fn card_facts(bundle: &Bundle) -> CardFacts {
    let tracks = bundle.training_tracks();
    let days = || tracks.clone().filter_map(|track| track.added);
    CardFacts {
        sources: counts(tracks.clone().map(|track| &track.source)),
        licences: counts(tracks.clone().map(|track| &track.licence)),
        oldest_added: days().min(),
        newest_added: days().max(),
        allowed_sources: bundle.manifest.allowed_sources.clone(),
    }
}

fn counts<'a>(names: impl Iterator<Item = &'a String>) -> Vec<TrackCount> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<TrackCount> = counts
        .into_iter()
        .map(|(name, tracks)| TrackCount {
            name: name.to_owned(),
            tracks,
        })
        .collect();
    counts.sort_by_key(|count| Reverse(count.tracks));
    counts
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_track_is_counted_once_and_the_largest_source_is_first() {
        let mut bundle = Bundle::open(None).unwrap();
        let tracks = &mut bundle.neighbours.tracks;
        tracks[3].added = Some(date(2024, 5, 1));
        tracks[5].added = Some(date(2021, 2, 3));
        let facts = card_facts(&bundle);
        for counts in [&facts.sources, &facts.licences] {
            let sum: usize = counts.iter().map(|count| count.tracks).sum();
            assert_eq!(sum, bundle.neighbours.tracks.len());
            assert!(counts.is_sorted_by_key(|count| Reverse(count.tracks)));
        }
        assert_eq!(
            (facts.oldest_added, facts.newest_added),
            (Some(date(2021, 2, 3)), Some(date(2024, 5, 1)))
        );
    }

    #[test]
    fn a_track_added_by_the_user_is_not_a_training_track() {
        let mut bundle = Bundle::open(None).unwrap();
        let facts = card_facts(&bundle);
        let playlist = bundle.manifest.playlists.len();
        let mut added = bundle.neighbours.tracks[0].clone();
        added.playlists = vec![playlist];
        bundle.neighbours.tracks.push(added);
        assert_eq!(card_facts(&bundle), facts);
    }
}
