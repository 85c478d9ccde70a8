//! Which lists are taken for which: a heat map, lists by lists. Its columns carry the numbers of its rows, so that it
//! can be read with as many lists as an editor has.

use super::{Evaluated, FontSet, LEFT, draw, right};
use crate::ReportError;
use crate::canvas::{Area, Canvas};
use crate::colormap::{BOXED, cell, legend};
use crate::palette::{FOREGROUND, GRID, MUTED_TEXT};
use crate::words::playlist_name;

/// Lists that are drawn; all stand in evaluation.json.
const MAX_PLAYLISTS: usize = 120;
const NAMES_WIDTH: f32 = 250.0;
const MAP_LEFT: f32 = LEFT + NAMES_WIDTH + 12.0;
const MAP_TOP: f32 = 190.0;
/// What all cells together want to be wide.
const MAP_WIDTH: f32 = 1200.0;
const CELLS: [f32; 2] = [15.0, 40.0];

/// As large as the lists need, 120 of them at most.
pub fn png(evaluated: &Evaluated) -> Result<Vec<u8>, ReportError> {
    let evaluation = evaluated.evaluation;
    let lists = evaluation.playlists.len().min(evaluation.confusion.len());
    let shown = lists.min(MAX_PLAYLISTS);
    let cell = (MAP_WIDTH / shown.max(1) as f32)
        .clamp(CELLS[0], CELLS[1])
        .floor();
    let side = cell * shown as f32;
    let width = (MAP_LEFT + side + LEFT).max(1080.0);
    let size = (width as u32, (MAP_TOP + side + 64.0) as u32);
    draw(
        evaluated,
        size,
        "which lists are taken for which",
        |canvas, faces| {
            if shown == 0 {
                let nothing = "This evaluation did not measure it.";
                return canvas.text((LEFT, 150.0), faces.small(MUTED_TEXT), nothing);
            }
            let map = Map {
                canvas,
                faces,
                cell,
                shown,
            };
            let words = "Of the tracks on a list (row), the share whose best list is the column; boxed: itself";
            legend(canvas, faces, (LEFT, 138.0), words)?;
            for (row, shares) in evaluation.confusion.iter().take(shown).enumerate() {
                map.row(row, shares)?;
                map.labels(row, &evaluation.playlists[row].name)?;
            }
            map.frame()?;
            if lists > shown {
                let more = format!("and {} more in evaluation.json", lists - shown);
                let below = MAP_TOP + side + 40.0;
                canvas.text((LEFT, below), faces.small(MUTED_TEXT), &more)?;
            }
            Ok(())
        },
    )
}

struct Map<'a, 'sheet> {
    canvas: &'a Canvas<'sheet>,
    faces: &'a FontSet,
    cell: f32,
    shown: usize,
}

impl Map<'_, '_> {
    fn row(&self, row: usize, shares: &[f64]) -> Result<(), ReportError> {
        for (column, &share) in shares.iter().take(self.shown).enumerate() {
            cell(self.canvas, self.faces, self.area(row, column), share, 12.0)?;
        }
        Ok(())
    }

    /// The list's name and number to the left, and its number above its column.
    fn labels(&self, list: usize, name: &str) -> Result<(), ReportError> {
        let style = self
            .faces
            .of_size((self.cell - 3.0).clamp(11.0, 15.0), FOREGROUND);
        let number = (list + 1).to_string();
        let room = style.face.width("000", style.size) + 8.0;
        let baseline = MAP_TOP + (list as f32 + 0.5) * self.cell + style.size * 0.36;
        let end = LEFT + NAMES_WIDTH;
        right(self.canvas, (end, baseline), style, &number)?;
        let name = style
            .face
            .fit(&playlist_name(name), style.size, NAMES_WIDTH - room);
        right(self.canvas, (end - room, baseline), style, &name)?;
        let style = self.faces.of_size(11.0, MUTED_TEXT);
        let width = style.face.width(&number, style.size);
        // Where numbers are wider than columns, every fifth stands.
        if width + 2.0 < self.cell || (list + 1).is_multiple_of(5) {
            let left = MAP_LEFT + (list as f32 + 0.5) * self.cell - width / 2.0;
            self.canvas.text((left, MAP_TOP - 8.0), style, &number)?;
        }
        Ok(())
    }

    /// Lines between every fifth list, and a box around each cell where row and column are the same list.
    fn frame(&self) -> Result<(), ReportError> {
        let side = self.cell * self.shown as f32;
        for list in (0..=self.shown).filter(|list| list % 5 == 0 || *list == self.shown) {
            let at = list as f32 * self.cell;
            let across = [(MAP_LEFT, MAP_TOP + at), (MAP_LEFT + side, MAP_TOP + at)];
            let down = [(MAP_LEFT + at, MAP_TOP), (MAP_LEFT + at, MAP_TOP + side)];
            self.canvas.line(&across, 0.5, GRID)?;
            self.canvas.line(&down, 0.5, GRID)?;
        }
        for list in 0..self.shown {
            self.canvas.outline(self.area(list, list), 1.0, BOXED)?;
        }
        Ok(())
    }

    fn area(&self, row: usize, column: usize) -> Area {
        Area {
            left: MAP_LEFT + column as f32 * self.cell,
            top: MAP_TOP + row as f32 * self.cell,
            width: self.cell,
            height: self.cell,
        }
    }
}
