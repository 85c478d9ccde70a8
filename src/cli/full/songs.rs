//! The songs that a user names for a verb, with their files.

use std::path::PathBuf;

use jiff::Timestamp;

use super::material::Known;
use crate::cli::full::follow;
use crate::cli::names::there;
use crate::cli::terminal::{progress, remark};
use catalogue::{Catalogue, LearnableTrack, Track};
use formats::Outside;
use neighbours::StoredTrack;
use prepare::FactsOfFiles;

/// The songs with their audio, and how many could not be read; each of these is named on stderr.
pub fn read_songs(paths: &[PathBuf]) -> anyhow::Result<(Vec<(StoredTrack, PathBuf)>, usize)> {
    paths.iter().try_for_each(|path| there(path))?;
    let bar = progress("Reading");
    let seen = follow(&bar);
    let outside = Outside {
        facts: &FactsOfFiles,
        retrieved: Timestamp::now(),
        progress: &seen,
    };
    let found = formats::songs(paths, &outside)?;
    bar.finish_and_clear();
    for skip in &found.skipped {
        remark(&format!("skipped {}: {}", skip.path, skip.why));
    }
    Ok((stored(&found.catalogue), found.skipped.len()))
}

fn stored(catalogue: &Catalogue) -> Vec<(StoredTrack, PathBuf)> {
    let known = Known::new(catalogue);
    let songs = catalogue.tracks.iter().enumerate();
    let song = |(track, song): (usize, &Track)| {
        let learnable = LearnableTrack {
            track,
            playlists: Vec::new(),
        };
        Some((known.stored(&learnable), song.audio.clone()?))
    };
    songs.filter_map(song).collect()
}
