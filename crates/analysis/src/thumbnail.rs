//! The log-mel of a song of any duration, reduced to a maximum number of columns while it is streamed.

use features::mel::{Compression, FrontEnd};

use super::Spectrogram;

/// Columns are merged in pairs when there are this many.
const MAX_COLUMNS: usize = 2048;
/// Values further below the loudest are black, in natural logarithms of power (80 dB).
const DEPTH: f32 = 18.4;
/// A decibel as a natural logarithm of power.
const DECIBEL: f32 = std::f32::consts::LN_10 / 10.0;

/// Averages frames into columns.
pub struct SpectrogramThumbnail {
    bands: usize,
    frames_per_window: usize,
    /// Without the padding at the end.
    valid_frames_per_window: usize,
    /// Frames in a column.
    span: usize,
    /// `[columns][bands]`, sums of `span` frames, the last one of `filled` frames.
    columns: Vec<Vec<f32>>,
    filled: usize,
    /// Frames of the song so far.
    seen: usize,
}

impl SpectrogramThumbnail {
    pub fn new(front_end: &FrontEnd) -> Self {
        Self {
            bands: front_end.n_mels,
            frames_per_window: front_end.window_frames(),
            valid_frames_per_window: front_end.frames(front_end.window_samples()),
            span: 1,
            columns: Vec::new(),
            filled: 0,
            seen: 0,
        }
    }

    /// Adds the frames of a window `[n_mels, frames]` that were not part of an earlier one; it begins at frame `start`, and
    /// `reference` was subtracted from its values ([`LogMel::reference`](features::mel::LogMel::reference)).
    pub fn add(&mut self, start: usize, log_mel: &[f32], reference: f32) {
        let (frames, valid) = (self.frames_per_window, self.valid_frames_per_window);
        for frame in self.seen.saturating_sub(start)..valid {
            let column = log_mel[frame..].iter().step_by(frames);
            self.add_frame(column.map(|value| value + reference));
        }
        self.seen = self.seen.max(start + valid);
    }

    fn add_frame(&mut self, values: impl Iterator<Item = f32>) {
        if self.columns.is_empty() || self.filled == self.span {
            if self.columns.len() == MAX_COLUMNS {
                self.merge_pairs();
            }
            self.columns.push(vec![0.0; self.bands]);
            self.filled = 0;
        }
        if let Some(column) = self.columns.last_mut() {
            column
                .iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += value);
            self.filled += 1;
        }
    }

    fn merge_pairs(&mut self) {
        let pairs = self.columns.chunks(2);
        let sum = |pair: &[Vec<f32>]| {
            pair[0]
                .iter()
                .zip(&pair[pair.len() - 1])
                .map(|(left, right)| left + right)
                .collect()
        };
        self.columns = pairs.map(sum).collect();
        self.span *= 2;
    }

    /// The spectrogram of the song's own `samples`, without the padding of a short song.
    pub fn finish(mut self, front_end: &FrontEnd, samples: usize) -> Spectrogram {
        // If only the beginning was analysed, the rest is black.
        let silence = front_end.silence();
        for _ in self.seen..front_end.frames(samples) {
            self.add_frame(std::iter::repeat_n(silence, self.bands));
        }
        let own = front_end
            .frames(samples)
            .div_ceil(self.span)
            .clamp(1, self.columns.len().max(1));
        let last = self.columns.len().saturating_sub(1);
        for (index, column) in self.columns.iter_mut().enumerate() {
            let frames = if index == last {
                self.filled
            } else {
                self.span
            } as f32;
            column
                .iter_mut()
                .for_each(|sum| *sum = log_power(front_end, *sum / frames));
        }
        self.columns.truncate(own);
        let loudest = self
            .columns
            .iter()
            .flatten()
            .fold(f32::MIN, |loudest, &value| loudest.max(value));
        let level = |value: &f32| ((1.0 - (loudest - value) / DEPTH).clamp(0.0, 1.0) * 255.0) as u8;
        Spectrogram {
            bands: self.bands,
            columns: self.columns.len(),
            levels: self.columns.iter().flatten().map(level).collect(),
            fmax: front_end.fmax,
        }
    }
}

/// A value of the front end as the natural logarithm of power.
fn log_power(front_end: &FrontEnd, value: f32) -> f32 {
    let plain = value * front_end.divisor - front_end.shift;
    match front_end.compression {
        Compression::NaturalLog { .. } | Compression::NaturalLogFrom { .. } => plain,
        Compression::Decibels { .. } | Compression::PowerToDb { .. } => plain * DECIBEL,
        Compression::None => plain.max(f32::MIN_POSITIVE).ln(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use features::mel::LogMel;

    #[test]
    fn however_long_the_song_the_picture_stays_small_and_in_order() {
        let front_end = FrontEnd::efficientat();
        let frames = front_end.window_frames();
        for windows in [1, 3, 500] {
            let mut thumbnail = SpectrogramThumbnail::new(&front_end);
            for window in 0..windows {
                // The second half of the song is louder.
                let value = if window * 2 < windows { 0.0 } else { 1.0 };
                thumbnail.add(window * frames / 2, &vec![value; frames * 128], 0.0);
            }
            let samples = ((windows - 1) * frames / 2 + frames) * front_end.hop_length;
            let spectrogram = thumbnail.finish(&front_end, samples);
            assert_eq!(
                spectrogram.levels.len(),
                spectrogram.bands * spectrogram.columns
            );
            assert!(
                spectrogram.columns <= MAX_COLUMNS && spectrogram.columns >= 500,
                "{} columns",
                spectrogram.columns
            );
            let last = spectrogram.levels[spectrogram.levels.len() - 1];
            assert_eq!(last, 255);
            if windows > 1 {
                assert!(spectrogram.levels[0] < 255);
            }
        }
    }

    /// A tone that grows by 20 dB from one half of a song to the other, and stops before the song does.
    #[test]
    fn every_front_end_draws_the_quiet_half_darker_and_the_silence_black() {
        for name in FrontEnd::PRESETS {
            let front_end = FrontEnd::preset(name).unwrap().with_window(2.0);
            let rate = front_end.sample_rate_hz as usize;
            let tone = |n: usize| (n as f32 * 0.2).sin() * [0.05, 0.5, 0.0][n / (2 * rate)];
            let song: Vec<f32> = (0..6 * rate).map(tone).collect();
            let (mut thumbnail, mut log_mel) = (
                SpectrogramThumbnail::new(&front_end),
                LogMel::new(&front_end),
            );
            for (index, window) in song.chunks(2 * rate).enumerate() {
                let mut values = Vec::new();
                log_mel.append(window, &mut values);
                thumbnail.add(
                    index * 2 * rate / front_end.hop_length,
                    &values,
                    log_mel.reference(),
                );
            }
            let spectrogram = thumbnail.finish(&front_end, song.len());
            let brightest = |second: usize| {
                let column = second * spectrogram.columns / 6;
                let levels = &spectrogram.levels[column * spectrogram.bands..][..spectrogram.bands];
                levels.iter().max().copied().unwrap()
            };
            let drop = f32::from(brightest(3)) - f32::from(brightest(1));
            assert!(brightest(3) >= 254, "{name}: {}", brightest(3));
            assert!((drop - 255.0 * 20.0 / 80.0).abs() < 4.0, "{name}: {drop}");
            // Five of 255 are 1.6 dB; the offset of efficientat lies 76 dB below this tone.
            assert!(brightest(5) < 15, "{name}: {}", brightest(5));
        }
    }
}
