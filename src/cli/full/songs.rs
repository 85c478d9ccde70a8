//! The songs that a user names for a verb, with their files.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::full::track_progress;
use crate::cli::output::{progress, status};
use crate::cli::paths::require_exists;
use catalogue::{Catalogue, Track, TrackIndex, TrainableTrack};
use formats::ImportContext;
use neighbours::StoredTrack;
use prepare::SymphoniaProbe;

/// The songs with their audio, and how many could not be read; each of these is named on stderr.
pub fn read_songs(paths: &[PathBuf]) -> anyhow::Result<(Vec<(StoredTrack, PathBuf)>, usize)> {
    paths.iter().try_for_each(|path| require_exists(path))?;
    let bar = progress("Reading");
    let seen = track_progress(&bar);
    let context = ImportContext {
        facts: &SymphoniaProbe,
        retrieved: Timestamp::now(),
        progress: &seen,
    };
    let found = formats::songs(paths, &context)?;
    bar.finish_and_clear();
    for skip in &found.skipped {
        status(&format!("skipped {}: {}", skip.path, skip.reason));
    }
    Ok((stored(&found.catalogue), found.skipped.len()))
}

fn stored(catalogue: &Catalogue) -> Vec<(StoredTrack, PathBuf)> {
    let index = TrackIndex::new(catalogue);
    let songs = catalogue.tracks.iter().enumerate();
    let song = |(track, song): (usize, &Track)| {
        let trainable = TrainableTrack {
            track,
            playlists: Vec::new(),
        };
        Some((
            StoredTrack::from_catalogue(&index, &trainable),
            song.audio.clone()?,
        ))
    };
    songs.filter_map(song).collect()
}
