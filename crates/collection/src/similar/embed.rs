//! Embeds songs with a cache.

use std::path::{Path, PathBuf};

use super::EmbeddedSong;
use crate::analyse_all;
use crate::cache::{AnalysisCache, CacheError, SongOutputs};
use analysis::{FitError, fits};
use bundle::Bundle;
use inference::Predictor;
use neighbours::StoredTrack;

/// Songs that are analysed between two writes to the cache.
const CHUNK: usize = 8;

/// A song and its file, or why it could not be analysed.
pub type EmbeddingResult = Result<(EmbeddedSong, PathBuf), FitError>;

/// Embeds songs in their order; only those that the cache lacks are analysed. `done` is called after each song.
///
/// # Errors
/// If the cache cannot be written. A song that cannot be analysed is an error in its own result.
pub fn embed_songs(
    tracks: Vec<(StoredTrack, PathBuf)>,
    bundle: &Bundle,
    predictor: &dyn Predictor,
    cache: &AnalysisCache,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<EmbeddingResult>, CacheError> {
    let mut outputs: Vec<Option<Result<SongOutputs, FitError>>> = Vec::new();
    for (track, _) in &tracks {
        let cached = cache.get(&track.audio_hash);
        cached.iter().for_each(|_| done());
        outputs.push(cached.map(Ok));
    }
    let new: Vec<usize> = (0..tracks.len())
        .filter(|&index| outputs[index].is_none())
        .collect();
    for chunk in new.chunks(CHUNK) {
        let paths: Vec<&Path> = chunk.iter().map(|&at| tracks[at].1.as_path()).collect();
        let pool = |analysis| SongOutputs::from_analysis(&analysis, bundle);
        let results = analyse_all(&paths, &bundle.manifest.front_end, predictor, pool, done);
        for (&index, result) in chunk.iter().zip(results) {
            if let Ok(found) = &result {
                cache.insert(&tracks[index].0.audio_hash, found)?;
            }
            outputs[index] = Some(result);
        }
    }
    let songs = tracks.into_iter().zip(outputs.into_iter().flatten());
    let song =
        |((track, path), outputs): ((StoredTrack, PathBuf), Result<SongOutputs, FitError>)| {
            outputs.map(|SongOutputs { embedding, logits }| {
                let fits = fits(bundle, &logits, &embedding);
                (EmbeddedSong::new(track, embedding, &fits), path)
            })
        };
    Ok(songs.map(song).collect())
}
