//! A [`FitReport`] comes in, a picture to post goes out: the tall one, 1080 x 1350, drawn from the top down, where the
//! log-mel takes the height that the words leave; or the low one of `post`.

mod lists;
mod post;
mod song;

use plotters::style::RGBColor;

use super::ReportError;
use super::canvas::{Area, Canvas, Point, Sheet, Type};
use super::fonts::FontFace;
use super::quality::short_sentence;
use super::words::{self, is_weak, length, level, shorten, song_artists, song_title};
use analysis::{FitReport, VerdictLevel};

const WIDTH: u32 = 1080;
const HEIGHT: u32 = 1350;
const MARGIN: f32 = 72.0;
const INNER: f32 = WIDTH as f32 - 2.0 * MARGIN;
/// From baseline to baseline, in sizes of the type.
const LINE_HEIGHT: f32 = 1.3;
/// The least height for the neighbours beside the song along its time, and for the song alone.
const ROOM_FOR_NEAR: f32 = 420.0;
const ROOM_FOR_SONG: f32 = 260.0;
/// What the mark of the risk control takes before its sentence.
const DOT_ROOM: f32 = 23.0;

const BACKGROUND: RGBColor = RGBColor(18, 15, 24);
const RAISED: RGBColor = RGBColor(44, 38, 56);
const FOREGROUND: RGBColor = RGBColor(248, 244, 250);
const MUTED: RGBColor = RGBColor(172, 164, 186);
const MUTED_TEXT: RGBColor = RGBColor(143, 134, 163);
const ACCENT: RGBColor = RGBColor(252, 137, 97);
const ACCENT_SOFT: RGBColor = RGBColor(70, 46, 50);
const ALARM: RGBColor = RGBColor(255, 184, 107);
const ALARM_SOFT: RGBColor = RGBColor(56, 40, 15);

/// The tall picture as a PNG file.
///
/// # Errors
/// Only where a font or the encoder fails, which would be a bug.
pub fn png(report: &FitReport) -> Result<Vec<u8>, ReportError> {
    drawn(report, [WIDTH, HEIGHT], |poster| poster.draw())
}

/// The low picture as a PNG file, 1200 x 630.
///
/// # Errors
/// Only where a font or the encoder fails, which would be a bug.
pub fn post_png(report: &FitReport) -> Result<Vec<u8>, ReportError> {
    drawn(report, post::SIZE, |poster| poster.post())
}

fn drawn(
    report: &FitReport,
    [width, height]: [u32; 2],
    draw: impl Fn(&Poster) -> Result<(), ReportError>,
) -> Result<Vec<u8>, ReportError> {
    let (regular, semi_bold) = (FontFace::regular()?, FontFace::semi_bold()?);
    let mut sheet = Sheet::new(width, height);
    draw(&Poster {
        canvas: sheet.canvas(),
        regular,
        semi_bold,
        report,
    })?;
    sheet
        .png()
        .map_err(|error| ReportError::Picture(error.to_string()))
}

struct Poster<'a> {
    canvas: Canvas<'a>,
    regular: FontFace,
    semi_bold: FontFace,
    report: &'a FitReport,
}

impl Poster<'_> {
    fn draw(&self) -> Result<(), ReportError> {
        self.canvas.fill(BACKGROUND)?;
        let bars = self.hero()?;
        let song = self.bars(bars + 46.0)?;
        let footer = self.footer()?;
        // Long words leave no room for everything; what goes stands in the page.
        let near = if footer - song < ROOM_FOR_NEAR {
            footer
        } else {
            self.near(song, footer)?
        };
        if near - song < ROOM_FOR_SONG {
            Ok(())
        } else {
            self.song(song + 44.0, near - 40.0)
        }
    }

    /// Song and verdict; gives back where they end.
    fn hero(&self) -> Result<f32, ReportError> {
        let song = &self.report.song;
        self.badge((MARGIN, 64.0))?;
        let small = self.regular(24.0, MUTED_TEXT);
        self.right((MARGIN + INNER, 96.0), small, "playlist-fit")?;
        let title = song_title(song);
        let title_size = if self.semi_bold.width(&title, 64.0) <= INNER {
            64.0
        } else {
            46.0
        };
        let below_title =
            self.paragraph(130.0, self.semi_bold(title_size, FOREGROUND), &title, 2)?;
        let by = song_artists(song).map_or_else(String::new, |artists| format!("{artists}  ·  "));
        let by = format!("{by}{}", length(song.duration_seconds));
        let below_by = self.paragraph(below_title + 4.0, self.regular(28.0, MUTED), &by, 1)?;
        let is_bad = self.report.verdict.level == VerdictLevel::NoGoodFit;
        let verdict = self.semi_bold(36.0, if is_bad { FOREGROUND } else { ACCENT });
        let sentence = words::verdict(self.report);
        let below = self.paragraph(below_by + 22.0, verdict, &sentence, 3)?;
        let ood = self.report.ood.as_ref();
        match ood.filter(|ood| ood.is_out_of_distribution) {
            Some(ood) => {
                let text = format!("Do not rely on these fits. {}", words::ood(ood));
                self.alarm(below + 20.0, &text)
            }
            None => Ok(below),
        }
    }

    /// That the song is unlike everything learned; gives back where it ends.
    fn alarm(&self, top: f32, sentence: &str) -> Result<f32, ReportError> {
        let style = self.semi_bold(26.0, ALARM);
        let inset = 24.0;
        let width = INNER - 2.0 * inset;
        let height = self.height_within(style, sentence, 3, width) + 2.0 * inset - 6.0;
        let frame = Area {
            left: MARGIN,
            top,
            width: INNER,
            height,
        };
        self.canvas.rectangle(frame, ALARM_SOFT)?;
        let edge = Area {
            width: 6.0,
            ..frame
        };
        self.canvas.rectangle(edge, ALARM)?;
        let place = (MARGIN + inset, top + inset - 4.0);
        self.lines(place, width, style, sentence, 3)?;
        Ok(top + height)
    }

    /// Loud for a good fit, quiet for none.
    fn badge(&self, (left, top): Point) -> Result<(), ReportError> {
        let verdict = self.report.verdict.level;
        let (fill, colour) = match verdict {
            VerdictLevel::GoodFit => (ACCENT, BACKGROUND),
            VerdictLevel::PossibleFit => (ACCENT_SOFT, ACCENT),
            VerdictLevel::NoGoodFit => (RAISED, FOREGROUND),
        };
        let style = self.semi_bold(24.0, colour);
        let width = style.face.width(level(verdict), style.size) + 44.0;
        self.canvas.pill(
            Area {
                left,
                top,
                width,
                height: 46.0,
            },
            fill,
        )?;
        self.canvas
            .text((left + 22.0, top + 31.5), style, level(verdict))
    }

    /// What to know before believing it, at the foot of the sheet; gives back where it begins.
    fn footer(&self) -> Result<f32, ReportError> {
        let bundle = &self.report.bundle;
        let (strong, quiet) = (self.semi_bold(22.0, FOREGROUND), self.regular(20.0, MUTED));
        let quality = bundle
            .evaluation
            .as_ref()
            .map(short_sentence)
            .unwrap_or_default();
        let few = "* Learned from very few tracks.";
        let has_weak = self
            .report
            .playlists
            .iter()
            .take(5)
            .any(|list| is_weak(list.tracks));
        let quality = if has_weak {
            format!("{quality} {few}")
        } else {
            quality
        };
        let risk_control = self.report.risk_control.as_ref();
        let risk_control =
            risk_control.map(|control| words::risk_control(control, &self.report.playlists));
        let risk_control_height = risk_control.as_ref().map_or(0.0, |sentence| {
            self.height_within(quiet, sentence, 2, INNER - DOT_ROOM) + 8.0
        });
        let notice_height = self.height(strong, &shorten(&bundle.disclaimer, 300), 3);
        let begin = HEIGHT as f32
            - 50.0
            - notice_height
            - risk_control_height
            - self.height(quiet, &quality, 3)
            - 28.0;
        self.canvas.rectangle(
            Area {
                left: MARGIN,
                top: begin,
                width: INNER,
                height: 1.5,
            },
            RAISED,
        )?;
        let below = self.paragraph(begin + 20.0, strong, &shorten(&bundle.disclaimer, 300), 3)?;
        let below = self.paragraph(below + 8.0, quiet, &quality, 3)?;
        if let Some(sentence) = risk_control {
            self.risk_control(below + 8.0, quiet, &sentence)?;
        }
        Ok(begin - 32.0)
    }

    /// What the mark beside a playlist means.
    fn risk_control(&self, top: f32, style: Type, sentence: &str) -> Result<(), ReportError> {
        self.selected((MARGIN, top + style.size))?;
        let place = (MARGIN + DOT_ROOM, top);
        self.lines(place, INNER - DOT_ROOM, style, sentence, 2)?;
        Ok(())
    }

    fn regular(&self, size: f32, colour: RGBColor) -> Type<'_> {
        Type {
            face: &self.regular,
            size,
            colour,
        }
    }

    fn semi_bold(&self, size: f32, colour: RGBColor) -> Type<'_> {
        Type {
            face: &self.semi_bold,
            size,
            colour,
        }
    }

    /// A text over the whole width; gives back where it ends.
    fn paragraph(
        &self,
        top: f32,
        style: Type,
        text: &str,
        most_lines: usize,
    ) -> Result<f32, ReportError> {
        self.lines((MARGIN, top), INNER, style, text, most_lines)
    }

    /// A text in a column; gives back where it ends.
    fn lines(
        &self,
        (left, top): Point,
        width: f32,
        style: Type,
        text: &str,
        most: usize,
    ) -> Result<f32, ReportError> {
        let lines = style.face.wrap(text, style.size, width, most);
        for (index, line) in lines.iter().enumerate() {
            let baseline = top + style.size * (1.0 + LINE_HEIGHT * index as f32);
            self.canvas.text((left, baseline), style, line)?;
        }
        Ok(top + lines.len() as f32 * style.size * LINE_HEIGHT)
    }

    fn height(&self, style: Type, text: &str, most_lines: usize) -> f32 {
        self.height_within(style, text, most_lines, INNER)
    }

    fn height_within(&self, style: Type, text: &str, most_lines: usize, width: f32) -> f32 {
        let lines = style.face.wrap(text, style.size, width, most_lines);
        lines.len() as f32 * style.size * LINE_HEIGHT
    }

    /// A text that ends at `end`.
    fn right(&self, end: (f32, f32), style: Type, text: &str) -> Result<(), ReportError> {
        self.canvas.text(
            (end.0 - style.face.width(text, style.size), end.1),
            style,
            text,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// Width, height and pixels.
    fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    #[test]
    fn every_sample_gives_full_pictures() {
        for (name, report) in sample::all() {
            let paper = [BACKGROUND.0, BACKGROUND.1, BACKGROUND.2];
            for (file, size) in [
                (png(&report).unwrap(), (1080, 1350)),
                (post_png(&report).unwrap(), (1200, 630)),
            ] {
                let (width, height, pixels) = decode(&file);
                assert_eq!((width, height), size, "{name}");
                let drawn = pixels.chunks(3).filter(|pixel| **pixel != paper).count();
                assert!(drawn > 30_000, "{name}: only {drawn} pixels are drawn");
            }
        }
    }

    #[test]
    fn the_title_is_really_written() {
        let mut other = sample::report();
        other.song.title = Some("Another Name".into());
        let (one, other) = (
            decode(&png(&sample::report()).unwrap()).2,
            decode(&png(&other).unwrap()).2,
        );
        let rows = |pixels: &[u8]| pixels[120 * 1080 * 3..200 * 1080 * 3].to_vec();
        let differing = rows(&one)
            .iter()
            .zip(rows(&other))
            .filter(|(one, other)| **one != *other)
            .count();
        assert!(differing > 5_000, "{differing}");
        assert_eq!(
            one[300 * 1080 * 3..],
            other[300 * 1080 * 3..],
            "nothing else changes"
        );
    }

    /// Values of pixels that are not paper, in the margin at both sides and at the foot.
    fn stray(file: &[u8], side: usize, foot: usize) -> usize {
        let (width, height, pixels) = decode(file);
        let (width, height) = (width as usize, height as usize);
        let margins = pixels
            .chunks(width * 3)
            .flat_map(|row| row[..side * 3].iter().chain(&row[(width - side) * 3..]));
        let bottom = &pixels[(height - foot) * width * 3..];
        margins
            .chain(bottom)
            .filter(|value| ![BACKGROUND.0, BACKGROUND.1, BACKGROUND.2].contains(value))
            .count()
    }

    #[test]
    fn nothing_reaches_into_the_margin() {
        for (name, report) in sample::all() {
            assert_eq!(stray(&png(&report).unwrap(), 68, 36), 0, "{name}");
            assert_eq!(stray(&post_png(&report).unwrap(), 52, 32), 0, "{name}, low");
        }
    }
}
