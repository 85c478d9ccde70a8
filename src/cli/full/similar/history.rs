//! A list with the mix of what somebody listens to.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::embedder::{EmbeddedListen, Embedder};
use super::{Similar, tracks};
use crate::cli::output::status;
use bundle::Bundle;
use catalogue::Listen;
use collection::similar::{
    Candidates, DiversityFilter, EmbeddedSong, MixRequest, MixShare, SimilarMode, SimilarReport,
    best_lists, match_listens, mix, proximity_score, sample_mix,
};

/// Unknown songs that a message names.
const EXAMPLES: usize = 3;

/// The songs of a history that are known here, and how often each was played.
#[derive(Default)]
struct Played {
    songs: Vec<EmbeddedSong>,
    plays: Vec<f64>,
}

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
        let candidates = self.candidates(embedder, bundle)?;
        let Played { songs, plays } = self.played(&history.listens, embedded, &candidates)?;
        let report = self.report(bundle, &songs, &candidates);
        let request = MixRequest {
            tracks: report.asked,
            mix: best_lists(&songs, &plays),
            variety: self.variety,
        };
        let mut list = DiversityFilter::new(&candidates, &songs, self.per_artist.into());
        let near = proximity_score(&candidates, &songs, &plays);
        let lists = sample_mix(&candidates, &near, &request, &mut list);
        let names = bundle.manifest.cards();
        let mut tracks = tracks(list.taken(), &songs, &candidates);
        for (track, &list) in tracks.iter_mut().zip(&lists) {
            track.playlist = Some(names[list].name.clone());
        }
        let fits = mix(&songs, &plays);
        let share = |(at, &history): (usize, &f64)| MixShare {
            playlist: names[at].name.clone(),
            fits: fits[at],
            history,
            tracks: lists.iter().filter(|&&list| list == at).count(),
        };
        let mut mix: Vec<MixShare> = request.mix.iter().enumerate().map(share).collect();
        mix.sort_by(|left, right| {
            let by_history = right.history.total_cmp(&left.history);
            by_history.then(right.fits.total_cmp(&left.fits))
        });
        Ok(SimilarReport {
            mode: SimilarMode::History,
            mix,
            tracks,
            ..report
        })
    }

    /// By name among the candidates, and by file.
    fn played(
        &self,
        listens: &[Listen],
        embedded: Vec<EmbeddedListen>,
        candidates: &Candidates,
    ) -> anyhow::Result<Played> {
        let matched = match_listens(listens, candidates);
        let has_file = |at: usize| embedded.iter().any(|one| one.listen == at);
        let unmatched = matched.unmatched.into_iter();
        let unknown: Vec<usize> = unmatched.filter(|&at| !has_file(at)).collect();
        self.tell_unknown(listens, &unknown, candidates)?;
        let mut played = Played::default();
        for (place, plays) in matched.played {
            played.songs.push(candidates.song(place));
            played.plays.push(plays);
        }
        for EmbeddedListen { listen, song } in embedded {
            let audio_hash = &song.track.audio_hash;
            if played
                .songs
                .iter()
                .all(|one| one.track.audio_hash != *audio_hash)
            {
                played.songs.push(song);
                played.plays.push(listens[listen].plays);
            }
        }
        Ok(played)
    }

    fn tell_unknown(
        &self,
        listens: &[Listen],
        unknown: &[usize],
        candidates: &Candidates,
    ) -> anyhow::Result<()> {
        let (all, known) = (listens.len(), listens.len() - unknown.len());
        let example = |&at: &usize| {
            let track = &listens[at].track;
            format!("`{} - {}`", track.artists.join("; "), track.title)
        };
        let examples: Vec<String> = unknown.iter().take(EXAMPLES).map(example).collect();
        let examples = examples.join(", ");
        if known == 0 {
            let file = self.history.first().map_or(Path::new(""), PathBuf::as_path);
            bail!(
                "--history {}: none of its {all} songs lies here as a file or is among the {} candidates by name (the \
                 first: {examples}); name a folder that holds some of them with --among",
                file.display(),
                candidates.len()
            );
        }
        if known < all {
            status(&format!(
                "{known} of the {all} songs of the history are known here; left out are {examples}{}",
                if unknown.len() > EXAMPLES {
                    " and others"
                } else {
                    ""
                }
            ));
        }
        Ok(())
    }
}
