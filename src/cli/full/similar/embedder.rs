//! Hears the songs that a user names, each once in a lifetime of the bundle.

use std::path::PathBuf;

use anyhow::Context as _;
use etcetera::BaseStrategy as _;

use crate::cli::full::songs::read_songs;
use crate::cli::output::{format_error, progress, status};
use bundle::Bundle;
use catalogue::Listen;
use collection::similar::{EmbeddedSong, EmbeddingCache};
use model::Network;

/// A bundle's network with the store of what it heard.
pub struct Embedder<'a> {
    network: &'a Network,
    store: EmbeddingCache<'a>,
    /// Songs that could not be heard; each was named on stderr.
    pub skipped: usize,
}

/// A listen whose file is here.
pub struct EmbeddedListen {
    /// Its place in the history.
    pub listen: usize,
    pub song: EmbeddedSong,
}

impl<'a> Embedder<'a> {
    pub fn new(bundle: &'a Bundle, network: &'a Network) -> anyhow::Result<Self> {
        let folders = etcetera::choose_base_strategy().context("set HOME or XDG_CACHE_HOME")?;
        let folder = folders.cache_dir().join("playlist-fit/heard");
        Ok(Self {
            network,
            store: EmbeddingCache::new(&folder, bundle),
            skipped: 0,
        })
    }

    /// The songs of files, folders and lists that can be heard.
    pub fn embed(&mut self, paths: &[PathBuf]) -> anyhow::Result<Vec<(EmbeddedSong, PathBuf)>> {
        let (tracks, unread) = read_songs(paths)?;
        self.skipped += unread;
        let bar = progress("Listening");
        bar.set_length(tracks.len() as u64);
        let embedded = self.store.songs(tracks, self.network, &|| bar.inc(1))?;
        bar.finish_and_clear();
        let mut songs = Vec::new();
        for song in embedded {
            match song {
                Ok(song) => songs.push(song),
                Err(reason) => {
                    status(&format!("skipped {}", format_error(&reason.into())));
                    self.skipped += 1;
                }
            }
        }
        Ok(songs)
    }

    /// Those of a history whose audio is here.
    pub fn embed_listens(&mut self, listens: &[Listen]) -> anyhow::Result<Vec<EmbeddedListen>> {
        let audio = |listen: &Listen| listen.track.audio.clone().filter(|path| path.is_file());
        let paths: Vec<Option<PathBuf>> = listens.iter().map(audio).collect();
        let there: Vec<PathBuf> = paths.iter().flatten().cloned().collect();
        let songs = self.embed(&there)?.into_iter();
        let listen = |(song, path): (EmbeddedSong, PathBuf)| {
            let listen = paths.iter().position(|one| one.as_ref() == Some(&path))?;
            Some(EmbeddedListen { listen, song })
        };
        Ok(songs.filter_map(listen).collect())
    }
}
