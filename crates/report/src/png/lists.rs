//! The rows of the picture: the best playlists as bars, and the nearest tracks.

use plotters::style::RGBColor;

use super::{ACCENT, DOT_ROOM, FOREGROUND, INNER, MARGIN, MUTED, MUTED_TEXT, Poster, RAISED};
use crate::ReportError;
use crate::canvas::{Area, Point, Type};
use crate::words::{is_weak, percent, playlist_name, shorten};
use analysis::{FitRange, NeighbourTrack, PlaylistFit};

/// How wide the mark of a selected playlist is.
const DOT: f32 = 13.0;

impl Poster<'_> {
    /// The five best playlists; gives back where they end.
    pub(super) fn bars(&self, top: f32) -> Result<f32, ReportError> {
        let rows = self.report.playlists.iter().take(5).enumerate();
        for (index, list) in rows.clone() {
            let baseline = top + index as f32 * 50.0 + 22.0;
            let (face, colour) = if index == 0 {
                (&self.semi_bold, ACCENT)
            } else {
                (&self.regular, MUTED_TEXT)
            };
            let style = Type {
                face,
                size: 27.0,
                colour: FOREGROUND,
            };
            let weak = if is_weak(list.tracks) { " *" } else { "" };
            let name = format!("{}{weak}", playlist_name(&list.name));
            let room = if list.selected { DOT_ROOM } else { 0.0 };
            let name = face.fit(&name, style.size, 290.0 - room);
            self.canvas.text((MARGIN, baseline), style, &name)?;
            if list.selected {
                let after = MARGIN + face.width(&name, style.size);
                self.selected((after + 10.0, baseline - 3.0))?;
            }
            let full = Area {
                left: MARGIN + 310.0,
                top: baseline - 18.0,
                width: INNER - 410.0,
                height: 18.0,
            };
            self.bar(full, list, colour)?;
            self.right((MARGIN + INNER, baseline), style, &percent(list.fit))?;
        }
        Ok(top + rows.len() as f32 * 50.0 - 22.0)
    }

    /// A fit as a part of a bar that would be `full` long at a fit of 1, and how far small changes move its end.
    pub(super) fn bar(
        &self,
        full: Area,
        list: &PlaylistFit,
        colour: RGBColor,
    ) -> Result<(), ReportError> {
        self.canvas.pill(full, RAISED)?;
        let share = if list.fit.is_finite() {
            list.fit.clamp(0.0, 1.0) as f32
        } else {
            0.0
        };
        let part = Area {
            width: (full.width * share).max(4.0),
            ..full
        };
        self.canvas.pill(part, colour)?;
        list.range
            .as_ref()
            .map_or(Ok(()), |range| self.range(range, full))
    }

    /// The mark of a playlist that the risk control selects, above `place`.
    pub(super) fn selected(&self, (left, bottom): Point) -> Result<(), ReportError> {
        let dot = Area {
            left,
            top: bottom - DOT,
            width: DOT,
            height: DOT,
        };
        self.canvas.pill(dot, ACCENT)
    }

    /// Between which fits small changes move the end of a bar, which would be `full` long at a fit of 1.
    fn range(&self, range: &FitRange, full: Area) -> Result<(), ReportError> {
        if !range.low.is_finite() || !range.high.is_finite() {
            return Ok(());
        }
        let x = |fit: f64| full.left + full.width * fit.clamp(0.0, 1.0) as f32;
        let (low, high) = (x(range.low), x(range.high));
        let middle = full.top + full.height / 2.0;
        self.canvas
            .line(&[(low, middle), (high, middle)], 2.0, FOREGROUND)?;
        for end in [low, high] {
            let line = [(end, middle - 6.0), (end, middle + 6.0)];
            self.canvas.line(&line, 2.0, FOREGROUND)?;
        }
        Ok(())
    }

    /// The nearest track of each of the best playlists, above `bottom`; gives back where they begin.
    pub(super) fn near(&self, top: f32, bottom: f32) -> Result<f32, ReportError> {
        let most = if bottom - top > 478.0 { 3 } else { 2 };
        let firsts = self
            .report
            .neighbours
            .chunk_by(|one, other| one.playlist == other.playlist);
        let tracks: Vec<_> = firsts
            .filter_map(|tracks| tracks.first())
            .take(most)
            .collect();
        if tracks.is_empty() {
            return Ok(bottom);
        }
        let begin = bottom - 36.0 - tracks.len() as f32 * 40.0;
        self.canvas.text(
            (MARGIN, begin + 20.0),
            self.regular(22.0, MUTED),
            "Nearest tracks",
        )?;
        for (index, track) in tracks.into_iter().enumerate() {
            self.near_track(begin + 62.0 + index as f32 * 40.0, track)?;
        }
        Ok(begin)
    }

    fn near_track(&self, baseline: f32, track: &NeighbourTrack) -> Result<(), ReportError> {
        let (title_style, artist_style) =
            (self.semi_bold(26.0, FOREGROUND), self.regular(26.0, MUTED));
        let title = title_style
            .face
            .fit(&shorten(&track.title, 120), 26.0, 400.0);
        let artists_left = MARGIN + title_style.face.width(&title, 26.0) + 16.0;
        let list = artist_style
            .face
            .fit(&playlist_name(&track.playlist), 26.0, 260.0);
        let list_left = MARGIN + INNER - artist_style.face.width(&list, 26.0);
        let artists = artist_style.face.fit(
            &shorten(&track.artists, 120),
            26.0,
            list_left - artists_left - 24.0,
        );
        self.canvas.text((MARGIN, baseline), title_style, &title)?;
        self.canvas
            .text((artists_left, baseline), artist_style, &artists)?;
        self.canvas.text(
            (list_left, baseline),
            Type {
                colour: MUTED_TEXT,
                ..artist_style
            },
            &list,
        )
    }
}
