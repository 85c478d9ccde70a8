//! Tracks and folders to clips on disk: [`matching`] finds the file of each track, [`ClipStore`] holds the clips that
//! training reads, and [`build_clips`] fills it.

mod build;
mod clips;
mod facts;
pub mod matching;
mod measurements;
mod wav;

pub use build::{ClipsBuilt, build_clips};
pub use clips::{Clip, ClipStore};
pub use facts::{SymphoniaProbe, file_info};
pub use wav::wav;
