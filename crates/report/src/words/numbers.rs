//! Numbers with their units, as a reader expects them.

use analysis::{FitRange, NeighbourTrack};
use evaluation::Estimate;

/// Thin and non-breaking: goes between a number and its unit.
pub const THIN_SPACE: char = '\u{202f}';

/// `3:05`, or `1:02:03` from an hour on.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// The duration of a song as a clock; in tenths of a second below one second.
pub fn length(seconds: f64) -> String {
    if (0.0..1.0).contains(&seconds) {
        format!("{}{THIN_SPACE}s", signed(seconds, 1))
    } else {
        clock(seconds)
    }
}

/// A fraction (0–1) in whole percent; never rounded to 0 or 100 unless it is exact.
pub fn percent(fraction: f64) -> String {
    match (fraction * 100.0).round() {
        whole if whole.is_nan() => "–".to_string(),
        ..1.0 if fraction > 0.0 => format!("<1{THIN_SPACE}%"),
        100.0.. if fraction < 1.0 => format!(">99{THIN_SPACE}%"),
        whole => format!("{whole:.0}{THIN_SPACE}%"),
    }
}

/// With a typographic minus sign; a dash for NaN and infinities.
pub fn signed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_string();
    }
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.chars().all(|digit| matches!(digit, '0' | '.'));
    if value < 0.0 && !is_zero {
        format!("−{digits}")
    } else {
        digits
    }
}

/// `66 to 75 %`; a single number if both ends round to the same.
pub fn range(range: &FitRange) -> String {
    let [low, high] = [range.low, range.high].map(percent);
    if low == high {
        return low;
    }
    let low = low.trim_end_matches('%').trim_end_matches(THIN_SPACE);
    format!("{low} to {high}")
}

/// The similarity of a neighbour; see [`proximity_words_of`].
pub fn proximity_words(track: &NeighbourTrack) -> String {
    proximity_words_of(track.percentile, track.similarity)
}

/// `98 of 100`: the percentile, rounded down so that nothing appears closer than it is, else the cosine.
pub fn proximity_words_of(percentile: Option<f64>, similarity: f64) -> String {
    match percentile {
        Some(percentile) if percentile.is_finite() => {
            let percentile = percentile.clamp(0.0, 100.0);
            let decimals = if percentile > 99.0 && percentile < 100.0 {
                1
            } else {
                0
            };
            let steps = 10_f64.powi(decimals);
            let floor = (percentile * steps).floor() / steps;
            format!("{} of 100", signed(floor, decimals as usize))
        }
        _ => signed(similarity, 2),
    }
}

/// `47.7 % [39.1, 57.0]`: a fraction in percent with its 95 % interval.
pub fn percent_with_interval(estimate: &Estimate) -> String {
    let [value, low, high] =
        [estimate.value, estimate.low, estimate.high].map(|fraction| signed(fraction * 100.0, 1));
    format!("{value} % [{low}, {high}]")
}

/// `3.2 [2.9, 3.6]`: a number with its 95 % interval.
pub fn with_interval(estimate: &Estimate, decimals: usize) -> String {
    let [value, low, high] =
        [estimate.value, estimate.low, estimate.high].map(|number| signed(number, decimals));
    format!("{value} [{low}, {high}]")
}

/// A change of a fit in percentage points.
pub fn points(change: f64) -> String {
    format!("{} points", signed(change * 100.0, 1))
}

/// A fraction as a whole number of 100, for sentences.
pub fn whole_percent(fraction: f64) -> String {
    signed(fraction * 100.0, 0)
}

/// `12,345`.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..]
        .chunks(3)
        .map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (first > 0).then(|| digits[..first].to_string());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// `44.1 kHz`.
pub fn kilohertz(hertz: f64) -> String {
    format!("{}{THIN_SPACE}kHz", (hertz / 100.0).round() / 10.0)
}

/// `60 to 250 Hz`, to two significant digits; `up to 250 Hz` if it begins below the audible range.
pub fn frequency_range(low_hz: f64, high_hz: f64) -> String {
    const MIN_AUDIBLE_HZ: f64 = 20.0;
    let number = |hertz: f64| {
        let step = 10_f64.powf(hertz.max(1.0).log10().floor() - 1.0);
        let rounded = (hertz / step).round() * step;
        if rounded < 1_000.0 {
            (format!("{rounded:.0}"), "Hz")
        } else {
            (format!("{}", (rounded / 100.0).round() / 10.0), "kHz")
        }
    };
    let ((low, low_unit), (high, unit)) = (number(low_hz), number(high_hz));
    match (low.as_str(), low_unit == unit) {
        _ if low_hz < MIN_AUDIBLE_HZ => format!("up to {high}{THIN_SPACE}{unit}"),
        (_, true) => format!("{low} to {high}{THIN_SPACE}{unit}"),
        (_, false) => format!("{low}{THIN_SPACE}{low_unit} to {high}{THIN_SPACE}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_reads_as_on_a_player() {
        assert_eq!(
            ["0:00", "0:01", "3:05", "1:02:03"].map(String::from),
            [0.2, 0.9, 185.0, 3723.0].map(clock)
        );
    }

    #[test]
    fn a_fraction_is_never_rounded_to_certainty() {
        let fractions = [0.0, 0.001, 0.724, 0.9999, 1.0, f64::NAN].map(percent);
        assert_eq!(
            fractions,
            [
                "0\u{202f}%",
                "<1\u{202f}%",
                "72\u{202f}%",
                ">99\u{202f}%",
                "100\u{202f}%",
                "–"
            ]
        );
    }

    #[test]
    fn a_range_and_a_percentile_are_never_rounded_to_more_than_they_are() {
        let text = |low, high| range(&FitRange { low, high }).replace(THIN_SPACE, " ");
        assert_eq!(text(0.66, 0.75), "66 to 75 %");
        assert_eq!(text(0.711, 0.713), "71 %");
        assert_eq!(text(0.001, 0.02), "<1 to 2 %");
        let near = |percentile| proximity_words_of(percentile, -0.5);
        let percentiles = [98.96, 99.99, 100.0, 7.0].map(|percentile| near(Some(percentile)));
        assert_eq!(
            percentiles,
            ["98 of 100", "99.9 of 100", "100 of 100", "7 of 100"]
        );
        assert_eq!([near(None), near(Some(f64::NAN))], ["−0.50", "−0.50"]);
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!([7, 1234, 123_456].map(thousands), ["7", "1,234", "123,456"]);
        assert_eq!(
            [-9.34, -0.01, 0.5, f64::NAN].map(|value| signed(value, 1)),
            ["−9.3", "0.0", "0.5", "–"]
        );
        let text = |low, high| frequency_range(low, high).replace(THIN_SPACE, " ");
        assert_eq!(text(0.0, 253.0), "up to 250 Hz");
        assert_eq!(text(58.0, 253.0), "58 to 250 Hz");
        assert_eq!(text(996.0, 14_870.0), "1 to 15 kHz");
    }
}
