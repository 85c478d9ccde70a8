//! The fits of a batch as a heat map, songs by lists. Lists stand by how many songs they are the best of, songs by their
//! best list and then by its fit, so that the map falls into blocks. A box marks what the assignment pitches.

use crate::ReportError;
use crate::canvas::{Area, Canvas, Sheet};
use crate::colormap::{BOXED, cell, legend};
use crate::evaluation::{FontSet, right};
use crate::palette::{BACKGROUND, FOREGROUND, GRID, MUTED_TEXT};
use crate::words::{playlist_name, shorten, song_title};
use collection::batch::{BatchReport, BatchSong};

/// Songs and lists that are drawn; all stand in the tables.
const MAX_SONGS: usize = 300;
const MAX_PLAYLISTS: usize = 120;
const LEFT: f32 = 48.0;
const NAMES_WIDTH: f32 = 300.0;
const MAP_LEFT: f32 = LEFT + NAMES_WIDTH + 12.0;
const MAP_TOP: f32 = 330.0;
/// How long a list's name may be, above its column.
const LIST_NAMES_HEIGHT: f32 = 170.0;
/// What all cells together want to be wide.
const MAP_WIDTH: f32 = 1000.0;
const CELL_WIDTHS: [f32; 2] = [15.0, 48.0];
const CELL_HEIGHT: f32 = 16.0;

/// As large as it needs, 300 songs and 120 lists at most.
pub fn png(batch: &BatchReport) -> Result<Vec<u8>, ReportError> {
    let lists = lists(batch);
    let songs = songs(batch, &lists);
    let [low, high] = CELL_WIDTHS;
    let cell = (MAP_WIDTH / lists.len().max(1) as f32)
        .clamp(low, high)
        .floor();
    let (across, down) = (cell * lists.len() as f32, CELL_HEIGHT * songs.len() as f32);
    let width = (MAP_LEFT + across + LEFT).max(1080.0);
    let mut sheet = Sheet::new(width as u32, (MAP_TOP + down + 64.0) as u32);
    {
        let map = Map {
            batch,
            canvas: &sheet.canvas(),
            faces: &FontSet::new()?,
            lists: &lists,
            cell,
        };
        map.canvas.fill(BACKGROUND)?;
        map.heading(width - 2.0 * LEFT)?;
        map.list_names()?;
        for (row, &song) in songs.iter().enumerate() {
            map.row(row, &batch.songs[song])?;
        }
        map.frame(songs.len())?;
        map.pitches(&songs)?;
        map.left_out([songs.len(), lists.len()], MAP_TOP + down + 40.0)?;
    }
    sheet
        .png()
        .map_err(|reason| ReportError::Picture(reason.to_string()))
}

/// By how many songs each is the best of, then by the sum of its fits.
fn lists(batch: &BatchReport) -> Vec<usize> {
    let mut best = vec![0; batch.lists.len()];
    for (list, _) in batch.songs.iter().filter_map(BatchSong::best) {
        best[list] += 1;
    }
    let sum = |list: &usize| -> f64 { batch.songs.iter().map(|song| song.fits[*list].fit).sum() };
    let mut lists: Vec<(usize, f64)> = (0..best.len()).map(|list| (list, sum(&list))).collect();
    lists.sort_by(|left, right| {
        let by_best = best[right.0].cmp(&best[left.0]);
        by_best.then(right.1.total_cmp(&left.1))
    });
    lists
        .into_iter()
        .map(|list| list.0)
        .take(MAX_PLAYLISTS)
        .collect()
}

/// Of the songs with the highest best fit, as many as are drawn: in the order of their best lists, then by its fit.
fn songs(batch: &BatchReport, lists: &[usize]) -> Vec<usize> {
    let place = |list: usize| lists.iter().position(|other| *other == list);
    let mut songs: Vec<(usize, usize, f64)> = batch
        .songs
        .iter()
        .enumerate()
        .filter_map(|(song, facts)| {
            let (list, fit) = facts.best()?;
            Some((song, place(list).unwrap_or(usize::MAX), fit))
        })
        .collect();
    songs.sort_by(|left, right| right.2.total_cmp(&left.2));
    songs.truncate(MAX_SONGS);
    // Stable, so that the fits stay in order inside each list.
    songs.sort_by_key(|song| song.1);
    songs.into_iter().map(|song| song.0).collect()
}

struct Map<'a, 'sheet> {
    batch: &'a BatchReport,
    canvas: &'a Canvas<'sheet>,
    faces: &'a FontSet,
    lists: &'a [usize],
    /// Its width.
    cell: f32,
}

impl Map<'_, '_> {
    fn heading(&self, across: f32) -> Result<(), ReportError> {
        let title = format!("{}: what the songs fit", shorten(&self.batch.bundle, 60));
        let style = self.faces.bold(26.0);
        let title = style.face.fit(&title, style.size, across);
        self.canvas.text((LEFT, 56.0), style, &title)?;
        let style = self.faces.small(MUTED_TEXT);
        let disclaimer = shorten(&self.batch.disclaimer, 400);
        let lines = style.face.wrap(&disclaimer, style.size, across, 2);
        for (row, line) in lines.iter().enumerate() {
            let place = (LEFT, 82.0 + row as f32 * 20.0);
            self.canvas.text(place, style, line)?;
        }
        let words = "Fit of a song (row) to a list (column); boxed: pitch this song to this list";
        legend(self.canvas, self.faces, (LEFT, 138.0), words)
    }

    fn list_names(&self) -> Result<(), ReportError> {
        let style = self.faces.of_size(14.0, FOREGROUND);
        for (column, &list) in self.lists.iter().enumerate() {
            let name = playlist_name(&self.batch.lists[list].name);
            let name = style.face.fit(&name, style.size, LIST_NAMES_HEIGHT);
            let foot = MAP_LEFT + (column as f32 + 0.5) * self.cell + style.size * 0.36;
            self.canvas
                .text_upwards((foot, MAP_TOP - 8.0), style, &name)?;
        }
        Ok(())
    }

    fn row(&self, row: usize, song: &BatchSong) -> Result<(), ReportError> {
        let style = self.faces.of_size(13.0, FOREGROUND);
        let title = style
            .face
            .fit(&song_title(&song.facts), style.size, NAMES_WIDTH);
        let baseline = MAP_TOP + (row as f32 + 0.5) * CELL_HEIGHT + style.size * 0.36;
        right(self.canvas, (LEFT + NAMES_WIDTH, baseline), style, &title)?;
        for (column, &list) in self.lists.iter().enumerate() {
            let fit = song.fits[list].fit;
            cell(self.canvas, self.faces, self.area(row, column), fit, 11.0)?;
        }
        Ok(())
    }

    /// Lines between every fifth song and list.
    fn frame(&self, songs: usize) -> Result<(), ReportError> {
        let (across, down) = (
            self.cell * self.lists.len() as f32,
            CELL_HEIGHT * songs as f32,
        );
        for row in (0..=songs).filter(|row| row % 5 == 0 || *row == songs) {
            let y = MAP_TOP + row as f32 * CELL_HEIGHT;
            self.canvas
                .line(&[(MAP_LEFT, y), (MAP_LEFT + across, y)], 0.5, GRID)?;
        }
        let lists = self.lists.len();
        for column in (0..=lists).filter(|column| column % 5 == 0 || *column == lists) {
            let x = MAP_LEFT + column as f32 * self.cell;
            self.canvas
                .line(&[(x, MAP_TOP), (x, MAP_TOP + down)], 0.5, GRID)?;
        }
        Ok(())
    }

    fn pitches(&self, songs: &[usize]) -> Result<(), ReportError> {
        for pitch in &self.batch.assignment.best {
            let row = songs.iter().position(|song| *song == pitch.song);
            let column = self.lists.iter().position(|list| *list == pitch.list);
            if let (Some(row), Some(column)) = (row, column) {
                self.canvas.outline(self.area(row, column), 1.5, BOXED)?;
            }
        }
        Ok(())
    }

    fn left_out(&self, [songs, lists]: [usize; 2], y: f32) -> Result<(), ReportError> {
        let more = [
            (self.batch.songs.len() - songs, "songs with lower fits"),
            (self.batch.lists.len() - lists, "lists"),
        ];
        let more = more.iter().filter(|(count, _)| *count > 0);
        let more: Vec<String> = more
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let words = match (songs, more.is_empty()) {
            (0, _) => "No song was heard.".to_owned(),
            (_, true) => return Ok(()),
            (_, false) => format!("Not drawn: {}. All stand in songs.csv.", more.join(" and ")),
        };
        self.canvas
            .text((LEFT, y), self.faces.small(MUTED_TEXT), &words)
    }

    fn area(&self, row: usize, column: usize) -> Area {
        Area {
            left: MAP_LEFT + column as f32 * self.cell,
            top: MAP_TOP + row as f32 * CELL_HEIGHT,
            width: self.cell,
            height: CELL_HEIGHT,
        }
    }
}
