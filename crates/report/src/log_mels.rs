//! Log-mels beside each other on one scale of time: the first over the whole width, the others in two columns below.

use plotters::style::RGBColor;

use super::axes::{pitch_ticks, time_ticks};
use super::canvas::{Area, Canvas, Sheet, Type};
use super::fonts::FontFace;
use super::palette::{BACKGROUND, FOREGROUND, MUTED_TEXT};
use super::{ReportError, picture};
use analysis::Spectrogram;

const WIDTH: u32 = 1200;
const MARGIN: f32 = 48.0;
/// Between the columns, which leaves room for the second one's pitches.
const GAP: f32 = 64.0;
const LEFT: f32 = MARGIN + 28.0;
const COLUMN: f32 = (WIDTH as f32 - MARGIN - LEFT - GAP) / 2.0;
const TOP: f32 = 84.0;
const FIRST: f32 = 200.0;
const HEIGHT: f32 = 130.0;
/// Title above a picture, times below it.
const ABOVE: f32 = 30.0;
const BELOW: f32 = 38.0;

/// One picture with what to say above it.
pub struct Titled {
    pub title: String,
    pub spectrogram: Spectrogram,
    pub seconds: f64,
}

/// Draws them all. 1200 wide, as high as they need.
///
/// # Errors
/// Where the picture cannot be drawn, which is a bug.
pub fn log_mels_png(title: &str, pictures: &[Titled]) -> Result<Vec<u8>, ReportError> {
    let rows = pictures.len().saturating_sub(1).div_ceil(2) as f32;
    let height = TOP + ABOVE + FIRST + BELOW + rows * (ABOVE + HEIGHT + BELOW);
    let mut sheet = Sheet::new(WIDTH, height as u32);
    {
        let (regular, semi_bold) = (FontFace::regular()?, FontFace::semi_bold()?);
        let longest = pictures
            .iter()
            .map(|titled| titled.seconds)
            .fold(0.1, f64::max);
        let page = LogMelSheet {
            canvas: sheet.canvas(),
            face: &regular,
            longest,
        };
        page.canvas.fill(BACKGROUND)?;
        let heading = Type {
            face: &semi_bold,
            size: 26.0,
            colour: FOREGROUND,
        };
        let fitting = semi_bold.fit(title, heading.size, WIDTH as f32 - 2.0 * MARGIN);
        page.canvas.text((MARGIN, 56.0), heading, &fitting)?;
        for (place, titled) in pictures.iter().enumerate() {
            page.draw(titled, area(place))?;
        }
    }
    sheet
        .png()
        .map_err(|why| ReportError::Picture(why.to_string()))
}

/// Where a picture of the longest sound stands.
fn area(place: usize) -> Area {
    let Some(later) = place.checked_sub(1) else {
        return Area {
            left: LEFT,
            top: TOP + ABOVE,
            width: 2.0 * COLUMN + GAP,
            height: FIRST,
        };
    };
    let (row, column) = ((later / 2) as f32, (later % 2) as f32);
    Area {
        left: LEFT + column * (COLUMN + GAP),
        top: TOP + ABOVE + FIRST + BELOW + row * (ABOVE + HEIGHT + BELOW) + ABOVE,
        width: COLUMN,
        height: HEIGHT,
    }
}

struct LogMelSheet<'a> {
    canvas: Canvas<'a>,
    face: &'a FontFace,
    longest: f64,
}

impl LogMelSheet<'_> {
    fn draw(&self, titled: &Titled, whole: Area) -> Result<(), ReportError> {
        let Titled {
            title,
            spectrogram,
            seconds,
        } = titled;
        let heading = self.style(17.0, FOREGROUND);
        let fitting = self.face.fit(title, heading.size, whole.width);
        self.canvas
            .text((whole.left, whole.top - 9.0), heading, &fitting)?;
        if !picture::is_drawable(spectrogram) {
            return Ok(());
        }
        let area = Area {
            width: (whole.width * (seconds / self.longest) as f32).max(1.0),
            ..whole
        };
        self.canvas.image(area, |x, y| {
            let [red, green, blue] = picture::magma(picture::level_at(spectrogram, x, y));
            RGBColor(red, green, blue)
        })?;
        self.ticks(area, *seconds, spectrogram.fmax)
    }

    fn ticks(&self, area: Area, seconds: f64, fmax: f64) -> Result<(), ReportError> {
        let small = self.style(12.0, MUTED_TEXT);
        let bottom = area.top + area.height;
        for tick in time_ticks(seconds) {
            let width = self.face.width(&tick.label, small.size);
            let middle = area.left + tick.position as f32 * area.width;
            self.canvas
                .text((middle - width / 2.0, bottom + 17.0), small, &tick.label)?;
        }
        // Every second pitch, so that their labels do not touch.
        for tick in pitch_ticks(fmax).into_iter().step_by(2) {
            let width = self.face.width(&tick.label, small.size);
            let y = bottom - tick.position as f32 * area.height;
            self.canvas
                .text((area.left - width - 7.0, y + 4.0), small, &tick.label)?;
        }
        Ok(())
    }

    fn style(&self, size: f32, colour: RGBColor) -> Type<'_> {
        Type {
            face: self.face,
            size,
            colour,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(level: u8, seconds: f64) -> Titled {
        Titled {
            title: "low-pass at 3000 Hz".into(),
            spectrogram: Spectrogram {
                bands: 4,
                columns: 8,
                levels: vec![level; 32],
                fmax: 15_000.0,
            },
            seconds,
        }
    }

    /// Pixels of the brightest colour in each row that holds any.
    fn widths(file: &[u8]) -> Vec<usize> {
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut pixels).unwrap();
        let bright = picture::magma(255.0);
        let row = |row: &[u8]| row.chunks(3).filter(|pixel| *pixel == bright).count();
        pixels
            .chunks(WIDTH as usize * 3)
            .map(row)
            .filter(|count| *count > 0)
            .collect()
    }

    #[test]
    fn pictures_share_one_scale_of_time() {
        let file = log_mels_png("song", &[titled(255, 30.0), titled(255, 15.0)]).unwrap();
        let widths = widths(&file);
        assert_eq!(widths.len(), (FIRST + HEIGHT) as usize);
        let (first, last) = (widths[0] as f32, widths[widths.len() - 1] as f32);
        assert!((first - 2.0 * COLUMN - GAP).abs() < 2.0 && (last - COLUMN / 2.0).abs() < 2.0);
    }

    #[test]
    fn nothing_at_all_can_be_drawn_too() {
        assert!(log_mels_png("song", &[]).is_ok());
        let empty = Titled {
            spectrogram: Spectrogram::default(),
            ..titled(0, 0.0)
        };
        assert!(log_mels_png("", &[empty]).is_ok());
    }
}
