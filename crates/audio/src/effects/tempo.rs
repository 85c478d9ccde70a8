//! Faster or slower, at the same pitch: WSOLA (Verhelst and Roelands 1993, "An overlap-add technique based on waveform
//! similarity"), written here because `timestretch` 0.16 takes 540 ms for 10 s at 32 kHz and knows no rate below 32 kHz.

use super::EffectKind;

/// A piece that is laid down at once; the fade from one piece to the next takes as long.
const PIECE_SECONDS: f64 = 0.025;
/// How far a piece may be taken from beside its place: both ways together hold a period of 40 Hz.
const SEARCH_SECONDS: f64 = 0.0125;
/// Places are first tried at this rate, then around the best of them at every sample.
const COARSE_HZ: u32 = 8_000;
/// Sums that run side by side, so that the processor may add them at once.
const LANES: usize = 8;

/// `round(samples / times)` samples that play `times` as fast.
pub fn tempo(samples: &[f32], sample_rate_hz: u32, times: f64) -> Vec<f32> {
    let times = limited(times);
    let length = (samples.len() as f64 / times).round() as usize;
    let pieces = Pieces::new(samples, sample_rate_hz);
    let mut out = Vec::with_capacity(length + pieces.length);
    // Where the sound would go on if time were not changed.
    let mut onwards = 0;
    while out.len() < length {
        let wanted = (out.len() as f64 * times).round() as usize;
        let next = pieces.best(onwards, wanted);
        pieces.fade(onwards, next, &mut out);
        onwards = next + pieces.length;
    }
    out.truncate(length);
    out
}

/// How many samples [`tempo`] needs for `length` to come out that never run backwards at the end: a little more than
/// `length * times`, as the last piece may be taken from beyond its place.
pub fn source_samples(length: usize, sample_rate_hz: u32, times: f64) -> usize {
    let beyond = (PIECE_SECONDS + SEARCH_SECONDS) * f64::from(sample_rate_hz);
    (length as f64 * limited(times) + beyond).ceil() as usize
}

fn limited(times: f64) -> f64 {
    let [least, most] = EffectKind::Tempo.limits();
    if times.is_nan() {
        1.0
    } else {
        times.clamp(least, most)
    }
}

/// A sound to take pieces from.
struct Pieces {
    /// With its end once more backwards, so that every piece that may be asked for is whole and none ends in silence.
    sound: Vec<f32>,
    /// Of a piece, in samples.
    length: usize,
    search: usize,
    coarse: usize,
    /// How much of the next piece is heard, sample by sample.
    rise: Vec<f32>,
}

impl Pieces {
    fn new(samples: &[f32], sample_rate_hz: u32) -> Self {
        let in_samples = |seconds: f64| ((seconds * f64::from(sample_rate_hz)) as usize).max(1);
        let (length, search) = (in_samples(PIECE_SECONDS), in_samples(SEARCH_SECONDS));
        let coarse = (sample_rate_hz / COARSE_HZ).max(1) as usize;
        let mut sound = samples.to_vec();
        let beyond = search + coarse + 2 * length + 1;
        sound.extend(samples.iter().rev().take(beyond));
        sound.resize(samples.len() + beyond, 0.0);
        let rise = |n: usize| {
            let share = (n as f32 + 0.5) / length as f32;
            0.5 - 0.5 * (std::f32::consts::PI * share).cos()
        };
        Self {
            sound,
            length,
            search,
            coarse,
            rise: (0..length).map(rise).collect(),
        }
    }

    /// Where a piece begins, near `wanted`, that sounds most like what follows at `onwards`.
    fn best(&self, onwards: usize, wanted: usize) -> usize {
        // Nothing is more like it than itself: as long as the sound may go on, it does.
        if onwards.abs_diff(wanted) <= self.search {
            return onwards;
        }
        let all = wanted.saturating_sub(self.search)..=wanted + self.search;
        let near = self.most_alike(onwards, wanted, all.step_by(self.coarse));
        let around = (near + 1).saturating_sub(self.coarse)..near + self.coarse;
        self.most_alike(onwards, near, around)
    }

    /// The most alike of the `places`; `otherwise` where none is more like it than that, as in silence.
    fn most_alike(
        &self,
        onwards: usize,
        otherwise: usize,
        places: impl Iterator<Item = usize>,
    ) -> usize {
        let likeness = |place| self.likeness(onwards, place);
        let first = (otherwise, likeness(otherwise));
        let better = |best: (usize, f32), place| match likeness(place) {
            alike if alike > best.1 => (place, alike),
            _ => best,
        };
        places.fold(first, better).0
    }

    /// Correlation of two pieces, -1 to 1, but for the length of the first, which is the same for all.
    fn likeness(&self, onwards: usize, place: usize) -> f32 {
        let (mut product, mut power) = ([0.0; LANES], [0.0; LANES]);
        let left = self.piece(onwards).chunks_exact(LANES);
        for (left, right) in left.zip(self.piece(place).chunks_exact(LANES)) {
            for lane in 0..LANES {
                product[lane] += left[lane] * right[lane];
                power[lane] += right[lane] * right[lane];
            }
        }
        let power: f32 = power.iter().sum();
        product.iter().sum::<f32>() / power.max(f32::MIN_POSITIVE).sqrt()
    }

    /// Fades from what follows at `onwards` to what begins at `next`.
    fn fade(&self, onwards: usize, next: usize, out: &mut Vec<f32>) {
        let both = self.piece(onwards).iter().zip(self.piece(next));
        out.extend(
            both.zip(&self.rise)
                .map(|((old, new), rise)| old + rise * (new - old)),
        );
    }

    fn piece(&self, start: usize) -> &[f32] {
        &self.sound[start..start + self.length]
    }
}
