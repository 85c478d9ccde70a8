//! What a cosine means among the bundle's tracks, as numbers beside their embeddings. Bundles made before these were
//! kept, and those whose tracks have changed, have them computed: quick for hundreds of tracks.

use safetensors::SafeTensors;

use super::tensors::numbers;
use evaluation::{ArtistLinks, group_of};
use neighbours::{Neighbours, SimilarityStats};

/// Tensors of `neighbours.safetensors`: `[tracks, 2]` and the quantiles.
pub(super) const MEAN_STD: &str = "strangers";
pub(super) const BACKGROUND_PAIRS: &str = "pairs_of_strangers";

/// From all pairs of tracks that share neither an artist nor a recording.
pub fn learn(neighbours: &Neighbours) -> SimilarityStats {
    let artist_links: Vec<ArtistLinks> = neighbours.tracks.iter().map(ArtistLinks::from).collect();
    SimilarityStats::learn(neighbours, &group_of(&artist_links))
}

/// As the file has it, else computed.
pub(super) fn read(file: &SafeTensors, neighbours: &Neighbours) -> SimilarityStats {
    let stored = numbers(file, MEAN_STD).zip(numbers(file, BACKGROUND_PAIRS));
    stored
        .and_then(|(mean_std, background_pairs)| {
            SimilarityStats::stored(neighbours, &mean_std, background_pairs)
        })
        .unwrap_or_else(|| learn(neighbours))
}
