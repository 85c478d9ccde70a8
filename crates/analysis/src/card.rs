//! A bundle comes in, what its model card says of the tracks that it learned from goes out.
//!
//! Must not: say how well the bundle does; that stands in its evaluation.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{CardFacts, TrackCount};
use bundle::Bundle;

/// Each track that taught counts once, under the source and the licence that decide.
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
    fn each_track_is_counted_once_and_the_largest_source_stands_first() {
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
    fn a_track_that_was_only_added_by_hand_is_not_said_to_have_taught() {
        let mut bundle = Bundle::open(None).unwrap();
        let facts = card_facts(&bundle);
        let list = bundle.manifest.playlists.len();
        let mut by_hand = bundle.neighbours.tracks[0].clone();
        by_hand.playlists = vec![list];
        bundle.neighbours.tracks.push(by_hand);
        assert_eq!(card_facts(&bundle), facts);
    }
}
