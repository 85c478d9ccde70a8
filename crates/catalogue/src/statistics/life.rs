//! How long a track stays on a list.

use jiff::civil::Date;
use serde::Serialize;

use super::presence::History;
use super::timeline::days;

/// Days that tracks stayed which came after the first look. The list as it was found on that day is left out: what had
/// left before it, nobody saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TimeOnPlaylist {
    /// Stays whose end was seen.
    pub ended: usize,
    /// Stays that go on; how long they will last nobody knows (they are censored).
    #[serde(rename = "going_on")]
    pub censored: usize,
    /// Over the ended stays alone: too short, because the long ones are those that still go on.
    pub mean_days_of_ended: Option<f64>,
    /// The day by which half of the tracks have left, after Kaplan and Meier (1958, Nonparametric estimation from
    /// incomplete observations), who count the stays that go on for as long as they were seen. None where more than half
    /// outlast what was seen.
    pub median_days: Option<i64>,
}

pub fn life(history: &History) -> TimeOnPlaylist {
    let Some(until) = history.until else {
        return TimeOnPlaylist::default();
    };
    let length = |from: Date, to: Option<Date>| (days(from, to.unwrap_or(until)), to.is_some());
    let lives: Vec<(i64, bool)> = history
        .additions()
        .filter_map(|presence| Some(length(presence.from?, presence.to)))
        .collect();
    let ended: Vec<i64> = lives
        .iter()
        .filter(|life| life.1)
        .map(|life| life.0)
        .collect();
    let mean = ended.iter().sum::<i64>() as f64 / ended.len() as f64;
    TimeOnPlaylist {
        ended: ended.len(),
        censored: lives.len() - ended.len(),
        mean_days_of_ended: (!ended.is_empty()).then_some(mean),
        median_days: median(lives),
    }
}

/// The first day on which no more than half are left. Of each life its days, and whether its end was seen.
fn median(mut lives: Vec<(i64, bool)>) -> Option<i64> {
    lives.sort_unstable();
    let mut left = lives.len();
    let mut surviving = 1.0;
    for day in lives.chunk_by(|one, other| one.0 == other.0) {
        let ended = day.iter().filter(|life| life.1).count();
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
