//! The result of `similar` as plain data; its JSON.

use std::path::PathBuf;

use serde::Serialize;

use super::{Candidates, EmbeddedSong, Signature};
use neighbours::dot;

/// Version of the JSON; raised when a field changes its meaning or is removed.
pub const SCHEMA_VERSION: u32 = 1;

/// A playlist and how it was made.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct SimilarReport {
    /// [`SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// Id of the bundle whose network embedded the songs.
    pub bundle: String,
    /// Hash of its front end.
    pub front_end: String,
    /// How the tracks were chosen.
    #[serde(rename = "way")]
    pub mode: SimilarMode,
    /// The songs that the playlist follows.
    pub songs: Vec<SongName>,
    /// Number of tracks to choose from.
    pub candidates: usize,
    /// Number of tracks requested; `tracks` has fewer if the limits leave no more.
    pub asked: usize,
    /// Most tracks by one artist.
    pub per_artist: usize,
    /// The mix of the history and of the playlist, largest fraction of the history first; empty in other modes.
    pub mix: Vec<MixShare>,
    /// What the songs have in common, in mode `signature`.
    pub signature: Option<SignatureFacts>,
    /// From the last track of a path to its end.
    pub last_step: Option<ProximityFacts>,
    /// The chosen tracks in playlist order.
    pub tracks: Vec<SimilarTrack>,
}

/// How the tracks of a playlist are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimilarMode {
    /// Nearest to the songs.
    Around,
    /// In the proportions of a listening history.
    History,
    /// By what the songs have in common.
    Signature,
    /// From one song to another.
    Path,
}

/// A song for display.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct SongName {
    /// From its tags or its file name.
    pub title: String,
    /// Joined by commas.
    pub artists: String,
}

impl From<&EmbeddedSong> for SongName {
    fn from(song: &EmbeddedSong) -> Self {
        Self {
            title: song.track.title.clone(),
            artists: song.track.artists.join(", "),
        }
    }
}

/// One of the bundle's playlists in a mix.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct MixShare {
    /// Name of the playlist.
    pub playlist: String,
    /// Its fraction of the calibrated fits of the history, 0 to 1.
    pub fits: f64,
    /// Fraction of the history for which it is the best playlist, 0 to 1; `tracks` is proportional to it.
    pub history: f64,
    /// Number of tracks chosen for it.
    pub tracks: usize,
}

/// A [`Signature`] in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct SignatureFacts {
    /// Number of embedding dimensions in which the songs agree.
    pub dimensions: usize,
    /// How many of these are matched by at most 1 % of random playlists of the same size.
    pub beyond_chance: usize,
    /// Width of an embedding.
    pub of: usize,
    /// Variance of the songs in these dimensions divided by that of all candidates (geometric mean); 0 is full agreement.
    pub variance_ratio: f64,
}

impl From<&Signature> for SignatureFacts {
    fn from(signature: &Signature) -> Self {
        Self {
            dimensions: signature.dimensions.len(),
            beyond_chance: signature.beyond_chance,
            of: signature.of,
            variance_ratio: signature.ratio(),
        }
    }
}

/// Similarity of two songs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ProximityFacts {
    /// Cosine of the two embeddings, -1 to 1.
    pub similarity: f64,
    /// Percentage of pairs of candidates by different artists that are less similar; `None` without such pairs.
    pub percentile: Option<f64>,
}

impl ProximityFacts {
    /// From a cosine and the distribution of cosines among the candidates.
    pub fn new(similarity: f32, candidates: &Candidates) -> Self {
        Self {
            similarity: f64::from(similarity),
            percentile: candidates.similarity_stats.percentile(similarity),
        }
    }

    /// From two unit embeddings, `[width]` each.
    pub fn between(left: &[f32], right: &[f32], candidates: &Candidates) -> Self {
        Self::new(dot(left, right), candidates)
    }
}

/// A track of the playlist and why it was chosen.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct SimilarTrack {
    /// Position in the playlist, from 1.
    pub place: usize,
    /// From the catalogue, the tags or the file name.
    pub title: String,
    /// All credited artists.
    pub artists: Vec<String>,
    /// Similarity to the nearest song; in mode `path` to the track before.
    #[serde(flatten)]
    pub proximity: ProximityFacts,
    /// [`Signature::proximity_score`], 0 to 1, in mode `signature`.
    pub in_signature: Option<f64>,
    /// The bundle's playlist that it was chosen for, in mode `history`.
    pub playlist: Option<String>,
    /// Its audio file, if known.
    pub file: Option<PathBuf>,
    /// Length of the recording.
    pub duration_seconds: Option<f64>,
    /// blake3 of its coded audio.
    #[serde(rename = "content")]
    pub audio_hash: String,
    /// Most restrictive licence that a source states.
    pub licence: String,
    /// Source that states it.
    pub source: String,
}

impl SimilarTrack {
    /// The candidate with index `candidate` at a position counted from 0.
    pub fn new(
        position: usize,
        candidate: usize,
        proximity: ProximityFacts,
        candidates: &Candidates,
    ) -> Self {
        let track = &candidates.neighbours.tracks[candidate];
        Self {
            place: position + 1,
            title: track.title.clone(),
            artists: track.artists.clone(),
            proximity,
            in_signature: None,
            playlist: None,
            file: candidates.audio[candidate].clone(),
            duration_seconds: track.duration_seconds,
            audio_hash: track.audio_hash.clone(),
            licence: track.licence.clone(),
            source: track.source.clone(),
        }
    }
}
