//! The description in a dataset's folder: parameters and bound.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{BayesBound, SimulationSettings, SyntheticDataset};
use catalogue::Catalogue;

/// Raised when a field changes its meaning or is removed.
const SCHEMA_VERSION: u32 = 1;
/// Its name in the folder.
const FILE: &str = "simulation.json";

/// Top-1, top-3 and top-5 in percent of the published study with 82 playlists and 13,979 real songs: context, not a target,
/// because the bound of real playlists is unknown.
pub const PUBLISHED: [f64; 3] = [15.49, 27.26, 47.37];

/// The JSON of `simulate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    /// Version of this JSON.
    pub schema_version: u32,
    /// Always true.
    pub simulated: bool,
    /// What figures on this dataset mean.
    pub statement: String,
    /// Parameters of the dataset.
    pub settings: SimulationSettings,
    /// Hash of the chosen playlists and tracks.
    pub graph: String,
    /// Sample rate of the clips.
    pub sample_rate_hz: u32,
    /// Number of playlists.
    pub lists: usize,
    /// Number of tracks.
    pub tracks: usize,
    /// Number of artists.
    pub artists: usize,
    /// Number of pairs of track and playlist.
    pub placements: usize,
    /// The best possible accuracy.
    #[serde(rename = "ceiling")]
    pub bayes_bound: BayesBound,
    /// Top-1, top-3 and top-5 of the published study, in percent.
    pub published_percent: [f64; 3],
}

/// Why a folder cannot take this dataset.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// It holds another dataset.
    #[error(
        "{}: here lies another simulated world (other settings, or another catalogue); delete the folder, or choose \
         another --out", .0.display()
    )]
    Other(PathBuf),
    /// It holds a real catalogue.
    #[error(
        "{}: here lie track lists that are not simulated; choose another --out, so that the two are never mixed",
        .0.display()
    )]
    Real(PathBuf),
    /// Its description cannot be read.
    #[error("{}: {reason}; delete it and run the same command again: clips that are there are kept", path.display())]
    Damaged {
        /// The description.
        path: PathBuf,
        /// Why it cannot be parsed.
        reason: String,
    },
    /// Its description cannot be written.
    #[error("{}: {source}; free some room, or choose another --out", path.display())]
    Write {
        /// The description.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl Simulation {
    /// Describes a dataset and its bound.
    #[must_use]
    pub fn new(
        catalogue: &Catalogue,
        dataset: &SyntheticDataset,
        settings: &SimulationSettings,
        sample_rate_hz: u32,
        bayes_bound: BayesBound,
    ) -> Simulation {
        let tracks = || {
            dataset
                .tracks
                .iter()
                .map(|own| &catalogue.tracks[own.track])
        };
        let artists: std::collections::BTreeSet<String> =
            tracks().map(|track| track.split_group()).collect();
        let mut graph = blake3::Hasher::new();
        for &list in &dataset.lists {
            graph.update(catalogue.playlists[list].id.as_bytes());
            graph.update(b"\n");
        }
        for (own, track) in dataset.tracks.iter().zip(tracks()) {
            graph.update(format!("{} {:?}\n", track.id, own.lists).as_bytes());
        }
        Simulation {
            schema_version: SCHEMA_VERSION,
            simulated: true,
            statement: "Simulated: the graph of lists, tracks and artists is real, all audio is synthesised. Figures \
                        measured here say how well the program works, and nothing of real music."
                .to_owned(),
            settings: settings.clone(),
            graph: graph.finalize().to_hex()[..16].to_owned(),
            sample_rate_hz,
            lists: dataset.lists.len(),
            tracks: dataset.tracks.len(),
            artists: artists.len(),
            placements: dataset.placements(),
            bayes_bound,
            published_percent: PUBLISHED,
        }
    }

    /// Writes the description before anything else is written to `folder`, so that an interrupted run of the same dataset
    /// resumes, at any sample rate.
    ///
    /// # Errors
    /// If the folder holds another dataset or a real catalogue, or cannot be written.
    pub fn reserve(&self, folder: &Path) -> Result<(), SimulationError> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let existing: Simulation =
                    serde_json::from_slice(&bytes).map_err(|reason| SimulationError::Damaged {
                        path: path.clone(),
                        reason: reason.to_string(),
                    })?;
                if (&existing.settings, &existing.graph) != (&self.settings, &self.graph) {
                    return Err(SimulationError::Other(folder.to_owned()));
                }
            }
            Err(_) if folder.join("tracks.parquet").exists() => {
                return Err(SimulationError::Real(folder.to_owned()));
            }
            Err(_) => {}
        }
        let failed = |source| SimulationError::Write {
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec_pretty(self).map_err(|reason| failed(reason.into()))?;
        files::write(&path, &text).map_err(failed)
    }
}
