//! Playlists from songs. Songs or a listener's history come in with the tracks that a list may hold; out goes a list of
//! these, in its order, and why each stands there.
//!
//! Must not: write anything but the store of what was heard, draw, or know tensors; it hears through
//! [`Listener`](inference::Listener).

mod admission;
mod around;
mod candidates;
mod facts;
mod heard;
mod history;
mod mix;
mod path;
mod signature;
#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use around::{around, nearness};
pub use candidates::{Candidates, Song};
pub use facts::*;
pub use heard::{HeardSong, HeardSongs, HearingError};
pub use history::{Matched, match_listens};
pub use mix::{Wish, best_lists, mix, mixed, quotas};
pub use path::walk;
pub use signature::{LEAST_SONGS, Signature};
