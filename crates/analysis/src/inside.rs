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
use features::traits::{Trait, Traits};

/// Of fewer tracks with a trait no share is told.
const LEAST_TRACKS: usize = 8;
/// Sentences on what sets the song apart.
const MOST_CHANGES: usize = 3;

/// One of the top playlists and the song inside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InsideList {
    pub playlist: String,
    /// How many tracks of the list the bundle learned from.
    pub tracks: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnover: Option<Turnover>,
    /// What the song has and at least eight tracks of the list have.
    pub traits: Vec<TraitInside>,
    /// What would have to change to move towards the list, a sentence each, what lies farthest apart first.
    pub changes: Vec<String>,
}

/// One trait of the song among those of a list, in BPM, LUFS, Hz or onsets a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitInside {
    pub name: Trait,
    pub song: f64,
    /// Tracks of the list that have it; neither the song itself nor its copies and versions.
    pub tracks: usize,
    /// The 10th, 25th, 50th, 75th and 90th percentile of these tracks.
    pub tenth: f64,
    pub quarter: f64,
    pub median: f64,
    pub three_quarters: f64,
    pub nine_tenths: f64,
    /// Of 100 tracks, how many have less of it; tracks with just as much count half.
    pub percentile: f64,
}

/// None where neither tracks nor days tell anything of the list.
pub(super) fn inside_list(
    card: &PlaylistCard,
    song: &Traits,
    tracks: &[Traits],
) -> Option<InsideList> {
    let traits: Vec<TraitInside> = Trait::ALL
        .into_iter()
        .filter_map(|name| {
            let values = tracks.iter().filter_map(|track| name.of(track)).collect();
            trait_inside(name, name.of(song)?, values)
        })
        .collect();
    if traits.is_empty() && card.turnover.is_none() {
        return None;
    }
    Some(InsideList {
        playlist: card.name.clone(),
        tracks: card.tracks,
        turnover: card.turnover,
        changes: changes(&traits),
        traits,
    })
}

fn trait_inside(name: Trait, song: f64, mut values: Vec<f64>) -> Option<TraitInside> {
    values.retain(|value| value.is_finite());
    if values.len() < LEAST_TRACKS || !song.is_finite() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let below = values.partition_point(|value| *value < song);
    let up_to = values.partition_point(|value| *value <= song);
    Some(TraitInside {
        name,
        song,
        tracks: values.len(),
        tenth: quantile(&values, 0.1),
        quarter: quantile(&values, 0.25),
        median: quantile(&values, 0.5),
        three_quarters: quantile(&values, 0.75),
        nine_tenths: quantile(&values, 0.9),
        percentile: (below + up_to) as f64 / 2.0 / values.len() as f64 * 100.0,
    })
}

/// Of sorted values, in a line between the two nearest (Hyndman and Fan 1996, definition 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * place.fract()
}

fn changes(traits: &[TraitInside]) -> Vec<String> {
    let mut apart: Vec<&TraitInside> = traits.iter().filter(|inside| inside.stands_out()).collect();
    apart.sort_by(|one, other| other.distance().total_cmp(&one.distance()));
    apart
        .into_iter()
        .take(MOST_CHANGES)
        .map(words::change)
        .collect()
}

impl TraitInside {
    /// Whether fewer than a tenth of the tracks go so far. A tempo does not where half or double of it is usual there: it
    /// may be felt so.
    fn stands_out(&self) -> bool {
        let is_usual = |value: f64| (self.tenth..=self.nine_tenths).contains(&value);
        match self.name {
            Trait::Tempo => ![0.5, 1.0, 2.0]
                .iter()
                .any(|times| is_usual(times * self.song)),
            _ => !is_usual(self.song),
        }
    }

    /// How far the song lies from the nearer end of the middle half.
    fn gap(&self) -> f64 {
        (self.quarter - self.song).max(self.song - self.three_quarters)
    }

    /// The gap in widths of the middle half, to compare traits of different units.
    fn distance(&self) -> f64 {
        self.gap() / (self.three_quarters - self.quarter).max(f64::MIN_POSITIVE)
    }
}
