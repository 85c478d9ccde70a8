//! Windows from clips on disk: memory-mapped samples, augmented and turned into log-mels on demand.

use rayon::prelude::*;

use super::augment::Augmentation;
use super::dataset::WindowSource;
use audio::effects::{Effect, apply_all, samples_needed};
use features::mel::{FrontEnd, LogMel, Mask, Segmenter, Window, apply_mask, segment_at};
use prepare::Clip;

/// Samples passed to the segmenter at once.
const BLOCK: usize = 1 << 16;

/// A [`WindowSource`] on clips.
pub struct ClipWindows {
    /// Computes the log-mels.
    pub front_end: FrontEnd,
    /// One per track, at the front end's sample rate.
    pub clips: Vec<Clip>,
    /// Augmentation of random windows; the windows of whole songs are not augmented.
    pub augmentation: Augmentation,
}

impl WindowSource for ClipWindows {
    fn len(&self) -> usize {
        self.clips.len()
    }

    /// All random numbers are drawn window by window before the work is distributed, so that equal generators give equal
    /// batches for any number of cores.
    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
        let plans: Vec<Plan> = tracks
            .iter()
            .map(|&track| self.plan(track, random))
            .collect();
        let size = self.front_end.window_size();
        let mut log_mels = vec![0.0; tracks.len() * size];
        log_mels.par_chunks_mut(size).zip(&plans).for_each_init(
            || (LogMel::new(&self.front_end), Vec::with_capacity(size)),
            |(log_mel, window), (out, plan)| {
                window.clear();
                log_mel.append(&self.samples(plan), window);
                apply_mask(window, self.front_end.n_mels, &plan.masks);
                out.copy_from_slice(window);
            },
        );
        log_mels
    }

    fn song_windows(&self, track: usize) -> Vec<f32> {
        let clip = &self.clips[track];
        let mut log_mel = LogMel::new(&self.front_end);
        let mut segmenter = Segmenter::new(&self.front_end);
        let mut log_mels = Vec::new();
        let mut on_window = |window: Window| -> Result<(), std::convert::Infallible> {
            log_mel.append(window.samples, &mut log_mels);
            Ok(())
        };
        let mut block = vec![0.0; BLOCK];
        let mut position = 0;
        loop {
            let count = clip.read(position, &mut block);
            if count == 0 {
                break;
            }
            position += count;
            let Ok(()) = segmenter.push(&block[..count], &mut on_window);
        }
        let Ok(()) = segmenter.finish(&mut on_window);
        log_mels
    }
}

/// A window to compute.
struct Plan {
    track: usize,
    /// First sample in the clip, and number of samples to read.
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

    /// The samples of a window, after the effects.
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
