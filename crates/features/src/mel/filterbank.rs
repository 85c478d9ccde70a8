//! Triangular mel filters over the bins of a power spectrum, stored as their non-zero weights.

use super::{FrontEnd, MelScale};

/// `[n_mels]` filters over `[n_fft / 2 + 1]` bins.
#[derive(Clone, Debug)]
pub struct Filterbank {
    bands: Vec<Band>,
}

#[derive(Clone, Debug)]
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

impl Filterbank {
    /// The filters of a front end.
    #[must_use]
    pub fn new(front_end: &FrontEnd) -> Self {
        let dense = match front_end.mel_scale {
            MelScale::Kaldi => kaldi(front_end),
            MelScale::Htk => triangles(front_end, &HTK, |_, _| 1.0),
            MelScale::Slaney => triangles(front_end, &SLANEY, |left, right| 2.0 / (right - left)),
        };
        Self {
            bands: dense
                .iter()
                .map(|weights| Band::from_dense(weights))
                .collect(),
        }
    }

    /// Power `[n_fft / 2 + 1]` to mel power `[n_mels]`.
    pub fn apply(&self, power: &[f32], mel: &mut [f32]) {
        for (band, out) in self.bands.iter().zip(mel) {
            let bins = &power[band.first_bin..band.first_bin + band.weights.len()];
            *out = dot(&band.weights, bins);
        }
    }
}

/// Four independent sums, so that the compiler can vectorise them.
fn dot(weights: &[f32], bins: &[f32]) -> f32 {
    let (weights4, bins4) = (weights.chunks_exact(4), bins.chunks_exact(4));
    let rest: f32 = weights4
        .remainder()
        .iter()
        .zip(bins4.remainder())
        .map(|(w, b)| w * b)
        .sum();
    let mut sums = [0.0_f32; 4];
    for (w, b) in weights4.zip(bins4) {
        for lane in 0..4 {
            sums[lane] += w[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

impl Band {
    fn from_dense(weights: &[f64]) -> Self {
        let first_bin = weights
            .iter()
            .position(|&weight| weight != 0.0)
            .unwrap_or(0);
        let end = weights
            .iter()
            .rposition(|&weight| weight != 0.0)
            .map_or(first_bin, |last| last + 1);
        Self {
            first_bin,
            weights: weights[first_bin..end]
                .iter()
                .map(|&weight| weight as f32)
                .collect(),
        }
    }
}

impl FrontEnd {
    /// `[n_mels + 1]`, borders of the bands in Hz: halfway between the centres of adjacent triangles.
    #[must_use]
    pub fn band_edges_hz(&self) -> Vec<f64> {
        let scale = match self.mel_scale {
            MelScale::Kaldi => &KALDI,
            MelScale::Htk => &HTK,
            MelScale::Slaney => &SLANEY,
        };
        let (low, high) = ((scale.mel)(self.fmin), (scale.mel)(self.fmax));
        let step = (high - low) / (self.n_mels + 1) as f64;
        (0..=self.n_mels)
            .map(|edge| (scale.hz)(low + (edge as f64 + 0.5) * step))
            .collect()
    }
}

/// Triangles that are linear over mels; the Nyquist bin is ignored (Kaldi pads it with zero).
fn kaldi(front_end: &FrontEnd) -> Vec<Vec<f64>> {
    let mel = KALDI.mel;
    let bins = front_end.n_fft / 2;
    let bin_hz = f64::from(front_end.sample_rate_hz) / front_end.n_fft as f64;
    let (low, high) = (mel(front_end.fmin), mel(front_end.fmax));
    let step = (high - low) / (front_end.n_mels + 1) as f64;
    let triangle = |band: usize| {
        let left = low + band as f64 * step;
        let weight = move |bin: usize| {
            let at = mel(bin_hz * bin as f64);
            (((at - left) / step).min((left + 2.0 * step - at) / step)).max(0.0)
        };
        (0..bins).map(weight).chain([0.0]).collect()
    };
    (0..front_end.n_mels).map(triangle).collect()
}

/// Hertz to mels and mels to hertz.
struct Scale {
    mel: fn(f64) -> f64,
    hz: fn(f64) -> f64,
}

const KALDI: Scale = Scale {
    mel: |hz| 1127.0 * (1.0 + hz / 700.0).ln(),
    hz: |mel| 700.0 * ((mel / 1127.0).exp() - 1.0),
};

const HTK: Scale = Scale {
    mel: |hz| 2595.0 * (1.0 + hz / 700.0).log10(),
    hz: |mel| 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0),
};

/// Slaney's Auditory Toolbox (1998): 15 mels of 66.7 Hz up to 1 kHz, then 27 for every factor of 6.4.
const SLANEY: Scale = Scale {
    mel: |hz| {
        if hz < SLANEY_KNEE_HZ {
            hz / SLANEY_MEL_HZ
        } else {
            SLANEY_KNEE_HZ / SLANEY_MEL_HZ + (hz / SLANEY_KNEE_HZ).ln() * slaney_mels_per_e()
        }
    },
    hz: |mel| {
        if mel < SLANEY_KNEE_HZ / SLANEY_MEL_HZ {
            mel * SLANEY_MEL_HZ
        } else {
            SLANEY_KNEE_HZ * ((mel - SLANEY_KNEE_HZ / SLANEY_MEL_HZ) / slaney_mels_per_e()).exp()
        }
    },
};
const SLANEY_KNEE_HZ: f64 = 1000.0;
const SLANEY_MEL_HZ: f64 = 200.0 / 3.0;

fn slaney_mels_per_e() -> f64 {
    27.0 / 6.4_f64.ln()
}

/// Triangles that are linear over hertz, with corners spaced evenly over mels; `height` is a function of the left and the
/// right corner.
fn triangles(front_end: &FrontEnd, scale: &Scale, height: fn(f64, f64) -> f64) -> Vec<Vec<f64>> {
    let bins = front_end.n_fft / 2 + 1;
    let nyquist = f64::from(front_end.sample_rate_hz) / 2.0;
    let low = (scale.mel)(front_end.fmin);
    let high = (scale.mel)(front_end.fmax);
    let steps = (front_end.n_mels + 1) as f64;
    let corner = |n: usize| (scale.hz)(low + (high - low) * n as f64 / steps);
    let triangle = |band: usize| {
        let [left, centre, right] = [corner(band), corner(band + 1), corner(band + 2)];
        let weight = move |bin: usize| {
            let at = nyquist * bin as f64 / (bins - 1) as f64;
            let share = ((at - left) / (centre - left)).min((right - at) / (right - centre));
            share.max(0.0) * height(left, right)
        };
        (0..bins).map(weight).collect()
    };
    (0..front_end.n_mels).map(triangle).collect()
}
