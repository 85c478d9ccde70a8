//! A training as a picture: the loss on the left, the hits on artists that did not train on the right.

use plotters::style::RGBColor;

use super::ReportError;
use super::canvas::{Area, Canvas, Point, Sheet, Type};
use super::fonts::FontFace;
use super::palette::{BACKGROUND, FOREGROUND, GRID, MUTED_TEXT};
use evaluation::EpochRecord;

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 560;
const TRAIN: RGBColor = RGBColor(150, 140, 168);
const VALIDATION: RGBColor = RGBColor(200, 72, 60);
const TOP_3: RGBColor = RGBColor(122, 62, 140);
const TOP_5: RGBColor = RGBColor(36, 92, 150);
const GRID_LINES: usize = 4;

/// A named line's value in each epoch; none where nothing was validated.
type Series = (&'static str, RGBColor, fn(&EpochRecord) -> Option<f64>);

const LOSS: [Series; 2] = [
    ("training loss", TRAIN, |epoch| Some(epoch.train_loss)),
    ("validation loss", VALIDATION, |epoch| {
        epoch.validation.map(|validation| validation.loss)
    }),
];
const HITS: [Series; 3] = [
    ("top-1", VALIDATION, |epoch| {
        epoch.validation.map(|validation| validation.top_1)
    }),
    ("top-3", TOP_3, |epoch| {
        epoch.validation.map(|validation| validation.top_3)
    }),
    ("top-5", TOP_5, |epoch| {
        epoch.validation.map(|validation| validation.top_5)
    }),
];

/// Draws every run of a training, one line each. 1200 x 560.
///
/// # Errors
/// Where the picture cannot be drawn, which is a bug.
pub fn training_png(
    title: &str,
    histories: &[(String, Vec<EpochRecord>)],
) -> Result<Vec<u8>, ReportError> {
    let mut sheet = Sheet::new(WIDTH, HEIGHT);
    {
        let canvas = sheet.canvas();
        let (regular, semi_bold) = (FontFace::regular()?, FontFace::semi_bold()?);
        canvas.fill(BACKGROUND)?;
        let heading = Type {
            face: &semi_bold,
            size: 26.0,
            colour: FOREGROUND,
        };
        canvas.text((48.0, 56.0), heading, title)?;
        let losses = || {
            histories
                .iter()
                .flat_map(|run| &run.1)
                .flat_map(|epoch| LOSS.map(|series| series.2(epoch)))
        };
        let highest = losses()
            .flatten()
            .filter(|loss| loss.is_finite())
            .fold(0.0, f64::max);
        let epochs = histories.iter().map(|run| run.1.len()).max().unwrap_or(0);
        let top_value = highest.max(1e-9) * 1.05;
        let loss = Panel {
            canvas: &canvas,
            face: &regular,
            left: 92.0,
            epochs,
            top_value,
        };
        loss.draw(&LOSS, histories, |value| format!("{value:.2}"))?;
        let hits = Panel {
            left: 676.0,
            top_value: 1.0,
            ..loss
        };
        hits.draw(&HITS, histories, |value| format!("{:.0} %", value * 100.0))?;
    }
    sheet
        .png()
        .map_err(|why| ReportError::Picture(why.to_string()))
}

#[derive(Clone, Copy)]
struct Panel<'a, 'sheet> {
    canvas: &'a Canvas<'sheet>,
    face: &'a FontFace,
    left: f32,
    epochs: usize,
    top_value: f64,
}

impl Panel<'_, '_> {
    fn draw(
        &self,
        series: &[Series],
        histories: &[(String, Vec<EpochRecord>)],
        label: impl Fn(f64) -> String,
    ) -> Result<(), ReportError> {
        self.grid(label)?;
        self.legend(series)?;
        for (_, colour, value) in series {
            for (_, history) in histories {
                let points: Vec<Point> = history
                    .iter()
                    .filter_map(|epoch| Some(self.place(epoch.epoch, value(epoch)?)))
                    .collect();
                if points.len() > 1 {
                    self.canvas.line(&points, 1.5, *colour)?;
                }
                for &(x, y) in &points {
                    let dot = Area {
                        left: x - 3.0,
                        top: y - 3.0,
                        width: 6.0,
                        height: 6.0,
                    };
                    self.canvas.pill(dot, *colour)?;
                }
            }
        }
        Ok(())
    }

    fn area(&self) -> Area {
        Area {
            left: self.left,
            top: 130.0,
            width: 470.0,
            height: 350.0,
        }
    }

    fn place(&self, epoch: usize, value: f64) -> Point {
        let area = self.area();
        let across = (epoch as f32 - 0.5) / self.epochs.max(1) as f32;
        let up = (value / self.top_value).clamp(0.0, 1.0) as f32;
        (
            area.left + across * area.width,
            area.top + (1.0 - up) * area.height,
        )
    }

    fn grid(&self, label: impl Fn(f64) -> String) -> Result<(), ReportError> {
        let area = self.area();
        let style = self.small(MUTED_TEXT);
        for line in 0..=GRID_LINES {
            let share = line as f64 / GRID_LINES as f64;
            let y = area.top + (1.0 - share as f32) * area.height;
            self.canvas
                .line(&[(area.left, y), (area.left + area.width, y)], 0.5, GRID)?;
            let text = label(share * self.top_value);
            let width = self.face.width(&text, style.size);
            self.canvas
                .text((area.left - width - 10.0, y + 5.0), style, &text)?;
        }
        let step = self.epochs.div_ceil(12).max(1);
        for epoch in (1..=self.epochs).step_by(step) {
            let text = epoch.to_string();
            let (x, _) = self.place(epoch, 0.0);
            let width = self.face.width(&text, style.size);
            self.canvas.text(
                (x - width / 2.0, area.top + area.height + 24.0),
                style,
                &text,
            )?;
        }
        self.canvas.text(
            (area.left + area.width - 44.0, area.top + area.height + 48.0),
            style,
            "epoch",
        )
    }

    fn legend(&self, series: &[Series]) -> Result<(), ReportError> {
        let mut x = self.left;
        for (name, colour, _) in series {
            let mark = Area {
                left: x,
                top: 97.0,
                width: 18.0,
                height: 6.0,
            };
            self.canvas.pill(mark, *colour)?;
            self.canvas
                .text((x + 26.0, 105.0), self.small(FOREGROUND), name)?;
            x += 50.0 + self.face.width(name, self.small(FOREGROUND).size);
        }
        Ok(())
    }

    fn small(&self, colour: RGBColor) -> Type<'_> {
        Type {
            face: self.face,
            size: 15.0,
            colour,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::Validation;

    #[test]
    fn any_training_can_be_drawn_and_lines_show() {
        let epoch = |epoch: usize, loss: f64, validated: bool| EpochRecord {
            epoch,
            train_loss: loss,
            validation: validated.then_some(Validation {
                loss,
                top_1: 0.4,
                top_3: 0.7,
                top_5: 0.8,
            }),
        };
        let empty = training_png("demo", &[]).unwrap();
        let histories = vec![
            (
                "one".to_owned(),
                vec![epoch(1, 0.5, true), epoch(2, 0.3, true)],
            ),
            ("all".to_owned(), vec![epoch(1, f64::NAN, false)]),
        ];
        assert_ne!(training_png("demo", &histories).unwrap(), empty);
    }
}
