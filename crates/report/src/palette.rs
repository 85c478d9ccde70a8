//! The colours that all pictures on white paper share.

use plotters::style::RGBColor;

pub const BACKGROUND: RGBColor = RGBColor(255, 255, 255);
pub const FOREGROUND: RGBColor = RGBColor(32, 28, 40);
/// What stands back: units, ticks, remarks.
pub const MUTED_TEXT: RGBColor = RGBColor(112, 104, 128);
pub const GRID: RGBColor = RGBColor(228, 224, 234);
