//! The result of analysing one song, as codes and numbers. Its serialisation is the JSON of `fit` and `batch`; the
//! `report` crate turns it into text and images.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::PlaylistContext;
use audio::Warning;
use audio::quality_checks::Finding;
use bundle::AllowedSource;
use evaluation::{Evaluation, FewShotFacts, RiskControl};
use features::descriptors::Descriptors;

/// Increased when a field of the JSON is renamed, removed or changes its meaning. Version 1 can still be read: renamed
/// fields have an alias, fields with a new structure are read as empty.
pub const SCHEMA_VERSION: u32 = 2;

/// One song against all playlists of one bundle.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FitReport {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The bundle that judged the song.
    pub bundle: BundleFacts,
    /// Hash of the front end that computed every number of the report.
    pub front_end: String,
    /// Properties of the file.
    pub song: SongFacts,
    /// The overall result.
    pub verdict: Verdict,
    /// Every playlist of the bundle, best fit first.
    pub playlists: Vec<PlaylistFit>,
    /// The nearest tracks in each of the top playlists, in the order of `playlists`, nearest first.
    pub neighbours: Vec<NeighbourTrack>,
    /// The fit over time.
    pub timeline: Timeline,
    /// The error bound of the `selected` playlists; `None` if the bundle guarantees none.
    #[serde(default)]
    pub risk_control: Option<RiskControl>,
    /// Distance of the song from the training tracks; `None` if the bundle cannot measure it.
    #[serde(default, alias = "novelty")]
    pub ood: Option<OodFacts>,
    /// Changes of the fits under perturbations of the song; empty if not measured.
    #[serde(default)]
    pub robustness: Vec<Perturbation>,
    /// The song among the tracks of the top playlists, in their order; without playlists that have no measured tracks.
    #[serde(default, alias = "inside")]
    pub playlist_contexts: Vec<PlaylistContext>,
    /// Occlusion analysis of the best playlist; `None` if not possible.
    #[serde(default, alias = "why")]
    pub explanation: Option<Occlusion>,
    /// The part of the song to pitch; `None` if only its beginning was analysed.
    #[serde(default, alias = "excerpt")]
    pub highlight: Option<Highlight>,
    /// Log-mel of the whole song; not part of the JSON.
    #[serde(skip)]
    pub spectrogram: Spectrogram,
}

/// The bundle that judged a song.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BundleFacts {
    /// Name and hash of its manifest.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The maker's note on these playlists; empty if there is none.
    #[serde(alias = "notice")]
    pub disclaimer: String,
    /// Name of the network architecture.
    pub architecture: String,
    /// Training tracks.
    pub tracks: usize,
    /// Artists of the training tracks.
    pub artists: usize,
    /// Playlists of the network.
    pub playlists: usize,
    /// Quality on held-out artists; `None` if not evaluated.
    pub evaluation: Option<Evaluation>,
    /// Sources of the training tracks; `None` in old reports.
    #[serde(default)]
    pub card: Option<CardFacts>,
}

/// Sources of a bundle's training tracks, for its model card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CardFacts {
    /// Tracks by source, most first. A track of several sources counts for the one whose licence applies.
    pub sources: Vec<TrackCount>,
    /// Tracks by licence, most first; the name is empty if none is stated.
    pub licences: Vec<TrackCount>,
    /// The first day on which a track was added to a playlist; `None` if unknown.
    pub oldest_added: Option<Date>,
    /// The last such day; `None` if unknown.
    pub newest_added: Option<Date>,
    /// Sources whose terms forbid training and that the bundle's maker used nevertheless.
    pub allowed_sources: Vec<AllowedSource>,
}

/// Training tracks with a common property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackCount {
    /// The common value, such as a licence.
    pub name: String,
    /// How many tracks have it.
    pub tracks: usize,
}

/// Properties of an audio file that need no network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SongFacts {
    /// The file name without its folder.
    pub file: String,
    /// Title of the tags.
    pub title: Option<String>,
    /// Artists of the tags, separated by commas.
    pub artists: Option<String>,
    /// Decoded duration.
    pub duration_seconds: f64,
    /// Sample rate of the file.
    pub sample_rate_hz: u32,
    /// Channels of the file.
    pub channels: usize,
    /// Short name of the codec, such as `mp3` or `vorbis`.
    pub codec: String,
    /// Integrated loudness after EBU R 128; `None` for silence and below 0.4 s.
    pub loudness_lufs: Option<f64>,
    /// Highest true peak of all channels; `None` for silence.
    pub true_peak_dbtp: Option<f64>,
    /// blake3 of the coded audio packets, without tags.
    #[serde(alias = "content")]
    pub audio_hash: String,
    /// Tempo, loudness, spectral centroid and onset rate.
    #[serde(default, alias = "traits")]
    pub descriptors: Descriptors,
    /// Every delivery check, also if nothing was found.
    #[serde(default)]
    pub quality_checks: Vec<Finding>,
    /// What was unusual about the file.
    #[serde(default, deserialize_with = "warnings")]
    pub warnings: Vec<Warning>,
}

/// Version 1 stored sentences, which have no code and are dropped.
fn warnings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Warning>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Code(Warning),
        Sentence(String),
    }
    let entries = Vec::<Entry>::deserialize(deserializer)?.into_iter();
    let codes = entries.filter_map(|entry| match entry {
        Entry::Code(warning) => Some(warning),
        Entry::Sentence(_) => None,
    });
    Ok(codes.collect())
}

/// The overall result: its level and the playlists that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// How well the song fits the best of the playlists.
    pub level: VerdictLevel,
    /// Indices into `playlists` of the good fits, at most three.
    #[serde(default)]
    pub good: Vec<usize>,
    /// Indices into `playlists` of the possible fits, at most two.
    #[serde(default)]
    pub possible: Vec<usize>,
}

/// How well a song fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictLevel {
    /// At least one playlist is selected, or has a fit of 0.5 if the bundle has no risk control.
    GoodFit,
    /// The best fit is at least 0.25.
    PossibleFit,
    /// No fit is that high, or the song is out of distribution.
    NoGoodFit,
}

/// The fit of a song for one playlist.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlaylistFit {
    /// Name of the playlist.
    pub name: String,
    /// 1 for the best fit.
    pub rank: usize,
    /// Calibrated probability, 0–1, that this playlist contains such a song.
    pub fit: f64,
    /// Range of the fit under the perturbations; `None` if not measured.
    #[serde(default)]
    pub range: Option<FitRange>,
    /// Whether the risk control selects the playlist.
    #[serde(default, alias = "promised")]
    pub selected: bool,
    /// Quality of a playlist that was added without training; `None` for a trained one.
    #[serde(default)]
    pub few_shot: Option<FewShotFacts>,
    /// Training tracks of the playlist.
    pub tracks: usize,
}

/// Lowest and highest fit, 0–1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitRange {
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

/// Distance of a song from the training tracks (k-nearest-neighbour out-of-distribution detection).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OodFacts {
    /// Fraction (0–1) of the held-out songs that are closer to the training tracks.
    #[serde(alias = "share")]
    pub fraction_below: f64,
    /// Whether the distance is too large to rely on any fit.
    #[serde(alias = "is_unlike")]
    pub is_out_of_distribution: bool,
    /// Fraction (0–1) of in-distribution songs that are flagged by mistake.
    pub false_alarms: f64,
}

/// A barely audible change of the song and its effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Perturbation {
    /// What was changed.
    #[serde(flatten)]
    pub kind: PerturbationKind,
    /// The largest absolute change of a fit among the top playlists, 0–1.
    pub max_fit_change: f64,
}

/// A barely audible change of a song.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PerturbationKind {
    /// Lossy coding.
    Mp3 {
        /// Bitrate in kbit/s.
        kbps: f64,
    },
    /// A change of level.
    Gain {
        /// In dB; negative is quieter.
        db: f64,
    },
    /// A change of tempo without a change of pitch.
    Tempo {
        /// New tempo divided by the old one.
        ratio: f64,
    },
    /// A later start of the first window.
    Offset {
        /// By how much.
        seconds: f64,
    },
}

/// Occlusion sensitivity (Zeiler and Fergus 2014) of the window with the highest logit for a playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Occlusion {
    /// The explained playlist.
    pub playlist: String,
    /// Start of the window in the song.
    pub start_seconds: f64,
    /// Duration of the window.
    pub seconds: f64,
    /// Fit of the window for the playlist, 0–1.
    pub fit: f64,
    /// The region with the largest logit drop; `None` if no region is clearly above the rest.
    #[serde(alias = "strongest")]
    pub top_region: Option<TopRegion>,
    /// Drop of the playlist's logit with a block masked: `[bands][times]`, lowest band and earliest time first. Of `n`
    /// blocks on an axis, block `i` covers `i / (n + 1)` to `(i + 2) / (n + 1)` of it.
    #[serde(alias = "falls")]
    pub logit_drops: Vec<Vec<f32>>,
    /// Log-mel of the window; not part of the JSON.
    #[serde(skip)]
    pub spectrogram: Spectrogram,
}

/// A part of a window that raises the logit of a playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopRegion {
    /// Lower edge.
    #[serde(alias = "lowest_hz")]
    pub low_hz: f64,
    /// Upper edge.
    #[serde(alias = "highest_hz")]
    pub high_hz: f64,
    /// Start, in the song.
    pub from_seconds: f64,
    /// End, in the song.
    pub to_seconds: f64,
    /// Fit of the window with the strongest block of the region masked, 0–1.
    pub fit_without: f64,
}

/// The part of the song with the highest mean fit for the best playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Highlight {
    /// The best playlist.
    pub playlist: String,
    /// Start in the song.
    pub start_seconds: f64,
    /// End in the song.
    pub end_seconds: f64,
    /// Mean fit between the two, 0–1.
    pub fit: f64,
}

/// A track of a playlist that sounds similar to the song.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NeighbourTrack {
    /// The playlist that contains it.
    pub playlist: String,
    /// Its title.
    pub title: String,
    /// Its artists, separated by commas.
    pub artists: String,
    /// Cosine similarity of the two embeddings, -1 to 1.
    pub similarity: f64,
    /// Percentile (0–100) of the similarity among pairs of tracks by different artists; `None` if unknown.
    #[serde(default)]
    pub percentile: Option<f64>,
    /// Licence of the track; may be empty.
    pub licence: String,
    /// Where the track is from; may be empty.
    pub source: String,
}

/// The fit over time, window by window.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// Duration of a window.
    pub window_seconds: f64,
    /// Start of each window, ascending.
    pub starts_seconds: Vec<f64>,
    /// One curve for each of the top playlists, in their order.
    pub curves: Vec<FitCurve>,
}

/// The fit of one playlist over time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FitCurve {
    /// Name of the playlist.
    pub playlist: String,
    /// `[windows]`, 0–1, as many as `starts_seconds`.
    pub fit: Vec<f64>,
}

/// A log-mel reduced to the resolution of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectrogram {
    /// Mel bands.
    pub bands: usize,
    /// Points in time.
    pub columns: usize,
    /// `[columns][bands]`, lowest band first; 0 is the quietest, 255 the loudest value of the song.
    pub levels: Vec<u8>,
    /// Upper edge of the highest band in Hz.
    pub fmax: f64,
}

#[cfg(test)]
mod tests;
