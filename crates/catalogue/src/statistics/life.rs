//! How long a track stays on a playlist (survival analysis).

use jiff::civil::Date;
use serde::Serialize;

use super::presence::History;
use super::timeline::days;

/// How long tracks stay that were added after the first snapshot. Tracks of the first snapshot do not count: when they
/// were added is unknown, and tracks that left before it were never seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TimeOnPlaylist {
    /// Number of placements whose end was seen.
    pub ended: usize,
    /// Number of placements without an end (right-censored).
    pub censored: usize,
    /// Mean length in days of the ended placements; biased downwards, because long placements are censored more often.
    pub mean_days_of_ended: Option<f64>,
    /// Median length in days by the Kaplan-Meier estimator (1958, Nonparametric estimation from incomplete
    /// observations). `None` if more than half of the tracks stay longer than the history.
    pub median_days: Option<i64>,
}

pub fn time_on_playlist(history: &History) -> TimeOnPlaylist {
    let Some(until) = history.until else {
        return TimeOnPlaylist::default();
    };
    let length = |from: Date, to: Option<Date>| (days(from, to.unwrap_or(until)), to.is_some());
    let lengths: Vec<(i64, bool)> = history
        .additions()
        .filter_map(|presence| Some(length(presence.from?, presence.to)))
        .collect();
    let ended: Vec<i64> = lengths
        .iter()
        .filter(|length| length.1)
        .map(|length| length.0)
        .collect();
    let mean = ended.iter().sum::<i64>() as f64 / ended.len() as f64;
    TimeOnPlaylist {
        ended: ended.len(),
        censored: lengths.len() - ended.len(),
        mean_days_of_ended: (!ended.is_empty()).then_some(mean),
        median_days: median(lengths),
    }
}

/// The first day on which the survival function is at most one half. Each length in days, and whether it ended.
fn median(mut lengths: Vec<(i64, bool)>) -> Option<i64> {
    lengths.sort_unstable();
    let mut left = lengths.len();
    let mut surviving = 1.0;
    for day in lengths.chunk_by(|one, other| one.0 == other.0) {
        let ended = day.iter().filter(|length| length.1).count();
        surviving *= 1.0 - ended as f64 / left as f64;
        // A hair more than half, for the rounding.
        if surviving <= 0.5 + 1e-9 {
            return Some(day[0].0);
        }
        left -= day.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_counts_what_goes_on() {
        let ended = |days: &[i64]| days.iter().map(|&days| (days, true)).collect::<Vec<_>>();
        assert_eq!(median(ended(&[1, 2, 3, 4])), Some(2));
        assert_eq!(median(ended(&[5])), Some(5));
        assert_eq!(median(Vec::new()), None);
        // More than half go on.
        assert_eq!(
            median([ended(&[1]), vec![(9, false), (9, false)]].concat()),
            None
        );
        // The remission times of the 6-MP patients of Freireich et al. (1963): 23 weeks.
        let weeks = [
            (6, true),
            (6, true),
            (6, true),
            (6, false),
            (7, true),
            (9, false),
            (10, true),
            (10, false),
            (11, false),
            (13, true),
            (16, true),
            (17, false),
            (19, false),
            (20, false),
            (22, true),
            (23, true),
            (25, false),
            (32, false),
            (32, false),
            (34, false),
            (35, false),
        ];
        assert_eq!(median(weeks.to_vec()), Some(23));
    }
}
