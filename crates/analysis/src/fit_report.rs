//! What the product says of one song. Its serialisation is the product's JSON; every writer in `report`
//! reads this and nothing else.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::PlaylistContext;
use audio::quality_checks::Finding;
use bundle::AllowedSource;
use evaluation::Evaluation;
use features::descriptors::Descriptors;

/// Raised when a field of the JSON changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// One song against all the playlists of one bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FitReport {
    pub schema_version: u32,
    pub bundle: BundleFacts,
    /// Hash of the front end that made every number here.
    pub front_end: String,
    pub song: SongFacts,
    pub verdict: Verdict,
    /// Every playlist of the bundle, best fit first.
    pub playlists: Vec<PlaylistFit>,
    /// The nearest tracks inside each of the top playlists, in the order of `playlists`, nearest first.
    pub neighbours: Vec<NeighbourTrack>,
    pub timeline: Timeline,
    /// Which playlists are named under a stated error, and which error; none where the bundle cannot promise.
    #[serde(default)]
    #[serde(rename = "promise")]
    pub risk_control: Option<RiskControlFacts>,
    /// How unlike everything that was learned the song is; none where the bundle cannot tell.
    #[serde(default)]
    #[serde(rename = "novelty")]
    pub ood: Option<OodFacts>,
    /// How far small harmless changes of the song move its fits; empty where nobody asked.
    #[serde(default)]
    #[serde(rename = "stability")]
    pub robustness: Vec<Perturbation>,
    /// How the song stands inside the top playlists, in their order; without those of which the bundle cannot tell.
    #[serde(default)]
    #[serde(rename = "inside")]
    pub playlist_contexts: Vec<PlaylistContext>,
    /// What the network listened to for the best list; none in reports made before this was told, and where it cannot be.
    #[serde(default)]
    #[serde(rename = "why")]
    pub explanation: Option<Occlusion>,
    /// The part of the song to play to an editor; none where the song was not heard all along.
    #[serde(default)]
    #[serde(rename = "excerpt")]
    pub highlight: Option<Highlight>,
    /// Measured facts to paste into a form, at most 500 characters.
    #[serde(default)]
    #[serde(rename = "pitch_sheet")]
    pub summary_500: String,
    /// The picture of the whole song; too large for the JSON.
    #[serde(skip)]
    pub spectrogram: Spectrogram,
}

/// The bundle that judged the song.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BundleFacts {
    pub id: String,
    pub name: String,
    /// What a reader must know of these playlists before believing a number, in a sentence or two.
    #[serde(rename = "notice")]
    pub disclaimer: String,
    pub architecture: String,
    /// How many tracks, artists and playlists the network learned from.
    pub tracks: usize,
    pub artists: usize,
    pub playlists: usize,
    /// How well the bundle does on artists that it did not learn from.
    pub evaluation: Option<Evaluation>,
    /// What it learned from; none in reports made before this was told.
    #[serde(default)]
    pub card: Option<CardFacts>,
}

/// The sources of a bundle, for its model card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CardFacts {
    /// Whom the tracks came from, most tracks first. A track that several name counts for the one whose licence decides.
    pub sources: Vec<TrackCount>,
    /// Most tracks first; an empty name where none is stated.
    pub licences: Vec<TrackCount>,
    /// The first and the last day on which one of the tracks came onto a playlist; none where nobody noted days.
    pub oldest_added: Option<Date>,
    pub newest_added: Option<Date>,
    /// Sources whose terms forbid training and that the bundle's maker trained on all the same.
    pub allowed_sources: Vec<AllowedSource>,
}

/// How many of the bundle's tracks share something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackCount {
    pub name: String,
    pub tracks: usize,
}

/// What can be said of the file without any model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SongFacts {
    /// The file's name, without its folder.
    pub file: String,
    pub title: Option<String>,
    pub artists: Option<String>,
    pub duration_seconds: f64,
    pub sample_rate_hz: u32,
    pub channels: usize,
    /// The codec's short name, such as `mp3` or `vorbis`.
    pub codec: String,
    /// Integrated loudness after EBU R 128; none for silence and for less than 0.4 s.
    pub loudness_lufs: Option<f64>,
    /// Highest true peak of all channels; none for silence.
    pub true_peak_dbtp: Option<f64>,
    /// blake3 of the coded audio, tags left out.
    #[serde(rename = "content")]
    pub audio_hash: String,
    /// How it sounds, in numbers that need no network.
    #[serde(default)]
    #[serde(rename = "traits")]
    pub descriptors: Descriptors,
    /// What would make a distributor or an editor send the file back: every check, also where nothing was found.
    #[serde(default)]
    #[serde(rename = "technical")]
    pub quality_checks: Vec<Finding>,
    /// What was odd about the file, in sentences (damaged packets skipped, shorter than a window, ...).
    pub warnings: Vec<String>,
}

/// The answer in one sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub level: VerdictLevel,
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictLevel {
    GoodFit,
    PossibleFit,
    NoGoodFit,
}

/// How well the song fits one playlist.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaylistFit {
    pub name: String,
    /// 1 for the best.
    pub rank: usize,
    /// Calibrated probability, 0 to 1, that this list holds such a song.
    pub fit: f64,
    /// Between which fits small harmless changes move it; none where nobody asked.
    #[serde(default)]
    pub range: Option<FitRange>,
    /// Whether the set of playlists with a promise holds it.
    #[serde(default)]
    #[serde(rename = "promised")]
    pub selected: bool,
    /// How sure this fit can be, where the list was added to the bundle without training.
    #[serde(default)]
    pub note: Option<String>,
    /// How many tracks of the list the network learned from.
    pub tracks: usize,
}

/// Lowest and highest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitRange {
    pub low: f64,
    pub high: f64,
}

/// What holds for the playlists that are `selected`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskControlFacts {
    /// The stated error, 0 to 1.
    pub risk: f64,
    /// What that means for this song.
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OodFacts {
    /// Share of the songs that the bundle was tested on which are less unlike what it learned.
    pub share: f64,
    /// Whether that is so much that no fit should be believed.
    #[serde(rename = "is_unlike")]
    pub is_out_of_distribution: bool,
    /// Share of songs of the bundle's own kind that are flagged by mistake.
    pub false_alarms: f64,
    pub sentence: String,
}

/// A small change that no listener would mind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Perturbation {
    /// Such as `MP3 at 128 kbit/s`.
    pub name: String,
    /// The largest change of the fit among the top playlists, 0 to 1.
    pub moved: f64,
}

/// What the network listened to in the window where it heard a list most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occlusion {
    pub playlist: String,
    /// Where the window begins, and how long it is.
    pub start_seconds: f64,
    pub seconds: f64,
    /// Its fit for the list.
    pub fit: f64,
    /// What pulled most; none where nothing stands out.
    #[serde(rename = "strongest")]
    pub top_region: Option<TopRegion>,
    pub sentence: String,
    /// How far the list's logit falls where a block is covered: `[bands][times]`, lowest band and beginning first. Of `n`
    /// blocks on an axis, block `i` reaches from `i / (n + 1)` to `(i + 2) / (n + 1)` of it.
    #[serde(rename = "falls")]
    pub logit_drops: Vec<Vec<f32>>,
    /// The picture of the window; too large for the JSON.
    #[serde(skip)]
    pub picture: Spectrogram,
}

/// A part of a window that pulls towards a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopRegion {
    #[serde(rename = "lowest_hz")]
    pub fmin: f64,
    #[serde(rename = "highest_hz")]
    pub fmax: f64,
    /// In the song.
    pub from_seconds: f64,
    pub to_seconds: f64,
    /// The window's fit with the strongest block of it covered.
    pub fit_without: f64,
}

/// The stretch of the song that fits the best list most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Highlight {
    pub playlist: String,
    pub start_seconds: f64,
    pub end_seconds: f64,
    /// The mean of the curve along it.
    pub fit: f64,
}

/// A track of a playlist that sounds like the song.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NeighbourTrack {
    pub playlist: String,
    pub title: String,
    pub artists: String,
    /// Cosine of the two embeddings, -1 to 1.
    pub similarity: f64,
    /// How many of 100 pairs of tracks by different artists are less alike than this one; none where the bundle cannot tell.
    #[serde(default)]
    pub percentile: Option<f64>,
    pub licence: String,
    pub source: String,
}

/// The fit along the song, window by window.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timeline {
    pub window_seconds: f64,
    /// Where each window begins, ascending.
    pub starts_seconds: Vec<f64>,
    /// One curve for each of the top playlists, in their order.
    pub curves: Vec<FitCurve>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FitCurve {
    pub playlist: String,
    /// As many as `starts_seconds`.
    pub fit: Vec<f64>,
}

/// A log-mel of the whole song, shrunk to a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectrogram {
    pub bands: usize,
    pub columns: usize,
    /// `[columns][bands]`, lowest band first; 0 is the quietest, 255 the loudest of the song.
    pub levels: Vec<u8>,
    pub fmax: f64,
}
