//! `add`: one more list for a bundle, learned from some of its songs without training.

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
    /// Name of the list
    #[arg(value_name = "NAME")]
    name: String,
    /// Songs of the list, at least 10 by 5 artists: audio files, folders with audio, or files with lists (M3U, XSPF,
    /// JSPF, tables)
    #[arg(required = true, value_name = "SONG")]
    songs: Vec<PathBuf>,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for the new bundle; the one that it is made from stays as it is
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Add {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (mut bundle, network) = self.bundle.open()?;
        let name = bundle.manifest.new_name(&self.name)?;
        self.stays_apart()?;
        files::check_writable(&self.out)
            .with_context(|| format!("{}: choose another --out", self.out.display()))?;
        let (songs, skipped) = analyse_songs(&self.songs, &bundle, &network)?;
        let mut list = NewPlaylist {
            name,
            tracks: Vec::new(),
            embeddings: Vec::new(),
        };
        for (track, embedding) in songs {
            list.tracks.push(track);
            list.embeddings.extend(embedding);
        }
        list.enough()?;
        let replaced = bundle.add(list)?;
        bundle.write(&self.out)?;
        if let Some(added) = bundle.manifest.added.last() {
            if replaced {
                status(&format!("{} was there and is replaced", added.name));
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

    /// Files are written one by one, so a bundle that is written over itself could be lost.
    fn stays_apart(&self) -> anyhow::Result<()> {
        let real = |folder: &Path| folder.canonicalize().ok();
        let from = self.bundle.bundle.as_deref().and_then(real);
        if from.is_some() && from == real(&self.out) {
            anyhow::bail!(
                "--out {}: this is the bundle itself, and it would be lost if writing broke off; name another folder",
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
