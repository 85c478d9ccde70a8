//! The song among the tracks of each of the top playlists, as cards of the page.

use super::words::{differences, percent, playlist_name, signed, thousands, whole_percent};
use analysis::{DescriptorContext, PlaylistContext};
use catalogue::statistics::Turnover;
use features::descriptors::Descriptor;

const MAX_PLAYLISTS: usize = 5;
const MAX_DIFFERENCES: usize = 3;

/// One playlist.
pub struct PlaylistContextCard {
    pub playlist: String,
    /// Its size, and its turnover if known.
    pub facts: String,
    pub rows: Vec<DescriptorRow>,
    pub differences: Vec<String>,
}

/// One descriptor of the song among those of the playlist.
pub struct DescriptorRow {
    pub name: &'static str,
    pub song: String,
    /// Median and quartiles of the playlist.
    pub playlist: String,
    /// Such as `louder than 86 of 100`.
    pub percentile: String,
    pub strip: StripPlot,
}

/// A box plot: a line from the 10th to the 90th percentile, a box for the quartiles, a mark for the song; each position is
/// 0 to 1000 along the strip.
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
    PlaylistContextCard {
        playlist: playlist_name(&list.playlist),
        facts: facts(list),
        rows: list
            .descriptors
            .iter()
            .take(Descriptor::ALL.len())
            .filter_map(row)
            .collect(),
        differences: differences(list)
            .into_iter()
            .take(MAX_DIFFERENCES)
            .collect(),
    }
}

fn facts(list: &PlaylistContext) -> String {
    let size = format!("{} tracks", thousands(list.tracks));
    let Turnover {
        median_stay_days,
        replaced_in_90_days,
    } = list.turnover.unwrap_or_default();
    let stay =
        median_stay_days.map(|days| format!("half of the new tracks leave within {days} days"));
    let replaced = replaced_in_90_days
        .map(|fraction| format!("{} replaced in the last 90 days", percent(fraction)));
    let parts = [Some(size), stay, replaced].into_iter().flatten();
    parts.collect::<Vec<_>>().join(" · ")
}

/// `None` if a number is not finite.
fn row(context: &DescriptorContext) -> Option<DescriptorRow> {
    let (name, unit, decimals, more, less) = match context.name {
        Descriptor::Tempo => ("Tempo", "BPM", 0, "faster", "slower"),
        Descriptor::Loudness => ("Loudness", "LUFS", 1, "louder", "quieter"),
        Descriptor::SpectralCentroid => ("Spectral centroid", "Hz", 0, "brighter", "darker"),
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
        playlist: format!("{} ({low} to {high})", with_unit(context.median)),
        percentile: percentile_text(context.percentile, more, less),
        strip: strip(context)?,
    })
}

fn percentile_text(percentile: f64, more: &str, less: &str) -> String {
    let fraction = percentile / 100.0;
    if fraction >= 0.5 {
        format!("{more} than {} of 100", whole_percent(fraction))
    } else {
        format!("{less} than {} of 100", whole_percent(1.0 - fraction))
    }
}

fn strip(context: &DescriptorContext) -> Option<StripPlot> {
    let least = context.p10.min(context.song);
    let most = context.p90.max(context.song);
    let width = (most - least).max(f64::MIN_POSITIVE);
    // Margin for the mark of the song at both ends.
    let at = |value: f64| 30.0 + (value - least) / width * 940.0;
    let strip = StripPlot {
        line: (at(context.p10), at(context.p90)),
        middle: (at(context.p25), at(context.p75)),
        median: at(context.median),
        song: at(context.song),
    };
    let positions = [
        strip.line.0,
        strip.line.1,
        strip.middle.0,
        strip.middle.1,
        strip.median,
        strip.song,
    ];
    positions
        .iter()
        .all(|position| position.is_finite())
        .then_some(strip)
}

impl DescriptorRow {
    /// The text alternative of the strip.
    pub fn sentence(&self) -> String {
        format!(
            "{}: song {}, playlist {}; {}",
            self.name, self.song, self.playlist, self.percentile
        )
    }
}

#[cfg(test)]
mod tests;
