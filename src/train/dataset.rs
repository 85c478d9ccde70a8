//! Clips and what playlists they are on, cut into windows as they are needed.

use rayon::prelude::*;

use crate::audio::Clip;
use crate::mel::{FrontEnd, LogMel, Window, WindowCutter, window_at};

/// Samples handed to the window cutter at once.
const BLOCK: usize = 1 << 16;

/// Tracks with their audio, mapped from disk.
pub struct Dataset {
    pub front_end: FrontEnd,
    pub clips: Vec<Clip>,
    /// The playlists of each track.
    pub truth: Vec<Vec<usize>>,
    pub playlists: usize,
}

impl Dataset {
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// A window of each track from a place drawn at random: `[tracks, n_mels, frames]`.
    pub fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
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

    /// All windows of a track, as `fit` cuts a song: `[windows, n_mels, frames]`.
    pub fn song_windows(&self, track: usize) -> Vec<f32> {
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

    /// Ones where a track is on a playlist: `[tracks, playlists]`.
    pub fn targets(&self, tracks: &[usize]) -> Vec<f32> {
        let mut targets = vec![0.0; tracks.len() * self.playlists];
        for (row, &track) in targets.chunks_exact_mut(self.playlists).zip(tracks) {
            self.truth[track]
                .iter()
                .for_each(|&playlist| row[playlist] = 1.0);
        }
        targets
    }

    /// How many of these tracks each playlist has.
    pub fn counts(&self, tracks: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.playlists];
        tracks
            .iter()
            .flat_map(|&track| &self.truth[track])
            .for_each(|&playlist| counts[playlist] += 1);
        counts
    }

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
