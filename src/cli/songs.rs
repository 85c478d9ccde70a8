//! The songs that a user names for a verb, with their files.

use std::path::PathBuf;

use jiff::Timestamp;

use super::material::Known;
use super::names::there;
use super::terminal::{follow, progress, remark};
use crate::audio::FactsOfFiles;
use crate::neighbours::StoredTrack;
use crate::playlists::files::{self, Outside};
use crate::playlists::{Catalogue, LearnableTrack, Track};

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
    let found = files::songs(paths, &outside)?;
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
