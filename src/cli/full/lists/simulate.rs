//! `simulate`: a synthetic dataset with the graph of a real catalogue, and the Bayes-optimal bound of any classifier on it.

mod text;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use jiff::Timestamp;

use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, progress, status};
use prepare::ClipStore;
use simulate::{
    BayesBound, Simulation, SimulationSettings, Styles, SyntheticClips, SyntheticDataset,
};

/// Free space that the clips must leave, for the catalogue and other programs.
const SPARE_BYTES: u64 = 200_000_000;

#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Folder for the synthetic dataset: a catalogue with clips; an interrupted run resumes there
    #[arg(long, alias = "into", value_name = "DIR", default_value = "simulated")]
    out: PathBuf,
    /// Maximum number of playlists: the largest that can be trained on
    #[arg(long, value_name = "N", default_value_t = SimulationSettings::default().lists)]
    lists: usize,
    /// Maximum number of tracks, from each playlist in proportion to its size
    #[arg(long, value_name = "N", default_value_t = SimulationSettings::default().tracks)]
    tracks: usize,
    /// Length of each clip in seconds
    #[arg(long, value_name = "S", default_value_t = SimulationSettings::default().seconds)]
    seconds: f64,
    /// Sample rate of the clips in Hz; must be that of the front end
    #[arg(long, value_name = "HZ", default_value_t = 32_000, value_parser = clap::value_parser!(u32).range(8_000..=96_000))]
    sample_rate: u32,
    /// Standard deviation between artists, relative to that between playlists
    #[arg(long, value_name = "X", default_value_t = SimulationSettings::default().artist_effect)]
    artist_effect: f64,
    /// Standard deviation between tracks of an artist, relative to that between playlists
    #[arg(long, value_name = "X", default_value_t = SimulationSettings::default().track_noise)]
    track_noise: f64,
    /// Random seed
    #[arg(long, default_value_t = SimulationSettings::default().seed)]
    seed: u64,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let settings = self.settings()?;
        let real = store::read(&self.playlists.playlists)?;
        let dataset = SyntheticDataset::choose(&real, settings.lists, settings.tracks)?;
        let styles = Styles::new(&real, &dataset, &settings);
        let clips = SyntheticClips::new(&real, &dataset, &styles, &settings, self.sample_rate);
        let bayes_bound = BayesBound::new(&real, &dataset, &styles, &settings);
        let simulation = Simulation::new(&real, &dataset, &settings, self.sample_rate, bayes_bound);
        let _lock = Lock::take(&self.out)?;
        simulation.reserve(&self.out)?;
        let store = self.store()?;
        self.synthesise(&clips, &store)?;
        // Written last, so that a readable catalogue has all its clips.
        let now = Timestamp::now();
        let catalogue = dataset.catalogue(&real, &clips.contents, &store, settings.seconds, now);
        store::write(&catalogue, &self.out)?;
        print(&if self.json {
            serde_json::to_string(&simulation)?
        } else {
            text::text(&simulation, &self.out)
        });
        Ok(ExitStatus::Success)
    }

    fn settings(&self) -> anyhow::Result<SimulationSettings> {
        let sane = |value: f64, from: f64, to: f64| (from..=to).contains(&value);
        ensure!(
            sane(self.seconds, 1.0, 600.0),
            "--seconds {}: must be 1 to 600",
            self.seconds
        );
        for (flag, value) in [
            ("--artist-effect", self.artist_effect),
            ("--track-noise", self.track_noise),
        ] {
            ensure!(sane(value, 0.0, 100.0), "{flag} {value}: must be 0 to 100");
        }
        Ok(SimulationSettings {
            seed: self.seed,
            lists: self.lists,
            tracks: self.tracks,
            artist_effect: self.artist_effect,
            track_noise: self.track_noise,
            seconds: self.seconds,
        })
    }

    /// At an absolute path, as the catalogue stores the paths of the clips.
    fn store(&self) -> anyhow::Result<ClipStore> {
        let folder = std::path::absolute(&self.out)
            .with_context(|| self.out.display().to_string())?
            .join("clips");
        Ok(ClipStore::new(&folder, self.sample_rate))
    }

    fn synthesise(&self, clips: &SyntheticClips, store: &ClipStore) -> anyhow::Result<()> {
        let missing = clips.missing(store);
        let all = clips.contents.len();
        let needed = missing.len() as u64 * clips.bytes_each();
        status(&format!(
            "synthesising {} of {all} simulated clips of {} s at {} Hz: {}",
            missing.len(),
            self.seconds,
            self.sample_rate,
            text::gigabytes(needed)
        ));
        if let Some(free) = files::free_bytes(&self.out).filter(|_| !missing.is_empty()) {
            ensure!(
                needed.saturating_add(SPARE_BYTES) <= free,
                "{}: the clips need {}, but only {} are free; free some space, choose another --out, or lower --tracks, \
                 --seconds or --sample-rate",
                self.out.display(),
                text::gigabytes(needed),
                text::gigabytes(free)
            );
        }
        let bar = progress("Synthesising");
        bar.set_length(missing.len() as u64);
        clips.make(&missing, store, &|| bar.inc(1))?;
        bar.finish_and_clear();
        Ok(())
    }
}
