//! Playlists from songs. Songs or a listener's history come in with the tracks that a list may hold; out goes a list of
//! these, in its order, and why each stands there.
//!
//! Must not: write anything but the store of what was heard, draw, or know tensors; it hears through
//! [`Predictor`](inference::Predictor).

mod around;
mod cache;
mod candidates;
mod diversity_filter;
mod facts;
mod history;
mod mix;
mod path;
mod signature;
#[cfg(test)]
mod tests;

pub use around::{around, proximity_score};
pub use cache::{EmbeddingCache, EmbeddingError};
pub use candidates::{Candidates, EmbeddedSong};
pub use diversity_filter::DiversityFilter;
pub use facts::*;
pub use history::{Matched, match_listens};
pub use mix::{MixRequest, best_lists, mix, quotas, sample_mix};
pub use path::interpolate;
pub use signature::{MIN_SONGS, Signature};
