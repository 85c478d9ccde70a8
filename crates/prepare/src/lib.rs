//! Tracks and folders to clips on disk: which file is which track ([`resolve`]), and the clips that training reads
//! ([`ClipStore`]).

mod clips;
mod facts;
mod fingerprint;
pub mod matching;
mod wav;

pub use clips::{Clip, ClipStore};
pub use facts::{SymphoniaProbe, probe_file};
pub use wav::wav;
