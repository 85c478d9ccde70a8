//! `augment`: what training does to a song, as files to listen to and one picture.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::ExitStatus;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use analysis::Spectrogram;
use audio::effects::{Effect, EffectKind};
use audio::{AudioError, MonoReader};
use features::mel::{FrontEnd, LogMel, Mask, apply_mask};
use prepare::wav;
use report::{Titled, log_mels_png};

/// How much of the song is written.
const SECONDS: f64 = 30.0;
/// Windows that are drawn of a preset.
const RANDOM_VARIANTS: usize = 4;
const CHAIN_NAME: &str = "bundle";
/// What lies further under the loudest is drawn as black: 80 dB, as natural logarithm of power.
const DEPTH: f32 = 18.4;

#[derive(Debug, Args)]
pub struct Augment {
    /// Song: WAV, FLAC, MP3, Ogg Vorbis, AAC/M4A, ALAC or AIFF; its first 30 s are taken
    #[arg(value_name = "SONG")]
    song: PathBuf,
    /// Only this effect (may be repeated); without it all, each at both ends of its usual range
    #[arg(long, value_name = "NAME", value_parser = names())]
    effect: Vec<String>,
    /// Instead, what training with this preset or TOML file would do: four windows as it would draw them
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "effect")]
    preset: Option<String>,
    /// Folder for the WAV files, their table and their picture
    #[arg(long, value_name = "DIR", default_value = "augmented")]
    out: PathBuf,
}

/// One file that is written.
struct Variant {
    /// Of the file, without extension.
    name: String,
    effects: Vec<Effect>,
    /// Draws what is covered of its picture `[bands, frames]`.
    masks: Box<dyn Fn(usize, usize) -> Vec<Mask>>,
}

impl Variant {
    fn new(name: String, effects: Vec<Effect>) -> Self {
        Self {
            name,
            effects,
            masks: Box::new(|_, _| Vec::new()),
        }
    }
}

fn names() -> PossibleValuesParser {
    let kinds = EffectKind::ALL.into_iter().map(EffectKind::name);
    kinds.chain([CHAIN_NAME]).collect::<Vec<_>>().into()
}

impl Augment {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (rate, variants) = self.variants()?;
        let original = beginning(&self.song, rate)?;
        let mut log_mels = LogMels::new(rate);
        let (mut rows, mut pictures) = (Vec::new(), Vec::new());
        for variant in &variants {
            let effects = variant.effects.iter();
            let samples = effects.fold(original.clone(), |samples, effect| {
                effect.apply(&samples, rate)
            });
            let name = format!("{}.wav", variant.name);
            let file = wav(&samples, rate).map_err(|reason| anyhow!("{name}: {reason}"))?;
            self.write(&name, &file)?;
            let (spectrogram, masks) = log_mels.picture(variant, &samples);
            let done = describe(variant, masks);
            let seconds = samples.len() as f64 / f64::from(rate);
            let [peak, level] = levels(&samples).map(decibels);
            rows.push(vec![
                name,
                done.clone(),
                format!("{seconds:.2}"),
                peak,
                level,
            ]);
            pictures.push(Titled {
                title: done,
                spectrogram,
                seconds,
            });
        }
        let heading = ["file", "what was done", "seconds", "peak dB", "level dB"];
        let table = table(&heading, &rows);
        self.write("effects.txt", format!("{table}\n").as_bytes())?;
        let song = self.song.file_name().unwrap_or_default();
        let picture = log_mels_png(&song.to_string_lossy(), &pictures)?;
        self.write("log-mels.png", &picture)?;
        print(&table);
        status(&format!(
            "{} WAV files, effects.txt and log-mels.png: {}",
            variants.len(),
            self.out.display()
        ));
        Ok(ExitStatus::Success)
    }

    /// The sample rate of all files, and what is done for each.
    fn variants(&self) -> anyhow::Result<(u32, Vec<Variant>)> {
        let original = Variant::new("original".into(), Vec::new());
        if let Some(preset) = &self.preset {
            let (rate, drawn) = random_variants(preset)?;
            return Ok((rate, std::iter::once(original).chain(drawn).collect()));
        }
        let variants = std::iter::once(original).chain(self.limit_variants());
        Ok((FrontEnd::efficientat().sample_rate_hz, variants.collect()))
    }

    /// The effects that were asked for, the least and the most of each.
    fn limit_variants(&self) -> Vec<Variant> {
        let wanted = |name: &str| self.effect.is_empty() || self.effect.iter().any(|n| n == name);
        let ends = |kind: EffectKind| {
            kind.typical().map(|amount| {
                let name = format!("{}_{amount}", kind.name());
                Variant::new(name, vec![kind.by(amount)])
            })
        };
        let kinds = EffectKind::ALL.into_iter();
        let kinds = kinds.filter(|kind| wanted(kind.name()));
        let mut variants: Vec<Variant> = kinds.flat_map(ends).collect();
        if wanted(CHAIN_NAME) {
            variants.extend([(0, "least"), (1, "most")].map(|(end, word)| {
                let effects = EffectKind::CHAIN.map(|kind| kind.by(kind.typical()[end]));
                Variant::new(format!("{CHAIN_NAME}_{word}"), effects.to_vec())
            }));
        }
        variants
    }

    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.out.join(name);
        files::write(&path, bytes).with_context(|| {
            format!(
                "{}: cannot be written; make room, or choose another folder with --out",
                path.display()
            )
        })
    }
}

/// What a training would do to its first windows, at the rate of its front end.
fn random_variants(preset: &str) -> anyhow::Result<(u32, Vec<Variant>)> {
    let config = train::TrainConfig::load(preset)?;
    let augment = config.augment.clone();
    if augment == train::Augmentation::default() {
        anyhow::bail!(
            "--preset {preset}: this training leaves its windows as they are; give the preset a table [augment], or \
             leave --preset out to hear every effect"
        );
    }
    if config.fine_tune.mixup > 0.0 {
        status(
            "Besides, this training mixes windows with each other (mixup), which one song cannot show.",
        );
    }
    let mut random = fastrand::Rng::with_seed(config.seed);
    let variant = |number| {
        let effects = augment.draw(&mut random);
        let (augment, own) = (augment.clone(), random.fork());
        Variant {
            masks: Box::new(move |bands, frames| {
                augment.draw_masks(bands, frames, &mut own.clone())
            }),
            ..Variant::new(format!("drawn_{number}"), effects)
        }
    };
    let variants = (1..=RANDOM_VARIANTS).map(variant).collect();
    Ok((config.front_end().sample_rate_hz, variants))
}

/// The song's first samples.
fn beginning(song: &Path, sample_rate_hz: u32) -> Result<Vec<f32>, AudioError> {
    let most = (SECONDS * f64::from(sample_rate_hz)) as usize;
    let mut reader = MonoReader::open(song, sample_rate_hz)?;
    let mut samples = Vec::new();
    while samples.len() < most && reader.read(&mut samples)? {}
    samples.truncate(most);
    let warnings = reader.warnings();
    warnings
        .iter()
        .for_each(|warning| status(&report::warning(warning)));
    Ok(samples)
}

fn describe(variant: &Variant, masks: usize) -> String {
    let mut done: Vec<String> = variant.effects.iter().map(Effect::to_string).collect();
    if masks > 0 {
        done.push(format!("{masks} masks on the log-mel"));
    }
    if done.is_empty() {
        done.push("nothing".into());
    }
    done.join("; ")
}

/// Highest and root mean square amplitude.
fn levels(samples: &[f32]) -> [f64; 2] {
    let peak = samples
        .iter()
        .fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
    let power = samples.iter().map(|&sample| f64::from(sample).powi(2));
    let mean = power.sum::<f64>() / samples.len().max(1) as f64;
    [f64::from(peak), mean.sqrt()]
}

fn decibels(amplitude: f64) -> String {
    match amplitude {
        0.0 => "–".into(),
        _ => format!("{:.1}", 20.0 * amplitude.log10()),
    }
}

/// Makes pictures whose colours all mean the same: 255 is the loudest of the first one. For the eye one front end does
/// for every network, at whatever rate it hears.
struct LogMels {
    front_end: FrontEnd,
    log_mel: LogMel,
    loudest: Option<f32>,
}

impl LogMels {
    fn new(sample_rate_hz: u32) -> Self {
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

    /// The picture, and how many masks are on it.
    fn picture(&mut self, variant: &Variant, samples: &[f32]) -> (Spectrogram, usize) {
        let FrontEnd {
            n_mels: bands,
            divisor,
            fmax,
            ..
        } = self.front_end;
        let mut values = Vec::new();
        self.log_mel.append(samples, &mut values);
        let columns = values.len() / bands;
        let masks = (variant.masks)(bands, columns);
        apply_mask(&mut values, bands, &masks);
        let highest = || values.iter().copied().fold(f32::MIN, f32::max);
        let loudest = *self.loudest.get_or_insert_with(highest);
        let level = |value: f32| {
            let below = (loudest - value) * divisor / DEPTH;
            ((1.0 - below).clamp(0.0, 1.0) * 255.0) as u8
        };
        let column = |frame: usize| (0..bands).map(move |band| band * columns + frame);
        let places = (0..columns).flat_map(column);
        let spectrogram = Spectrogram {
            bands,
            columns,
            levels: places.map(|place| level(values[place])).collect(),
            fmax,
        };
        (spectrogram, masks.len())
    }
}
