//! The rows of the picture: the best playlists as bars, and the nearest tracks.

use super::{ACCENT, INK, INNER, MARGIN, MUTED, Poster, QUIET, RAISED};
use crate::fit::NearTrack;
use crate::report::ReportError;
use crate::report::canvas::{Area, Type};
use crate::report::words::{is_weak, list_name, percent, shorten};

impl Poster<'_> {
    /// The five best playlists; gives back where they end.
    pub(super) fn bars(&self, top: f32) -> Result<f32, ReportError> {
        let rows = self.report.playlists.iter().take(5).enumerate();
        for (index, list) in rows.clone() {
            let baseline = top + index as f32 * 50.0 + 22.0;
            let (face, colour) = if index == 0 {
                (&self.semi_bold, ACCENT)
            } else {
                (&self.regular, QUIET)
            };
            let style = Type {
                face,
                size: 27.0,
                colour: INK,
            };
            let weak = if is_weak(list.tracks) { " *" } else { "" };
            let name = face.fit(
                &format!("{}{weak}", list_name(&list.name)),
                style.size,
                290.0,
            );
            self.canvas.text((MARGIN, baseline), style, &name)?;
            let full = Area {
                left: MARGIN + 310.0,
                top: baseline - 18.0,
                width: INNER - 410.0,
                height: 18.0,
            };
            self.canvas.pill(full, RAISED)?;
            let share = if list.fit.is_finite() {
                list.fit.clamp(0.0, 1.0) as f32
            } else {
                0.0
            };
            self.canvas.pill(
                Area {
                    width: (full.width * share).max(4.0),
                    ..full
                },
                colour,
            )?;
            self.right((MARGIN + INNER, baseline), style, &percent(list.fit))?;
        }
        Ok(top + rows.len() as f32 * 50.0 - 22.0)
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

    fn near_track(&self, baseline: f32, track: &NearTrack) -> Result<(), ReportError> {
        let (title_style, artist_style) = (self.semi_bold(26.0, INK), self.regular(26.0, MUTED));
        let title = title_style
            .face
            .fit(&shorten(&track.title, 120), 26.0, 400.0);
        let artists_left = MARGIN + title_style.face.width(&title, 26.0) + 16.0;
        let list = artist_style
            .face
            .fit(&list_name(&track.playlist), 26.0, 260.0);
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
                colour: QUIET,
                ..artist_style
            },
            &list,
        )
    }
}
