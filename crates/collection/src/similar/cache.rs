//! Songs of the user's own, heard once: what the network said of each is kept by the hash of its audio, so that a run
//! that was stopped goes on where it was and the next one begins with all of it.
//!
//! A file of the store carries the hashes of the front end and of the weights that made it; what others made, or what is
//! damaged, is heard anew.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors, serialize};

use super::EmbeddedSong;
use crate::analyse_all;
use analysis::{FitError, SongAnalysis, fits};
use bundle::{Bundle, tensors};
use inference::Predictor;
use neighbours::{StoredTrack, song_embedding};

/// Songs that are heard before they are saved.
const SAVED_EVERY: usize = 8;
const EMBEDDING: &str = "embedding";
const LOGITS: &str = "logits";

/// A song and its file, or why it could not be heard.
pub type EmbeddingResult = Result<(EmbeddedSong, PathBuf), FitError>;

#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("{path}: {source}; free some room and run the same command again")]
    Store { path: PathBuf, source: io::Error },
}

/// What one bundle's network said of songs.
pub struct EmbeddingCache<'a> {
    folder: PathBuf,
    bundle: &'a Bundle,
    /// Who made the vectors.
    provenance: HashMap<String, String>,
}

/// Of one song: the unit embedding and the pooled logits.
struct CachedEmbedding {
    embedding: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> EmbeddingCache<'a> {
    /// In a folder of their own below `folder`.
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
                .map(|(name, maker)| (name.to_owned(), maker.to_owned()))
                .into(),
        }
    }

    /// Each song with what the bundle says of it, in their order; only those that are new are heard. `done` is told after
    /// each.
    ///
    /// # Errors
    /// For a song where it is no audio, too short or silent, and for all where nothing can be kept.
    pub fn songs(
        &self,
        tracks: Vec<(StoredTrack, PathBuf)>,
        predictor: &dyn Predictor,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<EmbeddingResult>, EmbeddingError> {
        let mut embedded: Vec<Option<Result<CachedEmbedding, FitError>>> = Vec::new();
        for (track, _) in &tracks {
            let kept = self.get(&track.audio_hash);
            kept.iter().for_each(|_| done());
            embedded.push(kept.map(Ok));
        }
        let new: Vec<usize> = (0..tracks.len())
            .filter(|&at| embedded[at].is_none())
            .collect();
        for chunk in new.chunks(SAVED_EVERY) {
            let paths: Vec<&Path> = chunk.iter().map(|&at| tracks[at].1.as_path()).collect();
            let pooled = |analysis| self.pooled(&analysis);
            let front_end = &self.bundle.manifest.front_end;
            let answers = analyse_all(&paths, front_end, predictor, pooled, done);
            for (&at, answer) in chunk.iter().zip(answers) {
                if let Ok(answer) = &answer {
                    self.store(&tracks[at].0.audio_hash, answer)?;
                }
                embedded[at] = Some(answer);
            }
        }
        let song = |((track, path), embedded): (
            (StoredTrack, PathBuf),
            Result<CachedEmbedding, FitError>,
        )| {
            embedded.map(|CachedEmbedding { embedding, logits }| {
                let fits = fits(self.bundle, &logits, &embedding);
                (EmbeddedSong::new(track, embedding, &fits), path)
            })
        };
        Ok(tracks
            .into_iter()
            .zip(embedded.into_iter().flatten())
            .map(song)
            .collect())
    }

    fn pooled(&self, analysis: &SongAnalysis) -> CachedEmbedding {
        let manifest = &self.bundle.manifest;
        let lists = manifest.playlists.len();
        let pooling = manifest.pooling;
        CachedEmbedding {
            embedding: song_embedding(&analysis.embeddings, self.bundle.neighbours.width),
            logits: pooling.scores(&analysis.logits, &analysis.attention, lists),
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
        let is_whole = header.metadata().as_ref() == Some(&self.provenance)
            && embedded.embedding.len() == self.bundle.neighbours.width
            && embedded.logits.len() == self.bundle.manifest.playlists.len();
        is_whole.then_some(embedded)
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

/// None where one of them is no number: the network has trouble, or the file.
fn numbers(file: &SafeTensors, name: &str) -> Option<Vec<f32>> {
    let numbers = tensors::numbers(file, name)?;
    let is_sound = numbers.iter().all(|number| number.is_finite());
    is_sound.then_some(numbers)
}
