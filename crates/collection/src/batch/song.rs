//! What a batch keeps of a song's report: little enough that thousands of songs fit in memory.

use std::collections::HashMap;
use std::path::PathBuf;

use super::List;
use analysis::{FitRange, FitReport, SongFacts, Verdict};

#[derive(Clone, Debug)]
pub struct Song {
    /// As the user named it, or the folder that it lies in.
    pub path: PathBuf,
    /// Folder of its report, inside the batch's own.
    pub folder: String,
    pub facts: SongFacts,
    pub verdict: Verdict,
    /// Whether it is unlike everything that the bundle learned.
    pub is_unlike: bool,
    /// `[lists]`, in the order of the batch's lists.
    pub fits: Vec<ListFit>,
}

/// How well a song fits one playlist; as in [`PlaylistFit`](analysis::PlaylistFit).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ListFit {
    /// 1 for the best; 0 where the report does not know the list.
    pub rank: usize,
    /// Calibrated probability, 0 to 1.
    pub fit: f64,
    pub promised: bool,
    pub range: Option<FitRange>,
}

impl Song {
    #[must_use]
    pub fn new(path: PathBuf, folder: String, report: FitReport, lists: &[List]) -> Self {
        let fits: HashMap<&str, ListFit> = report
            .playlists
            .iter()
            .map(|list| {
                let fit = ListFit {
                    rank: list.rank,
                    fit: list.fit,
                    promised: list.promised,
                    range: list.range,
                };
                (list.name.as_str(), fit)
            })
            .collect();
        let fit = |list: &List| fits.get(list.name.as_str()).copied().unwrap_or_default();
        Self {
            path,
            folder,
            fits: lists.iter().map(fit).collect(),
            is_unlike: report.novelty.is_some_and(|novelty| novelty.is_unlike),
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
