//! What augmentation does to the beginning of a song: samples, the effects as text, and the masked log-mel.

use super::Augmentation;
use crate::TrainConfig;
use audio::effects::{Effect, EffectKind};
use features::mel::{FrontEnd, LogMel, Mask, apply_mask};

/// Name of the five effects of [`EffectKind::CHAIN`] together, as in the key `augment.chain`.
pub const CHAIN_NAME: &str = "chain";
/// Windows that are drawn of a preset.
const RANDOM_VARIANTS: usize = 4;
/// Values this far below the loudest are drawn as black: 80 dB as a natural logarithm of power.
const DEPTH: f32 = 18.4;

/// One augmented version of a song.
pub struct Variant {
    /// File name without extension, such as `tempo_0.9`.
    pub name: String,
    effects: Vec<Effect>,
    masks: Box<dyn Fn(usize, usize) -> Vec<Mask>>,
}

/// A [`Variant`] applied to samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Mono samples, -1 to 1, at the rate of the input.
    pub samples: Vec<f32>,
    /// The effects with their amounts and the number of masks; `nothing` for the original.
    pub description: String,
    /// Largest absolute sample and root mean square, both 0–1.
    pub peak_and_rms: [f64; 2],
    /// The masked log-mel.
    pub log_mel: Levels,
}

/// A log-mel as 8-bit levels: 255 is the loudest value of the first preview, 0 is 80 dB and more below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    /// Mel bands.
    pub n_mels: usize,
    /// Frames.
    pub frames: usize,
    /// `[frames, n_mels]`.
    pub levels: Vec<u8>,
}

impl Variant {
    fn new(name: impl Into<String>, effects: Vec<Effect>) -> Self {
        Self {
            name: name.into(),
            effects,
            masks: Box::new(|_, _| Vec::new()),
        }
    }

    /// The unchanged song, then each effect at both ends of its typical range. `names` selects effects by name or
    /// [`CHAIN_NAME`]; an empty slice selects all.
    #[must_use]
    pub fn typical(names: &[String]) -> Vec<Self> {
        let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        let mut variants = vec![Self::new("original", Vec::new())];
        for kind in EffectKind::ALL
            .into_iter()
            .filter(|kind| is_wanted(kind.name()))
        {
            variants.extend(kind.typical().map(|amount| {
                Self::new(format!("{}_{amount}", kind.name()), vec![kind.by(amount)])
            }));
        }
        if is_wanted(CHAIN_NAME) {
            variants.extend([(0, "min"), (1, "max")].map(|(end, name)| {
                let effects = EffectKind::CHAIN.map(|kind| kind.by(kind.typical()[end]));
                Self::new(format!("{CHAIN_NAME}_{name}"), effects.to_vec())
            }));
        }
        variants
    }

    /// The unchanged song, then four windows as a training with this preset draws them; `None` if the preset has no
    /// augmentation.
    #[must_use]
    pub fn drawn(config: &TrainConfig) -> Option<Vec<Self>> {
        if config.augment == Augmentation::default() {
            return None;
        }
        let mut random = fastrand::Rng::with_seed(config.seed);
        let mut variants = vec![Self::new("original", Vec::new())];
        for number in 1..=RANDOM_VARIANTS {
            let effects = config.augment.draw(&mut random);
            let (augment, own) = (config.augment.clone(), random.fork());
            variants.push(Self {
                masks: Box::new(move |n_mels, frames| {
                    augment.draw_masks(n_mels, frames, &mut own.clone())
                }),
                ..Self::new(format!("drawn_{number}"), effects)
            });
        }
        Some(variants)
    }
}

/// Applies variants to one song, with one scale for all log-mels.
pub struct Previewer {
    front_end: FrontEnd,
    log_mel: LogMel,
    loudest: Option<f32>,
}

impl Previewer {
    /// For samples of this rate. The log-mel is that of one front end for every network.
    #[must_use]
    pub fn new(sample_rate_hz: u32) -> Self {
        let usual = FrontEnd::efficientat();
        let front_end = FrontEnd {
            sample_rate_hz,
            fmax: usual.fmax.min(f64::from(sample_rate_hz) / 2.0),
            ..usual
        };
        Self {
            log_mel: LogMel::new(&front_end),
            front_end,
            loudest: None,
        }
    }

    /// Upper edge of the log-mel in Hz.
    #[must_use]
    pub fn fmax(&self) -> f64 {
        self.front_end.fmax
    }

    /// Applies a variant to mono samples.
    pub fn apply(&mut self, variant: &Variant, samples: &[f32]) -> Preview {
        let rate = self.front_end.sample_rate_hz;
        let effects = variant.effects.iter();
        let samples = effects.fold(samples.to_vec(), |samples, effect| {
            effect.apply(&samples, rate)
        });
        let (log_mel, masks) = self.log_mel(variant, &samples);
        Preview {
            description: describe(&variant.effects, masks),
            peak_and_rms: peak_and_rms(&samples),
            samples,
            log_mel,
        }
    }

    /// The levels, and the number of masks.
    fn log_mel(&mut self, variant: &Variant, samples: &[f32]) -> (Levels, usize) {
        let FrontEnd {
            n_mels, divisor, ..
        } = self.front_end;
        let mut values = Vec::new();
        self.log_mel.append(samples, &mut values);
        let frames = values.len() / n_mels;
        let masks = (variant.masks)(n_mels, frames);
        apply_mask(&mut values, n_mels, &masks);
        let highest = || values.iter().copied().fold(f32::MIN, f32::max);
        let loudest = *self.loudest.get_or_insert_with(highest);
        let level = |value: f32| {
            let below = (loudest - value) * divisor / DEPTH;
            ((1.0 - below).clamp(0.0, 1.0) * 255.0) as u8
        };
        let column = |frame: usize| (0..n_mels).map(move |band| band * frames + frame);
        let indices = (0..frames).flat_map(column);
        let log_mel = Levels {
            n_mels,
            frames,
            levels: indices.map(|index| level(values[index])).collect(),
        };
        (log_mel, masks.len())
    }
}

fn describe(effects: &[Effect], masks: usize) -> String {
    let mut applied: Vec<String> = effects.iter().map(Effect::to_string).collect();
    if masks > 0 {
        applied.push(format!("{masks} masks on the log-mel"));
    }
    if applied.is_empty() {
        applied.push("nothing".into());
    }
    applied.join("; ")
}

fn peak_and_rms(samples: &[f32]) -> [f64; 2] {
    let peak = samples
        .iter()
        .fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
    let power = samples.iter().map(|&sample| f64::from(sample).powi(2));
    let mean = power.sum::<f64>() / samples.len().max(1) as f64;
    [f64::from(peak), mean.sqrt()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_that_of_the_first_preview() {
        let samples: Vec<f32> = (0..32_000).map(|n| (n as f32 * 0.3).sin() * 0.1).collect();
        let mut previewer = Previewer::new(32_000);
        let variants = Variant::typical(&["gain".to_owned()]);
        let [original, soft, loud] = [0, 1, 2].map(|n| previewer.apply(&variants[n], &samples));
        let sum = |preview: &Preview| {
            let levels = preview.log_mel.levels.iter();
            levels.map(|&level| u64::from(level)).sum::<u64>()
        };
        assert_eq!(original.description, "nothing");
        assert!(sum(&soft) < sum(&original) && sum(&original) < sum(&loud));
        assert!(soft.peak_and_rms[0] < 0.1 && loud.peak_and_rms[0] > 0.1);
        let Levels {
            n_mels,
            frames,
            levels,
        } = original.log_mel;
        assert_eq!(levels.len(), n_mels * frames);
    }
}
