//! Everything that `fit` needs, in one folder or inside the program: what was trained and on whom, the weights, the
//! neighbours, the evaluation, the credits. A trained network comes in, files go out, and back.
//!
//! Must not: run a network. Vectors carry the hash of the front end and of the weights that made them; a folder that
//! mixes two is refused.

mod added;
mod credits;
mod files;
mod similarity_stats;
pub mod tensors;

pub use added::{AddError, NewPlaylist, USER_ADDED};
pub use credits::{credits, plain_line};
pub use files::DEFAULT;
pub use similarity_stats::learn as learn_similarity_stats;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use catalogue::statistics::Turnover;
use evaluation::{
    ArtistLinks, Calibration, Evaluation, FewShotPlaylist, OodDetector, Pooling, RiskControl,
};
use features::mel::FrontEnd;
use inference::NetworkConfig;
use neighbours::{Neighbours, SimilarityStats, StoredTrack};

use files::Files;

/// Raised when an older program could not read the folder any more.
pub const SCHEMA_VERSION: u32 = 1;

const MANIFEST: &str = "bundle.json";
const WEIGHTS: &str = "weights.safetensors";
const EMBEDDINGS: &str = "neighbours.safetensors";
const TRACKS: &str = "tracks.json";
const CREDITS: &str = "CREDITS.md";

/// The first file of the folder: all but the large numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub schema_version: u32,
    pub name: String,
    /// What a reader must know of these playlists; empty where nothing.
    #[serde(rename = "notice")]
    pub disclaimer: String,
    pub network: NetworkConfig,
    pub front_end: FrontEnd,
    pub playlists: Vec<PlaylistCard>,
    /// Lists that the network was not trained on; in a stored track their places come behind those of `playlists`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<FewShotPlaylist>,
    /// How the windows of a song become one answer, which the calibration reads.
    #[serde(default, skip_serializing_if = "Pooling::is_mean")]
    pub pooling: Pooling,
    pub calibration: Calibration,
    /// Which fits may be named under a stated error; none where the evidence was too thin for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "promise")]
    pub risk_control: Option<RiskControl>,
    /// From where on a song is unlike what was learned; none in older bundles, and where too few tracks were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "novelty")]
    pub ood: Option<OodDetector>,
    /// Above this cosine a stored track counts as the song itself.
    pub same_recording_above: f32,
    /// How many tracks and artists taught the network.
    pub tracks: usize,
    pub artists: usize,
    /// Every artist, artist group and recording that taught the network, hashed: a test on them would flatter.
    #[serde(rename = "heard")]
    pub training_fingerprints: Vec<String>,
    /// The training preset, as TOML.
    pub training: String,
    /// Which rows taught nothing, and why.
    #[serde(rename = "left_out")]
    pub excluded: Vec<String>,
    /// Sources whose terms forbid training and that the user trained on all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_sources: Vec<AllowedSource>,
    pub evaluation: Evaluation,
    /// Hash of the weights; set when the bundle is written.
    pub weights: String,
}

/// A user's decision to train on a source although its terms forbid it (`--allow-source`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AllowedSource {
    pub source: String,
    /// The day of the decision, in UTC.
    pub on: Date,
}

/// A playlist of the bundle, in the order of the network's outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaylistCard {
    pub name: String,
    /// Tracks that taught the network.
    pub tracks: usize,
    /// How fast it changes; none where nobody noted when tracks came and went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnover: Option<Turnover>,
}

/// A whole bundle in memory.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub manifest: Manifest,
    pub neighbours: Neighbours,
    /// What their cosines mean; made anew when the bundle is written.
    pub similarity_stats: SimilarityStats,
    /// A safetensors file.
    pub weights: Vec<u8>,
    /// Licence notices of what the bundle is made of.
    pub credits: String,
    /// Where it came from, for messages.
    pub origin: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("{path}: {reason}; a bundle is a folder that `playlist-fit train` wrote")]
    Read { path: PathBuf, reason: String },
    #[error("{path}: {reason}; free some room or choose another --out")]
    Write { path: PathBuf, reason: String },
    #[error(
        "{path}: this bundle has version {found}, this program reads {SCHEMA_VERSION}; use the matching program"
    )]
    Version { path: PathBuf, found: u32 },
    #[error(
        "{path}: its {what} were made by another {maker}, so the numbers would be wrong; make the bundle again"
    )]
    Mixed {
        path: PathBuf,
        what: &'static str,
        maker: &'static str,
    },
}

impl Bundle {
    /// The bundle in `folder`, else the one inside the program.
    ///
    /// # Errors
    /// Where a file is missing, damaged, or of another bundle.
    pub fn open(folder: Option<&Path>) -> Result<Self, BundleError> {
        Self::read(&folder.map_or(Files::embedded(), Files::folder))
    }

    fn read(files: &Files) -> Result<Self, BundleError> {
        let wrong = |name: &str, reason: String| BundleError::Read {
            path: files.path(name),
            reason,
        };
        let text = files.read(MANIFEST)?;
        let version: Versioned =
            serde_json::from_slice(&text).map_err(|reason| wrong(MANIFEST, reason.to_string()))?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(BundleError::Version {
                path: files.path(MANIFEST),
                found: version.schema_version,
            });
        }
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|reason| wrong(MANIFEST, reason.to_string()))?;
        let weights = files.read(WEIGHTS)?;
        if hash(&weights) != manifest.weights {
            let path = files.path(WEIGHTS);
            return Err(BundleError::Mixed {
                path,
                what: "weights",
                maker: "training",
            });
        }
        let tracks: Vec<StoredTrack> = serde_json::from_slice(&files.read(TRACKS)?)
            .map_err(|reason| wrong(TRACKS, reason.to_string()))?;
        let (neighbours, similarity_stats) = read_embeddings(
            &files.read(EMBEDDINGS)?,
            tracks,
            &manifest,
            &files.path(EMBEDDINGS),
        )?;
        let credits = String::from_utf8_lossy(&files.read(CREDITS)?).into_owned();
        Ok(Self {
            manifest,
            neighbours,
            similarity_stats,
            weights,
            credits,
            origin: files.path(""),
        })
    }

    /// Writes the files into `folder`, the manifest last: without it there is no bundle.
    ///
    /// # Errors
    /// Where the disk is full or the folder cannot be made.
    pub fn write(&mut self, folder: &Path) -> Result<(), BundleError> {
        self.manifest.weights = hash(&self.weights);
        self.similarity_stats = similarity_stats::learn(&self.neighbours);
        let files = Files::folder(folder);
        let failed = |name: &str, reason: String| BundleError::Write {
            path: files.path(name),
            reason,
        };
        let json = |name: &str, value: Result<Vec<u8>, serde_json::Error>| {
            value.map_err(|reason| failed(name, reason.to_string()))
        };
        files.write(WEIGHTS, &self.weights)?;
        files.write(
            EMBEDDINGS,
            &self
                .embeddings()
                .map_err(|reason| failed(EMBEDDINGS, reason.to_string()))?,
        )?;
        files.write(
            TRACKS,
            &json(TRACKS, serde_json::to_vec_pretty(&self.neighbours.tracks))?,
        )?;
        files.write(CREDITS, self.credits.as_bytes())?;
        files.write(
            MANIFEST,
            &json(MANIFEST, serde_json::to_vec_pretty(&self.manifest))?,
        )
    }

    /// Names the bundle by its content.
    pub fn id(&self) -> String {
        let text = serde_json::to_vec(&self.manifest).unwrap_or_default();
        format!("{}-{}", self.manifest.name, &hash(&text)[..8])
    }

    /// Whether something of this name (an artist, an artist group, a recording's hash) taught the network.
    pub fn was_trained_on(&self, name: &str) -> bool {
        self.manifest
            .training_fingerprints
            .binary_search(&name_fingerprint(name))
            .is_ok()
    }

    fn embeddings(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let bytes = tensors::bytes(&self.neighbours.embeddings);
        let (mean_std, background_pairs) = (
            self.similarity_stats.mean_std(),
            self.similarity_stats.background_pairs(),
        );
        let [spread_bytes, pair_bytes] = [&mean_std[..], background_pairs].map(tensors::bytes);
        let tracks = self.neighbours.tracks.len();
        let views = [
            ("embeddings", vec![tracks, self.neighbours.width], &bytes),
            (similarity_stats::MEAN_STD, vec![tracks, 2], &spread_bytes),
            (
                similarity_stats::BACKGROUND_PAIRS,
                vec![background_pairs.len()],
                &pair_bytes,
            ),
        ];
        let views = views
            .into_iter()
            .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
        let makers = [
            ("front_end", self.manifest.front_end.hash()),
            ("weights", self.manifest.weights.clone()),
        ];
        let metadata = makers.map(|(name, hash)| (name.to_owned(), hash)).into();
        safetensors::serialize(views, Some(metadata))
    }
}

/// As [`Manifest::training_fingerprints`] stores everything by which a track may be known again.
pub fn artist_fingerprints(track: &StoredTrack) -> Vec<String> {
    let artist_links = ArtistLinks::from(track);
    let names = artist_links.names().map(|name| name_fingerprint(&name));
    names
        .chain([name_fingerprint(&artist_links.audio_hash)])
        .collect()
}

/// As [`Manifest::training_fingerprints`] stores a name: case and surrounding space mean nothing, and no name can be read back.
fn name_fingerprint(name: &str) -> String {
    hash(name.trim().to_lowercase().as_bytes())
}

fn read_embeddings(
    bytes: &[u8],
    tracks: Vec<StoredTrack>,
    manifest: &Manifest,
    path: &Path,
) -> Result<(Neighbours, SimilarityStats), BundleError> {
    let wrong = |reason: String| BundleError::Read {
        path: path.into(),
        reason,
    };
    let (_, header) =
        SafeTensors::read_metadata(bytes).map_err(|reason| wrong(reason.to_string()))?;
    let made_by = |name: &str| {
        header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(name))
            .cloned()
    };
    let makers = [
        ("front_end", "front end", manifest.front_end.hash()),
        ("weights", "weights", manifest.weights.clone()),
    ];
    for (name, maker, hash) in makers {
        if made_by(name) != Some(hash) {
            return Err(BundleError::Mixed {
                path: path.into(),
                what: "neighbours",
                maker,
            });
        }
    }
    let file = SafeTensors::deserialize(bytes).map_err(|reason| wrong(reason.to_string()))?;
    let stored = file
        .tensor("embeddings")
        .map_err(|reason| wrong(reason.to_string()))?;
    let &[count, width] = stored.shape() else {
        return Err(wrong("the embeddings are no table".into()));
    };
    let listed = tracks
        .iter()
        .flat_map(|track| &track.playlists)
        .all(|&list| list < manifest.playlists.len() + manifest.added.len());
    let directions = manifest.added.iter().map(|list| list.weights.len());
    if directions.into_iter().any(|numbers| numbers != width) {
        return Err(wrong(format!(
            "an added list does not match embeddings of {width} numbers"
        )));
    }
    if count != tracks.len() || stored.dtype() != Dtype::F32 || !listed {
        return Err(wrong(format!(
            "{count} embeddings do not match {} tracks",
            tracks.len()
        )));
    }
    let embeddings = stored
        .data()
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
    let neighbours = Neighbours {
        tracks,
        width,
        embeddings: embeddings.collect(),
    };
    let similarity_stats = similarity_stats::read(&file, &neighbours);
    Ok((neighbours, similarity_stats))
}

#[derive(Deserialize)]
struct Versioned {
    schema_version: u32,
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both hash the field names as they are serialised: see `serde(rename)` of the manifest and the front end.
    #[test]
    fn the_identity_of_the_default_bundle_does_not_change() {
        let bundle = Bundle::open(None).unwrap();
        assert_eq!(bundle.id(), "demo-c2872c4a");
        assert_eq!(bundle.manifest.front_end.hash(), "037941b0e890c3a5");
    }
}
