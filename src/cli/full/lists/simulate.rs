//! `simulate`: a made-up world with the graph of a real catalogue, and the best that any judge could reach in it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use jiff::Timestamp;

use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, progress, status};
use crate::cli::table::table;
use prepare::ClipStore;
use simulate::{
    BayesBound, BoundScores, PUBLISHED, Simulation, SimulationSettings, Styles, SyntheticClips,
    SyntheticDataset,
};

/// What stays free beside the clips, for the catalogue and for whoever else uses the disk.
const SPARE_BYTES: u64 = 200_000_000;

#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Folder for the simulated world: a catalogue with clips; a broken run goes on there
    #[arg(long, value_name = "DIR", default_value = "simulated")]
    into: PathBuf,
    /// At most so many lists: the largest that can be learned
    #[arg(long, value_name = "N", default_value_t = SimulationSettings::default().lists)]
    lists: usize,
    /// At most so many tracks, from each list in proportion to its size
    #[arg(long, value_name = "N", default_value_t = SimulationSettings::default().tracks)]
    tracks: usize,
    /// Length of each clip in seconds
    #[arg(long, value_name = "S", default_value_t = SimulationSettings::default().seconds)]
    seconds: f64,
    /// Sample rate of the clips in hertz: that of the front end they are for
    #[arg(long, value_name = "HZ", default_value_t = 32_000, value_parser = clap::value_parser!(u32).range(8_000..=96_000))]
    sample_rate: u32,
    /// How far artists differ, where lists differ by 1
    #[arg(long, value_name = "X", default_value_t = SimulationSettings::default().artist_effect)]
    artist_effect: f64,
    /// How far tracks differ beyond that, where lists differ by 1
    #[arg(long, value_name = "X", default_value_t = SimulationSettings::default().track_noise)]
    track_noise: f64,
    /// Random seed
    #[arg(long, default_value_t = SimulationSettings::default().seed)]
    seed: u64,
    /// Print the answer as one JSON document
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
        let _lock = Lock::take(&self.into)?;
        simulation.reserve(&self.into)?;
        let store = self.store()?;
        self.synthesise(&clips, &store)?;
        // Last, so that a catalogue that can be read has all its clips.
        let now = Timestamp::now();
        let catalogue = dataset.catalogue(&real, &clips.contents, &store, settings.seconds, now);
        store::write(&catalogue, &self.into)?;
        print(&if self.json {
            serde_json::to_string(&simulation)?
        } else {
            as_text(&simulation, &self.into)
        });
        Ok(ExitStatus::Success)
    }

    fn settings(&self) -> anyhow::Result<SimulationSettings> {
        let sane = |value: f64, from: f64, to: f64| (from..=to).contains(&value);
        ensure!(
            sane(self.seconds, 1.0, 600.0),
            "--seconds {}: a clip is 1 to 600 seconds long",
            self.seconds
        );
        for (flag, value) in [
            ("--artist-effect", self.artist_effect),
            ("--track-noise", self.track_noise),
        ] {
            ensure!(
                sane(value, 0.0, 100.0),
                "{flag} {value}: it is a number from 0 (none) to 100 (nothing else is heard)"
            );
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

    /// At an absolute path, as the catalogue names the clips.
    fn store(&self) -> anyhow::Result<ClipStore> {
        let folder = std::path::absolute(&self.into)
            .with_context(|| self.into.display().to_string())?
            .join("clips");
        Ok(ClipStore::new(&folder, self.sample_rate))
    }

    fn synthesise(&self, clips: &SyntheticClips, store: &ClipStore) -> anyhow::Result<()> {
        let missing = clips.missing(store);
        let all = clips.contents.len();
        let needed = missing.len() as u64 * clips.bytes_each();
        status(&format!(
            "{} of {all} simulated clips of {} s at {} Hz are to be made: {}",
            missing.len(),
            self.seconds,
            self.sample_rate,
            gigabytes(needed)
        ));
        if let Some(free) = files::free_bytes(&self.into).filter(|_| !missing.is_empty()) {
            ensure!(
                needed.saturating_add(SPARE_BYTES) <= free,
                "{}: the clips need {}, and only {} are free; free some room, choose another --into, or ask for fewer \
                 --tracks, --seconds or a lower --sample-rate",
                self.into.display(),
                gigabytes(needed),
                gigabytes(free)
            );
        }
        let bar = progress("Synthesising");
        bar.set_length(missing.len() as u64);
        clips.make(&missing, store, &|| bar.inc(1))?;
        bar.finish_and_clear();
        Ok(())
    }
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

fn as_text(simulation: &Simulation, into: &Path) -> String {
    let Simulation {
        lists,
        tracks,
        artists,
        placements,
        bayes_bound,
        ..
    } = simulation;
    format!(
        "{}\n{lists} lists, {tracks} tracks by {artists} artists, {placements} placements; {}\n\n{}\n\n\
         {}\nThe study's figures are of real songs, whose ceiling nobody knows: context, no yardstick.",
        simulation.statement,
        into.display(),
        rankings(bayes_bound),
        bayes_bound.method
    )
}

fn rankings(bayes_bound: &BayesBound) -> String {
    let row = |name: &str, ranked: &BoundScores| {
        let shares = [ranked.top_1, ranked.top_3, ranked.top_5];
        let shares = shares.map(|share| format!("{:.2} %", share * 100.0));
        let average = format!("{:.3}", ranked.mean_average_precision);
        [vec![name.to_owned()], shares.to_vec(), vec![average]].concat()
    };
    let published = PUBLISHED.map(|percent| format!("{percent:.2} %"));
    let published = [
        vec!["published study (82 lists, 13,979 real songs)".to_owned()],
        published.to_vec(),
        vec!["–".to_owned()],
    ];
    let rows = [
        row("simulated: known ceiling", &bayes_bound.best),
        row(
            "simulated: flawless ear that must learn",
            &bayes_bound.learned,
        ),
        row("simulated: largest lists first", &bayes_bound.popularity),
        row("simulated: chance", &bayes_bound.chance),
        published.concat(),
    ];
    table(&["", "top-1", "top-3", "top-5", "mean AP"], &rows)
}
