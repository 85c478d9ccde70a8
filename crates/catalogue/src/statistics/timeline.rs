//! The size of a playlist over time, and the additions and removals of each month.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::presence::History;

/// A step of the size: the number of tracks from a day until the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeFrom {
    /// The first day of the step.
    pub day: Date,
    /// Number of tracks.
    pub tracks: usize,
}

/// The additions and removals of a month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Month {
    /// Its first day.
    pub month: Date,
    /// Number of additions.
    pub additions: usize,
    /// Number of removals.
    pub removals: usize,
    /// The fraction of the playlist that was replaced: the lesser of additions and removals over the mean size on the days
    /// of the month, so neither growth nor shrinking alone is churn. The turnover of a fund's portfolio has this
    /// definition (U.S. SEC, Form N-1A, item 13). Above 1 if all was replaced more than once; `None` for a month that is
    /// not completely in the history.
    pub churn: Option<f64>,
}

/// The size as a step function. Tracks before the first snapshot count only if they were in it.
pub fn sizes(history: &History) -> Vec<SizeFrom> {
    let Some(start) = history.start else {
        return Vec::new();
    };
    let mut changes: BTreeMap<Date, i64> = BTreeMap::from([(start, 0)]);
    for presence in &history.presences {
        let from = presence.from.map_or(start, |from| from.max(start));
        if presence.to.is_none_or(|to| to > from) {
            *changes.entry(from).or_default() += 1;
            if let Some(to) = presence.to {
                *changes.entry(to).or_default() -= 1;
            }
        }
    }
    let mut tracks = 0;
    let mut sizes: Vec<SizeFrom> = Vec::new();
    for (day, change) in changes {
        tracks += change;
        let size = usize::try_from(tracks).unwrap_or(0);
        if sizes.last().is_none_or(|last| last.tracks != size) {
            sizes.push(SizeFrom { day, tracks: size });
        }
    }
    sizes
}

/// The months from the first day of the history to the last.
pub fn months(history: &History, sizes: &[SizeFrom]) -> Vec<Month> {
    let (Some(start), Some(until)) = (history.start, history.until) else {
        return Vec::new();
    };
    let mut counts: BTreeMap<Date, (usize, usize)> = BTreeMap::new();
    for day in history.additions().filter_map(|presence| presence.from) {
        counts.entry(day.first_of_month()).or_default().0 += 1;
    }
    for day in history.presences.iter().filter_map(|presence| presence.to) {
        counts.entry(day.first_of_month()).or_default().1 += 1;
    }
    let next = |month: &Date| month.checked_add(1.month()).ok();
    let months = std::iter::successors(Some(start.first_of_month()), next);
    months
        .take_while(|month| *month <= until)
        .map(|month| {
            let (additions, removals) = counts.get(&month).copied().unwrap_or_default();
            let is_complete = start <= month && month.last_of_month() <= until;
            let size = mean_size(sizes, month, month.last_of_month());
            let replaced = additions.min(removals) as f64;
            Month {
                month,
                additions,
                removals,
                churn: (is_complete && size > 0.0).then(|| replaced / size),
            }
        })
        .collect()
}

pub fn mean_churn(months: &[Month]) -> Option<f64> {
    let churns: Vec<f64> = months.iter().filter_map(|month| month.churn).collect();
    (!churns.is_empty()).then(|| churns.iter().sum::<f64>() / churns.len() as f64)
}

/// The mean size over the days from `first` to `last`, both included.
pub fn mean_size(sizes: &[SizeFrom], first: Date, last: Date) -> f64 {
    let before = sizes.partition_point(|size| size.day <= first);
    let steps = sizes[before.saturating_sub(1)..]
        .iter()
        .take_while(|size| size.day <= last);
    let days = days(first, last) + 1;
    // Each step adds its change of size for all days from it on.
    let (mut total, mut level) = (0, 0);
    for step in steps {
        let tracks = i64::try_from(step.tracks).unwrap_or(i64::MAX);
        let left = self::days(step.day.max(first), last) + 1;
        total += (tracks - level) * left;
        level = tracks;
    }
    total as f64 / days as f64
}

pub fn days(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
