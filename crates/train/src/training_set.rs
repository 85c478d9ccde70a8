//! The training set: the catalogue's trainable tracks that have a clip.
//!
//! Input: a catalogue, a clip store and a preset. Output: tracks, playlists, what was excluded and why.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;
use rayon::prelude::*;

use crate::{ClipWindows, Dataset, TrainConfig, TrainError};
use audio::AudioError;
use audio::fingerprint::{Duplicate, Fingerprint, duplicates};
use bundle::AllowedSource;
use catalogue::statistics::Turnover;
use catalogue::{
    Catalogue, Excluded, Exclusion, ExclusionReason, Filter, TrackIndex, TrainableSet,
    TrainableTrack,
};
use evaluation::{SplitPlan, Splits};
use neighbours::StoredTrack;
use prepare::{Clip, ClipStore};

/// Called with the number of finished items and the number of all; from any thread.
pub type Progress<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// Which rows of a catalogue to train on.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Sources whose terms forbid training and that the user allows all the same, with the day of that decision.
    pub allowed: Vec<AllowedSource>,
    /// First day of the test period: tracks known before it train, and only on the playlists that they were on then.
    pub test_after: Option<Date>,
}

/// The tracks that a network is trained and tested on.
pub struct TrainingSet {
    /// Each with the indices of its playlists, in the order of the catalogue.
    pub tracks: Vec<StoredTrack>,
    /// Names of the playlists, in the order of the network's outputs.
    pub playlists: Vec<String>,
    /// How fast each playlist changes; `None` if the days of its placements are not known.
    pub turnovers: Vec<Option<Turnover>>,
    /// Rows that are not trained on, with the reason and the number of tracks.
    pub excluded: Vec<Exclusion>,
    /// As in [`Selection::allowed`].
    pub allowed: Vec<AllowedSource>,
    /// How the tracks are to be split.
    pub plan: SplitPlan,
    /// Pairs of tracks that are one recording by their acoustic fingerprint.
    pub duplicates: Vec<Duplicate>,
    clips: ClipStore,
}

impl TrainingSet {
    /// Selects the trainable tracks with a clip and finds near-duplicates among them by acoustic fingerprint.
    ///
    /// Fingerprints that the clip store lacks are computed; `progress` counts the tracks.
    ///
    /// # Errors
    /// Returns an error if a clip cannot be read.
    pub fn collect(
        catalogue: &Catalogue,
        clips: ClipStore,
        config: &TrainConfig,
        selection: Selection,
        progress: &Progress,
    ) -> Result<Self, TrainError> {
        let Selection {
            allowed,
            test_after,
        } = selection;
        let sources: BTreeSet<String> = allowed.iter().map(|row| row.source.clone()).collect();
        let filter = Filter {
            allowed_sources: sources,
            ..config.rows.clone()
        };
        let trainable = catalogue.trainable(&filter);
        let (tracks, missing) = with_clips(catalogue, &trainable, &clips, test_after);
        let fingerprints = par_map(&tracks, progress, |track| {
            clips.fingerprint(&track.audio_hash)
        })?;
        let duplicates = duplicates(&fingerprints as &[Fingerprint]);
        let near_duplicates = duplicates.iter().map(|pair| (pair.one, pair.other));
        Ok(Self {
            plan: SplitPlan {
                near_duplicates: near_duplicates.collect(),
                test_after,
            },
            duplicates,
            tracks,
            turnovers: catalogue.turnovers(&trainable.playlists),
            playlists: trainable.playlists.into_iter().map(|p| p.name).collect(),
            excluded: [trainable.excluded, missing].concat(),
            allowed,
            clips,
        })
    }

    /// Fills in the descriptors of each track, measured when its clip was written.
    ///
    /// # Errors
    /// Returns an error if a clip cannot be read.
    pub fn compute_descriptors(&mut self, progress: &Progress) -> Result<(), TrainError> {
        let measured = par_map(&self.tracks, progress, |track| {
            self.clips.descriptors(&track.audio_hash)
        })?;
        for (track, descriptors) in self.tracks.iter_mut().zip(measured) {
            track.descriptors = Some(descriptors);
        }
        Ok(())
    }

    /// The clips of the tracks, cut and augmented as `config` says.
    ///
    /// # Errors
    /// Returns an error if a clip cannot be opened.
    pub fn dataset(&self, config: &TrainConfig) -> Result<Dataset, TrainError> {
        let tracks = self.tracks.iter();
        let clips = tracks.map(|track| self.clips.open(&track.audio_hash));
        let source = ClipWindows {
            front_end: config.front_end(),
            clips: clips.collect::<Result<Vec<Clip>, AudioError>>()?,
            augmentation: config.augment.clone(),
        };
        Ok(Dataset {
            front_end: config.front_end(),
            source: Box::new(source),
            truth: self.truth(),
            playlists: self.playlists.len(),
        })
    }

    /// The splits that a training with `config` uses.
    ///
    /// # Errors
    /// Returns an error if there are too few artists, or no dates for a split by day.
    pub fn split(&self, config: &TrainConfig) -> Result<Splits, TrainError> {
        let playlists = self.playlists.len();
        let splits = Splits::new(
            &self.tracks,
            playlists,
            &self.plan,
            config.n_folds,
            config.seed,
        );
        Ok(splits?)
    }

    /// The playlist indices of each track.
    #[must_use]
    pub fn truth(&self) -> Vec<Vec<usize>> {
        let tracks = self.tracks.iter();
        tracks.map(|track| track.playlists.clone()).collect()
    }

    /// Text that is equal for two training sets if and only if trials on them can be compared: the tracks, the
    /// playlists and the initial weights.
    #[must_use]
    pub fn fingerprint(&self, initial_weights: Option<&[u8]>) -> String {
        let tracks = self.tracks.iter().map(|track| {
            format!(
                "{} {:?} {:?} {:?}",
                track.audio_hash, track.artist_group, track.artists, track.playlists
            )
        });
        let tracks: Vec<String> = tracks.collect();
        let weights = initial_weights.map(|bytes| blake3::hash(bytes).to_hex());
        format!("{:?}\n{weights:?}\n{}", self.playlists, tracks.join("\n"))
    }
}

/// The trainable tracks that have a clip, and how many are missing for which reason.
fn with_clips(
    catalogue: &Catalogue,
    trainable: &TrainableSet,
    clips: &ClipStore,
    test_after: Option<Date>,
) -> (Vec<StoredTrack>, Vec<Exclusion>) {
    let index = TrackIndex::new(catalogue);
    let stored = |row: &TrainableTrack| {
        let mut track = StoredTrack::from_catalogue(&index, row);
        let is_known_before = |day: &Date| track.added.is_some_and(|first| first < *day);
        if let Some(day) = test_after.filter(is_known_before) {
            let before = index.playlists_before(index.track(row), day);
            let is_before = |&id: &usize| before.contains(trainable.playlists[id].id.as_str());
            track.playlists.retain(is_before);
        }
        track
    };
    let tracks = trainable.tracks.iter().map(stored);
    let (tracks, too_late): (Vec<StoredTrack>, Vec<StoredTrack>) =
        tracks.partition(|track| !track.playlists.is_empty());
    let (tracks, unprepared): (Vec<StoredTrack>, Vec<StoredTrack>) = tracks
        .into_iter()
        .partition(|track| clips.holds(&track.audio_hash));
    let excluded = [
        (ExclusionReason::OnlyExcludedPlaylistsBefore, too_late.len()),
        (ExclusionReason::NotPrepared, unprepared.len()),
    ];
    let counted = excluded.into_iter().filter(|(_, count)| *count > 0);
    let exclusion = |(reason, count): (ExclusionReason, usize)| Exclusion {
        what: Excluded::Tracks,
        source: None,
        reason,
        count,
    };
    (tracks, counted.map(exclusion).collect())
}

/// Maps the tracks on all cores and reports progress after each.
fn par_map<T: Send>(
    tracks: &[StoredTrack],
    progress: &Progress,
    map: impl Fn(&StoredTrack) -> Result<T, AudioError> + Sync,
) -> Result<Vec<T>, AudioError> {
    let done = AtomicUsize::new(0);
    let mapped = tracks.par_iter().map(|track| {
        let result = map(track);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, tracks.len());
        result
    });
    mapped.collect()
}
