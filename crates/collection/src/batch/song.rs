//! What a batch keeps of a song's report: little enough that thousands of songs fit in memory.

use std::collections::HashMap;
use std::path::PathBuf;

use super::TargetPlaylist;
use analysis::{FitRange, FitReport, SongFacts, Verdict};

#[derive(Clone, Debug)]
pub struct BatchSong {
    /// As the user named it, or the folder that it lies in.
    pub path: PathBuf,
    /// Folder of its report, inside the batch's own.
    pub folder: String,
    pub facts: SongFacts,
    pub verdict: Verdict,
    /// Whether it is unlike everything that the bundle learned.
    pub is_out_of_distribution: bool,
    /// `[lists]`, in the order of the batch's lists.
    pub fits: Vec<SongFit>,
}

/// How well a song fits one playlist; as in [`PlaylistFit`](analysis::PlaylistFit).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SongFit {
    /// 1 for the best; 0 where the report does not know the list.
    pub rank: usize,
    /// Calibrated probability, 0 to 1.
    pub fit: f64,
    pub selected: bool,
    pub range: Option<FitRange>,
}

impl BatchSong {
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

    /// The list of the highest rank and its fit.
    #[must_use]
    pub fn best(&self) -> Option<(usize, f64)> {
        let list = self.fits.iter().position(|fit| fit.rank == 1)?;
        Some((list, self.fits[list].fit))
    }
}
