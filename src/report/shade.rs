//! The colour of a heat map's cell, light to dark as its share grows.

use plotters::style::RGBColor;

/// What a share of 1 is painted with.
const DARK: RGBColor = RGBColor(74, 20, 92);

/// From almost white to dark; by the square root, so that a twentieth can be told from nothing.
pub fn shade(share: f64) -> RGBColor {
    let strength = share.clamp(0.0, 1.0).sqrt();
    let mix = |light: u8, dark: u8| {
        (f64::from(light) + (f64::from(dark) - f64::from(light)) * strength).round() as u8
    };
    RGBColor(mix(248, DARK.0), mix(246, DARK.1), mix(250, DARK.2))
}
