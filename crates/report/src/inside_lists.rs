//! How the song stands inside each of the top lists, as cards of the page: what each list is like, the song's place in it,
//! and what sets it apart.

use super::words::{list_name, of_hundred, percent, shorten, signed, thousands};
use analysis::{InsideList, TraitInside};
use catalogue::statistics::Turnover;
use features::traits::Trait;

const MOST_LISTS: usize = 5;
const MOST_CHANGES: usize = 3;

/// One list.
pub struct InsideCard {
    pub playlist: String,
    /// Its size, and how fast it changes where that is known.
    pub facts: String,
    pub rows: Vec<InsideRow>,
    pub changes: Vec<String>,
}

/// One trait of the song in the list.
pub struct InsideRow {
    pub name: &'static str,
    pub song: String,
    /// The list's median and its middle half.
    pub list: String,
    /// Such as `louder than 86 of 100 of its tracks`.
    pub place: String,
    pub strip: Strip,
}

/// A line from the list's 10th to its 90th percentile, a box for its middle half, a mark for the song; each from 0 to 1000
/// along the strip.
pub struct Strip {
    pub line: (f64, f64),
    pub middle: (f64, f64),
    pub median: f64,
    pub song: f64,
}

pub fn inside_cards(lists: &[InsideList]) -> Vec<InsideCard> {
    lists.iter().take(MOST_LISTS).map(card).collect()
}

fn card(list: &InsideList) -> InsideCard {
    let changes = list.changes.iter().take(MOST_CHANGES);
    InsideCard {
        playlist: list_name(&list.playlist),
        facts: facts(list),
        rows: list
            .traits
            .iter()
            .take(Trait::ALL.len())
            .filter_map(row)
            .collect(),
        changes: changes.map(|change| shorten(change, 300)).collect(),
    }
}

fn facts(list: &InsideList) -> String {
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
fn row(inside: &TraitInside) -> Option<InsideRow> {
    let (name, unit, decimals, more, less) = match inside.name {
        Trait::Tempo => ("Tempo", "BPM", 0, "faster", "slower"),
        Trait::Loudness => ("Loudness", "LUFS", 1, "louder", "quieter"),
        Trait::Brightness => ("Brightness", "Hz", 0, "brighter", "darker"),
        Trait::Onsets => ("Onsets a second", "", 1, "busier", "calmer"),
    };
    let number = |value: f64| signed(value, decimals);
    let with_unit = |value: f64| match unit {
        "" => number(value),
        unit => format!("{}\u{202f}{unit}", number(value)),
    };
    let [low, high] = [inside.quarter, inside.three_quarters].map(number);
    Some(InsideRow {
        name,
        song: with_unit(inside.song),
        list: format!("{} ({low} to {high})", with_unit(inside.median)),
        place: place(inside.percentile, more, less),
        strip: strip(inside)?,
    })
}

fn place(percentile: f64, more: &str, less: &str) -> String {
    let share = percentile / 100.0;
    match share >= 0.5 {
        true => format!("{more} than {} of 100", of_hundred(share)),
        false => format!("{less} than {} of 100", of_hundred(1.0 - share)),
    }
}

fn strip(inside: &TraitInside) -> Option<Strip> {
    let least = inside.tenth.min(inside.song);
    let most = inside.nine_tenths.max(inside.song);
    let width = (most - least).max(f64::MIN_POSITIVE);
    // Room for the song's mark at both ends.
    let at = |value: f64| 30.0 + (value - least) / width * 940.0;
    let strip = Strip {
        line: (at(inside.tenth), at(inside.nine_tenths)),
        middle: (at(inside.quarter), at(inside.three_quarters)),
        median: at(inside.median),
        song: at(inside.song),
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

impl InsideRow {
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
