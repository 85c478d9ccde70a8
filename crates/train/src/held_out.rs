//! Evaluates a bundle on the tracks of a catalogue that it was not trained on.

use crate::training_set::Progress;
use crate::{Augmentation, ClipWindows, Dataset, Evaluator, TrainError};
use bundle::Bundle;
use catalogue::{Catalogue, Filter, TrackIndex};
use evaluation::{ArtistLinks, Calibrated, Evaluation, HeldOutScores, TrainingTracks, group_of};
use model::Network;
use neighbours::StoredTrack;
use prepare::ClipStore;

/// Tracks on a bundle's playlists whose artists and recordings are not in its training set.
pub struct HeldOutSet {
    dataset: Dataset,
    tracks: Vec<StoredTrack>,
    /// Group of each track: linked artists are resampled together.
    artists: Vec<String>,
    /// Tracks that are excluded because their artist or recording was trained on.
    pub trained_on: usize,
    /// Tracks that are excluded because they have no clip.
    pub unprepared: usize,
}

impl HeldOutSet {
    /// Selects the tracks of a catalogue that can be tested fairly. Playlists are matched by name.
    ///
    /// Nothing is trained on these rows, so their licences do not matter.
    #[must_use]
    pub fn collect(catalogue: &Catalogue, store: &ClipStore, bundle: &Bundle) -> Self {
        let cards = &bundle.manifest.playlists;
        let trainable = catalogue.trainable(&Filter::everything());
        let output = |name: &str| cards.iter().position(|card| card.name == name);
        let playlists = trainable.playlists.iter();
        let outputs: Vec<Option<usize>> = playlists.map(|p| output(&p.name)).collect();
        let index = TrackIndex::new(catalogue);
        let (mut clips, mut tracks) = (Vec::new(), Vec::new());
        let (mut trained_on, mut unprepared) = (0, 0);
        for row in &trainable.tracks {
            let mut track = StoredTrack::from_catalogue(&index, row);
            let own = row.playlists.iter();
            track.playlists = own.filter_map(|&playlist| outputs[playlist]).collect();
            if track.playlists.is_empty() {
                continue;
            }
            if was_trained_on(bundle, &track) {
                trained_on += 1;
            } else if let Ok(clip) = store.open(&track.audio_hash) {
                clips.push(clip);
                tracks.push(track);
            } else {
                unprepared += 1;
            }
        }
        let front_end = bundle.manifest.front_end.clone();
        let source = ClipWindows {
            front_end: front_end.clone(),
            clips,
            augmentation: Augmentation::default(),
        };
        let dataset = Dataset {
            front_end,
            source: Box::new(source),
            truth: tracks.iter().map(|track| track.playlists.clone()).collect(),
            playlists: cards.len(),
        };
        let artist_links: Vec<ArtistLinks> = tracks.iter().map(ArtistLinks::from).collect();
        Self {
            dataset,
            tracks,
            artists: group_of(&artist_links),
            trained_on,
            unprepared,
        }
    }

    /// Whether no track can be tested.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Predicts every track and compares with its playlists, by the bundle's own calibration and risk control.
    ///
    /// # Errors
    /// Returns an error if the network cannot run.
    pub fn evaluate(
        &self,
        bundle: &Bundle,
        network: &Network,
        progress: &Progress,
    ) -> Result<Evaluation, TrainError> {
        let manifest = &bundle.manifest;
        let cards = manifest.playlists.iter();
        let mut scores = HeldOutScores {
            playlists: cards.map(|card| card.name.clone()).collect(),
            ..HeldOutScores::default()
        };
        let evaluator = Evaluator {
            network,
            dataset: &self.dataset,
            tracks: &self.tracks,
            artists: &self.artists,
            pooling: manifest.pooling,
        };
        let count = self.tracks.len();
        let neighbours = bundle.trained_neighbours();
        let training_tracks = TrainingTracks::new(&neighbours, manifest.playlists.len());
        let all: Vec<usize> = (0..count).collect();
        evaluator.evaluate(&all, &training_tracks, &mut scores, &|done| {
            progress(done, count)
        })?;
        let risk_control = manifest.risk_control.as_ref();
        let calibrated = Calibrated::of_bundle(&scores, &manifest.calibration, risk_control);
        let method = format!("{count} tracks by artists that the bundle was not trained on.");
        Ok(calibrated.evaluation(method, &scores))
    }
}

fn was_trained_on(bundle: &Bundle, track: &StoredTrack) -> bool {
    let artist_links = ArtistLinks::from(track);
    // Older bundles store names as the catalogue wrote them.
    let written = [&track.artist_group, &track.audio_hash];
    let mut written = track.artists.iter().chain(written);
    let mut names = artist_links.names();
    names.any(|name| bundle.was_trained_on(&name))
        || written.any(|name| bundle.was_trained_on(name))
}
