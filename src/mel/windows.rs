//! A song, however long, as the windows that a network sees.

use super::{FrontEnd, ShortSong};

/// Cuts a stream of samples into windows: one each hop, the last one flush with the song's end. Holds no more than a
/// window and a block at a time.
pub struct WindowCutter {
    length: usize,
    hop: Option<usize>,
    short_song: ShortSong,
    pending: Vec<f32>,
    /// Where `pending` begins in the song.
    start: usize,
    /// Where the next window begins.
    next: usize,
}

/// One window of a song.
#[derive(Debug, PartialEq)]
pub struct Window<'a> {
    /// Where it begins in the song, in samples.
    pub start: usize,
    pub samples: &'a [f32],
}

impl WindowCutter {
    pub fn new(front_end: &FrontEnd) -> Self {
        let rate = f64::from(front_end.sample_rate_hz);
        let hop = front_end.window_hop_seconds.map(|seconds| ((seconds * rate).round() as usize).max(1));
        let length = front_end.window_samples();
        Self { length, hop, short_song: front_end.short_song, pending: Vec::new(), start: 0, next: 0 }
    }

    /// Takes samples in and hands out the windows that are whole.
    ///
    /// # Errors
    /// Whatever `see` answers.
    pub fn push<E>(&mut self, samples: &[f32], mut see: impl FnMut(Window) -> Result<(), E>) -> Result<(), E> {
        self.pending.extend_from_slice(samples);
        while self.hop.is_some() || self.next == 0 {
            let from = self.next - self.start;
            let Some(window) = self.pending.get(from..from + self.length) else { break };
            see(Window { start: self.next, samples: window })?;
            self.next += self.hop.unwrap_or(self.length);
        }
        // Keep a whole window before the end: the last one may have to reach back.
        let end = self.start + self.pending.len();
        let keep_from = end.saturating_sub(self.length).max(self.start);
        if keep_from - self.start > self.length {
            self.pending.drain(..keep_from - self.start);
            self.start = keep_from;
        }
        Ok(())
    }

    /// Hands out the last window: what no window has covered yet, or the whole of a song shorter than a window.
    ///
    /// # Errors
    /// Whatever `see` answers.
    pub fn finish<E>(mut self, mut see: impl FnMut(Window) -> Result<(), E>) -> Result<(), E> {
        let end = self.start + self.pending.len();
        if self.next == 0 && end > 0 {
            fill(&mut self.pending, self.length, self.short_song);
            return see(Window { start: 0, samples: &self.pending });
        }
        let covered = self.next - self.hop.unwrap_or(0) + self.length;
        if self.hop.is_none() || end <= covered.min(end) {
            return Ok(());
        }
        let last = end - self.length;
        see(Window { start: last, samples: &self.pending[last - self.start..] })
    }
}

/// The window that begins at `start` of a whole clip, filled as the front end says; `read` copies samples from a
/// place on and answers how many there were.
pub fn window_at(front_end: &FrontEnd, start: usize, read: impl Fn(usize, &mut [f32]) -> usize) -> Vec<f32> {
    let mut samples = vec![0.0; front_end.window_samples()];
    let count = read(start, &mut samples);
    samples.truncate(count);
    fill(&mut samples, front_end.window_samples(), front_end.short_song);
    samples
}

fn fill(samples: &mut Vec<f32>, length: usize, with: ShortSong) {
    let own = samples.len();
    samples.resize(length, 0.0);
    if with == ShortSong::Repeat && own > 0 {
        for n in own..length {
            samples[n] = samples[n - own];
        }
    }
}
