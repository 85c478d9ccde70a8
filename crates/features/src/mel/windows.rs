//! A song to the fixed-length windows that a network takes.

use super::{FrontEnd, ShortInput};

/// Cuts a stream of samples into windows: one per hop, the last one ending with the song. Holds at most two windows and a
/// block at a time.
pub struct Segmenter {
    length: usize,
    hop: Option<usize>,
    short_input: ShortInput,
    pending: Vec<f32>,
    /// Index of the first sample of `pending` in the song.
    start: usize,
    /// Index of the first sample of the next window.
    next: usize,
}

/// One window of a song.
#[derive(Debug, PartialEq)]
pub struct Window<'a> {
    /// Index of its first sample in the song.
    pub start: usize,
    /// Its samples; fewer than a window only if a short song is zero-padded later.
    pub samples: &'a [f32],
}

impl Segmenter {
    /// Length and hop of the windows of a front end.
    #[must_use]
    pub fn new(front_end: &FrontEnd) -> Self {
        let rate = f64::from(front_end.sample_rate_hz);
        let hop = front_end
            .window_hop_seconds
            .map(|seconds| ((seconds * rate).round() as usize).max(1));
        let length = front_end.window_samples();
        Self {
            length,
            hop,
            short_input: front_end.short_input,
            pending: Vec::new(),
            start: 0,
            next: 0,
        }
    }

    /// Takes samples and calls `see` with each complete window.
    ///
    /// # Errors
    /// That of `see`.
    pub fn push<E>(
        &mut self,
        samples: &[f32],
        mut see: impl FnMut(Window) -> Result<(), E>,
    ) -> Result<(), E> {
        self.pending.extend_from_slice(samples);
        while self.hop.is_some() || self.next == 0 {
            let from = self.next - self.start;
            let Some(window) = self.pending.get(from..from + self.length) else {
                break;
            };
            see(Window {
                start: self.next,
                samples: window,
            })?;
            self.next += self.hop.unwrap_or(self.length);
        }
        // The last window may start up to one window before the end.
        let end = self.start + self.pending.len();
        let keep_from = end.saturating_sub(self.length).max(self.start);
        if keep_from - self.start > self.length {
            self.pending.drain(..keep_from - self.start);
            self.start = keep_from;
        }
        Ok(())
    }

    /// Calls `see` with the last window: the last samples that no window covers, or a song shorter than a window, filled as
    /// the front end says.
    ///
    /// # Errors
    /// That of `see`.
    pub fn finish<E>(mut self, see: impl FnOnce(Window) -> Result<(), E>) -> Result<(), E> {
        let end = self.start + self.pending.len();
        if end == 0 {
            return Ok(());
        }
        if self.next == 0 {
            fill(&mut self.pending, self.length, self.short_input);
            return see(Window {
                start: 0,
                samples: &self.pending,
            });
        }
        let Some(hop) = self.hop else { return Ok(()) };
        let covered = self.next - hop + self.length;
        if end <= covered {
            return Ok(());
        }
        let last = end - self.length;
        see(Window {
            start: last,
            samples: &self.pending[last - self.start..],
        })
    }
}

/// The `length` samples from `start` of a clip, filled as the front end says; `read` copies samples from an index and
/// returns their number.
#[must_use]
pub fn segment_at(
    front_end: &FrontEnd,
    start: usize,
    length: usize,
    read: impl Fn(usize, &mut [f32]) -> usize,
) -> Vec<f32> {
    let mut samples = vec![0.0; length];
    let count = read(start, &mut samples);
    samples.truncate(count);
    fill(&mut samples, length, front_end.short_input);
    samples
}

fn fill(samples: &mut Vec<f32>, length: usize, with: ShortInput) {
    if with == ShortInput::ZeroPad {
        return;
    }
    let own = samples.len();
    samples.resize(length, 0.0);
    if with == ShortInput::Repeat && own > 0 {
        for n in own..length {
            samples[n] = samples[n - own];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of 10 samples, a hop of 5.
    fn small(short_input: ShortInput, hop: Option<f64>) -> FrontEnd {
        FrontEnd {
            sample_rate_hz: 10,
            window_seconds: 1.0,
            window_hop_seconds: hop,
            short_input,
            ..FrontEnd::efficientat()
        }
    }

    fn cut(front_end: &FrontEnd, samples: usize, block: usize) -> Vec<(usize, Vec<f32>)> {
        let song: Vec<f32> = (0..samples).map(|n| n as f32).collect();
        let mut cutter = Segmenter::new(front_end);
        let mut seen = Vec::new();
        let mut note = |window: Window| {
            seen.push((window.start, window.samples.to_vec()));
            Ok::<(), ()>(())
        };
        for piece in song.chunks(block) {
            cutter.push(piece, &mut note).unwrap();
        }
        cutter.finish(&mut note).unwrap();
        seen
    }

    #[test]
    fn windows_follow_the_hop_and_the_last_one_ends_with_the_song() {
        let front_end = small(ShortInput::Repeat, Some(0.5));
        for block in [1, 3, 7, 1_000] {
            let windows = cut(&front_end, 103, block);
            let starts: Vec<usize> = windows.iter().map(|window| window.0).collect();
            assert_eq!(starts[..3], [0, 5, 10]);
            assert_eq!(starts[starts.len() - 2..], [90, 93], "in blocks of {block}");
            for (start, samples) in &windows {
                assert_eq!(samples.len(), 10);
                assert_eq!(samples[0], *start as f32);
                assert_eq!(samples[9], (start + 9) as f32);
            }
        }
    }

    #[test]
    fn a_short_song_is_repeated_or_followed_by_silence() {
        let repeated = cut(&small(ShortInput::Repeat, Some(0.5)), 4, 4);
        assert_eq!(
            repeated,
            [(0, vec![0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 3.0, 0.0, 1.0])]
        );
        let silent = cut(&small(ShortInput::Silence, None), 4, 4);
        assert_eq!(
            silent,
            [(0, vec![0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])]
        );
        let left_short = cut(&small(ShortInput::ZeroPad, Some(0.5)), 4, 4);
        assert_eq!(left_short, [(0, vec![0.0, 1.0, 2.0, 3.0])]);
        assert!(cut(&small(ShortInput::Repeat, Some(0.5)), 0, 1).is_empty());
    }

    #[test]
    fn without_a_hop_only_the_beginning_is_seen() {
        let windows = cut(&small(ShortInput::Silence, None), 57, 8);
        assert_eq!(
            windows.iter().map(|window| window.0).collect::<Vec<_>>(),
            [0]
        );
    }
}
