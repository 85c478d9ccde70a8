//! Mono samples from one rate to another, block by block. The only module that uses rubato.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

/// Minimum number of input frames per call of the filter. More give a steeper band edge and more delay.
const MIN_CHUNK_FRAMES: usize = 4096;

/// Synchronous FFT resampling of one channel without delay: input and output start at the same time, and
/// `ceil(frames * to / from)` samples are returned in all, whatever the size of the blocks.
pub struct Resampler {
    /// `None` if both rates are equal.
    filter: Option<Fft<f32>>,
    pending: Vec<f32>,
    out: Vec<f32>,
    /// Output samples of the filter's delay that are still to be dropped.
    delay: usize,
    ratio: f64,
    frames_in: u64,
    frames_out: u64,
}

impl Resampler {
    /// A resampler from one rate to another, both in Hz.
    ///
    /// # Errors
    /// With rubato's message, if it does not support this pair of rates.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, String> {
        let filter = if from_hz == to_hz {
            None
        } else {
            let (from, to) = (from_hz as usize, to_hz as usize);
            let window = WindowFunction::BlackmanHarris2;
            Some(
                Fft::new_custom(
                    from,
                    to,
                    chunk_frames(from_hz, to_hz),
                    1,
                    1,
                    window,
                    FixedSync::Input,
                )
                .map_err(|reason| reason.to_string())?,
            )
        };
        let (delay, room) = filter
            .as_ref()
            .map_or((0, 0), |fft| (fft.output_delay(), fft.output_frames_max()));
        let ratio = f64::from(to_hz) / f64::from(from_hz);
        Ok(Self {
            filter,
            pending: Vec::new(),
            out: vec![0.0; room],
            delay,
            ratio,
            frames_in: 0,
            frames_out: 0,
        })
    }

    /// Takes samples and appends what is resampled to `ready`.
    ///
    /// # Errors
    /// With rubato's message; not known to happen.
    pub fn push(&mut self, samples: &[f32], ready: &mut Vec<f32>) -> Result<(), String> {
        self.frames_in += samples.len() as u64;
        if self.filter.is_none() {
            ready.extend_from_slice(samples);
            return Ok(());
        }
        self.pending.extend_from_slice(samples);
        let mut done = 0;
        while let Some(need) = self.need().filter(|need| done + need <= self.pending.len()) {
            self.filter_chunk(done, need, u64::MAX, ready)?;
            done += need;
        }
        self.pending.drain(..done);
        Ok(())
    }

    /// Appends the rest that the filter still holds.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(&mut self, ready: &mut Vec<f32>) -> Result<(), String> {
        let total = (self.frames_in as f64 * self.ratio).ceil() as u64;
        while let Some(need) = self.need().filter(|_| self.frames_out < total) {
            self.pending.resize(need, 0.0);
            self.filter_chunk(0, need, total, ready)?;
            self.pending.clear();
        }
        Ok(())
    }

    fn need(&self) -> Option<usize> {
        self.filter
            .as_ref()
            .map(rubato::Resampler::input_frames_next)
    }

    fn filter_chunk(
        &mut self,
        from: usize,
        need: usize,
        total: u64,
        ready: &mut Vec<f32>,
    ) -> Result<(), String> {
        let Some(fft) = self.filter.as_mut() else {
            return Ok(());
        };
        let input = SequentialSlice::new(&self.pending[from..from + need], 1, need)
            .map_err(|reason| reason.to_string())?;
        let room = self.out.len();
        let mut output = SequentialSlice::new_mut(&mut self.out, 1, room)
            .map_err(|reason| reason.to_string())?;
        let (_, made) = fft
            .process_into_buffer(&input, &mut output, None::<&Indexing>)
            .map_err(|reason| reason.to_string())?;
        let dropped = self.delay.min(made);
        self.delay -= dropped;
        let taken = ((made - dropped) as u64).min(total.saturating_sub(self.frames_out)) as usize;
        self.frames_out += taken as u64;
        ready.extend_from_slice(&self.out[dropped..dropped + taken]);
        Ok(())
    }
}

/// Resamples a complete signal: `ceil(samples * to / from)` samples.
///
/// # Errors
/// As [`Resampler::new`].
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Result<Vec<f32>, String> {
    let mut resampler = Resampler::new(from_hz, to_hz)?;
    let mut out = Vec::new();
    resampler.push(samples, &mut out)?;
    resampler.finish(&mut out)?;
    Ok(out)
}

/// Input frames per chunk, such that input and output chunks have an even number of frames: the delay, half a chunk, is
/// then an integer. The number of steps has no prime factor above 5, which would slow down the transform: from 48 to
/// 32 kHz, 683 steps of 6 frames would do, and take several times as long as 720.
fn chunk_frames(from_hz: u32, to_hz: u32) -> usize {
    let (mut divisor, mut rest) = (from_hz, to_hz);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let step = 2 * (from_hz / divisor) as usize;
    let mut steps = MIN_CHUNK_FRAMES.div_ceil(step);
    while without(steps, &[2, 3, 5]) > 1 {
        steps += 1;
    }
    step * steps
}

/// A positive number divided by these factors as often as possible.
fn without(mut number: usize, factors: &[usize]) -> usize {
    for &factor in factors {
        while number.is_multiple_of(factor) {
            number /= factor;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate_hz: u32, frames: usize) -> Vec<f32> {
        (0..frames)
            .map(|n| (std::f32::consts::TAU * 440.0 * n as f32 / rate_hz as f32).sin() * 0.5)
            .collect()
    }

    fn in_blocks(from_hz: u32, to_hz: u32, input: &[f32], block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from_hz, to_hz).unwrap();
        let mut out = Vec::new();
        for piece in input.chunks(block) {
            resampler.push(piece, &mut out).unwrap();
        }
        resampler.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn a_sine_keeps_its_phase_and_amplitude_at_every_rate() {
        for from_hz in [8_000, 22_050, 44_100, 48_000, 96_000, 192_000] {
            let input = sine(from_hz, from_hz as usize);
            let out = in_blocks(from_hz, 32_000, &input, 1_000);
            assert_eq!(out.len(), 32_000, "{from_hz} Hz");
            let wanted = sine(32_000, 32_000);
            let worst = (2_000..30_000)
                .map(|n| (out[n] - wanted[n]).abs())
                .fold(0.0_f32, f32::max);
            assert!(worst < 1e-3, "{from_hz} Hz: off by {worst}");
        }
    }

    #[test]
    fn chunks_are_integer_even_and_fast_to_transform() {
        for from_hz in [
            8_000, 11_025, 22_050, 44_100, 48_000, 88_200, 96_000, 192_000,
        ] {
            for to_hz in [16_000, 22_050, 32_000] {
                let frames = chunk_frames(from_hz, to_hz);
                let out = frames * to_hz as usize / from_hz as usize;
                assert_eq!(out * from_hz as usize, frames * to_hz as usize);
                for length in [frames, out] {
                    assert!(length % 2 == 0, "{from_hz} {to_hz}");
                    let left = without(length, &[2, 3, 5, 7]);
                    assert_eq!(left, 1, "{from_hz} {to_hz}: {length}");
                }
            }
        }
    }

    #[test]
    fn the_size_of_the_blocks_changes_nothing() {
        let input = sine(44_100, 30_000);
        assert_eq!(
            in_blocks(44_100, 32_000, &input, 30_000),
            in_blocks(44_100, 32_000, &input, 77)
        );
    }

    #[test]
    fn the_same_rate_passes_through_and_a_short_input_gives_few_samples() {
        assert_eq!(in_blocks(32_000, 32_000, &[0.5, -0.5], 1), [0.5, -0.5]);
        assert_eq!(in_blocks(44_100, 32_000, &[0.25; 10], 10).len(), 8);
        assert!(in_blocks(44_100, 32_000, &[], 1).is_empty());
    }
}
