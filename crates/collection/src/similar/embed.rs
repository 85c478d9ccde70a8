//! Embeds the user's own songs, each file opened once per run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::EmbeddedSong;
use crate::cache::{AnalysisCache, CacheError, SongOutputs};
use analysis::{FitError, analyse, fits};
use audio::{AudioFile, Decoder};
use bundle::Bundle;
use inference::Predictor;
use neighbours::StoredTrack;

/// Why a song has no embedding.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The song cannot be analysed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The cache cannot be written to.
    #[error(transparent)]
    Store(#[from] CacheError),
}

/// Embeds songs by one bundle's network, with a cache: an interrupted run resumes, and the next run only hashes the files.
#[derive(Debug)]
pub struct SongEmbedder<'a> {
    bundle: &'a Bundle,
    cache: AnalysisCache,
    /// The files of this run.
    embedded: Mutex<HashMap<PathBuf, (AudioFile, SongOutputs)>>,
}

impl<'a> SongEmbedder<'a> {
    /// An embedder that reads and fills the cache of this bundle.
    #[must_use]
    pub fn new(bundle: &'a Bundle, cache: AnalysisCache) -> Self {
        Self {
            bundle,
            cache,
            embedded: Mutex::default(),
        }
    }

    /// Embeds a file, for [`SongEmbedder::song`], and returns its tags, hash and length. It is opened once per run; if its
    /// hash is in the cache it is not decoded.
    ///
    /// # Errors
    /// If the song cannot be analysed or the cache cannot be written to.
    pub fn embed(
        &self,
        path: &Path,
        predictor: &dyn Predictor,
    ) -> Result<AudioFile, EmbeddingError> {
        if let Some((file, _)) = self.embedded().get(path) {
            return Ok(file.clone());
        }
        let (file, outputs) = self.cached_or_predicted(path, predictor)?;
        self.embedded()
            .insert(path.to_owned(), (file.clone(), outputs));
        Ok(file)
    }

    fn cached_or_predicted(
        &self,
        path: &Path,
        predictor: &dyn Predictor,
    ) -> Result<(AudioFile, SongOutputs), EmbeddingError> {
        let failed = |reason| EmbeddingError::Fit(FitError::Audio(reason));
        let mut song = Decoder::open(path).map_err(failed)?;
        song.skip_to_end().map_err(failed)?;
        let known = song.file();
        let cached = known.as_ref().and_then(|file| self.cache.get(&file.hash));
        if let (Some(file), Some(outputs)) = (known, cached) {
            return Ok((file, outputs));
        }
        let song = song.rewind().map_err(failed)?;
        let analysis = analyse(song, &self.bundle.manifest.front_end, predictor)?;
        let outputs = SongOutputs::from_analysis(&analysis, self.bundle);
        self.cache.insert(&analysis.file.hash, &outputs)?;
        Ok((analysis.file, outputs))
    }

    /// The song of a file that was embedded, with its calibrated fits; `None` for any other file.
    #[must_use]
    pub fn song(&self, track: StoredTrack, path: &Path) -> Option<EmbeddedSong> {
        let (_, SongOutputs { embedding, logits }) = self.embedded().get(path)?.clone();
        let fits = fits(self.bundle, &logits, &embedding);
        Some(EmbeddedSong::new(track, embedding, &fits))
    }

    fn embedded(&self) -> MutexGuard<'_, HashMap<PathBuf, (AudioFile, SongOutputs)>> {
        self.embedded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
