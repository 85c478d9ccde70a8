//! `add`: one more list for a bundle, learned from some of its songs without training.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::songs::read_songs;
use crate::cli::terminal::{answer, in_words, progress, remark};
use crate::cli::{BundleFolder, Outcome};
use analysis::Hearing;
use bundle::{Bundle, NewList};
use collection::hear_all;
use features::traits::Traits;
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
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let (mut bundle, network) = self.bundle.open()?;
        let name = bundle.manifest.new_name(&self.name)?;
        self.stays_apart()?;
        let (songs, mut skipped) = read_songs(&self.songs)?;
        let mut list = NewList {
            name,
            tracks: songs.iter().map(|song| song.0.clone()).collect(),
            embeddings: Vec::new(),
        };
        list.enough()?;
        files::temporary_in(&self.out)
            .with_context(|| format!("{}: choose another --out", self.out.display()))?;
        list.tracks.clear();
        let heard = listen(&songs, &bundle, &network);
        for ((track, _), heard) in songs.into_iter().zip(heard) {
            match heard {
                Ok((embedding, traits)) => {
                    list.tracks.push(StoredTrack {
                        traits: Some(traits),
                        ..track
                    });
                    list.embeddings.extend(embedding);
                }
                Err(why) => {
                    remark(&format!("skipped {}", in_words(&why)));
                    skipped += 1;
                }
            }
        }
        let replaced = bundle.add(list)?;
        bundle.write(&self.out)?;
        if let Some(added) = bundle.manifest.added.last() {
            if replaced {
                remark(&format!("{} was there and is replaced", added.name));
            }
            answer(&format!("{}\n{}", added.name, added.note()));
        }
        remark(&format!("Bundle {}: {}", bundle.id(), self.out.display()));
        Ok(if skipped == 0 {
            Outcome::Done
        } else {
            Outcome::Skipped
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
fn listen(
    songs: &[(StoredTrack, PathBuf)],
    bundle: &Bundle,
    network: &Network,
) -> Vec<anyhow::Result<(Vec<f32>, Traits)>> {
    let bar = progress("Listening");
    bar.set_length(songs.len() as u64);
    let paths: Vec<&Path> = songs.iter().map(|song| song.1.as_path()).collect();
    let width = bundle.neighbours.width;
    let embedding = |heard: Hearing| {
        let embedding = song_embedding(&heard.embeddings, width);
        (embedding, heard.song.traits)
    };
    let front_end = &bundle.manifest.front_end;
    let heard = hear_all(&paths, front_end, network, embedding, &|| bar.inc(1));
    bar.finish_and_clear();
    heard.into_iter().map(|heard| Ok(heard?)).collect()
}
