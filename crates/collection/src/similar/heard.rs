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

use super::Song;
use crate::hear_all;
use analysis::{FitError, Hearing, fits};
use bundle::{Bundle, tensors};
use inference::Listener;
use neighbours::{StoredTrack, song_embedding};

/// Songs that are heard before they are saved.
const SAVED_EVERY: usize = 8;
const EMBEDDING: &str = "embedding";
const LOGITS: &str = "logits";

/// A song and its file, or why it could not be heard.
pub type HeardSong = Result<(Song, PathBuf), FitError>;

#[derive(Debug, thiserror::Error)]
pub enum HearingError {
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("{path}: {source}; free some room and run the same command again")]
    Store { path: PathBuf, source: io::Error },
}

/// What one bundle's network said of songs.
pub struct HeardSongs<'a> {
    folder: PathBuf,
    bundle: &'a Bundle,
    /// Who made the vectors.
    makers: HashMap<String, String>,
}

/// Of one song: the unit embedding and the pooled logits.
struct Heard {
    embedding: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> HeardSongs<'a> {
    /// In a folder of their own below `folder`.
    pub fn new(folder: &Path, bundle: &'a Bundle) -> Self {
        let manifest = &bundle.manifest;
        let front_end = manifest.front_end.hash();
        let makers = [
            ("front_end", front_end.as_str()),
            ("weights", &manifest.weights),
            ("pooling", manifest.pooling.name()),
        ];
        Self {
            folder: folder.join(format!("{}-{front_end}", manifest.weights)),
            bundle,
            makers: makers
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
        listener: &dyn Listener,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<HeardSong>, HearingError> {
        let mut heard: Vec<Option<Result<Heard, FitError>>> = Vec::new();
        for (track, _) in &tracks {
            let kept = self.get(&track.content);
            kept.iter().for_each(|_| done());
            heard.push(kept.map(Ok));
        }
        let new: Vec<usize> = (0..tracks.len())
            .filter(|&at| heard[at].is_none())
            .collect();
        for chunk in new.chunks(SAVED_EVERY) {
            let paths: Vec<&Path> = chunk.iter().map(|&at| tracks[at].1.as_path()).collect();
            let pooled = |hearing| self.pooled(&hearing);
            let front_end = &self.bundle.manifest.front_end;
            let answers = hear_all(&paths, front_end, listener, pooled, done);
            for (&at, answer) in chunk.iter().zip(answers) {
                if let Ok(answer) = &answer {
                    self.keep(&tracks[at].0.content, answer)?;
                }
                heard[at] = Some(answer);
            }
        }
        let song = |((track, path), heard): ((StoredTrack, PathBuf), Result<Heard, FitError>)| {
            heard.map(|Heard { embedding, logits }| {
                let fits = fits(self.bundle, &logits, &embedding);
                (Song::new(track, embedding, &fits), path)
            })
        };
        Ok(tracks
            .into_iter()
            .zip(heard.into_iter().flatten())
            .map(song)
            .collect())
    }

    fn pooled(&self, hearing: &Hearing) -> Heard {
        let manifest = &self.bundle.manifest;
        let lists = manifest.playlists.len();
        let pooling = manifest.pooling;
        Heard {
            embedding: song_embedding(&hearing.embeddings, self.bundle.neighbours.width),
            logits: pooling.scores(&hearing.logits, &hearing.attention, lists),
        }
    }

    fn path(&self, content: &str) -> PathBuf {
        let shelf = content.get(..2).unwrap_or("_");
        self.folder
            .join(shelf)
            .join(format!("{content}.safetensors"))
    }

    fn get(&self, content: &str) -> Option<Heard> {
        let bytes = fs::read(self.path(content)).ok()?;
        let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let heard = Heard {
            embedding: numbers(&file, EMBEDDING)?,
            logits: numbers(&file, LOGITS)?,
        };
        let is_whole = header.metadata().as_ref() == Some(&self.makers)
            && heard.embedding.len() == self.bundle.neighbours.width
            && heard.logits.len() == self.bundle.manifest.playlists.len();
        is_whole.then_some(heard)
    }

    fn keep(&self, content: &str, heard: &Heard) -> Result<(), HearingError> {
        let path = self.path(content);
        let written = self.bytes(heard).map_err(io::Error::other);
        written
            .and_then(|bytes| files::write(&path, &bytes))
            .map_err(|source| HearingError::Store { path, source })
    }

    fn bytes(&self, heard: &Heard) -> Result<Vec<u8>, SafeTensorError> {
        let [embedding, logits] =
            [&heard.embedding, &heard.logits].map(|numbers| tensors::bytes(numbers));
        let view = |numbers: &[f32], bytes| TensorView::new(Dtype::F32, vec![numbers.len()], bytes);
        let tensors = [
            (EMBEDDING, view(&heard.embedding, &embedding)?),
            (LOGITS, view(&heard.logits, &logits)?),
        ];
        serialize(tensors, Some(self.makers.clone()))
    }
}

/// None where one of them is no number: the network has trouble, or the file.
fn numbers(file: &SafeTensors, name: &str) -> Option<Vec<f32>> {
    let numbers = tensors::numbers(file, name)?;
    let is_sound = numbers.iter().all(|number| number.is_finite());
    is_sound.then_some(numbers)
}
