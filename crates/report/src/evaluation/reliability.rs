//! How far fits can be believed: what came true beside what was said, and below it where the fits lie. Most fits are
//! small, so both axes are stretched towards 0 by the square root; the diagonal stays the diagonal.

use plotters::style::RGBColor;

use super::{Evaluated, FontSet, draw};
use crate::ReportError;
use crate::canvas::{Area, Canvas, Point};
use crate::palette::{FOREGROUND, GRID, MUTED_TEXT};
use crate::words::{percent_with_interval, playlist_name, thousands, with_interval};
use evaluation::{Reliability, ReliabilityBin};

const SIZE: (u32, u32) = (1080, 900);
const DIAGRAM: Area = Area {
    left: 110.0,
    top: 150.0,
    width: 540.0,
    height: 540.0,
};
/// Of the strips below the diagram, one a series.
const STRIP_HEIGHT: f32 = 54.0;
const STRIPS_TOP: f32 = 742.0;
const LEGEND_LEFT: f32 = 700.0;
const COLOURS: [RGBColor; 4] = [
    RGBColor(206, 96, 62),
    RGBColor(122, 62, 140),
    RGBColor(36, 122, 110),
    RGBColor(36, 92, 150),
];
const TICKS: [f64; 8] = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0];
/// No bar of a strip is thinner, in shares of the axis.
const THINNEST: f32 = 0.008;

/// 1080 x 900.
pub fn png(evaluated: &Evaluated) -> Result<Vec<u8>, ReportError> {
    let series = &evaluated.evaluation.reliability;
    draw(
        evaluated,
        SIZE,
        "how far its fits can be believed",
        |canvas, faces| {
            if series.is_empty() {
                let nothing = "This evaluation did not measure it.";
                return canvas.text((DIAGRAM.left, 180.0), faces.small(MUTED_TEXT), nothing);
            }
            axes(canvas, faces)?;
            for (place, reliability) in series.iter().take(COLOURS.len()).enumerate() {
                let colour = COLOURS[place];
                curve(canvas, &reliability.bins, colour)?;
                let top = STRIPS_TOP + place as f32 * (STRIP_HEIGHT + 12.0);
                if top + STRIP_HEIGHT < SIZE.1 as f32 {
                    strip(canvas, &reliability.bins, top, colour)?;
                }
                legend(canvas, faces, reliability, place)?;
            }
            remarks(canvas, faces, series)
        },
    )
}

/// Where a share stands on either axis, 0 to 1.
fn along(share: f64) -> f32 {
    share.clamp(0.0, 1.0).sqrt() as f32
}

fn place(bin: &ReliabilityBin) -> Point {
    (
        DIAGRAM.left + along(bin.fit) * DIAGRAM.width,
        DIAGRAM.top + (1.0 - along(bin.rate)) * DIAGRAM.height,
    )
}

fn axes(canvas: &Canvas, faces: &FontSet) -> Result<(), ReportError> {
    let style = faces.small(MUTED_TEXT);
    let (left, bottom) = (DIAGRAM.left, DIAGRAM.top + DIAGRAM.height);
    let right = left + DIAGRAM.width;
    for tick in TICKS {
        let label = format!("{:.0} %", tick * 100.0);
        let width = style.face.width(&label, style.size);
        let (x, y) = place(&ReliabilityBin {
            fit: tick,
            rate: tick,
            pairs: 0,
        });
        canvas.line(&[(x, DIAGRAM.top), (x, bottom)], 0.5, GRID)?;
        canvas.line(&[(left, y), (right, y)], 0.5, GRID)?;
        canvas.text((x - width / 2.0, bottom + 24.0), style, &label)?;
        canvas.text((left - width - 10.0, y + 5.0), style, &label)?;
    }
    canvas.line(&[(left, bottom), (right, DIAGRAM.top)], 1.0, MUTED_TEXT)?;
    canvas.text(
        (left, DIAGRAM.top - 14.0),
        faces.small(FOREGROUND),
        "share that came true",
    )?;
    canvas.text((right + 14.0, bottom + 5.0), faces.small(FOREGROUND), "fit")
}

fn curve(canvas: &Canvas, bins: &[ReliabilityBin], colour: RGBColor) -> Result<(), ReportError> {
    let points: Vec<Point> = known(bins).map(place).collect();
    if points.len() > 1 {
        canvas.line(&points, 2.0, colour)?;
    }
    for (x, y) in points {
        let dot = Area {
            left: x - 5.0,
            top: y - 5.0,
            width: 10.0,
            height: 10.0,
        };
        canvas.pill(dot, colour)?;
    }
    Ok(())
}

fn known(bins: &[ReliabilityBin]) -> impl Iterator<Item = &ReliabilityBin> {
    bins.iter()
        .filter(|bin| bin.fit.is_finite() && bin.rate.is_finite())
}

/// A histogram of the fits: each bar reaches half-way to the next bin and covers as much as the bin has pairs.
fn strip(
    canvas: &Canvas,
    bins: &[ReliabilityBin],
    top: f32,
    colour: RGBColor,
) -> Result<(), ReportError> {
    let bars = bars(bins);
    let highest = bars
        .iter()
        .fold(f32::MIN_POSITIVE, |most, bar| most.max(bar.2));
    for (from, to, density) in bars {
        let height = (density / highest * STRIP_HEIGHT).max(1.0);
        let bar = Area {
            left: DIAGRAM.left + from * DIAGRAM.width,
            top: top + STRIP_HEIGHT - height,
            width: (to - from) * DIAGRAM.width - 1.0,
            height,
        };
        canvas.rectangle(bar, colour)?;
    }
    let ends = [DIAGRAM.left, DIAGRAM.left + DIAGRAM.width];
    canvas.line(&ends.map(|x| (x, top + STRIP_HEIGHT)), 1.0, MUTED_TEXT)
}

/// From where to where each bar reaches on the axis, 0 to 1, and how high it is.
fn bars(bins: &[ReliabilityBin]) -> Vec<(f32, f32, f32)> {
    let middles: Vec<(f32, f32)> = known(bins)
        .map(|bin| (along(bin.fit), bin.pairs as f32))
        .collect();
    let between = |left: usize, right: usize| (middles[left].0 + middles[right].0) / 2.0;
    let bar = |at: usize| {
        let (middle, pairs) = middles[at];
        let from = at.checked_sub(1).map(|before| between(before, at));
        let to = (at + 1 < middles.len()).then(|| between(at, at + 1));
        // The outermost reach as far outwards as inwards.
        let from = from.unwrap_or_else(|| 2.0 * middle - to.unwrap_or(middle));
        let to = to.unwrap_or(2.0 * middle - from);
        let from = from.clamp(0.0, 1.0 - THINNEST);
        let to = to.clamp(from + THINNEST, 1.0);
        (from, to, pairs / (to - from))
    };
    (0..middles.len()).map(bar).collect()
}

fn legend(
    canvas: &Canvas,
    faces: &FontSet,
    reliability: &Reliability,
    place: usize,
) -> Result<(), ReportError> {
    let top = 160.0 + place as f32 * 96.0;
    let mark = Area {
        left: LEGEND_LEFT,
        top: top - 12.0,
        width: 14.0,
        height: 14.0,
    };
    canvas.pill(mark, COLOURS[place])?;
    let bold = faces.bold(18.0);
    let name = bold
        .face
        .fit(&playlist_name(&reliability.name), 18.0, 320.0);
    canvas.text((LEGEND_LEFT + 26.0, top), bold, &name)?;
    let lines = [
        format!(
            "calibration error {}",
            percent_with_interval(&reliability.ece)
        ),
        format!("Brier score {}", with_interval(&reliability.brier, 3)),
    ];
    for (row, line) in lines.iter().enumerate() {
        let below = top + 24.0 + row as f32 * 21.0;
        canvas.text((LEGEND_LEFT + 26.0, below), faces.small(MUTED_TEXT), line)?;
    }
    Ok(())
}

fn remarks(canvas: &Canvas, faces: &FontSet, series: &[Reliability]) -> Result<(), ReportError> {
    let pairs: usize = series[0].bins.iter().map(|bin| bin.pairs).sum();
    let lines = [
        "On the line, a fit of 70 % comes true in 70 of 100 cases.",
        "Below it, the fit says too much; above it, too little.",
        "Both axes are stretched towards 0 (square root).",
    ];
    let mut y = 560.0;
    for line in lines {
        canvas.text((LEGEND_LEFT, y), faces.of_size(13.0, MUTED_TEXT), line)?;
        y += 20.0;
    }
    let counted = format!(
        "{} pairs of track and list; intervals: 95 %.",
        thousands(pairs)
    );
    canvas.text((LEGEND_LEFT, y), faces.of_size(13.0, MUTED_TEXT), &counted)?;
    let style = faces.small(FOREGROUND);
    canvas.text(
        (LEGEND_LEFT, STRIPS_TOP + STRIP_HEIGHT),
        style,
        "where the fits lie",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_cover_as_much_as_their_bins_hold() {
        let bin = |fit: f64, pairs| ReliabilityBin {
            fit,
            rate: fit,
            pairs,
        };
        let bars = bars(&[bin(0.01, 10), bin(0.09, 10), bin(0.64, 20)]);
        let areas: Vec<f32> = bars.iter().map(|bar| (bar.1 - bar.0) * bar.2).collect();
        for (area, pairs) in areas.iter().zip([10.0, 10.0, 20.0]) {
            assert!((area - pairs).abs() < 1e-3, "{areas:?}");
        }
        let edges: Vec<f32> = bars.iter().flat_map(|bar| [bar.0, bar.1]).collect();
        let expected = [0.0, 0.2, 0.2, 0.55, 0.55, 1.0];
        for (edge, expected) in edges.iter().zip(expected) {
            assert!((edge - expected).abs() < 1e-6, "{edges:?}");
        }
        assert_eq!(super::bars(&[]), []);
    }
}
