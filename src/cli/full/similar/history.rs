//! `similar --history`: reads the history and reports which of its songs are unknown.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Similar;
use super::embedder::Embedder;
use crate::cli::output::status;
use bundle::Bundle;
use catalogue::Listen;
use collection::similar::{PlayedSongs, SimilarReport};

/// Unknown songs that a message names.
const MAX_EXAMPLES: usize = 3;

impl Similar {
    pub(super) fn like_history(
        &self,
        embedder: &mut Embedder,
        bundle: &Bundle,
    ) -> anyhow::Result<SimilarReport> {
        let history = formats::listens(&self.history)?;
        for skip in &history.skipped {
            status(&format!("skipped {}: {}", skip.path, skip.reason));
        }
        embedder.skipped += history.skipped.len();
        let embedded = embedder.embed_listens(&history.listens)?;
        let candidates = self.load_candidates(embedder, bundle)?;
        let played = PlayedSongs::new(&history.listens, embedded, &candidates);
        self.check_known(&history.listens, &played.unknown, candidates.len())?;
        let request = self.request(bundle, &played.songs, &candidates);
        Ok(request.history(&played.plays, self.variety))
    }

    /// Fails if no song of the history is known; else names some of the unknown ones on stderr.
    fn check_known(
        &self,
        listens: &[Listen],
        unknown: &[usize],
        candidates: usize,
    ) -> anyhow::Result<()> {
        let (all, known) = (listens.len(), listens.len() - unknown.len());
        let example = |&index: &usize| {
            let track = &listens[index].track;
            format!("`{} - {}`", track.artists.join("; "), track.title)
        };
        let examples: Vec<String> = unknown.iter().take(MAX_EXAMPLES).map(example).collect();
        let examples = examples.join(", ");
        if known == 0 {
            let file = self.history.first().map_or(Path::new(""), PathBuf::as_path);
            bail!(
                "--history {}: none of its {all} songs is an audio file here or has the name of one of the \
                 {candidates} candidates (the first: {examples}); pass a folder that holds some of them with --candidates",
                file.display(),
            );
        }
        if known < all {
            let more = if unknown.len() > MAX_EXAMPLES {
                " and others"
            } else {
                ""
            };
            status(&format!(
                "{known} of the {all} songs of the history are known here; excluded: {examples}{more}"
            ));
        }
        Ok(())
    }
}
