//! What is told of a list that was made: plain data, the JSON of `similar`.

use std::path::PathBuf;

use serde::Serialize;

use super::{Candidates, EmbeddedSong, Signature};
use neighbours::dot;

/// Raised when a field of the JSON changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// A playlist and how it came about.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct SimilarReport {
    pub schema_version: u32,
    /// Id of the bundle whose network heard the songs.
    pub bundle: String,
    /// Hash of its front end.
    pub front_end: String,
    #[serde(rename = "way")]
    pub mode: SimilarMode,
    /// What was asked about.
    pub songs: Vec<SongName>,
    /// How many tracks there were to choose from.
    pub candidates: usize,
    /// How many were asked for; `tracks` has fewer where the rules left no more.
    pub asked: usize,
    pub per_artist: usize,
    /// The history and the list beside each other, largest share of the history first; empty without a history.
    pub mix: Vec<MixShare>,
    pub signature: Option<SignatureFacts>,
    /// From the last track of a path to its end.
    pub last_step: Option<ProximityFacts>,
    pub tracks: Vec<SimilarTrack>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimilarMode {
    Around,
    History,
    Signature,
    Path,
}

#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct SongName {
    pub title: String,
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

/// One of the bundle's lists.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct MixShare {
    pub playlist: String,
    /// Its share of the calibrated fits of the history, 0 to 1.
    pub fits: f64,
    /// For how much of the history it is the best list, 0 to 1: what `tracks` is in proportion to.
    pub history: f64,
    /// Tracks that were taken for it.
    pub tracks: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct SignatureFacts {
    /// Numbers of the embedding in which the songs agree.
    pub dimensions: usize,
    /// How many of these at most one random list of a hundred matches.
    pub beyond_chance: usize,
    /// Numbers in an embedding.
    pub of: usize,
    /// Variance of the songs in them against that of all candidates (geometric mean); 0 is full agreement.
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

/// How alike two songs are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ProximityFacts {
    /// Cosine of the two embeddings, -1 to 1.
    pub similarity: f64,
    /// How many of 100 pairs of candidates by different artists are less alike; none where there are no such pairs.
    pub percentile: Option<f64>,
}

impl ProximityFacts {
    pub fn new(similarity: f32, candidates: &Candidates) -> Self {
        Self {
            similarity: f64::from(similarity),
            percentile: candidates.similarity_stats.percentile(similarity),
        }
    }

    pub fn between(one: &[f32], other: &[f32], candidates: &Candidates) -> Self {
        Self::new(dot(one, other), candidates)
    }
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct SimilarTrack {
    /// 1 for the first.
    pub place: usize,
    pub title: String,
    pub artists: Vec<String>,
    /// To the nearest of the songs; on a path to the track before it.
    #[serde(flatten)]
    pub proximity: ProximityFacts,
    /// How near it is to the signature, 0 to 1.
    pub in_signature: Option<f64>,
    /// The bundle's list for whose share of a history it was taken.
    pub playlist: Option<String>,
    /// Where its audio lies, where that is known.
    pub file: Option<PathBuf>,
    pub duration_seconds: Option<f64>,
    /// blake3 of its coded audio.
    #[serde(rename = "content")]
    pub audio_hash: String,
    pub licence: String,
    pub source: String,
}

impl SimilarTrack {
    /// A track in its turn, `at` counted from 0.
    pub fn new(
        at: usize,
        candidate: usize,
        proximity: ProximityFacts,
        candidates: &Candidates,
    ) -> Self {
        let track = &candidates.neighbours.tracks[candidate];
        Self {
            place: at + 1,
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
