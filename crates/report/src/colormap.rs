//! What heat maps are drawn of: a cell's colour, light to dark as its share grows, with its number, and the legend.

use plotters::style::RGBColor;

use super::ReportError;
use super::canvas::{Area, Canvas};
use super::evaluation::FontSet;
use super::palette::{BACKGROUND, FOREGROUND, MUTED_TEXT};

/// What a share of 1 is painted with.
const DARK: RGBColor = RGBColor(74, 20, 92);
/// Of a cell that wants to be seen among the others.
pub const BOXED: RGBColor = RGBColor(206, 96, 62);
/// From this width on a cell has room for its number.
const ROOMY: f32 = 27.0;
const LEGEND: [f64; 5] = [0.0, 0.05, 0.25, 0.5, 1.0];

/// From almost white to dark; by the square root, so that a twentieth can be told from nothing.
fn colormap(share: f64) -> RGBColor {
    let strength = share.clamp(0.0, 1.0).sqrt();
    let mix = |light: u8, dark: u8| {
        (f64::from(light) + (f64::from(dark) - f64::from(light)) * strength).round() as u8
    };
    RGBColor(mix(248, DARK.0), mix(246, DARK.1), mix(250, DARK.2))
}

/// Paints a share from 0 to 1, in per cent with letters of `size` where there is room; nothing for what is no number.
pub fn cell(
    canvas: &Canvas,
    faces: &FontSet,
    area: Area,
    share: f64,
    size: f32,
) -> Result<(), ReportError> {
    if !share.is_finite() {
        return Ok(());
    }
    canvas.rectangle(area, colormap(share))?;
    let percent = (share * 100.0).round();
    if area.width < ROOMY || percent < 1.0 {
        return Ok(());
    }
    let style = faces.of_size(size, if share > 0.3 { BACKGROUND } else { FOREGROUND });
    let text = format!("{percent:.0}");
    let left = (area.width - style.face.width(&text, style.size)) / 2.0;
    let baseline = area.top + area.height / 2.0 + size / 2.0 - 1.5;
    canvas.text((area.left + left, baseline), style, &text)
}

/// What the map shows, in words that begin at `left`, and some of its colours.
pub fn legend(
    canvas: &Canvas,
    faces: &FontSet,
    (left, y): (f32, f32),
    words: &str,
) -> Result<(), ReportError> {
    let style = faces.small(FOREGROUND);
    canvas.text((left, y), style, words)?;
    let mut x = left + style.face.width(words, style.size) + 32.0;
    for share in LEGEND {
        let mark = Area {
            left: x,
            top: y - 13.0,
            width: 18.0,
            height: 16.0,
        };
        canvas.rectangle(mark, colormap(share))?;
        let label = format!("{:.0} %", share * 100.0);
        let style = faces.of_size(13.0, MUTED_TEXT);
        canvas.text((x + 22.0, y), style, &label)?;
        x += 34.0 + style.face.width(&label, style.size);
    }
    Ok(())
}
