//! Time stretching at the same pitch: WSOLA (Verhelst and Roelands 1993, "An overlap-add technique based on waveform
//! similarity"), written here because `timestretch` 0.16 takes 540 ms for 10 s at 32 kHz and supports no rate below
//! 32 kHz.

use super::EffectKind;

/// Length of a segment, and of the cross-fade from one segment to the next.
const SEGMENT_SECONDS: f64 = 0.025;
/// How far a segment may be moved to match the waveform: both directions together hold a period of 40 Hz.
const SEARCH_SECONDS: f64 = 0.0125;
/// Offsets are first compared at this rate, then around the best at every sample.
const COARSE_HZ: u32 = 8_000;
/// Independent sums, so that the compiler can vectorise them.
const LANES: usize = 8;

/// Stretches to `round(samples / factor)` samples, which play `factor` times as fast.
#[must_use]
pub fn tempo(samples: &[f32], sample_rate_hz: u32, factor: f64) -> Vec<f32> {
    let factor = clamped(factor);
    let length = (samples.len() as f64 / factor).round() as usize;
    let segments = Segments::new(samples, sample_rate_hz);
    let mut out = Vec::with_capacity(length + segments.length);
    // Where the sound would continue if time were not stretched.
    let mut onwards = 0;
    while out.len() < length {
        let wanted = (out.len() as f64 * factor).round() as usize;
        let next = segments.best(onwards, wanted);
        segments.fade(onwards, next, &mut out);
        onwards = next + segments.length;
    }
    out.truncate(length);
    out
}

/// Number of input samples from which [`tempo`] makes `length` without reading its mirrored end: slightly more than
/// `length * factor`, as the last segment may be moved.
#[must_use]
pub fn source_samples(length: usize, sample_rate_hz: u32, factor: f64) -> usize {
    let beyond = (SEGMENT_SECONDS + SEARCH_SECONDS) * f64::from(sample_rate_hz);
    (length as f64 * clamped(factor) + beyond).ceil() as usize
}

fn clamped(factor: f64) -> f64 {
    let [min, max] = EffectKind::Tempo.limits();
    if factor.is_nan() {
        1.0
    } else {
        factor.clamp(min, max)
    }
}

/// A sound to take segments from.
struct Segments {
    /// With its end mirrored, so that every segment is complete and none ends in silence.
    sound: Vec<f32>,
    /// Length of a segment in samples.
    length: usize,
    search: usize,
    coarse: usize,
    /// `[length]`, weight of the next segment in the cross-fade.
    rise: Vec<f32>,
}

impl Segments {
    fn new(samples: &[f32], sample_rate_hz: u32) -> Self {
        let in_samples = |seconds: f64| ((seconds * f64::from(sample_rate_hz)) as usize).max(1);
        let (length, search) = (in_samples(SEGMENT_SECONDS), in_samples(SEARCH_SECONDS));
        let coarse = (sample_rate_hz / COARSE_HZ).max(1) as usize;
        let mut sound = samples.to_vec();
        let beyond = search + coarse + 2 * length + 1;
        sound.extend(samples.iter().rev().take(beyond));
        sound.resize(samples.len() + beyond, 0.0);
        let rise = |n: usize| {
            let phase = (n as f32 + 0.5) / length as f32;
            0.5 - 0.5 * (std::f32::consts::PI * phase).cos()
        };
        Self {
            sound,
            length,
            search,
            coarse,
            rise: (0..length).map(rise).collect(),
        }
    }

    /// Start of the segment near `wanted` that is most similar to the continuation at `onwards`.
    fn best(&self, onwards: usize, wanted: usize) -> usize {
        // Nothing is more similar to the continuation than itself.
        if onwards.abs_diff(wanted) <= self.search {
            return onwards;
        }
        let all = wanted.saturating_sub(self.search)..=wanted + self.search;
        let near = self.most_similar(onwards, wanted, all.step_by(self.coarse));
        let around = (near + 1).saturating_sub(self.coarse)..near + self.coarse;
        self.most_similar(onwards, near, around)
    }

    /// The most similar of the `places`; `otherwise` if none is more similar than that, as in silence.
    fn most_similar(
        &self,
        onwards: usize,
        otherwise: usize,
        places: impl Iterator<Item = usize>,
    ) -> usize {
        let similarity = |place| self.similarity(onwards, place);
        let first = (otherwise, similarity(otherwise));
        let better = |best: (usize, f32), place| match similarity(place) {
            similar if similar > best.1 => (place, similar),
            _ => best,
        };
        places.fold(first, better).0
    }

    /// Correlation of two segments, not normalised by the norm of the first, which is the same for all candidates.
    fn similarity(&self, onwards: usize, place: usize) -> f32 {
        let (mut product, mut power) = ([0.0; LANES], [0.0; LANES]);
        let left = self.segment(onwards).chunks_exact(LANES);
        for (left, right) in left.zip(self.segment(place).chunks_exact(LANES)) {
            for lane in 0..LANES {
                product[lane] += left[lane] * right[lane];
                power[lane] += right[lane] * right[lane];
            }
        }
        let power: f32 = power.iter().sum();
        product.iter().sum::<f32>() / power.max(f32::MIN_POSITIVE).sqrt()
    }

    /// Cross-fades from the segment at `onwards` to the segment at `next`.
    fn fade(&self, onwards: usize, next: usize, out: &mut Vec<f32>) {
        let both = self.segment(onwards).iter().zip(self.segment(next));
        out.extend(
            both.zip(&self.rise)
                .map(|((old, new), rise)| old + rise * (new - old)),
        );
    }

    fn segment(&self, start: usize) -> &[f32] {
        &self.sound[start..start + self.length]
    }
}
