//! The splits of a training: tracks in, sides out, by artist and recording alone or by a day besides. The same tracks,
//! plan and seed give the same splits, so that `split` shows what `train` will use.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Serialize;

use super::folds::connected_components;
use super::{ArtistLinks, Split, artist_components, folds};
use neighbours::StoredTrack;

/// Parts that the artists are dealt into.
pub const FOLDS: usize = 5;
/// Fewer artists than this cannot be dealt into training, validation and test; nor do they make a test.
const MIN_ARTISTS: usize = FOLDS;

/// What is known beside the tracks' own credits, and by what they are to be split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitPlan {
    /// Pairs of tracks that are one recording by their sound, by their places.
    pub near_duplicates: Vec<(usize, usize)>,
    /// Test on what came onto lists on this day or later, and train on what was there before.
    pub test_after: Option<Date>,
}

impl SplitPlan {
    /// Of each of `count` tracks the first of the near-duplicates that it is one of; none where it is like no other.
    #[must_use]
    pub fn clusters(&self, count: usize) -> Vec<Option<usize>> {
        let first = connected_components(count, self.near_duplicates.iter().copied());
        let mut members = vec![0; count];
        first.iter().for_each(|&first| members[first] += 1);
        let several = |first: usize| Some(first).filter(|&first| members[first] > 1);
        first.into_iter().map(several).collect()
    }
}

/// Tracks that stand on no side, or not on all, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExcludedFromSplit {
    #[serde(rename = "why")]
    pub reason: &'static str,
    pub tracks: usize,
}

/// Tracks, dealt.
#[derive(Clone, Debug)]
pub struct Splits {
    /// One a track.
    pub artist_links: Vec<ArtistLinks>,
    /// Who must be kept together, one name a track, and how many there are.
    pub artists: Vec<String>,
    pub count: usize,
    /// One a rotation.
    pub splits: Vec<Split>,
    pub excluded: Vec<ExcludedFromSplit>,
}

/// Why tracks cannot be dealt.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SplitError {
    #[error(
        "{tracks} tracks by {artists} artists are too few to train and to test on different ones; add tracks"
    )]
    TooFew { tracks: usize, artists: usize },
    #[error(
        "no track has a day on which it came onto a list, so none can be tested on as newer; import or collect lists with \
         dates, or leave out --test-after"
    )]
    NoDates,
    #[error(
        "only {artists} artists came onto lists before {after}, too few to train and to stop by; name a later day for \
         --test-after"
    )]
    TooFewBefore { after: Date, artists: usize },
    #[error(
        "only {artists} artists came onto lists on {after} or later of whom nothing was there before ({tied} tracks were \
         left out because their artist or recording was), too few to test on; name an earlier day for --test-after"
    )]
    TooFewAfter {
        after: Date,
        artists: usize,
        tied: usize,
    },
}

impl Splits {
    /// Deals `tracks`, whose `playlists` count below `playlists`, into so many `n_folds` (1 or [`FOLDS`]); by a day
    /// there is one.
    ///
    /// # Errors
    /// Where a side would have too few artists, or a split by a day finds no dates.
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
        let nobody = (0..tracks.len()).filter(|track| !known(track)).count();
        let reason = "of which nobody says who plays: they may teach, and are not measured on";
        excluded.push(ExcludedFromSplit {
            reason,
            tracks: nobody,
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

/// Who was on lists before `after` trains, but for a fold of its artists that validates; who came on that day or later
/// is tested, unless it hangs together with any of those. A track without a date stands on no side: it may be older or
/// newer.
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
            "newer than the day of the split, and by an artist or of a recording that was there before: left out",
            tied.len(),
        ),
        (
            "without a day on which they came onto a list: left out",
            undated,
        ),
    ];
    let excluded = excluded.map(|(reason, tracks)| ExcludedFromSplit { reason, tracks });
    Ok((split, excluded.to_vec()))
}
