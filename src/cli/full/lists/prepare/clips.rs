//! Audio to clips, several at once.

use std::path::Path;

use rayon::prelude::*;

use crate::cli::output::progress;
use catalogue::{Catalogue, Track};
use prepare::ClipStore;

/// What became of the tracks that have audio.
pub(super) struct Clips {
    pub sample_rate_hz: u32,
    pub new: usize,
    pub there: usize,
    /// Tracks and why.
    pub failed: Vec<(Track, String)>,
}

enum Prepared {
    New,
    There,
    Failed(String),
}

impl Clips {
    pub fn prepare(catalogue: &Catalogue, folder: &Path, sample_rate_hz: u32) -> Clips {
        let store = ClipStore::new(folder, sample_rate_hz);
        let tracks: Vec<&Track> = catalogue
            .tracks
            .iter()
            .filter(|track| track.audio.is_some())
            .collect();
        let bar = progress("Decoding");
        bar.set_length(tracks.len() as u64);
        let prepared: Vec<Prepared> = tracks
            .par_iter()
            .map(|track| {
                let prepared = prepare(track, &store);
                bar.inc(1);
                prepared
            })
            .collect();
        bar.finish_and_clear();
        let mut clips = Clips {
            sample_rate_hz,
            new: 0,
            there: 0,
            failed: Vec::new(),
        };
        for (track, prepared) in tracks.into_iter().zip(prepared) {
            match prepared {
                Prepared::New => clips.new += 1,
                Prepared::There => clips.there += 1,
                Prepared::Failed(reason) => clips.failed.push((track.clone(), reason)),
            }
        }
        clips
    }
}

fn prepare(track: &Track, store: &ClipStore) -> Prepared {
    let (Some(audio), Some(audio_hash)) = (&track.audio, &track.audio_hash) else {
        return Prepared::Failed("the hash of its audio is not known; import it again".into());
    };
    if store.holds(audio_hash) {
        return Prepared::There;
    }
    match store.add(audio_hash, audio) {
        Ok(_) => Prepared::New,
        Err(reason) => Prepared::Failed(reason.to_string()),
    }
}
