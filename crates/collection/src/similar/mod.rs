//! Playlists of tracks like given songs.
//!
//! Input: songs or a listening history, and the tracks to choose from ([`SimilarRequest`]). Output: the chosen tracks in
//! order, with the reason for each ([`SimilarReport`]).
//!
//! Invariants: writes nothing but the cache; runs the network only through [`Predictor`](inference::Predictor).

mod around;
mod candidates;
mod diversity_filter;
mod embed;
mod facts;
mod history;
mod listing;
mod mix;
mod path;
mod request;
mod signature;
#[cfg(test)]
mod tests;

pub use around::proximity_score;
pub use candidates::{Candidates, EmbeddedSong};
pub use diversity_filter::DiversityFilter;
pub use embed::{EmbeddingError, SongEmbedder};
pub use facts::*;
pub use history::{EmbeddedListen, Matched, PlayedSongs, match_listens};
pub use mix::{MixRequest, best_lists, mix, quotas, sample_mix};
pub use path::interpolate;
pub use request::{SimilarError, SimilarRequest};
pub use signature::{MIN_SONGS, Signature};
