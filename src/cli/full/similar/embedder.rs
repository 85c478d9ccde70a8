//! Embeds the songs that the user names, with a cache.

use std::path::PathBuf;

use anyhow::Context as _;
use etcetera::BaseStrategy as _;

use crate::cli::full::songs::read_songs;
use bundle::Bundle;
use catalogue::Listen;
use collection::AnalysisCache;
use collection::similar::{EmbeddedListen, EmbeddedSong, SongEmbedder};
use model::Network;
use neighbours::StoredTrack;

/// A bundle's network with the cache of what it predicted.
pub struct Embedder<'a> {
    network: &'a Network,
    songs: SongEmbedder<'a>,
    /// Number of songs that could not be analysed; each was reported on stderr.
    pub skipped: usize,
}

impl<'a> Embedder<'a> {
    pub fn new(bundle: &'a Bundle, network: &'a Network) -> anyhow::Result<Self> {
        Ok(Self {
            network,
            songs: SongEmbedder::new(bundle, analysis_cache(bundle)?),
            skipped: 0,
        })
    }

    /// The songs of files, folders and playlists that can be analysed.
    pub fn embed(&mut self, paths: &[PathBuf]) -> anyhow::Result<Vec<(EmbeddedSong, PathBuf)>> {
        let songs = &self.songs;
        let (tracks, unread) = read_songs(paths, self.network, &|path, predictor| {
            songs.embed(path, predictor)
        })?;
        self.skipped += unread;
        let song = |(track, path): (StoredTrack, PathBuf)| Some((songs.song(track, &path)?, path));
        Ok(tracks.into_iter().filter_map(song).collect())
    }

    /// The songs of a history that have an audio file here.
    pub fn embed_listens(&mut self, listens: &[Listen]) -> anyhow::Result<Vec<EmbeddedListen>> {
        let audio = |listen: &Listen| listen.track.audio.clone().filter(|path| path.is_file());
        let paths: Vec<Option<PathBuf>> = listens.iter().map(audio).collect();
        let existing: Vec<PathBuf> = paths.iter().flatten().cloned().collect();
        let songs = self.embed(&existing)?.into_iter();
        let listen = |(song, path): (EmbeddedSong, PathBuf)| {
            let listen = paths
                .iter()
                .position(|known| known.as_ref() == Some(&path))?;
            Some(EmbeddedListen { listen, song })
        };
        Ok(songs.filter_map(listen).collect())
    }
}

/// The user's cache for a bundle.
pub fn analysis_cache(bundle: &Bundle) -> anyhow::Result<AnalysisCache> {
    let folders = etcetera::choose_base_strategy().context("set HOME or XDG_CACHE_HOME")?;
    let folder = folders.cache_dir().join("playlist-fit");
    Ok(AnalysisCache::open(&folder, bundle))
}
