//! How the song stands among the tracks of a list, by what was measured of all of them in the same way, and what sets it
//! apart.
//!
//! Must not: say why a list holds a song. These are differences, not causes.

#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

use bundle::PlaylistCard;
use catalogue::statistics::Turnover;
use features::descriptors::{Descriptor, Descriptors};

/// Of fewer tracks with a trait no share is told.
const MIN_TRACKS: usize = 8;
/// Sentences on what sets the song apart.
const MAX_CHANGES: usize = 3;

/// One of the top playlists and the song inside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaylistContext {
    pub playlist: String,
    /// How many tracks of the list the bundle learned from.
    pub tracks: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnover: Option<Turnover>,
    /// What the song has and at least eight tracks of the list have.
    #[serde(rename = "traits")]
    pub descriptors: Vec<DescriptorContext>,
    /// What would have to change to move towards the list, a sentence each, what lies farthest apart first.
    pub changes: Vec<String>,
}

/// One trait of the song among those of a list, in BPM, LUFS, Hz or onsets a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DescriptorContext {
    pub name: Descriptor,
    pub song: f64,
    /// Tracks of the list that have it; neither the song itself nor its copies and versions.
    pub tracks: usize,
    /// The 10th, 25th, 50th, 75th and 90th percentile of these tracks.
    #[serde(rename = "tenth")]
    pub p10: f64,
    #[serde(rename = "quarter")]
    pub p25: f64,
    pub median: f64,
    #[serde(rename = "three_quarters")]
    pub p75: f64,
    #[serde(rename = "nine_tenths")]
    pub p90: f64,
    /// Of 100 tracks, how many have less of it; tracks with just as much count half.
    pub percentile: f64,
}

/// None where neither tracks nor days tell anything of the list.
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
        changes: changes(&descriptors),
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

/// Of sorted values, in a line between the two nearest (Hyndman and Fan 1996, definition 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * place.fract()
}

fn changes(descriptors: &[DescriptorContext]) -> Vec<String> {
    let mut apart: Vec<&DescriptorContext> = descriptors
        .iter()
        .filter(|context| context.stands_out())
        .collect();
    apart.sort_by(|one, other| other.distance().total_cmp(&one.distance()));
    apart
        .into_iter()
        .take(MAX_CHANGES)
        .map(words::change)
        .collect()
}

impl DescriptorContext {
    /// Whether fewer than a tenth of the tracks go so far. A tempo does not where half or double of it is usual there: it
    /// may be felt so.
    fn stands_out(&self) -> bool {
        let is_usual = |value: f64| (self.p10..=self.p90).contains(&value);
        match self.name {
            Descriptor::Tempo => ![0.5, 1.0, 2.0]
                .iter()
                .any(|times| is_usual(times * self.song)),
            _ => !is_usual(self.song),
        }
    }

    /// How far the song lies from the nearer end of the middle half.
    fn gap(&self) -> f64 {
        (self.p25 - self.song).max(self.song - self.p75)
    }

    /// The gap in widths of the middle half, to compare traits of different units.
    fn distance(&self) -> f64 {
        self.gap() / (self.p75 - self.p25).max(f64::MIN_POSITIVE)
    }
}
