//! `augment`: what training does to a song, as WAV files, a table and a plot of the log-mels.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::cli::ExitStatus;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use analysis::Spectrogram;
use audio::effects::EffectKind;
use audio::{AudioError, MonoReader};
use features::mel::FrontEnd;
use prepare::wav;
use report::{Titled, log_mels_png};
use train::{CHAIN_NAME, Previewer, TrainConfig, Variant};

/// How much of the song is written.
const SECONDS: f64 = 30.0;
/// Former name of [`CHAIN_NAME`], still accepted.
const OLD_CHAIN_NAME: &str = "bundle";

#[derive(Debug, Args)]
pub struct Augment {
    /// Song: WAV, FLAC, MP3, Ogg Vorbis, AAC/M4A, ALAC or AIFF; its first 30 s are used
    #[arg(value_name = "SONG")]
    song: PathBuf,
    /// Only this effect (may be repeated); by default all, each at both ends of its typical range
    #[arg(long, value_name = "NAME", value_parser = names())]
    effect: Vec<String>,
    /// Show what training with this preset or TOML file does instead: four windows drawn at random
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "effect")]
    preset: Option<String>,
    /// Folder for the WAV files, their table and their plot
    #[arg(long, value_name = "DIR", default_value = "augmented")]
    out: PathBuf,
}

fn names() -> impl TypedValueParser<Value = String> {
    let kinds = EffectKind::ALL.into_iter().map(EffectKind::name);
    let values = kinds.map(PossibleValue::new);
    let chain = PossibleValue::new(CHAIN_NAME).alias(OLD_CHAIN_NAME);
    PossibleValuesParser::new(values.chain([chain])).map(|name| match name.as_str() {
        OLD_CHAIN_NAME => CHAIN_NAME.to_owned(),
        _ => name,
    })
}

impl Augment {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (rate, variants) = self.variants()?;
        let original = beginning(&self.song, rate)?;
        let mut previewer = Previewer::new(rate);
        let (mut rows, mut plots) = (Vec::new(), Vec::new());
        for variant in &variants {
            let preview = previewer.apply(variant, &original);
            let name = format!("{}.wav", variant.name);
            let file = wav(&preview.samples, rate).map_err(|reason| anyhow!("{name}: {reason}"))?;
            self.write(&name, &file)?;
            let seconds = preview.samples.len() as f64 / f64::from(rate);
            let [peak, rms] = preview.peak_and_rms.map(decibels);
            rows.push(vec![
                name,
                preview.description.clone(),
                format!("{seconds:.2}"),
                peak,
                rms,
            ]);
            plots.push(Titled {
                title: preview.description,
                spectrogram: Spectrogram {
                    bands: preview.log_mel.n_mels,
                    columns: preview.log_mel.frames,
                    levels: preview.log_mel.levels,
                    fmax: previewer.fmax(),
                },
                seconds,
            });
        }
        let table = table(&["file", "effects", "seconds", "peak dB", "RMS dB"], &rows);
        self.write("effects.txt", format!("{table}\n").as_bytes())?;
        let song = self.song.file_name().unwrap_or_default();
        self.write(
            "log-mels.png",
            &log_mels_png(&song.to_string_lossy(), &plots)?,
        )?;
        print(&table);
        let (count, out) = (variants.len(), self.out.display());
        status(&format!(
            "{count} WAV files, effects.txt and log-mels.png: {out}"
        ));
        Ok(ExitStatus::Success)
    }

    /// The sample rate of all files in Hz, and the variants.
    fn variants(&self) -> anyhow::Result<(u32, Vec<Variant>)> {
        let Some(preset) = &self.preset else {
            let rate = FrontEnd::efficientat().sample_rate_hz;
            return Ok((rate, Variant::typical(&self.effect)));
        };
        let config = TrainConfig::load(preset)?;
        let Some(variants) = Variant::drawn(&config) else {
            bail!(
                "--preset {preset}: this training does not augment; add a table [augment] to the preset, or omit \
                 --preset to get every effect"
            );
        };
        if config.fine_tune.mixup > 0.0 {
            status("this training also mixes pairs of windows (mixup), which one song cannot show");
        }
        Ok((config.front_end().sample_rate_hz, variants))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.out.join(name);
        files::write(&path, bytes).with_context(|| {
            format!(
                "{}: cannot be written; free some space or choose another --out",
                path.display()
            )
        })
    }
}

/// The first samples of a song, mono.
fn beginning(song: &Path, sample_rate_hz: u32) -> Result<Vec<f32>, AudioError> {
    let count = (SECONDS * f64::from(sample_rate_hz)) as usize;
    let mut reader = MonoReader::open(song, sample_rate_hz)?;
    let mut samples = Vec::new();
    while samples.len() < count && reader.read(&mut samples)? {}
    samples.truncate(count);
    let warnings = reader.warnings();
    warnings
        .iter()
        .for_each(|warning| status(&report::warning(warning)));
    Ok(samples)
}

fn decibels(amplitude: f64) -> String {
    match amplitude {
        0.0 => "–".into(),
        _ => format!("{:.1}", 20.0 * amplitude.log10()),
    }
}
