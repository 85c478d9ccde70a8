//! The log-mel of a song of any length, shrunk to a picture of at most so many columns while it streams by.

use features::mel::{Compression, FrontEnd};

use super::Spectrogram;

/// Columns are merged in pairs when there are this many.
const MAX_COLUMNS: usize = 2048;
/// What lies further under the loudest is drawn as black, in natural logarithms of power (80 dB).
const DEPTH: f32 = 18.4;
/// A decibel as a natural logarithm of power.
const DECIBEL: f32 = std::f32::consts::LN_10 / 10.0;

/// Gathers frames into columns.
pub struct SpectrogramThumbnail {
    bands: usize,
    frames_per_window: usize,
    /// Without those at the end that stay blank.
    valid_frames_per_window: usize,
    /// Frames that a column stands for.
    span: usize,
    /// `[columns][bands]`, sums of as many frames as `filled` says for the last one.
    columns: Vec<Vec<f32>>,
    filled: usize,
    /// Frames of the song already seen.
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

    /// Takes the frames of a window `[n_mels, frames]` that no window before has shown; it begins at frame `start`, and
    /// `reference` was taken from its values ([`LogMel::reference`](features::mel::LogMel::reference)).
    pub fn add(&mut self, start: usize, picture: &[f32], reference: f32) {
        let (frames, valid) = (self.frames_per_window, self.valid_frames_per_window);
        for frame in self.seen.saturating_sub(start)..valid {
            let column = picture[frame..].iter().step_by(frames);
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

    /// The picture of the song's own `samples`, without what a short song was filled up with.
    pub fn finish(mut self, front_end: &FrontEnd, samples: usize) -> Spectrogram {
        // A network that hears only the beginning: the rest is drawn, as black.
        let silence = front_end.silence();
        for _ in self.seen..front_end.frames(samples) {
            self.add_frame(std::iter::repeat_n(silence, self.bands));
        }
        let own = front_end
            .frames(samples)
            .div_ceil(self.span)
            .clamp(1, self.columns.len().max(1));
        let last = self.columns.len().saturating_sub(1);
        for (place, column) in self.columns.iter_mut().enumerate() {
            let frames = if place == last {
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
            let picture = thumbnail.finish(&front_end, samples);
            assert_eq!(picture.levels.len(), picture.bands * picture.columns);
            assert!(
                picture.columns <= MAX_COLUMNS && picture.columns >= 500,
                "{} columns",
                picture.columns
            );
            let last = picture.levels[picture.levels.len() - 1];
            assert_eq!(last, 255);
            if windows > 1 {
                assert!(picture.levels[0] < 255);
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
            for (place, window) in song.chunks(2 * rate).enumerate() {
                let mut picture = Vec::new();
                log_mel.append(window, &mut picture);
                thumbnail.add(
                    place * 2 * rate / front_end.hop_length,
                    &picture,
                    log_mel.reference(),
                );
            }
            let picture = thumbnail.finish(&front_end, song.len());
            let brightest = |second: usize| {
                let column = second * picture.columns / 6;
                let levels = &picture.levels[column * picture.bands..][..picture.bands];
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
