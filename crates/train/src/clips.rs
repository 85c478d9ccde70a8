//! Clips mapped from disk, cut and turned into log-mels as windows are needed.

use rayon::prelude::*;

use super::augment::Augmentation;
use super::dataset::WindowSource;
use audio::effects::{Effect, apply_all, samples_needed};
use features::mel::{FrontEnd, LogMel, Mask, Segmenter, Window, apply_mask, segment_at};
use prepare::Clip;

/// Samples handed to the window cutter at once.
const BLOCK: usize = 1 << 16;

pub struct ClipWindows {
    pub front_end: FrontEnd,
    pub clips: Vec<Clip>,
    /// What is done to windows that teach; those that are judged stay as they are.
    pub augmentation: Augmentation,
}

impl WindowSource for ClipWindows {
    fn len(&self) -> usize {
        self.clips.len()
    }

    /// Everything is drawn here, window by window, before the work is dealt to the cores; so equal generators give equal
    /// batches, however many cores there are.
    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
        let plans: Vec<Plan> = tracks
            .iter()
            .map(|&track| self.plan(track, random))
            .collect();
        let size = self.front_end.window_size();
        let mut pictures = vec![0.0; tracks.len() * size];
        pictures.par_chunks_mut(size).zip(&plans).for_each_init(
            || (LogMel::new(&self.front_end), Vec::with_capacity(size)),
            |(log_mel, picture), (out, plan)| {
                picture.clear();
                log_mel.append(&self.samples(plan), picture);
                apply_mask(picture, self.front_end.n_mels, &plan.masks);
                out.copy_from_slice(picture);
            },
        );
        pictures
    }

    fn song_windows(&self, track: usize) -> Vec<f32> {
        let clip = &self.clips[track];
        let mut log_mel = LogMel::new(&self.front_end);
        let mut cutter = Segmenter::new(&self.front_end);
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

/// A window that is to be made.
struct Plan {
    track: usize,
    /// Where it begins in the track, and how many samples are read.
    start: usize,
    length: usize,
    effects: Vec<Effect>,
    masks: Vec<Mask>,
}

impl ClipWindows {
    fn plan(&self, track: usize, random: &mut fastrand::Rng) -> Plan {
        let front_end = &self.front_end;
        let (rate, window) = (front_end.sample_rate_hz, front_end.window_samples());
        let effects = self.augmentation.draw(random);
        let length = samples_needed(&effects, rate, window);
        let (bands, frames) = (front_end.n_mels, front_end.window_frames());
        Plan {
            track,
            start: random.usize(..=self.last_start(track, length)),
            length,
            masks: self.augmentation.draw_masks(bands, frames, random),
            effects,
        }
    }

    /// A window's samples, as many as the front end asks for.
    fn samples(&self, plan: &Plan) -> Vec<f32> {
        let rate = self.front_end.sample_rate_hz;
        let read = segment_at(&self.front_end, plan.start, plan.length, |from, out| {
            self.clips[plan.track].read(from, out)
        });
        apply_all(&plan.effects, read, rate, self.front_end.window_samples())
    }

    fn last_start(&self, track: usize, length: usize) -> usize {
        match self.front_end.window_hop_seconds {
            Some(_) => self.clips[track].len().saturating_sub(length),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests;
