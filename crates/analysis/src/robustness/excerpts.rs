//! A few stretches of a song, kept while it streams by, so that no second pass over the file is needed.

use features::mel::{FrontEnd, Segmenter, ShortInput, Window};

use super::super::song_analysis::is_silent;

/// Most stretches that are kept. A longer song is thinned out evenly, so that between this many and half of it remain.
pub const MAX_EXCERPTS: usize = 8;

/// A window of the song and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// Where it begins in the song, in samples.
    pub start: usize,
    /// Mono, about ±1; as many as were asked for, or the whole of a shorter song.
    pub samples: Vec<f32>,
}

/// Gathers stretches that begin where the song's windows begin. Those whose window is silent are passed over: nothing that
/// is done to silence is heard.
/// Holds no more than [`MAX_EXCERPTS`] and two more, however long the song.
pub struct ExcerptCollector {
    cutter: Segmenter,
    /// Samples in a window.
    window: usize,
    pub(super) held: Vec<Excerpt>,
    /// Stretches seen that were not silent, of which each `stride`-th is kept.
    seen: usize,
    stride: usize,
}

impl ExcerptCollector {
    /// Stretches of so many samples of one song.
    pub fn new(front_end: &FrontEnd, length: usize) -> Self {
        let longer = FrontEnd {
            window_seconds: length as f64 / f64::from(front_end.sample_rate_hz),
            // A change comes before what fills a short song.
            short_input: ShortInput::ZeroPad,
            ..front_end.clone()
        };
        Self {
            cutter: Segmenter::new(&longer),
            window: front_end.window_samples(),
            held: Vec::new(),
            seen: 0,
            stride: 1,
        }
    }

    /// Takes the song's next samples.
    pub fn push(&mut self, samples: &[f32]) {
        let Self {
            cutter,
            window: length,
            held,
            seen,
            stride,
        } = self;
        let keep = |window: Window| -> Result<(), std::convert::Infallible> {
            if !is_silent(&window.samples[..window.samples.len().min(*length)]) {
                if seen.is_multiple_of(*stride) {
                    held.push(window.into());
                }
                *seen += 1;
            }
            if held.len() > MAX_EXCERPTS {
                let mut place = 0..;
                held.retain(|_| {
                    place
                        .next()
                        .is_some_and(|place: usize| place.is_multiple_of(2))
                });
                *stride *= 2;
            }
            Ok(())
        };
        let Ok(()) = cutter.push(samples, keep);
    }

    /// The stretches in the song's order; at least one unless the song is empty or all of it that counts is silent.
    pub fn finish(self) -> Vec<Excerpt> {
        let mut held = self.held;
        // The last one is not a step behind the one before, and so only serves where there is no other.
        let last = |window: Window| -> Result<(), std::convert::Infallible> {
            if held.is_empty() {
                held.push(window.into());
            }
            Ok(())
        };
        let Ok(()) = self.cutter.finish(last);
        held
    }
}

impl From<Window<'_>> for Excerpt {
    fn from(window: Window) -> Self {
        Self {
            start: window.start,
            samples: window.samples.to_vec(),
        }
    }
}
