//! The splits of a training, by artist and recording, optionally also by date. The same tracks, plan and seed give the
//! same splits, so `split` shows what `train` uses.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Serialize;

use super::folds::connected_components;
use super::{ArtistLinks, Split, artist_components, folds};
use neighbours::StoredTrack;

/// Number of folds of artists.
pub const FOLDS: usize = 5;
/// Minimum number of artists of a split, and of a test partition.
const MIN_ARTISTS: usize = FOLDS;

/// Near-duplicates, and the date to split by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitPlan {
    /// Index pairs of tracks that are one recording by fingerprint.
    pub near_duplicates: Vec<(usize, usize)>,
    /// Test on tracks added on this date or later, train on those before.
    pub test_after: Option<Date>,
}

impl SplitPlan {
    /// `[count]`: the first track of the near-duplicate cluster of each track. `None` if it has no near-duplicate.
    #[must_use]
    pub fn clusters(&self, count: usize) -> Vec<Option<usize>> {
        let first = connected_components(count, self.near_duplicates.iter().copied());
        let mut members = vec![0; count];
        first.iter().for_each(|&first| members[first] += 1);
        let several = |first: usize| Some(first).filter(|&first| members[first] > 1);
        first.into_iter().map(several).collect()
    }
}

/// Tracks that are not in every partition, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExcludedFromSplit {
    /// In a few words.
    #[serde(rename = "why")]
    pub reason: &'static str,
    /// Number of tracks.
    pub tracks: usize,
}

/// The splits of a set of tracks.
#[derive(Clone, Debug)]
pub struct Splits {
    /// `[tracks]`
    pub artist_links: Vec<ArtistLinks>,
    /// `[tracks]`: the artist component.
    pub artists: Vec<String>,
    /// Number of artist components.
    pub count: usize,
    /// One per fold.
    pub splits: Vec<Split>,
    /// Tracks that are not in every partition.
    pub excluded: Vec<ExcludedFromSplit>,
}

/// Why tracks cannot be split.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SplitError {
    #[error(
        "{tracks} tracks by {artists} artists are too few to train and test on different artists; add tracks"
    )]
    /// Too few artists for three partitions.
    TooFew {
        /// Number of tracks.
        tracks: usize,
        /// Number of artist components.
        artists: usize,
    },
    #[error(
        "no track has an added date, so there is no test set by date; import or collect playlists with dates, or omit \
         --test-after"
    )]
    /// A split by date without dates.
    NoDates,
    #[error(
        "only {artists} artists were added before {after}, too few for training and validation; choose a later date for \
         --test-after"
    )]
    /// Too few artists before the date.
    TooFewBefore {
        /// The split date.
        after: Date,
        /// Number of artists before it.
        artists: usize,
    },
    #[error(
        "only {artists} new artists were added on {after} or later ({tied} tracks are excluded because their artist or \
         recording is older), too few for a test set; choose an earlier date for --test-after"
    )]
    /// Too few new artists from the date on.
    TooFewAfter {
        /// The split date.
        after: Date,
        /// Number of new artists from then on.
        artists: usize,
        /// Tracks linked to an earlier artist or recording.
        tied: usize,
    },
}

impl Splits {
    /// Splits `tracks`, whose playlist indices are below `playlists`, `n_folds` times (1 or [`FOLDS`]). A split by date is
    /// one split.
    ///
    /// # Errors
    /// A partition would have too few artists, or a split by date finds no dates.
    pub fn new(
        tracks: &[StoredTrack],
        playlists: usize,
        plan: &SplitPlan,
        n_folds: usize,
        seed: u64,
    ) -> Result<Self, SplitError> {
        let artist_links = ArtistLinks::for_tracks(tracks, plan);
        let components = artist_components(&artist_links);
        let count = components.iter().max().map_or(0, |last| last + 1);
        if count < MIN_ARTISTS {
            return Err(SplitError::TooFew {
                tracks: tracks.len(),
                artists: count,
            });
        }
        let assign_folds = |places: &[usize]| -> Vec<usize> {
            let components: Vec<usize> = places.iter().map(|&track| components[track]).collect();
            let truth: Vec<Vec<usize>> = places
                .iter()
                .map(|&track| tracks[track].playlists.clone())
                .collect();
            folds(&components, &truth, playlists, FOLDS, seed)
        };
        let (mut splits, mut excluded) = match plan.test_after {
            None => {
                let all: Vec<usize> = (0..tracks.len()).collect();
                let folds = assign_folds(&all);
                let split = |test_fold| Split::for_fold(&folds, FOLDS, test_fold);
                ((0..n_folds.max(1)).map(split).collect(), Vec::new())
            }
            Some(after) => {
                let (split, excluded) = by_day(tracks, &components, after, assign_folds)?;
                (vec![split], excluded)
            }
        };
        let known = |track: &usize| artist_links[*track].has_known_artist();
        for split in &mut splits {
            split.validation.retain(known);
            split.test.retain(known);
        }
        let unknown = (0..tracks.len()).filter(|track| !known(track)).count();
        let reason = "without a known artist: used for training only";
        excluded.push(ExcludedFromSplit {
            reason,
            tracks: unknown,
        });
        excluded.retain(|excluded| excluded.tracks > 0);
        Ok(Self {
            artist_links,
            artists: components.iter().map(ToString::to_string).collect(),
            count,
            splits,
            excluded,
        })
    }
}

/// Tracks added before `after` are the training set, except one fold of their artists for validation. Tracks added on that
/// date or later are the test set unless they are linked to any of those. Tracks without a date are excluded.
fn by_day(
    tracks: &[StoredTrack],
    components: &[usize],
    after: Date,
    assign_folds: impl Fn(&[usize]) -> Vec<usize>,
) -> Result<(Split, Vec<ExcludedFromSplit>), SplitError> {
    let when = |wanted: &dyn Fn(Date) -> bool| -> Vec<usize> {
        let is_wanted = |&track: &usize| tracks[track].added.is_some_and(wanted);
        (0..tracks.len()).filter(is_wanted).collect()
    };
    let artists = |places: &[usize]| -> HashSet<usize> {
        places.iter().map(|&track| components[track]).collect()
    };
    let (early, late) = (when(&|day| day < after), when(&|day| day >= after));
    let undated = tracks.len() - early.len() - late.len();
    if undated == tracks.len() {
        return Err(SplitError::NoDates);
    }
    let before = artists(&early);
    if before.len() < MIN_ARTISTS {
        return Err(SplitError::TooFewBefore {
            after,
            artists: before.len(),
        });
    }
    let (tied, test): (Vec<usize>, Vec<usize>) = late
        .into_iter()
        .partition(|&track| before.contains(&components[track]));
    let new_artists = artists(&test).len();
    if new_artists < MIN_ARTISTS {
        return Err(SplitError::TooFewAfter {
            after,
            artists: new_artists,
            tied: tied.len(),
        });
    }
    let mut split = Split {
        test,
        ..Split::default()
    };
    for (fold, track) in assign_folds(&early).into_iter().zip(early) {
        match fold {
            0 => split.validation.push(track),
            _ => split.train.push(track),
        }
    }
    let excluded = [
        (
            "excluded: added after the split date, but linked to an earlier artist or recording",
            tied.len(),
        ),
        ("excluded: no date on which they were added", undated),
    ];
    let excluded = excluded.map(|(reason, tracks)| ExcludedFromSplit { reason, tracks });
    Ok((split, excluded.to_vec()))
}
