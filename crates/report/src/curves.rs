//! The fit along the song as lines to draw: windows in, points between 0 and 1 out.

use analysis::{FitCurve, Timeline};

use super::words::{clock, percent, playlist_name};

/// More points than this, and neighbours share a pixel.
const MAX_POINTS: usize = 400;
/// What a time line may reach up to; a song that fits nothing is not drawn as a flat line.
const CEILINGS: [f64; 4] = [0.1, 0.25, 0.5, 1.0];

/// All the curves of a song, on one scale.
#[derive(Clone, Debug, Default)]
pub struct Curves {
    /// The fit at the upper edge.
    pub ceiling: f64,
    pub curves: Vec<Curve>,
}

#[derive(Clone, Debug)]
pub struct Curve {
    pub playlist: String,
    /// `(x, y)`: x from 0, the song's start, to 1, its end; y from 0 to 1, the ceiling.
    pub points: Vec<(f64, f64)>,
    pub mean: f64,
    pub highest: CurvePoint,
    pub lowest: CurvePoint,
}

/// The fit of one window and where the window begins.
#[derive(Clone, Copy, Debug)]
pub struct CurvePoint {
    pub fit: f64,
    pub seconds: f64,
}

impl Curve {
    /// The curve in words, for who cannot see it.
    pub fn sentence(&self) -> String {
        let at = |peak: CurvePoint| format!("{} at {}", percent(peak.fit), clock(peak.seconds));
        let (highest, lowest) = (at(self.highest), at(self.lowest));
        format!(
            "{}: on average {}, highest {highest}, lowest {lowest}",
            self.playlist,
            percent(self.mean)
        )
    }
}

/// Curves without windows, or with another number of values than windows, are left out.
pub fn curves(timeline: &Timeline, duration_seconds: f64) -> Curves {
    let starts = &timeline.starts_seconds;
    let drawable = |curve: &&FitCurve| !starts.is_empty() && curve.fit.len() == starts.len();
    let kept: Vec<_> = timeline.curves.iter().filter(drawable).collect();
    let highest = kept
        .iter()
        .flat_map(|curve| &curve.fit)
        .fold(0.0, |high: f64, fit| high.max(*fit));
    let ceiling = CEILINGS
        .into_iter()
        .find(|ceiling| highest <= *ceiling)
        .unwrap_or(1.0);
    let curve = |fit_curve: &&FitCurve| Curve {
        playlist: playlist_name(&fit_curve.playlist),
        points: points(&fit_curve.fit, timeline, duration_seconds, ceiling),
        mean: mean(&fit_curve.fit),
        highest: extreme(starts, &fit_curve.fit, |fit, best| fit > best),
        lowest: extreme(starts, &fit_curve.fit, |fit, best| fit < best),
    };
    Curves {
        ceiling,
        curves: kept.iter().map(curve).collect(),
    }
}

/// A point in the middle of each window, led out level to both ends of the song.
fn points(
    fit: &[f64],
    timeline: &Timeline,
    duration_seconds: f64,
    ceiling: f64,
) -> Vec<(f64, f64)> {
    let windows: Vec<_> = timeline
        .starts_seconds
        .iter()
        .copied()
        .zip(fit.iter().copied())
        .collect();
    let place = |group: &[(f64, f64)]| {
        let (seconds, fit): (Vec<_>, Vec<_>) = group.iter().copied().unzip();
        let middle = (mean(&seconds) + timeline.window_seconds / 2.0) / duration_seconds;
        (unit(middle), unit(mean(&fit) / ceiling))
    };
    let inner: Vec<_> = windows
        .chunks(windows.len().div_ceil(MAX_POINTS))
        .map(place)
        .collect();
    let start = inner.first().map(|(_, fit)| (0.0, *fit));
    let end = inner.last().map(|(_, fit)| (1.0, *fit));
    start.into_iter().chain(inner).chain(end).collect()
}

fn extreme(starts: &[f64], fit: &[f64], better: fn(f64, f64) -> bool) -> CurvePoint {
    let first = CurvePoint {
        fit: fit[0],
        seconds: starts[0],
    };
    let windows = starts.iter().zip(fit).map(|(seconds, fit)| CurvePoint {
        fit: *fit,
        seconds: *seconds,
    });
    windows.fold(first, |best, peak| {
        if better(peak.fit, best.fit) {
            peak
        } else {
            best
        }
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Into 0..1; what is no number becomes 0.
fn unit(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(fit: Vec<f64>) -> Timeline {
        let starts_seconds = (0..fit.len()).map(|index| index as f64 * 5.0).collect();
        Timeline {
            window_seconds: 10.0,
            starts_seconds,
            curves: vec![FitCurve {
                playlist: "a".into(),
                fit,
            }],
        }
    }

    #[test]
    fn a_window_counts_in_its_middle_and_the_ends_are_level() {
        let drawn = curves(&timeline(vec![0.25, 0.5, 0.1]), 20.0);
        assert_eq!(drawn.ceiling, 0.5);
        assert_eq!(
            drawn.curves[0].points,
            [(0.0, 0.5), (0.25, 0.5), (0.5, 1.0), (0.75, 0.2), (1.0, 0.2)]
        );
        assert_eq!(drawn.curves[0].highest.seconds, 5.0);
        assert!(
            drawn.curves[0]
                .sentence()
                .contains("highest 50\u{202f}% at 0:05"),
            "{}",
            drawn.curves[0].sentence()
        );
    }

    #[test]
    fn two_hours_of_windows_are_thinned() {
        let drawn = curves(&timeline(vec![0.3; 1440]), 7205.0);
        assert!(drawn.curves[0].points.len() <= MAX_POINTS + 2);
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        assert!(curves(&timeline(vec![]), 0.0).curves.is_empty());
        let mut uneven = timeline(vec![0.1, 0.2]);
        uneven.starts_seconds.pop();
        assert!(curves(&uneven, 10.0).curves.is_empty());
        let drawn = curves(&timeline(vec![f64::NAN, 0.2]), 0.0);
        assert!(
            drawn.curves[0]
                .points
                .iter()
                .all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y))
        );
    }
}
