//! How learnable each list is: its average precision beside what chance would reach, the best first.

use plotters::style::RGBColor;

use super::{Evaluated, FontSet, LEFT, draw, right};
use crate::ReportError;
use crate::canvas::{Area, Canvas};
use crate::palette::{FOREGROUND, GRID, MUTED_TEXT};
use crate::quality::by_learnability;
use crate::words::playlist_name;
use evaluation::PlaylistScores;

const WIDTH: u32 = 1080;
const TOP: f32 = 168.0;
const PITCH: f32 = 21.0;
const MAX_ROWS: usize = 200;
const NAME_WIDTH: f32 = 300.0;
const COUNT_RIGHT: f32 = LEFT + NAME_WIDTH + 60.0;
const BARS_LEFT: f32 = COUNT_RIGHT + 24.0;
const BARS_WIDTH: f32 = 550.0;
const BAR: RGBColor = RGBColor(122, 62, 140);
const CHANCE: RGBColor = RGBColor(206, 96, 62);

/// 1080 wide, as high as there are lists (200 at most).
pub fn png(evaluated: &Evaluated) -> Result<Vec<u8>, ReportError> {
    let lists = by_learnability(evaluated.evaluation);
    let rows = lists.len().min(MAX_ROWS);
    let bottom = TOP + rows as f32 * PITCH;
    let height = (bottom + 56.0) as u32;
    draw(
        evaluated,
        (WIDTH, height),
        "how learnable each list is",
        |canvas, faces| {
            if rows == 0 {
                let nothing = "No tested track is on any list.";
                return canvas.text((LEFT, 140.0), faces.small(MUTED_TEXT), nothing);
            }
            legend(canvas, faces)?;
            grid(canvas, faces, bottom)?;
            for (row, list) in lists.iter().take(rows).enumerate() {
                let top = TOP + row as f32 * PITCH;
                draw_row(canvas, faces, top, list, evaluated.evaluation.tracks)?;
            }
            if lists.len() > rows {
                let more = format!("and {} more in playlists.csv", lists.len() - rows);
                canvas.text((LEFT, bottom + 30.0), faces.small(MUTED_TEXT), &more)?;
            }
            Ok(())
        },
    )
}

fn legend(canvas: &Canvas, faces: &FontSet) -> Result<(), ReportError> {
    let y = 132.0;
    let style = faces.small(FOREGROUND);
    canvas.text((LEFT, y), faces.small(MUTED_TEXT), "list")?;
    right(canvas, (COUNT_RIGHT, y), faces.small(MUTED_TEXT), "tested")?;
    let mark = Area {
        left: BARS_LEFT,
        top: y - 11.0,
        width: 18.0,
        height: 12.0,
    };
    canvas.rectangle(mark, BAR)?;
    canvas.text((BARS_LEFT + 26.0, y), style, "average precision")?;
    let chance = BARS_LEFT + 190.0;
    canvas.line(&[(chance, y - 13.0), (chance, y + 3.0)], 2.5, CHANCE)?;
    canvas.text((chance + 12.0, y), style, "what chance would reach")
}

fn grid(canvas: &Canvas, faces: &FontSet, bottom: f32) -> Result<(), ReportError> {
    let style = faces.of_size(13.0, MUTED_TEXT);
    for line in 0..=4 {
        let share = line as f32 / 4.0;
        let x = BARS_LEFT + share * BARS_WIDTH;
        canvas.line(&[(x, TOP - 6.0), (x, bottom)], 0.5, GRID)?;
        let text = format!("{share:.2}");
        let middle = style.face.width(&text, style.size) / 2.0;
        canvas.text((x - middle, TOP - 12.0), style, &text)?;
    }
    Ok(())
}

fn draw_row(
    canvas: &Canvas,
    faces: &FontSet,
    top: f32,
    list: &PlaylistScores,
    tracks: usize,
) -> Result<(), ReportError> {
    let (name_style, number_style) = (faces.small(FOREGROUND), faces.small(MUTED_TEXT));
    let baseline = top + 15.0;
    let name = name_style
        .face
        .fit(&playlist_name(&list.name), name_style.size, NAME_WIDTH);
    canvas.text((LEFT, baseline), name_style, &name)?;
    right(
        canvas,
        (COUNT_RIGHT, baseline),
        number_style,
        &list.n.to_string(),
    )?;
    let Some(average) = list.average_precision.filter(|average| average.is_finite()) else {
        return canvas.text(
            (BARS_LEFT + 4.0, baseline),
            number_style,
            "too little is known to tell",
        );
    };
    let bar = Area {
        left: BARS_LEFT,
        top: top + 3.0,
        width: (average.clamp(0.0, 1.0) as f32 * BARS_WIDTH).max(1.0),
        height: PITCH - 6.0,
    };
    canvas.rectangle(bar, BAR)?;
    // A list of n of all the tracks, ranked by chance, has about their share as its average precision.
    let chance = list.n as f32 / tracks.max(list.n).max(1) as f32;
    let x = BARS_LEFT + chance * BARS_WIDTH;
    canvas.line(&[(x, top + 1.0), (x, top + PITCH - 1.0)], 2.5, CHANCE)?;
    let after = (bar.left + bar.width).max(x) + 8.0;
    canvas.text((after, baseline), number_style, &format!("{average:.2}"))
}
