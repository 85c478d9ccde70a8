//! Numbers and names as a reader wants them. Shared by the page and the picture, so that both say the same.

pub use analysis::words::{
    THIN_SPACE, clock, list_name, percent, shorten, signed, song_artists, song_title,
};
use analysis::{FitRange, NeighbourTrack, SongFacts, VerdictLevel};
use evaluation::Estimate;

/// A list with fewer tracks than this is too small to trust its fit.
const WEAK_BELOW_TRACKS: usize = 12;

pub fn is_weak(tracks: usize) -> bool {
    tracks < WEAK_BELOW_TRACKS
}

/// How long a song is; below a second in tenths.
pub fn length(seconds: f64) -> String {
    if (0.0..1.0).contains(&seconds) {
        format!("{}{THIN_SPACE}s", signed(seconds, 1))
    } else {
        clock(seconds)
    }
}

/// `66 to 75 %`; one number where both ends are the same.
pub fn range(range: &FitRange) -> String {
    let [low, high] = [range.low, range.high].map(percent);
    if low == high {
        return low;
    }
    let low = low.trim_end_matches('%').trim_end_matches(THIN_SPACE);
    format!("{low} to {high}")
}

/// How near a track is; see [`proximity_words_of`].
pub fn proximity_words(track: &NeighbourTrack) -> String {
    proximity_words_of(track.percentile, track.similarity)
}

/// How near two songs are: `98 of 100`, rounded down so that nothing seems nearer than it is, else their cosine.
pub fn proximity_words_of(percentile: Option<f64>, similarity: f64) -> String {
    match percentile {
        Some(share) if share.is_finite() => {
            let share = share.clamp(0.0, 100.0);
            let decimals = if share > 99.0 && share < 100.0 { 1 } else { 0 };
            let steps = 10_f64.powi(decimals);
            let floor = (share * steps).floor() / steps;
            format!("{} of 100", signed(floor, decimals as usize))
        }
        _ => signed(similarity, 2),
    }
}

/// `47.7 % [39.1, 57.0]`: a share with its 95 % interval.
pub fn share_with_interval(estimate: &Estimate) -> String {
    let [value, low, high] =
        [estimate.value, estimate.low, estimate.high].map(|share| signed(share * 100.0, 1));
    format!("{value} % [{low}, {high}]")
}

/// `3.2 [2.9, 3.6]`: what is no share.
pub fn with_interval(estimate: &Estimate, decimals: usize) -> String {
    let [value, low, high] =
        [estimate.value, estimate.low, estimate.high].map(|number| signed(number, decimals));
    format!("{value} [{low}, {high}]")
}

/// How far a fit moved, in percentage points.
pub fn points(moved: f64) -> String {
    format!("{} points", signed(moved * 100.0, 1))
}

/// How many of 100, for sentences.
pub fn whole_percent(share: f64) -> String {
    signed(share * 100.0, 0)
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

pub fn level(level: VerdictLevel) -> &'static str {
    match level {
        VerdictLevel::GoodFit => "Good fit",
        VerdictLevel::PossibleFit => "Possible fit",
        VerdictLevel::NoGoodFit => "No good fit",
    }
}

/// What can be said of the file, as name and value.
pub fn facts(song: &SongFacts) -> Vec<(&'static str, String)> {
    let measured = |value: Option<f64>, unit| {
        value.map_or_else(
            || "–".to_string(),
            |value| format!("{}{THIN_SPACE}{unit}", signed(value, 1)),
        )
    };
    vec![
        ("Length", length(song.duration_seconds)),
        ("Loudness", measured(song.loudness_lufs, "LUFS")),
        ("True peak", measured(song.true_peak_dbtp, "dBTP")),
        ("Sample rate", kilohertz(f64::from(song.sample_rate_hz))),
        ("Channels", channels(song.channels)),
        ("Codec", codec(&song.codec)),
    ]
}

fn channels(count: usize) -> String {
    match count {
        1 => "Mono".to_string(),
        2 => "Stereo".to_string(),
        _ => count.to_string(),
    }
}

/// Abbreviations in capitals, names with one.
fn codec(name: &str) -> String {
    if name.len() <= 4 {
        name.to_uppercase()
    } else {
        list_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_and_a_nearness_are_never_rounded_to_more_than_they_are() {
        let words = |low, high| range(&FitRange { low, high }).replace(THIN_SPACE, " ");
        assert_eq!(words(0.66, 0.75), "66 to 75 %");
        assert_eq!(words(0.711, 0.713), "71 %");
        assert_eq!(words(0.001, 0.02), "<1 to 2 %");
        let near = |percentile| {
            proximity_words(&NeighbourTrack {
                playlist: String::new(),
                title: String::new(),
                artists: String::new(),
                similarity: -0.5,
                percentile,
                licence: String::new(),
                source: String::new(),
            })
        };
        let shares = [98.96, 99.99, 100.0, 7.0].map(|share| near(Some(share)));
        assert_eq!(
            shares,
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
    }
}
