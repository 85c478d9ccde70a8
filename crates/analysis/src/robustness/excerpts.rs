//! A few excerpts of a song, stored while it is streamed, so that the file is read once.

use features::mel::{FrontEnd, Segmenter, ShortInput, Window};

use super::super::song_analysis::is_silent;

/// Maximum number of excerpts. Those of a longer song are thinned out evenly, so that this many to half as many remain.
pub const MAX_EXCERPTS: usize = 8;

/// A window of the song and the samples after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// Its start in the song, in samples.
    pub start: usize,
    /// Mono, about ±1; of the requested length, or all of a shorter song.
    pub samples: Vec<f32>,
}

/// Collects excerpts that begin at the starts of the song's windows, without silent windows, on which a perturbation has no
/// effect. Stores at most [`MAX_EXCERPTS`] + 2, for a song of any duration.
pub struct ExcerptCollector {
    segmenter: Segmenter,
    /// Samples in a window.
    window: usize,
    pub(super) excerpts: Vec<Excerpt>,
    /// Excerpts so far that were not silent; each `stride`-th is stored.
    seen: usize,
    stride: usize,
}

impl ExcerptCollector {
    /// For excerpts of `length` samples.
    pub fn new(front_end: &FrontEnd, length: usize) -> Self {
        let longer = FrontEnd {
            window_seconds: length as f64 / f64::from(front_end.sample_rate_hz),
            // Perturbations are applied before a short song is padded.
            short_input: ShortInput::ZeroPad,
            ..front_end.clone()
        };
        Self {
            segmenter: Segmenter::new(&longer),
            window: front_end.window_samples(),
            excerpts: Vec::new(),
            seen: 0,
            stride: 1,
        }
    }

    /// Adds the song's next samples.
    pub fn push(&mut self, samples: &[f32]) {
        let Self {
            segmenter,
            window: length,
            excerpts,
            seen,
            stride,
        } = self;
        let store = |window: Window| -> Result<(), std::convert::Infallible> {
            if !is_silent(&window.samples[..window.samples.len().min(*length)]) {
                if seen.is_multiple_of(*stride) {
                    excerpts.push(window.into());
                }
                *seen += 1;
            }
            if excerpts.len() > MAX_EXCERPTS {
                let mut index = 0..;
                excerpts.retain(|_| {
                    index
                        .next()
                        .is_some_and(|index: usize| index.is_multiple_of(2))
                });
                *stride *= 2;
            }
            Ok(())
        };
        let Ok(()) = segmenter.push(samples, store);
    }

    /// The excerpts in the order of the song; at least one, unless the song is empty or silent.
    pub fn finish(self) -> Vec<Excerpt> {
        let mut excerpts = self.excerpts;
        // The last one is less than a hop after its predecessor, so it is used only if there is no other.
        let last = |window: Window| -> Result<(), std::convert::Infallible> {
            if excerpts.is_empty() {
                excerpts.push(window.into());
            }
            Ok(())
        };
        let Ok(()) = self.segmenter.finish(last);
        excerpts
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
