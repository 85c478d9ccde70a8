//! The part of a song to pitch: the 30 seconds with the highest mean fit for the best playlist.

use super::{Highlight, Timeline};

const SECONDS: usize = 30;

/// The best 30 seconds, on whole seconds, for the first playlist of the timeline; all of a shorter song. `None` if only
/// one window of a longer song was analysed: then no part is known to be better than another.
pub fn highlight(timeline: &Timeline, duration_seconds: f64) -> Option<Highlight> {
    let curve = timeline.curves.first()?;
    let fit_at: Vec<(f64, f64)> = timeline
        .starts_seconds
        .iter()
        .map(|start| start + timeline.window_seconds / 2.0)
        .zip(curve.fit.iter().copied())
        .collect();
    if fit_at.len() < 2 && duration_seconds > timeline.window_seconds {
        return None;
    }
    let length = duration_seconds.max(1.0) as usize;
    let fits: Vec<f64> = (0..length)
        .map(|second| between(&fit_at, second as f64 + 0.5))
        .collect::<Option<_>>()?;
    let means = fits
        .windows(SECONDS.min(length))
        .map(|fits| fits.iter().sum::<f64>() / fits.len() as f64);
    // The earliest of those that are equal.
    let (start, fit) = means
        .enumerate()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let end = if length <= SECONDS {
        duration_seconds
    } else {
        (start + SECONDS) as f64
    };
    Some(Highlight {
        playlist: curve.playlist.clone(),
        start_seconds: start as f64,
        end_seconds: end,
        fit,
    })
}

/// Linear interpolation of the curve between the centres of the windows, constant before the first and after the last.
fn between(fit_at: &[(f64, f64)], seconds: f64) -> Option<f64> {
    let after = fit_at.partition_point(|(middle, _)| *middle < seconds);
    let (right, left) = (fit_at.get(after), fit_at[..after].last());
    match (left, right) {
        (Some(&(from, low)), Some(&(to, high))) => {
            Some(low + (high - low) * (seconds - from) / (to - from))
        }
        (left, right) => left.or(right).map(|(_, fit)| *fit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FitCurve;

    fn timeline(fit: &[f64]) -> Timeline {
        Timeline {
            window_seconds: 10.0,
            starts_seconds: (0..fit.len()).map(|index| index as f64 * 5.0).collect(),
            curves: vec![FitCurve {
                playlist: "ambient".into(),
                fit: fit.to_vec(),
            }],
        }
    }

    #[test]
    fn the_highlight_is_where_the_curve_is_highest() {
        // High from the window at 60 s to that at 85 s, whose middles are 65 and 90 s.
        let fit: Vec<f64> = (0..40)
            .map(|index| if (12..=17).contains(&index) { 0.8 } else { 0.1 })
            .collect();
        let best = highlight(&timeline(&fit), 205.0).unwrap();
        assert!((60.0..=65.0).contains(&best.start_seconds), "{best:?}");
        assert_eq!(best.end_seconds - best.start_seconds, 30.0);
        assert!(best.fit > 0.7 && best.fit <= 0.8, "{best:?}");
        assert_eq!(best.playlist, "ambient");
    }

    #[test]
    fn a_level_curve_gives_the_beginning_and_a_short_song_its_whole() {
        let level = highlight(&timeline(&[0.5; 20]), 105.0).unwrap();
        assert_eq!((level.start_seconds, level.end_seconds), (0.0, 30.0));
        assert!((level.fit - 0.5).abs() < 1e-9);
        let short = highlight(&timeline(&[0.2]), 6.4).unwrap();
        assert_eq!((short.start_seconds, short.end_seconds), (0.0, 6.4));
    }

    #[test]
    fn the_end_of_the_song_can_be_best() {
        let fit: Vec<f64> = (0..20).map(f64::from).map(|n| n / 20.0).collect();
        let best = highlight(&timeline(&fit), 105.7).unwrap();
        assert_eq!((best.start_seconds, best.end_seconds), (75.0, 105.0));
    }

    #[test]
    fn a_song_with_one_analysed_window_has_no_highlight() {
        assert_eq!(highlight(&timeline(&[0.4]), 200.0), None);
        assert_eq!(highlight(&Timeline::default(), 200.0), None);
        assert_eq!(highlight(&timeline(&[]), 4.0), None);
    }
}
