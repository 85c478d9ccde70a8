//! The note in a world's folder: what it is, how it was made, and its known ceiling.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{BayesBound, SimulationSettings, SyntheticDataset};
use catalogue::Catalogue;

/// Raised when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;
/// Its name in the folder.
const FILE: &str = "simulation.json";

/// What the playlist study reports for its 82 lists and 13,979 real songs, in percent: context, no yardstick, since
/// nobody knows the ceiling of real lists.
pub const PUBLISHED: [f64; 3] = [15.49, 27.26, 47.37];

/// The JSON of `simulate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    pub schema_version: u32,
    /// Always true.
    pub simulated: bool,
    pub statement: String,
    pub settings: SimulationSettings,
    /// Hash of the lists and tracks that were chosen: another catalogue gives another world.
    pub graph: String,
    pub sample_rate_hz: u32,
    pub lists: usize,
    pub tracks: usize,
    pub artists: usize,
    pub placements: usize,
    #[serde(rename = "ceiling")]
    pub bayes_bound: BayesBound,
    /// Top-1, top-3 and top-5 of the published study, in percent.
    pub published_percent: [f64; 3],
}

#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error(
        "{}: here lies another simulated world (other settings, or another catalogue); delete the folder, or choose \
         another --out", .0.display()
    )]
    Other(PathBuf),
    #[error(
        "{}: here lie track lists that are not simulated; choose another --out, so that the two are never mixed",
        .0.display()
    )]
    Real(PathBuf),
    #[error("{}: {reason}; delete it and run the same command again: clips that are there are kept", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{}: {source}; free some room, or choose another --out", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl Simulation {
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

    /// Claims `folder` for this world before anything else is written there, so that a broken run is known again; one of
    /// the same world goes on, at whatever sample rate.
    ///
    /// # Errors
    /// Where the folder holds another world, or real track lists, or cannot be written.
    pub fn reserve(&self, folder: &Path) -> Result<(), SimulationError> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let there: Simulation =
                    serde_json::from_slice(&bytes).map_err(|reason| SimulationError::Damaged {
                        path: path.clone(),
                        reason: reason.to_string(),
                    })?;
                if (&there.settings, &there.graph) != (&self.settings, &self.graph) {
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
