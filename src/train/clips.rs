//! Clips mapped from disk, cut and turned into log-mels as windows are needed.

use rayon::prelude::*;

use super::augment::Augmentation;
use super::dataset::Recordings;
use crate::audio::Clip;
use crate::mel::{FrontEnd, LogMel, Window, WindowCutter, window_at};

/// Samples handed to the window cutter at once.
const BLOCK: usize = 1 << 16;

pub struct Clips {
    pub front_end: FrontEnd,
    pub clips: Vec<Clip>,
    /// What is done to windows that teach; those that are judged stay as they are.
    pub augmentation: Augmentation,
}

impl Recordings for Clips {
    fn len(&self) -> usize {
        self.clips.len()
    }

    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
        let length = self.front_end.window_samples();
        let starts: Vec<(usize, usize)> = tracks
            .iter()
            .map(|&track| (track, random.usize(..=self.last_start(track, length))))
            .collect();
        let pictures: Vec<Vec<f32>> = starts
            .par_iter()
            .map_init(
                || LogMel::new(&self.front_end),
                |log_mel, &(track, start)| {
                    let samples = window_at(&self.front_end, start, |from, out| {
                        self.clips[track].read(from, out)
                    });
                    picture(log_mel, &samples)
                },
            )
            .collect();
        pictures.concat()
    }

    fn song_windows(&self, track: usize) -> Vec<f32> {
        let clip = &self.clips[track];
        let mut log_mel = LogMel::new(&self.front_end);
        let mut cutter = WindowCutter::new(&self.front_end);
        let mut pictures = Vec::new();
        let mut see = |window: Window| -> Result<(), std::convert::Infallible> {
            log_mel.append(window.samples, &mut pictures);
            Ok(())
        };
        let mut block = vec![0.0; BLOCK];
        let mut place = 0;
        loop {
            let count = clip.read(place, &mut block);
            if count == 0 {
                break;
            }
            place += count;
            let Ok(()) = cutter.push(&block[..count], &mut see);
        }
        let Ok(()) = cutter.finish(&mut see);
        pictures
    }
}

impl Clips {
    fn last_start(&self, track: usize, length: usize) -> usize {
        match self.front_end.window_hop_seconds {
            Some(_) => self.clips[track].len().saturating_sub(length),
            None => 0,
        }
    }
}

fn picture(log_mel: &mut LogMel, samples: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    log_mel.append(samples, &mut out);
    out
}
