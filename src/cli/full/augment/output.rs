//! The files of `augment`.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::cli::table::table;
use analysis::Spectrogram;
use prepare::wav;
use report::{Titled, log_mels_png};
use train::Preview;

/// Writes previews into a folder and gathers their table and plot.
pub struct Output<'a> {
    folder: &'a Path,
    rows: Vec<Vec<String>>,
    plots: Vec<Titled>,
}

impl<'a> Output<'a> {
    pub fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            rows: Vec::new(),
            plots: Vec::new(),
        }
    }

    /// Writes the WAV file of a preview.
    pub fn add(
        &mut self,
        name: &str,
        preview: Preview,
        rate: u32,
        fmax: f64,
    ) -> anyhow::Result<()> {
        let name = format!("{name}.wav");
        let file = wav(&preview.samples, rate).map_err(|reason| anyhow!("{name}: {reason}"))?;
        self.write(&name, &file)?;
        let seconds = preview.samples.len() as f64 / f64::from(rate);
        let [peak, rms] = preview.peak_and_rms.map(decibels);
        let effects = preview.description.clone();
        self.rows
            .push(vec![name, effects, format!("{seconds:.2}"), peak, rms]);
        self.plots.push(Titled {
            title: preview.description,
            spectrogram: Spectrogram {
                bands: preview.log_mel.n_mels,
                columns: preview.log_mel.frames,
                levels: preview.log_mel.levels,
                fmax,
            },
            seconds,
        });
        Ok(())
    }

    /// Writes the table and the plot, and returns the table.
    pub fn finish(&self, song: &Path) -> anyhow::Result<String> {
        let heading = ["file", "effects", "seconds", "peak dB", "RMS dB"];
        let table = table(&heading, &self.rows);
        self.write("effects.txt", format!("{table}\n").as_bytes())?;
        let song = song.file_name().unwrap_or_default().to_string_lossy();
        self.write("log-mels.png", &log_mels_png(&song, &self.plots)?)?;
        Ok(table)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(name);
        files::write(&path, bytes).with_context(|| {
            format!(
                "{}: cannot be written; free some space or choose another --out",
                path.display()
            )
        })
    }
}

fn decibels(amplitude: f64) -> String {
    match amplitude {
        0.0 => "–".into(),
        _ => format!("{:.1}", 20.0 * amplitude.log10()),
    }
}
