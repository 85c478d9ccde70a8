//! What the network of a bundle predicted for songs, stored by the hash of their audio, so that no song is analysed
//! twice and an interrupted run resumes.
//!
//! One file per song and model: `<weights>-<front end>/<first two characters>/<audio hash>.safetensors` with `embedding`,
//! `logits` and, as metadata, the hashes of what made them. A damaged file, or one of another model, counts as absent.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors, serialize};

use analysis::SongAnalysis;
use bundle::{Bundle, tensors};
use neighbours::song_embedding;

/// Folder of the cache, and its name in earlier versions; the files have not changed.
const FOLDER: &str = "analysed";
const OLD_FOLDER: &str = "heard";
const EMBEDDING: &str = "embedding";
const LOGITS: &str = "logits";

/// The outputs of a bundle's network for one song, pooled over its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct SongOutputs {
    /// `[width]`, of unit length.
    pub embedding: Vec<f32>,
    /// `[playlists]`, before calibration.
    pub logits: Vec<f32>,
}

impl SongOutputs {
    /// Pools the windows of a song as the bundle does.
    #[must_use]
    pub fn from_analysis(analysis: &SongAnalysis, bundle: &Bundle) -> Self {
        let manifest = &bundle.manifest;
        let playlists = manifest.playlists.len();
        let pooling = manifest.pooling;
        Self {
            embedding: song_embedding(&analysis.embeddings, bundle.neighbours.width),
            logits: pooling.scores(&analysis.logits, &analysis.attention, playlists),
        }
    }
}

/// A file of the cache could not be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: cannot write this file ({source}); free some space and run the same command again"
)]
pub struct CacheError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub source: io::Error,
}

/// The stored [`SongOutputs`] of one bundle, by audio hash.
#[derive(Debug)]
pub struct AnalysisCache {
    folder: PathBuf,
    /// Hashes of front end and weights, and the pooling.
    provenance: HashMap<String, String>,
    embedding_width: usize,
    playlists: usize,
}

impl AnalysisCache {
    /// The cache of a bundle below `folder`, which need not exist; a cache of an earlier version there is taken over.
    #[must_use]
    pub fn open(folder: &Path, bundle: &Bundle) -> Self {
        // If this fails, the songs are analysed again.
        let _ = fs::rename(folder.join(OLD_FOLDER), folder.join(FOLDER));
        let manifest = &bundle.manifest;
        let front_end = manifest.front_end.hash();
        let provenance = [
            ("front_end", front_end.as_str()),
            ("weights", &manifest.weights),
            ("pooling", manifest.pooling.name()),
        ];
        Self {
            folder: folder
                .join(FOLDER)
                .join(format!("{}-{front_end}", manifest.weights)),
            provenance: provenance
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            embedding_width: bundle.neighbours.width,
            playlists: manifest.playlists.len(),
        }
    }

    /// The outputs for the song with this audio hash; `None` if they are absent, damaged or of another model.
    #[must_use]
    pub fn get(&self, audio_hash: &str) -> Option<SongOutputs> {
        let bytes = fs::read(self.path(audio_hash)).ok()?;
        let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let outputs = SongOutputs {
            embedding: finite_numbers(&file, EMBEDDING)?,
            logits: finite_numbers(&file, LOGITS)?,
        };
        let is_valid = header.metadata().as_ref() == Some(&self.provenance)
            && outputs.embedding.len() == self.embedding_width
            && outputs.logits.len() == self.playlists;
        is_valid.then_some(outputs)
    }

    /// Stores the outputs for the song with this audio hash.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn insert(&self, audio_hash: &str, outputs: &SongOutputs) -> Result<(), CacheError> {
        let path = self.path(audio_hash);
        let bytes = self.to_bytes(outputs).map_err(io::Error::other);
        bytes
            .and_then(|bytes| files::write(&path, &bytes))
            .map_err(|source| CacheError { path, source })
    }

    fn path(&self, audio_hash: &str) -> PathBuf {
        let prefix = audio_hash.get(..2).unwrap_or("_");
        self.folder
            .join(prefix)
            .join(format!("{audio_hash}.safetensors"))
    }

    fn to_bytes(&self, outputs: &SongOutputs) -> Result<Vec<u8>, SafeTensorError> {
        let [embedding, logits] =
            [&outputs.embedding, &outputs.logits].map(|numbers| tensors::bytes(numbers));
        let view = |numbers: &[f32], bytes| TensorView::new(Dtype::F32, vec![numbers.len()], bytes);
        let tensors = [
            (EMBEDDING, view(&outputs.embedding, &embedding)?),
            (LOGITS, view(&outputs.logits, &logits)?),
        ];
        serialize(tensors, Some(self.provenance.clone()))
    }
}

/// `None` if one of them is NaN or infinite.
fn finite_numbers(file: &SafeTensors, name: &str) -> Option<Vec<f32>> {
    let numbers = tensors::numbers(file, name)?;
    let is_finite = numbers.iter().all(|number| number.is_finite());
    is_finite.then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(bundle: &Bundle) -> SongOutputs {
        SongOutputs {
            embedding: vec![0.5; bundle.neighbours.width],
            logits: vec![-1.0; bundle.manifest.playlists.len()],
        }
    }

    #[test]
    fn outputs_come_back_for_the_same_model_and_damaged_or_foreign_files_count_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let mut bundle = Bundle::open(None).unwrap();
        let cache = AnalysisCache::open(folder.path(), &bundle);
        assert_eq!(cache.get("ab12"), None);
        let stored = outputs(&bundle);
        cache.insert("ab12", &stored).unwrap();
        assert_eq!(cache.get("ab12"), Some(stored));
        bundle.manifest.weights = "other".into();
        assert_eq!(
            AnalysisCache::open(folder.path(), &bundle).get("ab12"),
            None
        );
        fs::write(cache.path("ab12"), "damaged").unwrap();
        assert_eq!(cache.get("ab12"), None);
        let infinite = SongOutputs {
            logits: vec![f32::INFINITY; bundle.manifest.playlists.len()],
            ..outputs(&bundle)
        };
        cache.insert("ab12", &infinite).unwrap();
        assert_eq!(cache.get("ab12"), None);
    }

    #[test]
    fn the_cache_of_an_earlier_version_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = Bundle::open(None).unwrap();
        let stored = outputs(&bundle);
        let cache = AnalysisCache::open(folder.path(), &bundle);
        cache.insert("ab12", &stored).unwrap();
        fs::rename(folder.path().join(FOLDER), folder.path().join(OLD_FOLDER)).unwrap();
        assert_eq!(cache.get("ab12"), None);
        let cache = AnalysisCache::open(folder.path(), &bundle);
        assert_eq!(cache.get("ab12"), Some(stored));
    }
}
