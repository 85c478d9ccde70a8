//! Hears the songs that a user names, each once in a lifetime of the bundle.

use std::path::PathBuf;

use anyhow::Context as _;
use etcetera::BaseStrategy as _;

use crate::cli::full::songs::read_songs;
use bundle::Bundle;
use catalogue::Listen;
use collection::similar::{EmbeddedSong, EmbeddingCache};
use model::Network;
use neighbours::StoredTrack;

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
        let store = &self.store;
        let (tracks, unread) = read_songs(paths, self.network, &|path, predictor| {
            store.embed(path, predictor)
        })?;
        self.skipped += unread;
        let song = |(track, path): (StoredTrack, PathBuf)| Some((store.song(track, &path)?, path));
        let songs = tracks.into_iter().filter_map(song).collect();
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
