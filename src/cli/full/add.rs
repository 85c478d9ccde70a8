//! `add`: one more list for a bundle, learned from some of its songs without training.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::songs::read_songs;
use crate::cli::output::{format_error, print, progress, status};
use crate::cli::{BundleFolder, ExitStatus};
use analysis::SongAnalysis;
use bundle::{Bundle, NewPlaylist};
use collection::analyse_all;
use features::descriptors::Descriptors;
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
        let (songs, mut skipped) = read_songs(&self.songs)?;
        let mut list = NewPlaylist {
            name,
            tracks: songs.iter().map(|song| song.0.clone()).collect(),
            embeddings: Vec::new(),
        };
        list.enough()?;
        files::check_writable(&self.out)
            .with_context(|| format!("{}: choose another --out", self.out.display()))?;
        list.tracks.clear();
        let analysed = analyse(&songs, &bundle, &network);
        for ((track, _), analysed) in songs.into_iter().zip(analysed) {
            match analysed {
                Ok((embedding, descriptors)) => {
                    list.tracks.push(StoredTrack {
                        descriptors: Some(descriptors),
                        ..track
                    });
                    list.embeddings.extend(embedding);
                }
                Err(reason) => {
                    status(&format!("skipped {}", format_error(&reason)));
                    skipped += 1;
                }
            }
        }
        let replaced = bundle.add(list)?;
        bundle.write(&self.out)?;
        if let Some(added) = bundle.manifest.added.last() {
            if replaced {
                status(&format!("{} was there and is replaced", added.name));
            }
            print(&format!("{}\n{}", added.name, added.note()));
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

/// The unit embedding of each song, and how it sounds.
fn analyse(
    songs: &[(StoredTrack, PathBuf)],
    bundle: &Bundle,
    network: &Network,
) -> Vec<anyhow::Result<(Vec<f32>, Descriptors)>> {
    let bar = progress("Listening");
    bar.set_length(songs.len() as u64);
    let paths: Vec<&Path> = songs.iter().map(|song| song.1.as_path()).collect();
    let width = bundle.neighbours.width;
    let embedding = |analysed: SongAnalysis| {
        let embedding = song_embedding(&analysed.embeddings, width);
        (embedding, analysed.song.descriptors)
    };
    let front_end = &bundle.manifest.front_end;
    let analysed = analyse_all(&paths, front_end, network, embedding, &|| bar.inc(1));
    bar.finish_and_clear();
    analysed.into_iter().map(|analysed| Ok(analysed?)).collect()
}
