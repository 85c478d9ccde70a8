//! Mono samples from one rate to another, block by block. The only place that knows rubato.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

/// At least so many input frames go through the filter at once. More are sharper at the band's edge, slower to start.
const MIN_CHUNK_FRAMES: usize = 4096;

/// Synchronous FFT resampling of one channel, its start-up delay cut away: the n-th sample that goes out stands at
/// the same time as in the input, and `ceil(frames * to / from)` samples go out in all.
pub struct Resampler {
    /// None where both rates are the same.
    filter: Option<Fft<f32>>,
    pending: Vec<f32>,
    out: Vec<f32>,
    /// Output samples that only hold the filter's delay, still to be dropped.
    delay: usize,
    ratio: f64,
    frames_in: u64,
    frames_out: u64,
}

impl Resampler {
    /// # Errors
    /// In rubato's words, where it cannot serve this pair of rates.
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

    /// Takes samples in and appends what is ready to `ready`.
    ///
    /// # Errors
    /// In rubato's words; it has no cause to fail on finite input.
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

    /// Appends the rest: what the filter still holds, and no more than the input's length asks for.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(&mut self, ready: &mut Vec<f32>) -> Result<(), String> {
        let whole = (self.frames_in as f64 * self.ratio).ceil() as u64;
        while let Some(need) = self.need().filter(|_| self.frames_out < whole) {
            self.pending.resize(need, 0.0);
            self.filter_chunk(0, need, whole, ready)?;
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
        whole: u64,
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
        let kept = ((made - dropped) as u64).min(whole.saturating_sub(self.frames_out)) as usize;
        self.frames_out += kept as u64;
        ready.extend_from_slice(&self.out[dropped..dropped + kept]);
        Ok(())
    }
}

/// A whole signal at once: `ceil(samples * to / from)` samples.
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

/// Input frames of a chunk that is whole and even on both sides: the filter's delay, half a chunk, is then whole. So many
/// steps that the transforms' lengths have no large prime factors besides those of the rates: from 48 to 32 kHz, 683 steps
/// of 6 frames would do, and take several times as long as 720.
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

/// What is left of a number above 0 when these factors are taken out of it.
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
    fn a_sine_keeps_its_place_and_height_at_every_rate() {
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
    fn chunks_are_whole_even_and_quick_to_transform() {
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
    fn the_same_rate_passes_through_and_a_short_input_gives_its_few_samples() {
        assert_eq!(in_blocks(32_000, 32_000, &[0.5, -0.5], 1), [0.5, -0.5]);
        assert_eq!(in_blocks(44_100, 32_000, &[0.25; 10], 10).len(), 8);
        assert!(in_blocks(44_100, 32_000, &[], 1).is_empty());
    }
}
