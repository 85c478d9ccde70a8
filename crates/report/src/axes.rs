//! Where the labels of the two axes stand: time along the song, and pitch on the mel scale of the picture.

use super::words::clock;

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// 0 where the axis begins, 1 where it ends.
    pub position: f64,
    pub label: String,
}

const TIME_STEPS_SECONDS: [f64; 14] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
];
const MAX_TIME_TICKS: f64 = 7.0;
const PITCHES_HZ: [(f64, &str); 6] = [
    (100.0, "100 Hz"),
    (500.0, "500 Hz"),
    (1e3, "1 kHz"),
    (2e3, "2 kHz"),
    (5e3, "5 kHz"),
    (10e3, "10 kHz"),
];

/// Round times at even steps, so few that their labels do not touch.
pub fn time_ticks(duration_seconds: f64) -> Vec<Tick> {
    time_ticks_from(0.0, duration_seconds)
}

/// The same for a part of a song that begins at `start_seconds`.
pub fn time_ticks_from(start_seconds: f64, duration_seconds: f64) -> Vec<Tick> {
    if !(start_seconds + duration_seconds).is_finite() || duration_seconds <= 0.0 {
        return Vec::new();
    }
    let roomy = |step: &f64| duration_seconds / step <= MAX_TIME_TICKS;
    let step = TIME_STEPS_SECONDS
        .into_iter()
        .find(roomy)
        .unwrap_or(duration_seconds / MAX_TIME_TICKS);
    let first = (start_seconds / step).ceil();
    let count = ((start_seconds + duration_seconds) / step - first).max(0.0) as usize;
    (0..=count)
        .map(|index| (first + index as f64) * step)
        .map(|seconds| Tick {
            position: (seconds - start_seconds) / duration_seconds,
            label: clock(seconds),
        })
        .collect()
}

/// Pitches that musicians know, where a picture of even mel bands from 0 Hz to `fmax` shows them.
pub fn pitch_ticks(fmax: f64) -> Vec<Tick> {
    PITCHES_HZ
        .into_iter()
        .map(|(hertz, label)| Tick {
            position: mel(hertz) / mel(fmax),
            label: label.replace(' ', "\u{202f}"),
        })
        .filter(|tick| tick.position < 0.97)
        .collect()
}

/// The HTK mel scale (Young et al., The HTK Book, 5.4).
fn mel(hertz: f64) -> f64 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ticks_are_round_and_few() {
        let labels: Vec<_> = time_ticks(192.0)
            .into_iter()
            .map(|tick| tick.label)
            .collect();
        assert_eq!(
            labels,
            ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"]
        );
        assert!(time_ticks(7200.0).len() <= 8);
        assert!(time_ticks(100_000.0).len() <= 8);
        assert_eq!(time_ticks(0.0), []);
        assert_eq!(time_ticks(f64::NAN), []);
    }

    #[test]
    fn ticks_of_a_part_stand_on_the_song_s_own_times() {
        let ticks = time_ticks_from(60.64, 10.0);
        let labels: Vec<_> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["1:02", "1:04", "1:06", "1:08", "1:10"]);
        assert!((ticks[0].position - 0.136).abs() < 1e-9);
        assert_eq!(time_ticks_from(f64::INFINITY, 10.0), []);
    }

    #[test]
    fn pitch_ticks_stand_on_the_mel_scale() {
        let ticks = pitch_ticks(15_000.0);
        assert_eq!(ticks.len(), 6);
        assert!(
            (ticks[2].position - 0.2853).abs() < 1e-3,
            "1 kHz is 1000 of 3505 mel"
        );
        assert!(pitch_ticks(4_000.0).iter().all(|tick| tick.position < 1.0));
        assert_eq!(pitch_ticks(0.0), []);
    }
}
