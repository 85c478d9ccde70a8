//! Which placements are among the best playlists of their track.

use crate::bootstrap::{Counts, LANES, Values, added, share};
use crate::ranking::{ScoredLabels, TOP};

/// Every placement by its playlist, with how many playlists score above it.
pub struct Recall {
    /// `[playlists]`: track and place, 0 for the best.
    places: Vec<Vec<(usize, usize)>>,
}

impl Recall {
    pub fn new(scored: &ScoredLabels) -> Self {
        let mut places = vec![Vec::new(); scored.playlists];
        for (track, own) in scored.truth.iter().enumerate() {
            for &playlist in own {
                places[playlist].push((track, scored.above(track, playlist)));
            }
        }
        Self { places }
    }

    /// How many of the tracks are on a playlist.
    pub fn placements(&self, playlist: usize) -> usize {
        self.places[playlist].len()
    }

    /// Share of a playlist's own tracks whose 1, 3 and 5 best playlists hold it.
    pub fn of(&self, playlist: usize) -> [f64; TOP.len()] {
        let places = &self.places[playlist];
        TOP.map(|k| {
            let hits = places.iter().filter(|place| place.1 < k).count();
            hits as f64 / places.len().max(1) as f64
        })
    }

    /// Share of placements that are among the 1, 3 and 5 best playlists of their track in each draw: the mean over
    /// playlists that have any, and over all placements.
    pub fn shares(&self, counts: &[Counts]) -> [Values; 2 * TOP.len()] {
        let (mut by_playlist, mut lists) = ([[0.0; LANES]; TOP.len()], [0.0; LANES]);
        let (mut hits_of_all, mut all) = ([[0.0; LANES]; TOP.len()], [0.0; LANES]);
        for places in &self.places {
            let within = |k: usize| {
                let hits = places.iter().filter(|place| place.1 < k);
                let hits = hits.fold([0; LANES], |sum, &(track, _)| added(sum, &counts[track]));
                hits.map(f64::from)
            };
            let placements = within(usize::MAX);
            add(&mut all, &placements);
            add(
                &mut lists,
                &placements.map(|count| f64::from(u8::from(count > 0.0))),
            );
            for (which, &k) in TOP.iter().enumerate() {
                let hits = within(k);
                add(&mut by_playlist[which], &share(hits, placements));
                add(&mut hits_of_all[which], &hits);
            }
        }
        let [macro_1, macro_3, macro_5] = by_playlist.map(|sum| share(sum, lists));
        let [micro_1, micro_3, micro_5] = hits_of_all.map(|sum| share(sum, all));
        [macro_1, macro_3, macro_5, micro_1, micro_3, micro_5]
    }
}

fn add(sum: &mut Values, values: &Values) {
    sum.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += value);
}
