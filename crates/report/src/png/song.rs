//! The song on the picture: its log-mel, and the fit of the best playlist above it.

use plotters::style::RGBColor;

use super::{ACCENT, ACCENT_SOFT, FOREGROUND, INNER, MARGIN, MUTED, MUTED_TEXT, Poster};
use crate::axes::time_ticks;
use crate::canvas::Area;
use crate::curves::{Curve, curves};
use crate::words::{self, clock, percent};
use crate::{ReportError, picture};

impl Poster<'_> {
    /// The log-mel under the fit of the best playlist, in the height between.
    pub(super) fn song(&self, top: f32, bottom: f32) -> Result<(), ReportError> {
        let song = &self.report.song;
        let curves = curves(&self.report.timeline, song.duration_seconds);
        let mut picture = Area {
            left: MARGIN,
            top,
            width: INNER,
            height: bottom - 34.0 - top,
        };
        if let Some(curve) = curves.curves.first() {
            self.canvas.text(
                (MARGIN, top + 20.0),
                self.regular(22.0, MUTED),
                &format!("{} along the song", curve.playlist),
            )?;
            let peak = self.report.highlight.as_ref().map_or_else(
                || highest(curve),
                |best| {
                    let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
                    format!("best {}: {from} to {to}", words::highlight_length(best))
                },
            );
            self.right(
                (MARGIN + INNER, top + 20.0),
                self.regular(22.0, MUTED),
                &peak,
            )?;
            let along = Area {
                top: top + 38.0,
                height: 56.0,
                ..picture
            };
            self.highlight(along)?;
            self.curve(curve, along)?;
            picture.top += 104.0;
            picture.height -= 104.0;
        }
        if !picture::is_drawable(&self.report.spectrogram) {
            let why = song.warnings.first().map(words::warning);
            let style = self.regular(26.0, MUTED);
            self.paragraph(picture.top, style, &why.unwrap_or_default(), 2)?;
            return Ok(());
        }
        if picture.height < 20.0 {
            return Ok(());
        }
        self.canvas.image(picture, |x, y| {
            let [red, green, blue] =
                picture::magma(picture::level_at(&self.report.spectrogram, x, y));
            RGBColor(red, green, blue)
        })?;
        self.times(picture)
    }

    /// Where the excerpt lies, between the curve and the log-mel.
    fn highlight(&self, along: Area) -> Result<(), ReportError> {
        let Some(best) = &self.report.highlight else {
            return Ok(());
        };
        let place = |seconds: f64| {
            let share = seconds / self.report.song.duration_seconds;
            along.width
                * if share.is_finite() {
                    share.clamp(0.0, 1.0) as f32
                } else {
                    0.0
                }
        };
        let (from, to) = (place(best.start_seconds), place(best.end_seconds));
        let area = Area {
            left: along.left + from,
            top: along.top + along.height + 3.0,
            width: to - from,
            height: 4.0,
        };
        self.canvas.rectangle(area, FOREGROUND)
    }

    fn curve(&self, curve: &Curve, area: Area) -> Result<(), ReportError> {
        let bottom = area.top + area.height;
        let place = |(x, y): &(f64, f64)| {
            (
                area.left + *x as f32 * area.width,
                bottom - *y as f32 * area.height,
            )
        };
        let line: Vec<_> = curve.points.iter().map(place).collect();
        let corners = [(area.left + area.width, bottom), (area.left, bottom)];
        self.canvas.polygon(
            &line.iter().copied().chain(corners).collect::<Vec<_>>(),
            ACCENT_SOFT,
        )?;
        self.canvas.line(&line, 2.5, ACCENT)
    }

    fn times(&self, picture: Area) -> Result<(), ReportError> {
        let style = self.regular(20.0, MUTED_TEXT);
        for tick in time_ticks(self.report.song.duration_seconds) {
            let width = style.face.width(&tick.label, style.size);
            let middle = picture.left + tick.position as f32 * picture.width;
            let left = (middle - width / 2.0).clamp(MARGIN, MARGIN + INNER - width);
            self.canvas.text(
                (left, picture.top + picture.height + 28.0),
                style,
                &tick.label,
            )?;
        }
        Ok(())
    }
}

fn highest(curve: &Curve) -> String {
    let (fit, seconds) = (curve.highest.fit, curve.highest.seconds);
    format!("highest {} at {}", percent(fit), clock(seconds))
}
