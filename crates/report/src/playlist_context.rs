//! How the song stands inside each of the top lists, as cards of the page: what each list is like, the song's place in it,
//! and what sets it apart.

use super::words::{list_name, percent, shorten, signed, thousands, whole_percent};
use analysis::{DescriptorContext, PlaylistContext};
use catalogue::statistics::Turnover;
use features::descriptors::Descriptor;

const MAX_PLAYLISTS: usize = 5;
const MAX_CHANGES: usize = 3;

/// One list.
pub struct PlaylistContextCard {
    pub playlist: String,
    /// Its size, and how fast it changes where that is known.
    pub facts: String,
    pub rows: Vec<DescriptorRow>,
    pub changes: Vec<String>,
}

/// One trait of the song in the list.
pub struct DescriptorRow {
    pub name: &'static str,
    pub song: String,
    /// The list's median and its middle half.
    pub list: String,
    /// Such as `louder than 86 of 100 of its tracks`.
    pub place: String,
    pub strip: StripPlot,
}

/// A line from the list's 10th to its 90th percentile, a box for its middle half, a mark for the song; each from 0 to 1000
/// along the strip.
pub struct StripPlot {
    pub line: (f64, f64),
    pub middle: (f64, f64),
    pub median: f64,
    pub song: f64,
}

pub fn playlist_context_cards(lists: &[PlaylistContext]) -> Vec<PlaylistContextCard> {
    lists.iter().take(MAX_PLAYLISTS).map(card).collect()
}

fn card(list: &PlaylistContext) -> PlaylistContextCard {
    let changes = list.changes.iter().take(MAX_CHANGES);
    PlaylistContextCard {
        playlist: list_name(&list.playlist),
        facts: facts(list),
        rows: list
            .descriptors
            .iter()
            .take(Descriptor::ALL.len())
            .filter_map(row)
            .collect(),
        changes: changes.map(|change| shorten(change, 300)).collect(),
    }
}

fn facts(list: &PlaylistContext) -> String {
    let size = format!("{} tracks", thousands(list.tracks));
    let Turnover {
        median_stay_days,
        replaced_in_90_days,
    } = list.turnover.unwrap_or_default();
    let stay =
        median_stay_days.map(|days| format!("half of those that come leave within {days} days"));
    let replaced = replaced_in_90_days
        .map(|share| format!("{} of it was replaced in the last 90 days", percent(share)));
    let parts = [Some(size), stay, replaced].into_iter().flatten();
    parts.collect::<Vec<_>>().join(" · ")
}

/// None for numbers that are none.
fn row(context: &DescriptorContext) -> Option<DescriptorRow> {
    let (name, unit, decimals, more, less) = match context.name {
        Descriptor::Tempo => ("Tempo", "BPM", 0, "faster", "slower"),
        Descriptor::Loudness => ("Loudness", "LUFS", 1, "louder", "quieter"),
        Descriptor::SpectralCentroid => ("Brightness", "Hz", 0, "brighter", "darker"),
        Descriptor::OnsetRate => ("Onsets a second", "", 1, "busier", "calmer"),
    };
    let number = |value: f64| signed(value, decimals);
    let with_unit = |value: f64| match unit {
        "" => number(value),
        unit => format!("{}\u{202f}{unit}", number(value)),
    };
    let [low, high] = [context.p25, context.p75].map(number);
    Some(DescriptorRow {
        name,
        song: with_unit(context.song),
        list: format!("{} ({low} to {high})", with_unit(context.median)),
        place: place(context.percentile, more, less),
        strip: strip(context)?,
    })
}

fn place(percentile: f64, more: &str, less: &str) -> String {
    let share = percentile / 100.0;
    if share >= 0.5 {
        format!("{more} than {} of 100", whole_percent(share))
    } else {
        format!("{less} than {} of 100", whole_percent(1.0 - share))
    }
}

fn strip(context: &DescriptorContext) -> Option<StripPlot> {
    let least = context.p10.min(context.song);
    let most = context.p90.max(context.song);
    let width = (most - least).max(f64::MIN_POSITIVE);
    // Room for the song's mark at both ends.
    let at = |value: f64| 30.0 + (value - least) / width * 940.0;
    let strip = StripPlot {
        line: (at(context.p10), at(context.p90)),
        middle: (at(context.p25), at(context.p75)),
        median: at(context.median),
        song: at(context.song),
    };
    let places = [
        strip.line.0,
        strip.line.1,
        strip.middle.0,
        strip.middle.1,
        strip.median,
        strip.song,
    ];
    places
        .iter()
        .all(|place| place.is_finite())
        .then_some(strip)
}

impl DescriptorRow {
    /// For who cannot see the strip.
    pub fn sentence(&self) -> String {
        format!(
            "{}: the song {}, the list {}; {}",
            self.name, self.song, self.list, self.place
        )
    }
}

#[cfg(test)]
mod tests;
