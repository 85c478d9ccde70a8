//! Log-mel pictures in, windows out: GTZAN's clips as grey PNGs (row 0 the highest of 128 Slaney bands up to 11 025 Hz,
//! value v is -80 dB x (1 - v / 255) below the clip's maximum, a column each 77.5 ms).
//!
//! A network that learned from scratch sees them as they are. One that was trained on another front end's log-mels sees
//! them laid on that front end's bands and times, as near as can be: the columns are samples of the picture, so what
//! happened between them is lost.

use std::path::Path;

use anyhow::{Context as _, ensure};
use features::mel::{FrontEnd, apply_mask};
use playlist_fit_train::{Augmentation, WindowSource};
use rayon::prelude::*;
use serde::Deserialize;

use super::warp::Warp;

pub const BANDS: usize = 128;
pub const COLUMNS: usize = 387;
const COLUMN_SECONDS: f64 = 0.0775;
const RANGE_DECIBELS: f32 = 80.0;

/// What the network takes the pictures for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grid {
    /// The picture's own bands and columns, in decibels brought to about zero mean and unit spread.
    Native,
    /// EfficientAT's bands and logarithm.
    Efficientat,
}

/// How a training window differs from the picture, drawn anew each time; zeros for not at all.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    /// Faster or slower by up to this share.
    pub tempo: f64,
    /// Up or down by up to so many bands.
    pub bands: usize,
    /// Louder or quieter by up to this.
    pub gain_decibels: f32,
}

/// All clips on one grid.
pub struct Pictures {
    /// `[BANDS, COLUMNS]` each, lowest band first, in the network's units.
    pub pictures: Vec<Vec<f32>>,
    pub grid: Grid,
    /// Length of a window, and of one of its frames.
    pub frames: usize,
    pub frame_seconds: f64,
    pub jitter: Jitter,
    pub augmentation: Augmentation,
}

/// One clip as it lies on disk: lowest band first, in decibels.
pub fn read(path: &Path) -> anyhow::Result<Vec<f32>> {
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info()?;
    let mut grey = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut grey)?;
    let size = (info.width as usize, info.height as usize, info.color_type);
    ensure!(
        size == (COLUMNS, BANDS, png::ColorType::Grayscale),
        "{}: a grey picture of {COLUMNS} x {BANDS} is needed, this one is {size:?}",
        path.display()
    );
    let rows = grey.chunks_exact(COLUMNS).rev().flatten();
    Ok(rows
        .map(|&value| RANGE_DECIBELS * (f32::from(value) / 255.0 - 1.0))
        .collect())
}

impl Pictures {
    /// `decibels` as [`read`] gives them.
    pub fn new(
        decibels: &[Vec<f32>],
        grid: Grid,
        frames: usize,
        frame_seconds: f64,
        jitter: Jitter,
        augmentation: Augmentation,
    ) -> Self {
        let warp = Warp::new();
        let lay = |picture: &Vec<f32>| match grid {
            Grid::Native => picture.iter().map(|value| (value + 40.0) / 20.0).collect(),
            Grid::Efficientat => warp.lay(picture),
        };
        Self {
            pictures: decibels.par_iter().map(lay).collect(),
            grid,
            frames,
            frame_seconds,
            jitter,
            augmentation,
        }
    }

    /// A front end whose windows have this shape.
    pub fn front_end(&self) -> FrontEnd {
        let like = FrontEnd::efficientat();
        let hop = (self.frame_seconds * f64::from(like.sample_rate_hz)).round() as usize;
        FrontEnd {
            name: format!("{:?} pictures", self.grid),
            hop_length: hop,
            window_seconds: ((self.frames - 1) * hop + 2) as f64 / f64::from(like.sample_rate_hz),
            ..like
        }
    }

    fn window_seconds(&self) -> f64 {
        self.frames as f64 * self.frame_seconds
    }

    fn picture_seconds() -> f64 {
        (COLUMNS - 1) as f64 * COLUMN_SECONDS
    }

    /// `[BANDS, frames]` from `start`, which hold `seconds` of the clip, `shift` bands up.
    fn window(&self, clip: usize, start: f64, seconds: f64, shift: isize) -> Vec<f32> {
        let places = (0..self.frames).map(|frame| {
            let time = start + frame as f64 * seconds / self.frames as f64;
            let place = (time / COLUMN_SECONDS).clamp(0.0, (COLUMNS - 1) as f64 - 1e-4);
            (place as usize, (place % 1.0) as f32)
        });
        let places: Vec<(usize, f32)> = places.collect();
        let picture = &self.pictures[clip];
        let mut window = Vec::with_capacity(BANDS * self.frames);
        for band in 0..BANDS {
            let source = band.saturating_add_signed(-shift).min(BANDS - 1);
            let row = &picture[source * COLUMNS..(source + 1) * COLUMNS];
            let blend =
                |&(left, share): &(usize, f32)| row[left] + share * (row[left + 1] - row[left]);
            window.extend(places.iter().map(blend));
        }
        window
    }

    fn louder(&self, window: &mut [f32], decibels: f32) {
        let (unit, floor) = match self.grid {
            Grid::Native => (20.0, -2.0),
            Grid::Efficientat => (5.0 * 10.0 / std::f32::consts::LN_10, Warp::FLOOR),
        };
        window
            .iter_mut()
            .for_each(|value| *value = (*value + decibels / unit).max(floor));
    }
}

impl WindowSource for Pictures {
    fn len(&self) -> usize {
        self.pictures.len()
    }

    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
        let seeds: Vec<(usize, u64)> = tracks
            .iter()
            .map(|&track| (track, random.u64(..)))
            .collect();
        let windows: Vec<Vec<f32>> = seeds
            .par_iter()
            .map(|&(track, seed)| {
                let mut random = fastrand::Rng::with_seed(seed);
                let Jitter {
                    tempo,
                    bands,
                    gain_decibels,
                } = self.jitter;
                let seconds = self.window_seconds() * (1.0 + tempo * (2.0 * random.f64() - 1.0));
                let start = random.f64() * (Self::picture_seconds() - seconds).max(0.0);
                let shift = random.isize(-(bands as isize)..=bands as isize);
                let mut window = self.window(track, start, seconds, shift);
                self.louder(&mut window, gain_decibels * (2.0 * random.f32() - 1.0));
                let masks = self
                    .augmentation
                    .draw_masks(BANDS, self.frames, &mut random);
                apply_mask(&mut window, BANDS, &masks);
                window
            })
            .collect();
        windows.concat()
    }

    /// Windows that overlap by half or more, from the beginning to the end.
    fn song_windows(&self, track: usize) -> Vec<f32> {
        let seconds = self.window_seconds();
        let room = (Self::picture_seconds() - seconds).max(0.0);
        let count = (room / (seconds / 2.0)).ceil() as usize;
        let start = |number: usize| room * number as f64 / count.max(1) as f64;
        let windows = (0..=count).map(|number| self.window(track, start(number), seconds, 0));
        windows.collect::<Vec<_>>().concat()
    }
}
