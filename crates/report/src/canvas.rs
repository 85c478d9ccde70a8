//! A sheet to draw on, in points; two pixels a point, which are averaged into one for smooth edges.
//!
//! Shapes are plotters'. Letters are set here: plotters places each at its pen without the space beside it, which
//! shows in large type.

use ab_glyph::Font;
use plotters::backend::BitMapBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::ReportError;
use super::fonts::FontFace;

const SCALE: f32 = 2.0;

type Pixel = (i32, i32);

/// A place or a size, in points.
pub type Point = (f32, f32);

/// The pixels of a sheet; twice as many each way as points.
pub struct Sheet {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

/// The pen for a sheet.
pub struct Canvas<'a>(DrawingArea<BitMapBackend<'a>, Shift>);

/// An upright box, in points.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

/// How a line of text looks; `size` in points an em.
#[derive(Clone, Copy)]
pub struct Type<'a> {
    pub face: &'a FontFace,
    pub size: f32,
    pub colour: RGBColor,
}

impl Sheet {
    pub fn new(width: u32, height: u32) -> Self {
        let pixels = vec![0; (width * height) as usize * 3 * (SCALE * SCALE) as usize];
        Self {
            width,
            height,
            pixels,
        }
    }

    pub fn canvas(&mut self) -> Canvas<'_> {
        let size = (self.width * SCALE as u32, self.height * SCALE as u32);
        Canvas(BitMapBackend::with_buffer(&mut self.pixels, size).into_drawing_area())
    }

    /// The sheet as a PNG file, one pixel a point.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.averaged())?;
        Ok(file)
    }

    /// Each two by two pixels as one.
    fn averaged(&self) -> Vec<u8> {
        let row = self.width as usize * 6;
        let two_rows = self.pixels.chunks_exact(row * 2);
        two_rows
            .flat_map(|rows| {
                let sum = move |at: usize| {
                    [at, at + 3, at + row, at + row + 3]
                        .map(|index| u16::from(rows[index]))
                        .iter()
                        .sum::<u16>()
                };
                (0..row / 6).flat_map(move |column| {
                    [0, 1, 2].map(|channel| ((sum(column * 6 + channel) + 2) / 4) as u8)
                })
            })
            .collect()
    }
}

impl<'a> Canvas<'a> {
    pub fn fill(&self, colour: RGBColor) -> Result<(), ReportError> {
        self.0.fill(&colour).map_err(picture_error)
    }

    pub fn rectangle(&self, area: Area, colour: RGBColor) -> Result<(), ReportError> {
        let corners = [
            pixel((area.left, area.top)),
            pixel((area.left + area.width, area.top + area.height)),
        ];
        self.draw(&Rectangle::new(corners, colour.filled()))
    }

    /// A bar with round ends.
    pub fn pill(&self, area: Area, colour: RGBColor) -> Result<(), ReportError> {
        let radius = (area.height.min(area.width)) / 2.0;
        let middle = area.top + area.height / 2.0;
        let end = |x: f32, from: f32| {
            (0..=24).map(move |step| {
                let (sine, cosine) = (from + step as f32 * 7.5).to_radians().sin_cos();
                (x + radius * cosine, middle + radius * sine)
            })
        };
        let ends = end(area.left + area.width - radius, -90.0).chain(end(area.left + radius, 90.0));
        self.polygon(&ends.collect::<Vec<_>>(), colour)
    }

    pub fn polygon(&self, points: &[Point], colour: RGBColor) -> Result<(), ReportError> {
        self.draw(&Polygon::new(pixels(points), colour.filled()))
    }

    /// A line through the points, `width` points wide.
    pub fn line(&self, points: &[Point], width: f32, colour: RGBColor) -> Result<(), ReportError> {
        let style = ShapeStyle {
            color: colour.to_rgba(),
            filled: false,
            stroke_width: (width * SCALE) as u32,
        };
        self.draw(&PathElement::new(pixels(points), style))
    }

    /// The edge of a box, `width` points wide.
    pub fn outline(&self, area: Area, width: f32, colour: RGBColor) -> Result<(), ReportError> {
        let (right, bottom) = (area.left + area.width, area.top + area.height);
        let corners = [
            (area.left, area.top),
            (right, area.top),
            (right, bottom),
            (area.left, bottom),
            (area.left, area.top),
        ];
        self.line(&corners, width, colour)
    }

    /// Asks for the colour of each pixel of an area by its place, 0 to 1 rightwards and downwards.
    pub fn image(
        &self,
        area: Area,
        colour: impl Fn(f64, f64) -> RGBColor,
    ) -> Result<(), ReportError> {
        let (left, top) = pixel((area.left, area.top));
        let (width, height) = pixel((area.width, area.height));
        for y in 0..height {
            for x in 0..width {
                let place = |at: i32, size: i32| (f64::from(at) + 0.5) / f64::from(size);
                let colour = colour(place(x, width), place(y, height));
                self.0
                    .draw_pixel((left + x, top + y), &colour)
                    .map_err(picture_error)?;
            }
        }
        Ok(())
    }

    /// A line of text whose letters stand on `start`.
    pub fn text(&self, start: Point, style: Type, text: &str) -> Result<(), ReportError> {
        self.letters(start, style, text, |x, y| (x, y))
    }

    /// A line of text that runs upwards from `start`, its letters' feet to the right.
    pub fn text_upwards(&self, start: Point, style: Type, text: &str) -> Result<(), ReportError> {
        self.letters(start, style, text, |x, y| (y, -x))
    }

    /// `turn` says where a pixel goes that lies so far right of and below `start`.
    fn letters(
        &self,
        start: Point,
        style: Type,
        text: &str,
        turn: impl Fn(i32, i32) -> Pixel,
    ) -> Result<(), ReportError> {
        let size = style.size * SCALE;
        let origin = (start.0 * SCALE, start.1 * SCALE);
        let (left, top) = (origin.0.floor(), origin.1.floor());
        for letter in style.face.place(text, size).0 {
            let position = ab_glyph::point(origin.0 - left + letter.x, origin.1 - top);
            let glyph = letter
                .glyph
                .with_scale_and_position(style.face.scale(size), position);
            let Some(outline) = style.face.font().outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let mut drawn = Ok(());
            outline.draw(|x, y, cover| {
                let (x, y) = turn(corner.x as i32 + x as i32, corner.y as i32 + y as i32);
                let ink = style.colour.mix(f64::from(cover.min(1.0)));
                if drawn.is_ok() {
                    let place = (left as i32 + x, top as i32 + y);
                    drawn = self.0.draw_pixel(place, &ink);
                }
            });
            drawn.map_err(picture_error)?;
        }
        Ok(())
    }

    fn draw<'b, E>(&self, element: &'b E) -> Result<(), ReportError>
    where
        &'b E: PointCollection<'b, Pixel>,
        E: Drawable<BitMapBackend<'a>>,
    {
        self.0.draw(element).map_err(picture_error)
    }
}

fn pixel((x, y): Point) -> Pixel {
    ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
}

fn pixels(points: &[Point]) -> Vec<Pixel> {
    points.iter().copied().map(pixel).collect()
}

fn picture_error<E: std::error::Error + Send + Sync>(
    error: DrawingAreaErrorKind<E>,
) -> ReportError {
    ReportError::Picture(error.to_string())
}
