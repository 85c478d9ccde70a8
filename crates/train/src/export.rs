//! A training result to a bundle, with the notices that its reader must see.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::{Dataset, TrainConfig, TrainError, TrainingResult, TrainingSet};
use bundle::{
    AllowedSource, Bundle, Manifest, PlaylistCard, SCHEMA_VERSION, artist_fingerprints, credits,
};
use catalogue::terms;
use neighbours::{SimilarityStats, StoredTrack};

/// A fact about the training tracks that limits what a bundle's figures mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Some audio was synthesised by `playlist-fit simulate`.
    Simulated,
    /// Tracks of a source whose terms forbid training were used by the user's decision of that day.
    TermsOverridden {
        /// Name of the source, as in the catalogue.
        source: String,
        /// Day of the decision, in UTC.
        on: Date,
    },
}

impl Notice {
    /// The notices that hold for these tracks; an allowed source without a track among them gives none.
    #[must_use]
    pub fn for_tracks(tracks: &[StoredTrack], allowed: &[AllowedSource]) -> Vec<Self> {
        let sources: BTreeSet<&str> = tracks
            .iter()
            .flat_map(|track| &track.claims)
            .map(|claim| claim.source.as_str())
            .collect();
        let simulated = sources
            .contains(terms::SIMULATED)
            .then_some(Self::Simulated);
        let used = allowed.iter();
        let used = used.filter(|row| sources.contains(row.source.as_str()));
        let overridden = used.map(|AllowedSource { source, on }| Self::TermsOverridden {
            source: source.clone(),
            on: *on,
        });
        simulated.into_iter().chain(overridden).collect()
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulated => formatter.write_str(
                "Simulated: trained on audio that `playlist-fit simulate` synthesised, so its fits and figures say \
                 nothing about real songs and playlists.",
            ),
            Self::TermsOverridden { source, on } => write!(
                formatter,
                "Trained on tracks of {source} by its maker's own decision of {on}, although the terms of {source} \
                 forbid training."
            ),
        }
    }
}

impl TrainingResult {
    /// Puts the trained network, its neighbours and its evaluation into a bundle. `weights_licence` is the licence of
    /// the initial weights, for the credits; `excluded` is the text of each exclusion of the training set, for the card.
    ///
    /// # Errors
    /// Returns an error if the weights cannot be serialised.
    pub fn into_bundle(
        self,
        config: &TrainConfig,
        dataset: &Dataset,
        training_set: &TrainingSet,
        weights_licence: Option<&str>,
        excluded: Vec<String>,
    ) -> Result<Bundle, TrainError> {
        let stored = &self.neighbours.tracks;
        let trained = || self.training_tracks.iter().map(|&track| &stored[track]);
        let validated = self.validation_tracks.iter().map(|&track| &stored[track]);
        let artists: BTreeSet<&str> = trained().map(|track| track.artist_group.as_str()).collect();
        let fingerprints: BTreeSet<String> = trained()
            .chain(validated)
            .flat_map(artist_fingerprints)
            .collect();
        let credits = credits(&config.name, stored, weights_licence);
        let manifest = Manifest {
            schema_version: SCHEMA_VERSION,
            name: config.name.clone(),
            disclaimer: disclaimer(config, &Notice::for_tracks(stored, &training_set.allowed)),
            network: self.network.saved_shape(),
            front_end: dataset.front_end.clone(),
            playlists: self.cards(dataset, training_set),
            added: Vec::new(),
            pooling: config.pooling,
            tracks: self.training_tracks.len(),
            artists: artists.len(),
            training_fingerprints: fingerprints.into_iter().collect(),
            training: config.to_toml()?,
            excluded,
            allowed_sources: training_set.allowed.clone(),
            calibration: self.calibration,
            risk_control: self.risk_control,
            ood: self.ood,
            same_recording_above: self.same_recording_above,
            evaluation: self.evaluation,
            weights: String::new(),
        };
        Ok(Bundle {
            manifest,
            weights: self.network.save()?,
            neighbours: self.neighbours,
            similarity_stats: SimilarityStats::default(),
            credits,
            origin: PathBuf::new(),
        })
    }

    fn cards(&self, dataset: &Dataset, training_set: &TrainingSet) -> Vec<PlaylistCard> {
        let counts = dataset.counts(&self.training_tracks);
        let playlists = training_set.playlists.iter().zip(counts);
        playlists
            .zip(&training_set.turnovers)
            .map(|((name, tracks), turnover)| PlaylistCard {
                name: name.clone(),
                tracks,
                turnover: *turnover,
            })
            .collect()
    }
}

/// The preset's disclaimer and the notices, as one paragraph.
fn disclaimer(config: &TrainConfig, notices: &[Notice]) -> String {
    let own = Some(config.disclaimer.clone()).filter(|text| !text.is_empty());
    let notices = notices.iter().map(Notice::to_string);
    own.into_iter().chain(notices).collect::<Vec<_>>().join(" ")
}
