//! The low picture, 1200 x 630, in the shape that a link's preview has: song and verdict on the left, the three best
//! playlists with their nearest track on the right, what to know before believing it below.

use super::{ACCENT, BACKGROUND, FOREGROUND, MUTED, MUTED_TEXT, Poster, RAISED};
use crate::ReportError;
use crate::canvas::Area;
use crate::words::{
    self, clock, length, percent, playlist_name, range, shorten, song_artists, song_title,
};
use analysis::{PlaylistFit, VerdictLevel};

pub const SIZE: [u32; 2] = [1200, 630];
const MARGIN: f32 = 56.0;
const INNER: f32 = SIZE[0] as f32 - 2.0 * MARGIN;
/// The song's column, and where that of the playlists begins.
const SONG: f32 = 490.0;
const LISTS: f32 = MARGIN + SONG + 60.0;
const LISTS_WIDTH: f32 = SIZE[0] as f32 - MARGIN - LISTS;
/// From one playlist to the next.
const ROW: f32 = 126.0;

impl Poster<'_> {
    pub(super) fn post(&self) -> Result<(), ReportError> {
        self.canvas.fill(BACKGROUND)?;
        self.badge((MARGIN, 48.0))?;
        let end = (MARGIN + INNER, 80.0);
        self.right(end, self.regular(22.0, MUTED_TEXT), "playlist-fit")?;
        self.song_and_verdict()?;
        for (place, list) in self.report.playlists.iter().take(3).enumerate() {
            self.playlist(112.0 + place as f32 * ROW, list)?;
        }
        self.disclaimer()
    }

    fn song_and_verdict(&self) -> Result<(), ReportError> {
        let song = &self.report.song;
        let title = song_title(song);
        let size = if self.semi_bold.width(&title, 52.0) <= SONG {
            52.0
        } else {
            38.0
        };
        let below = self.lines(
            (MARGIN, 122.0),
            SONG,
            self.semi_bold(size, FOREGROUND),
            &title,
            2,
        )?;
        let by = song_artists(song).map_or_else(String::new, |artists| format!("{artists}  ·  "));
        let by = format!("{by}{}", length(song.duration_seconds));
        let style = self.regular(24.0, MUTED);
        let below = self.lines((MARGIN, below + 6.0), SONG, style, &by, 1)?;
        let colour = match self.report.verdict.level {
            VerdictLevel::NoGoodFit => FOREGROUND,
            _ => ACCENT,
        };
        let sentence = words::verdict(self.report);
        let style = self.semi_bold(29.0, colour);
        let below = self.lines((MARGIN, below + 22.0), SONG, style, &sentence, 4)?;
        if let Some(best) = &self.report.highlight {
            let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
            let words = format!("Best {}: {from} to {to}", words::highlight_length(best));
            let style = self.regular(22.0, MUTED);
            self.lines((MARGIN, below + 18.0), SONG, style, &words, 1)?;
        }
        Ok(())
    }

    fn playlist(&self, top: f32, list: &PlaylistFit) -> Result<(), ReportError> {
        let style = self.semi_bold(27.0, FOREGROUND);
        let fit = percent(list.fit);
        let room = LISTS_WIDTH - style.face.width(&fit, style.size) - 20.0;
        let name = style.face.fit(&playlist_name(&list.name), style.size, room);
        self.canvas.text((LISTS, top + 27.0), style, &name)?;
        self.right((LISTS + LISTS_WIDTH, top + 27.0), style, &fit)?;
        let full = Area {
            left: LISTS,
            top: top + 42.0,
            width: LISTS_WIDTH,
            height: 16.0,
        };
        self.bar(full, list, if list.rank == 1 { ACCENT } else { MUTED_TEXT })?;
        let small = self.regular(19.0, MUTED);
        let moved = list
            .range
            .as_ref()
            .map(|moved| format!("{} under small changes", range(moved)));
        let near = self.near_words(&list.name);
        for (line, words) in [moved, near].into_iter().flatten().enumerate() {
            let words = small.face.fit(&words, small.size, LISTS_WIDTH);
            let baseline = top + 82.0 + line as f32 * 24.0;
            self.canvas.text((LISTS, baseline), small, &words)?;
        }
        Ok(())
    }

    /// The nearest track of a playlist.
    fn near_words(&self, playlist: &str) -> Option<String> {
        let mut near = self.report.neighbours.iter();
        let near = near.find(|near| near.playlist == playlist)?;
        let [title, artists] = [&near.title, &near.artists].map(|text| shorten(text, 60));
        Some(format!("Nearest: {title} by {artists}"))
    }

    fn disclaimer(&self) -> Result<(), ReportError> {
        let disclaimer = shorten(&self.report.bundle.disclaimer, 300);
        let style = self.semi_bold(20.0, FOREGROUND);
        let top = SIZE[1] as f32 - 44.0 - self.height_within(style, &disclaimer, 3, INNER);
        let line = Area {
            left: MARGIN,
            top: top - 16.0,
            width: INNER,
            height: 1.5,
        };
        self.canvas.rectangle(line, RAISED)?;
        self.lines((MARGIN, top), INNER, style, &disclaimer, 3)?;
        Ok(())
    }
}
