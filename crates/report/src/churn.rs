//! The history of a list as a picture: its size above, what came and went in each month below. 1200 x 630.

mod scale;

use jiff::ToSpan as _;
use jiff::civil::Date;
use plotters::style::RGBColor;

use self::scale::{Scale, dates};
use super::ReportError;
use super::canvas::{Area, Canvas, Point, Sheet, Type};
use super::fonts::FontFace;
use super::palette::{BACKGROUND, FOREGROUND, GRID, MUTED_TEXT};
use super::words::{percent, shorten, thousands};
use catalogue::statistics::{Month, Statistics};

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 630;
const SIZE: RGBColor = RGBColor(122, 62, 140);
const SIZE_BELOW: RGBColor = RGBColor(240, 232, 244);
const ADDED: RGBColor = RGBColor(36, 122, 110);
const REMOVED: RGBColor = RGBColor(206, 96, 62);

const LEFT: f32 = 100.0;
const ACROSS: f32 = 1052.0;
const SIZES: Area = Area {
    left: LEFT,
    top: 168.0,
    width: ACROSS,
    height: 186.0,
};
const CHANGES: Area = Area {
    left: LEFT,
    top: 414.0,
    width: ACROSS,
    height: 152.0,
};

/// Draws a list's history.
///
/// # Errors
/// Where the picture cannot be drawn, which is a bug.
pub fn churn_png(statistics: &Statistics) -> Result<Vec<u8>, ReportError> {
    let mut sheet = Sheet::new(WIDTH, HEIGHT);
    {
        let canvas = sheet.canvas();
        canvas.fill(BACKGROUND)?;
        let (regular, semi_bold) = (FontFace::regular()?, FontFace::semi_bold()?);
        heading(&canvas, &regular, &semi_bold, statistics)?;
        let days = statistics.sizes.first().zip(statistics.until);
        if let Some((start, until)) = days.map(|(first, until)| (first.day, until)) {
            let picture = Picture {
                canvas: &canvas,
                face: &regular,
                start,
                days: days_between(start, until).max(1.0),
            };
            picture.dates()?;
            picture.sizes(statistics)?;
            picture.changes(&statistics.months)?;
        } else {
            let style = Type {
                face: &regular,
                size: 20.0,
                colour: MUTED_TEXT,
            };
            let nothing = "Nobody has noted yet on which day a track came or went.";
            canvas.text((48.0, 330.0), style, nothing)?;
        }
    }
    sheet
        .png()
        .map_err(|why| ReportError::Picture(why.to_string()))
}

fn heading(
    canvas: &Canvas,
    regular: &FontFace,
    semi_bold: &FontFace,
    statistics: &Statistics,
) -> Result<(), ReportError> {
    let title = Type {
        face: semi_bold,
        size: 34.0,
        colour: FOREGROUND,
    };
    let name = shorten(&statistics.overview.name, 120);
    let name = semi_bold.fit(&name, title.size, ACROSS + LEFT - 48.0);
    canvas.text((48.0, 66.0), title, &name)?;
    let facts = Type {
        face: regular,
        size: 18.0,
        colour: MUTED_TEXT,
    };
    let line = regular.fit(&facts_of(statistics), facts.size, ACROSS + LEFT - 48.0);
    canvas.text((48.0, 100.0), facts, &line)
}

/// The list in one line.
fn facts_of(statistics: &Statistics) -> String {
    let list = &statistics.overview;
    let tracks = match list.tracks {
        1 => "1 track".to_owned(),
        tracks => format!("{} tracks", thousands(tracks)),
    };
    let on = statistics
        .until
        .map(|day| format!(" on {}", day.strftime("%-d %B %Y")));
    let churn = statistics
        .churn
        .map(|churn| format!("{} replaced a month", percent(churn)));
    let life = statistics
        .time_on_playlist
        .median_days
        .map(|days| match days {
            1 => "half of the new tracks leave within a day".to_owned(),
            days => format!("half of the new tracks leave within {days} days"),
        });
    let size = format!("{tracks}{}", on.unwrap_or_default());
    let facts = [Some(shorten(&list.source, 40)), Some(size), churn, life];
    facts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("  ·  ")
}

struct Picture<'a, 'sheet> {
    canvas: &'a Canvas<'sheet>,
    face: &'a FontFace,
    start: Date,
    days: f64,
}

impl Picture<'_, '_> {
    fn sizes(&self, statistics: &Statistics) -> Result<(), ReportError> {
        let largest = statistics.sizes.iter().map(|size| size.tracks).max();
        let scale = Scale::upto(largest.unwrap_or(0), 4);
        self.canvas.text(
            (SIZES.left, SIZES.top - 18.0),
            self.small(FOREGROUND),
            "Tracks on the list",
        )?;
        let y = |tracks: usize| SIZES.top + SIZES.height * (1.0 - scale.share(tracks));
        let mut points: Vec<Point> = Vec::new();
        for step in &statistics.sizes {
            let (x, y) = (self.x(step.day), y(step.tracks));
            if let Some(&(_, before)) = points.last() {
                points.push((x, before));
            }
            points.push((x, y));
        }
        let right = SIZES.left + SIZES.width;
        if let Some(&(_, last)) = points.last() {
            points.push((right, last));
        }
        for step in points.chunks_exact(2) {
            let (from, to) = (step[0], step[1]);
            let below = Area {
                left: from.0,
                top: from.1,
                width: to.0 - from.0,
                height: SIZES.top + SIZES.height - from.1,
            };
            self.canvas.rectangle(below, SIZE_BELOW)?;
        }
        for mark in scale.marks() {
            self.line_at(y(mark), &thousands(mark))?;
        }
        self.canvas.line(&points, 2.0, SIZE)
    }

    fn changes(&self, months: &[Month]) -> Result<(), ReportError> {
        let most = |count: fn(&Month) -> usize| months.iter().map(count).max().unwrap_or(0);
        let (up, down) = (most(|month| month.additions), most(|month| month.removals));
        let scale = Scale::upto(up.max(down), 2);
        let half = CHANGES.height / 2.0;
        let zero = CHANGES.top + half;
        for mark in scale.marks() {
            let away = half * scale.share(mark);
            self.line_at(zero - away, &thousands(mark))?;
            if mark > 0 {
                self.line_at(zero + away, &thousands(mark))?;
            }
        }
        for month in months {
            let (left, right) = self.bar(month.month);
            let up = half * scale.share(month.additions);
            let down = half * scale.share(month.removals);
            for (top, height, colour) in [(zero - up, up, ADDED), (zero, down, REMOVED)] {
                let bar = Area {
                    left,
                    top,
                    width: right - left,
                    height,
                };
                if height > 0.0 {
                    self.canvas.rectangle(bar, colour)?;
                }
            }
        }
        let right = CHANGES.left + CHANGES.width;
        self.canvas
            .line(&[(CHANGES.left, zero), (right, zero)], 1.0, MUTED_TEXT)?;
        self.legend()
    }

    fn legend(&self) -> Result<(), ReportError> {
        let mut x = CHANGES.left;
        let y = CHANGES.top - 18.0;
        for (name, colour) in [("Added in a month", ADDED), ("Removed", REMOVED)] {
            let mark = Area {
                left: x,
                top: y - 11.0,
                width: 12.0,
                height: 12.0,
            };
            self.canvas.rectangle(mark, colour)?;
            let style = self.small(FOREGROUND);
            self.canvas.text((x + 20.0, y), style, name)?;
            x += 48.0 + self.face.width(name, style.size);
        }
        Ok(())
    }

    /// The dates below both panels, and a line upwards from each.
    fn dates(&self) -> Result<(), ReportError> {
        let style = self.small(MUTED_TEXT);
        for (day, label) in dates(self.start, self.days) {
            let x = self.x(day);
            for panel in [SIZES, CHANGES] {
                let line = [(x, panel.top), (x, panel.top + panel.height)];
                self.canvas.line(&line, 0.5, GRID)?;
            }
            let width = self.face.width(&label, style.size);
            let left = (x - width / 2.0).clamp(LEFT, LEFT + ACROSS - width);
            self.canvas
                .text((left, CHANGES.top + CHANGES.height + 28.0), style, &label)?;
        }
        Ok(())
    }

    fn line_at(&self, y: f32, label: &str) -> Result<(), ReportError> {
        let style = self.small(MUTED_TEXT);
        self.canvas
            .line(&[(LEFT, y), (LEFT + ACROSS, y)], 0.5, GRID)?;
        let width = self.face.width(label, style.size);
        self.canvas
            .text((LEFT - width - 12.0, y + 5.0), style, label)
    }

    fn x(&self, day: Date) -> f32 {
        let share = days_between(self.start, day) / self.days;
        LEFT + ACROSS * share.clamp(0.0, 1.0) as f32
    }

    /// From where to where a month's bar reaches, with a little room beside it.
    fn bar(&self, month: Date) -> (f32, f32) {
        let next = month.saturating_add(1.month());
        let (left, right) = (self.x(month), self.x(next));
        let room = (right - left) * 0.12;
        (left + room, (right - room).max(left + room + 0.5))
    }

    fn small(&self, colour: RGBColor) -> Type<'_> {
        Type {
            face: self.face,
            size: 15.0,
            colour,
        }
    }
}

fn days_between(from: Date, to: Date) -> f64 {
    from.duration_until(to).as_hours() as f64 / 24.0
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use catalogue::{Catalogue, Placement, Playlist};

    fn statistics(name: &str, stays: &[(Option<Date>, Option<Date>)]) -> Statistics {
        let playlist = Playlist {
            id: "deezer:1".into(),
            source: "deezer".into(),
            name: name.into(),
            ..Playlist::default()
        };
        let placement =
            |(at, &(added, removed)): (usize, &(Option<Date>, Option<Date>))| Placement {
                playlist: "deezer:1".into(),
                track: at.to_string(),
                added,
                removed,
            };
        let catalogue = Catalogue {
            playlists: vec![playlist],
            placements: stays.iter().enumerate().map(placement).collect(),
            ..Catalogue::default()
        };
        catalogue.statistics(&catalogue.playlists[0])
    }

    #[test]
    fn any_history_can_be_drawn_and_shows() {
        let empty = churn_png(&statistics("List", &[])).unwrap();
        let one_day = [(Some(date(2020, 1, 1)), None)];
        let ages = [
            (Some(date(-9999, 1, 1)), Some(date(9999, 12, 31))),
            (Some(date(2020, 1, 1)), Some(date(2019, 1, 1))),
        ];
        let name = "\u{202e}<script>\n\0 🎧".repeat(300);
        for stays in [&one_day[..], &ages[..1]] {
            assert_ne!(churn_png(&statistics("List", stays)).unwrap(), empty);
        }
        assert_ne!(churn_png(&statistics(&name, &ages)).unwrap(), empty);
    }
}
