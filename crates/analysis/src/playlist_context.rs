//! Descriptors of the song among those of a playlist's tracks, and in which of them it differs.
//!
//! Invariants: reports differences, not causes.

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use bundle::PlaylistCard;
use catalogue::statistics::Turnover;
use features::descriptors::{Descriptor, Descriptors};

/// Minimum number of tracks with a descriptor.
const MIN_TRACKS: usize = 8;
/// Differences for each playlist.
const MAX_DIFFERENCES: usize = 3;

/// One of the top playlists, and the song among its tracks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaylistContext {
    /// Name of the playlist.
    pub playlist: String,
    /// Training tracks of the playlist.
    pub tracks: usize,
    /// How fast the playlist changes; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnover: Option<Turnover>,
    /// Descriptors that the song and at least eight tracks of the playlist have.
    #[serde(alias = "traits")]
    pub descriptors: Vec<DescriptorContext>,
    /// In which of them the song differs from most tracks, the largest difference first.
    #[serde(default)]
    pub differences: Vec<Difference>,
}

/// A descriptor in which the song differs from most tracks of a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Which one.
    pub descriptor: Descriptor,
    /// On which side the song is.
    pub direction: Direction,
    /// Distance from the nearer quartile, in the unit of the descriptor.
    pub gap: f64,
}

/// Side of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The song is above the third quartile.
    Higher,
    /// The song is below the first quartile.
    Lower,
}

/// A descriptor of the song among those of a playlist, in BPM, LUFS, Hz or onsets a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DescriptorContext {
    /// Which one.
    pub name: Descriptor,
    /// Its value for the song.
    pub song: f64,
    /// Tracks of the playlist that have it, without the song itself, its copies and versions.
    pub tracks: usize,
    /// 10th percentile of these tracks.
    #[serde(alias = "tenth")]
    pub p10: f64,
    /// First quartile.
    #[serde(alias = "quarter")]
    pub p25: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    #[serde(alias = "three_quarters")]
    pub p75: f64,
    /// 90th percentile.
    #[serde(alias = "nine_tenths")]
    pub p90: f64,
    /// Percentile rank (0–100) of the song; ties count half.
    pub percentile: f64,
}

/// `None` if neither descriptors nor the turnover of the playlist are known.
pub(super) fn playlist_context(
    card: &PlaylistCard,
    song: &Descriptors,
    tracks: &[Descriptors],
) -> Option<PlaylistContext> {
    let descriptors: Vec<DescriptorContext> = Descriptor::ALL
        .into_iter()
        .filter_map(|name| {
            let values = tracks
                .iter()
                .filter_map(|track| name.value(track))
                .collect();
            descriptor_context(name, name.value(song)?, values)
        })
        .collect();
    if descriptors.is_empty() && card.turnover.is_none() {
        return None;
    }
    Some(PlaylistContext {
        playlist: card.name.clone(),
        tracks: card.tracks,
        turnover: card.turnover,
        differences: differences(&descriptors),
        descriptors,
    })
}

fn descriptor_context(
    name: Descriptor,
    song: f64,
    mut values: Vec<f64>,
) -> Option<DescriptorContext> {
    values.retain(|value| value.is_finite());
    if values.len() < MIN_TRACKS || !song.is_finite() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let below = values.partition_point(|value| *value < song);
    let up_to = values.partition_point(|value| *value <= song);
    Some(DescriptorContext {
        name,
        song,
        tracks: values.len(),
        p10: quantile(&values, 0.1),
        p25: quantile(&values, 0.25),
        median: quantile(&values, 0.5),
        p75: quantile(&values, 0.75),
        p90: quantile(&values, 0.9),
        percentile: (below + up_to) as f64 / 2.0 / values.len() as f64 * 100.0,
    })
}

/// Quantile of sorted values by linear interpolation (Hyndman and Fan 1996, definition 7).
fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let position = fraction * (sorted.len() - 1) as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * position.fract()
}

/// The descriptors that stand out, the largest distance first.
fn differences(descriptors: &[DescriptorContext]) -> Vec<Difference> {
    let mut distinct: Vec<&DescriptorContext> = descriptors
        .iter()
        .filter(|context| context.stands_out())
        .collect();
    distinct.sort_by(|left, right| right.distance().total_cmp(&left.distance()));
    let difference = |context: &DescriptorContext| Difference {
        descriptor: context.name,
        direction: if context.song > context.p75 {
            Direction::Higher
        } else {
            Direction::Lower
        },
        gap: context.gap(),
    };
    distinct
        .into_iter()
        .take(MAX_DIFFERENCES)
        .map(difference)
        .collect()
}

impl DescriptorContext {
    /// Whether fewer than a tenth of the tracks are that extreme. A tempo does not stand out if half or double of it is
    /// usual, because both are valid readings of the beat.
    fn stands_out(&self) -> bool {
        let is_usual = |value: f64| (self.p10..=self.p90).contains(&value);
        match self.name {
            Descriptor::Tempo => ![0.5, 1.0, 2.0]
                .iter()
                .any(|times| is_usual(times * self.song)),
            _ => !is_usual(self.song),
        }
    }

    /// Distance of the song from the nearer quartile.
    fn gap(&self) -> f64 {
        (self.p25 - self.song).max(self.song - self.p75)
    }

    /// The gap in interquartile ranges, to compare descriptors of different units.
    fn distance(&self) -> f64 {
        self.gap() / (self.p75 - self.p25).max(f64::MIN_POSITIVE)
    }
}
