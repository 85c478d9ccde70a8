//! The user's own songs, predicted once: embedding and logits are cached by the hash of the coded audio, so an interrupted
//! run resumes and the next run only hashes the files.
//!
//! Each file of the cache carries the hashes of the front end and of the weights; entries of others, and damaged ones,
//! are recomputed.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors, serialize};

use super::EmbeddedSong;
use analysis::{FitError, SongAnalysis, analyse, fits};
use audio::{AudioFile, Decoder};
use bundle::{Bundle, tensors};
use inference::Predictor;
use neighbours::{StoredTrack, song_embedding};

const EMBEDDING: &str = "embedding";
const LOGITS: &str = "logits";

/// Why a song has no embedding.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The song cannot be analysed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The cache cannot be written to.
    #[error("{path}: {source}; free some space and run the same command again")]
    Store {
        /// File of the cache.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
}

/// Embeddings and logits of songs by one bundle's network.
pub struct EmbeddingCache<'a> {
    folder: PathBuf,
    bundle: &'a Bundle,
    /// Hashes that identify front end, weights and pooling.
    provenance: HashMap<String, String>,
    /// The files of this run.
    embedded: Mutex<HashMap<PathBuf, (AudioFile, CachedEmbedding)>>,
}

/// The unit embedding `[width]` and the pooled logits `[playlists]` of one song.
#[derive(Clone)]
struct CachedEmbedding {
    embedding: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> EmbeddingCache<'a> {
    /// A cache in a sub-folder of `folder` for this bundle's front end and weights.
    #[must_use]
    pub fn new(folder: &Path, bundle: &'a Bundle) -> Self {
        let manifest = &bundle.manifest;
        let front_end = manifest.front_end.hash();
        let provenance = [
            ("front_end", front_end.as_str()),
            ("weights", &manifest.weights),
            ("pooling", manifest.pooling.name()),
        ];
        Self {
            folder: folder.join(format!("{}-{front_end}", manifest.weights)),
            bundle,
            provenance: provenance
                .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
                .into(),
            embedded: Mutex::default(),
        }
    }

    /// Embeds a file, for [`EmbeddingCache::song`], and returns its tags, hash and length. It is opened once per run; if
    /// its hash is in the cache it is not decoded.
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
        let (file, embedding) = self.cached_or_predicted(path, predictor)?;
        self.embedded()
            .insert(path.to_owned(), (file.clone(), embedding));
        Ok(file)
    }

    fn cached_or_predicted(
        &self,
        path: &Path,
        predictor: &dyn Predictor,
    ) -> Result<(AudioFile, CachedEmbedding), EmbeddingError> {
        let failed = |reason| EmbeddingError::Fit(FitError::Audio(reason));
        let mut song = Decoder::open(path).map_err(failed)?;
        song.skip_to_end().map_err(failed)?;
        let known = song.file();
        let cached = known.as_ref().and_then(|file| self.get(&file.hash));
        if let (Some(file), Some(embedding)) = (known, cached) {
            return Ok((file, embedding));
        }
        let song = song.rewind().map_err(failed)?;
        let analysis = analyse(song, &self.bundle.manifest.front_end, predictor)?;
        let embedding = self.pooled(&analysis);
        self.store(&analysis.file.hash, &embedding)?;
        Ok((analysis.file, embedding))
    }

    /// The song of a file that was embedded, with its calibrated fits; `None` for any other file.
    #[must_use]
    pub fn song(&self, track: StoredTrack, path: &Path) -> Option<EmbeddedSong> {
        let (_, CachedEmbedding { embedding, logits }) = self.embedded().get(path)?.clone();
        let fits = fits(self.bundle, &logits, &embedding);
        Some(EmbeddedSong::new(track, embedding, &fits))
    }

    fn embedded(&self) -> MutexGuard<'_, HashMap<PathBuf, (AudioFile, CachedEmbedding)>> {
        self.embedded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pooled(&self, analysis: &SongAnalysis) -> CachedEmbedding {
        let manifest = &self.bundle.manifest;
        let playlists = manifest.playlists.len();
        let pooling = manifest.pooling;
        CachedEmbedding {
            embedding: song_embedding(&analysis.embeddings, self.bundle.neighbours.width),
            logits: pooling.scores(&analysis.logits, &analysis.attention, playlists),
        }
    }

    fn path(&self, audio_hash: &str) -> PathBuf {
        let prefix = audio_hash.get(..2).unwrap_or("_");
        self.folder
            .join(prefix)
            .join(format!("{audio_hash}.safetensors"))
    }

    fn get(&self, audio_hash: &str) -> Option<CachedEmbedding> {
        let bytes = fs::read(self.path(audio_hash)).ok()?;
        let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let embedded = CachedEmbedding {
            embedding: numbers(&file, EMBEDDING)?,
            logits: numbers(&file, LOGITS)?,
        };
        let is_complete = header.metadata().as_ref() == Some(&self.provenance)
            && embedded.embedding.len() == self.bundle.neighbours.width
            && embedded.logits.len() == self.bundle.manifest.playlists.len();
        is_complete.then_some(embedded)
    }

    fn store(&self, audio_hash: &str, embedded: &CachedEmbedding) -> Result<(), EmbeddingError> {
        let path = self.path(audio_hash);
        let written = self.bytes(embedded).map_err(io::Error::other);
        written
            .and_then(|bytes| files::write(&path, &bytes))
            .map_err(|source| EmbeddingError::Store { path, source })
    }

    fn bytes(&self, embedded: &CachedEmbedding) -> Result<Vec<u8>, SafeTensorError> {
        let [embedding, logits] =
            [&embedded.embedding, &embedded.logits].map(|numbers| tensors::bytes(numbers));
        let view = |numbers: &[f32], bytes| TensorView::new(Dtype::F32, vec![numbers.len()], bytes);
        let tensors = [
            (EMBEDDING, view(&embedded.embedding, &embedding)?),
            (LOGITS, view(&embedded.logits, &logits)?),
        ];
        serialize(tensors, Some(self.provenance.clone()))
    }
}

/// `None` if the tensor is missing or holds a value that is not finite.
fn numbers(file: &SafeTensors, name: &str) -> Option<Vec<f32>> {
    let numbers = tensors::numbers(file, name)?;
    let is_valid = numbers.iter().all(|number| number.is_finite());
    is_valid.then_some(numbers)
}
