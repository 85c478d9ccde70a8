//! `add`: one more playlist for a bundle, fitted to some of its songs without training.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use clap::Args;

use super::songs::read_songs;
use crate::cli::output::{print, status};
use crate::cli::{BundleFolder, ExitStatus};
use analysis::{FitError, analyse};
use audio::Decoder;
use bundle::{Bundle, NewPlaylist};
use model::Network;
use neighbours::{StoredTrack, song_embedding};

#[derive(Debug, Args)]
pub struct Add {
    /// Name of the playlist
    #[arg(value_name = "NAME")]
    name: String,
    /// Songs of the playlist, at least 10 by 5 artists: audio files, folders with audio, or playlist files (M3U, XSPF,
    /// JSPF, tables)
    #[arg(required = true, value_name = "SONG")]
    songs: Vec<PathBuf>,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for the new bundle; the bundle that it is based on is not changed
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Add {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (mut bundle, network) = self.bundle.open()?;
        let name = bundle.manifest.new_name(&self.name)?;
        self.check_out()?;
        files::check_writable(&self.out)
            .with_context(|| format!("{}: choose another --out", self.out.display()))?;
        let (songs, skipped) = analyse_songs(&self.songs, &bundle, &network)?;
        let mut playlist = NewPlaylist {
            name,
            tracks: Vec::new(),
            embeddings: Vec::new(),
        };
        for (track, embedding) in songs {
            playlist.tracks.push(track);
            playlist.embeddings.extend(embedding);
        }
        playlist.enough()?;
        let replaced = bundle.add(playlist)?;
        bundle.write(&self.out)?;
        if let Some(added) = bundle.manifest.added.last() {
            if replaced {
                status(&format!(
                    "replaced the playlist {}, which the bundle had before",
                    added.name
                ));
            }
            let facts = report::few_shot(&added.facts());
            print(&format!("{}\n{facts}", added.name));
        }
        status(&format!("Bundle {}: {}", bundle.id(), self.out.display()));
        Ok(if skipped == 0 {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }

    /// Files are written one by one, so an interrupted write over the bundle itself would damage it.
    fn check_out(&self) -> anyhow::Result<()> {
        let real = |folder: &Path| folder.canonicalize().ok();
        let from = self.bundle.bundle.as_deref().and_then(real);
        if from.is_some() && from == real(&self.out) {
            anyhow::bail!(
                "--out {}: this is the bundle itself, which would be damaged if writing failed; choose another folder",
                self.out.display()
            );
        }
        Ok(())
    }
}

/// Each song with its descriptors and unit embedding, and the number of files that were skipped.
fn analyse_songs(
    paths: &[PathBuf],
    bundle: &Bundle,
    network: &Network,
) -> anyhow::Result<(Vec<(StoredTrack, Vec<f32>)>, usize)> {
    let analysed = Mutex::new(HashMap::new());
    let front_end = &bundle.manifest.front_end;
    let (songs, skipped) = read_songs(paths, network, &|path, predictor| {
        let song = Decoder::open(path).map_err(FitError::from)?;
        let analysis = analyse(song, front_end, predictor)?;
        let embedding = song_embedding(&analysis.embeddings, bundle.neighbours.width);
        if let Ok(mut analysed) = analysed.lock() {
            analysed.insert(path.to_owned(), (analysis.song.descriptors, embedding));
        }
        Ok(analysis.file)
    })?;
    let mut analysed = analysed
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let song = |(track, path): (StoredTrack, PathBuf)| {
        let (descriptors, embedding) = analysed.remove(&path)?;
        let track = StoredTrack {
            descriptors: Some(descriptors),
            ..track
        };
        Some((track, embedding))
    };
    Ok((songs.into_iter().filter_map(song).collect(), skipped))
}
