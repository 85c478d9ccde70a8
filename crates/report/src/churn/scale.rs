//! Round numbers and round dates for the axes of a list's history.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};

const MAX_DATES: usize = 9;
const MONTHS_BETWEEN_DATES: [i64; 7] = [1, 2, 3, 6, 12, 24, 60];
/// A mean month.
const DAYS_A_MONTH: f64 = 30.44;

/// From 0 up to a round number.
pub struct Scale {
    step: usize,
    steps: usize,
}

impl Scale {
    /// In few steps of 1, 2 or 5 times a power of ten.
    pub fn upto(largest: usize, most_steps: usize) -> Scale {
        let mut step = 1;
        for factor in [2.0, 2.5, 2.0].iter().cycle() {
            if largest.div_ceil(step) <= most_steps {
                break;
            }
            step = (step as f64 * factor) as usize;
        }
        let steps = largest.div_ceil(step).max(1);
        Scale { step, steps }
    }

    pub fn share(&self, value: usize) -> f32 {
        value as f32 / (self.step * self.steps) as f32
    }

    pub fn marks(&self) -> impl Iterator<Item = usize> {
        (0..=self.steps).map(|at| at * self.step)
    }
}

/// First days of months, evenly apart and so few that their labels do not touch; the start where there is none.
pub fn dates(start: Date, days: f64) -> Vec<(Date, String)> {
    let first = start.first_of_month();
    let months = days / DAYS_A_MONTH;
    let between = MONTHS_BETWEEN_DATES
        .into_iter()
        .find(|between| months / *between as f64 <= MAX_DATES as f64)
        .unwrap_or((months / MAX_DATES as f64).ceil() as i64);
    let until = start.saturating_add(SignedDuration::from_hours(days as i64 * 24));
    let since_year_0 = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
    let to_next = (-since_year_0(first)).rem_euclid(between);
    let mut dates = Vec::new();
    for at in 0..=MAX_DATES as i64 + 1 {
        let months = Span::new().try_months(to_next + at * between);
        match months.and_then(|months| first.checked_add(months)) {
            Ok(day) if (start..=until).contains(&day) => {
                dates.push((day, day.strftime("%b %Y").to_string()));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    if dates.is_empty() {
        dates.push((start, start.strftime("%-d %b %Y").to_string()));
    }
    dates
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_scale_is_round_and_holds_the_largest() {
        for (largest, step, steps) in [(0, 1, 1), (3, 1, 3), (5, 2, 3), (75, 20, 4), (101, 50, 3)] {
            let scale = Scale::upto(largest, 4);
            assert_eq!((scale.step, scale.steps), (step, steps), "{largest}");
        }
        assert!(Scale::upto(1_000_000, 2).share(1_000_000) <= 1.0);
    }

    #[test]
    fn dates_are_round_and_few() {
        let labels = |start, days| -> Vec<String> {
            dates(start, days).into_iter().map(|date| date.1).collect()
        };
        assert_eq!(
            labels(date(2019, 7, 29), 1200.0),
            [
                "Jan 2020", "Jul 2020", "Jan 2021", "Jul 2021", "Jan 2022", "Jul 2022"
            ]
        );
        assert_eq!(labels(date(2020, 1, 5), 3.0), ["5 Jan 2020"]);
        assert!(labels(date(-9999, 1, 1), 7_300_000.0).len() <= MAX_DATES + 1);
    }
}
