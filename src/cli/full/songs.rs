//! The songs that a user names for a command: read, analysed and imported in one pass.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::cli::full::track_progress;
use crate::cli::output::{progress, status};
use crate::cli::paths::require_exists;
use audio::AudioFile;
use catalogue::{AudioFileInfo, Catalogue, FileProbe, Track, TrackIndex, TrainableTrack};
use collection::share_predictor;
use collection::similar::EmbeddingError;
use formats::ImportContext;
use inference::Predictor;
use neighbours::StoredTrack;
use prepare::file_info;

/// Analyses one file with the shared network and returns what the import needs of it.
pub type AnalyseFile<'a> =
    &'a (dyn Fn(&Path, &dyn Predictor) -> Result<AudioFile, EmbeddingError> + Sync);

/// The songs with their files, and how many were skipped; each of these is reported on stderr.
pub fn read_songs(
    paths: &[PathBuf],
    predictor: &dyn Predictor,
    analyse: AnalyseFile,
) -> anyhow::Result<(Vec<(StoredTrack, PathBuf)>, usize)> {
    paths.iter().try_for_each(|path| require_exists(path))?;
    let bar = progress("Analysing");
    let fatal = Mutex::new(None);
    let found = share_predictor(predictor, |predictor| {
        let context = ImportContext {
            facts: &AnalysingProbe {
                predictor,
                analyse,
                fatal: &fatal,
            },
            retrieved: Timestamp::now(),
            progress: &track_progress(&bar),
        };
        formats::songs(paths, &context)
    })?;
    bar.finish_and_clear();
    if let Some(reason) = fatal.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(reason.into());
    }
    for skip in &found.skipped {
        status(&format!("skipped {}: {}", skip.path, skip.reason));
    }
    Ok((stored(&found.catalogue), found.skipped.len()))
}

/// Answers an import by analysing the file.
struct AnalysingProbe<'a> {
    predictor: &'a (dyn Predictor + Sync),
    analyse: AnalyseFile<'a>,
    /// An error that ends the command, not only this song.
    fatal: &'a Mutex<Option<EmbeddingError>>,
}

impl FileProbe for AnalysingProbe<'_> {
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
        if self.fatal.lock().is_ok_and(|fatal| fatal.is_some()) {
            return Err("not analysed".into());
        }
        let analysed = (self.analyse)(path, self.predictor);
        analysed.map(file_info).map_err(|reason| {
            let text = reason.to_string();
            if let (EmbeddingError::Store(_), Ok(mut fatal)) = (&reason, self.fatal.lock()) {
                *fatal = Some(reason);
            }
            text
        })
    }
}

fn stored(catalogue: &Catalogue) -> Vec<(StoredTrack, PathBuf)> {
    let index = TrackIndex::new(catalogue);
    let songs = catalogue.tracks.iter().enumerate();
    let song = |(track, song): (usize, &Track)| {
        let trainable = TrainableTrack {
            track,
            playlists: Vec::new(),
        };
        Some((
            StoredTrack::from_catalogue(&index, &trainable),
            song.audio.clone()?,
        ))
    };
    songs.filter_map(song).collect()
}
