//! Audio to clips, with a progress bar.

use std::path::Path;

use crate::cli::full::track_progress;
use crate::cli::output::progress;
use catalogue::Catalogue;
use prepare::{ClipStore, ClipsBuilt, build_clips};

pub(super) fn build(catalogue: &Catalogue, folder: &Path, sample_rate_hz: u32) -> ClipsBuilt {
    let bar = progress("Decoding");
    let store = ClipStore::new(folder, sample_rate_hz);
    let built = build_clips(catalogue, &store, &track_progress(&bar));
    bar.finish_and_clear();
    built
}
