//! The clips of all tracks that have audio, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::ClipStore;
use catalogue::{Catalogue, Track};

/// What became of the tracks that have audio.
#[derive(Debug)]
pub struct ClipsBuilt {
    /// Sample rate of the clips.
    pub sample_rate_hz: u32,
    /// Number of clips that were decoded now.
    pub new: usize,
    /// Number of clips that existed before.
    pub existing: usize,
    /// Tracks without a clip, with the reason.
    pub failed: Vec<(Track, String)>,
}

/// Decodes each track of the catalogue that has audio and no clip yet. `progress` is called with the number of tracks
/// that are done and of all. An interrupted run resumes: complete clips are not decoded again.
#[must_use]
pub fn build_clips(
    catalogue: &Catalogue,
    store: &ClipStore,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> ClipsBuilt {
    let tracks: Vec<&Track> = catalogue
        .tracks
        .iter()
        .filter(|track| track.audio.is_some())
        .collect();
    let done = AtomicUsize::new(0);
    progress(0, tracks.len());
    let built: Vec<Result<bool, String>> = tracks
        .par_iter()
        .map(|track| {
            let built = build_clip(track, store);
            let done = done.fetch_add(1, Ordering::Relaxed);
            progress(done + 1, tracks.len());
            built
        })
        .collect();
    let mut clips = ClipsBuilt {
        sample_rate_hz: store.sample_rate_hz(),
        new: 0,
        existing: 0,
        failed: Vec::new(),
    };
    for (track, built) in tracks.into_iter().zip(built) {
        match built {
            Ok(true) => clips.new += 1,
            Ok(false) => clips.existing += 1,
            Err(reason) => clips.failed.push((track.clone(), reason)),
        }
    }
    clips
}

/// Whether the clip is new.
fn build_clip(track: &Track, store: &ClipStore) -> Result<bool, String> {
    let (Some(audio), Some(audio_hash)) = (&track.audio, &track.audio_hash) else {
        return Err("the hash of its audio is not known; import it again".into());
    };
    if store.holds(audio_hash) {
        return Ok(false);
    }
    store
        .add(audio_hash, audio)
        .map(|_| true)
        .map_err(|reason| reason.to_string())
}
