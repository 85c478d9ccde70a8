//! What a cosine means among the bundle's tracks, as numbers beside their embeddings. Bundles made before these were
//! kept, and those whose tracks have changed, have them computed: quick for hundreds of tracks.

use safetensors::SafeTensors;

use super::tensors::numbers;
use evaluation::{Credits, owners};
use neighbours::{Likeness, Neighbours};

/// Tensors of `neighbours.safetensors`: `[tracks, 2]` and the quantiles.
pub(super) const SPREADS: &str = "strangers";
pub(super) const PAIRS: &str = "pairs_of_strangers";

/// From all pairs of tracks that share neither an artist nor a recording.
pub fn learn(neighbours: &Neighbours) -> Likeness {
    let credits: Vec<Credits> = neighbours.tracks.iter().map(Credits::from).collect();
    Likeness::learn(neighbours, &owners(&credits))
}

/// As the file has it, else computed.
pub(super) fn read(file: &SafeTensors, neighbours: &Neighbours) -> Likeness {
    let stored = numbers(file, SPREADS).zip(numbers(file, PAIRS));
    stored
        .and_then(|(spreads, pairs)| Likeness::stored(neighbours, &spreads, pairs))
        .unwrap_or_else(|| learn(neighbours))
}
