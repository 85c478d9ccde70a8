//! The part of a song's report that a batch needs: small, so that thousands of songs fit in memory.

use std::collections::HashMap;
use std::path::PathBuf;

use super::TargetPlaylist;
use analysis::{FitRange, FitReport, SongFacts, Verdict};

/// A song and its fits.
#[derive(Clone, Debug)]
pub struct BatchSong {
    /// As the user wrote it, or below the folder that the user named.
    pub path: PathBuf,
    /// Folder of its report, inside the batch's own.
    pub folder: String,
    /// Title, length, loudness and the other facts of the report.
    pub facts: SongFacts,
    /// Verdict of the report.
    pub verdict: Verdict,
    /// Whether it is unlike the training tracks of the bundle.
    pub is_out_of_distribution: bool,
    /// `[playlists]`, in the order of [`BatchReport::lists`](super::BatchReport::lists).
    pub fits: Vec<SongFit>,
}

/// How well a song fits one playlist; as in [`PlaylistFit`](analysis::PlaylistFit).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SongFit {
    /// 1 for the best; 0 if the report does not have the playlist.
    pub rank: usize,
    /// Calibrated probability, 0 to 1.
    pub fit: f64,
    /// Whether it passes the bundle's risk control.
    pub selected: bool,
    /// Fit under small changes of the audio, if measured.
    pub range: Option<FitRange>,
}

impl BatchSong {
    /// Keeps what a batch needs of a report; `lists` are the batch's playlists.
    #[must_use]
    pub fn new(path: PathBuf, folder: String, report: FitReport, lists: &[TargetPlaylist]) -> Self {
        let fits: HashMap<&str, SongFit> = report
            .playlists
            .iter()
            .map(|list| {
                let fit = SongFit {
                    rank: list.rank,
                    fit: list.fit,
                    selected: list.selected,
                    range: list.range,
                };
                (list.name.as_str(), fit)
            })
            .collect();
        let fit = |list: &TargetPlaylist| fits.get(list.name.as_str()).copied().unwrap_or_default();
        Self {
            path,
            folder,
            fits: lists.iter().map(fit).collect(),
            is_out_of_distribution: report.ood.is_some_and(|ood| ood.is_out_of_distribution),
            facts: report.song,
            verdict: report.verdict,
        }
    }

    /// Index and fit of the playlist with rank 1; `None` without playlists.
    #[must_use]
    pub fn best(&self) -> Option<(usize, f64)> {
        let list = self.fits.iter().position(|fit| fit.rank == 1)?;
        Some((list, self.fits[list].fit))
    }
}
