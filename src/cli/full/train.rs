//! `train`: prepared clips to a bundle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use super::evaluate::evaluated;
use super::training_set::{InitArgs, TrainingSet, TrainingSetArgs};
use crate::cli::ExitStatus;
use crate::cli::output::{print, status};
use bundle::{
    AllowedSource, Bundle, Manifest, PlaylistCard, SCHEMA_VERSION, artist_fingerprints, credits,
};
use catalogue::statistics::Turnover;
use catalogue::terms;
use evaluation::EpochRecord;
use model::device;
use neighbours::{SimilarityStats, StoredTrack};
use pretrained::InitialWeights;
use report::{training_png, write_evaluation};
use train::{Dataset, TrainConfig, Trainer, TrainingResult};

#[derive(Debug, Args)]
pub struct Train {
    #[command(flatten)]
    training_set: TrainingSetArgs,
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04",
        help = format!("Preset ({}), or a TOML file like one", TrainConfig::presets()))]
    preset: String,
    /// Folder for the bundle; checkpoints go to its folder `training`, and a broken run goes on from them
    #[arg(long, value_name = "DIR", default_value = "bundle")]
    out: PathBuf,
    #[command(flatten)]
    start: InitArgs,
    /// Licence of these weights, kept in the bundle's credits; by itself the .licence.txt beside them
    #[arg(long, value_name = "FILE", requires = "start")]
    start_licence: Option<PathBuf>,
    /// Where the network runs: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// Random seed, instead of the preset's
    #[arg(long)]
    seed: Option<u64>,
    /// Train on what was on lists before this day (as 2026-11-21) and test on artists who came onto them later, in one
    /// rotation
    #[arg(long, value_name = "DATE")]
    test_after: Option<Date>,
}

impl Train {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let device = device(&self.device)?;
        let config = self.training_set.preset(&self.preset, self.seed)?;
        let preset = toml::to_string(&config)?;
        status(&preset);
        let start = self.start.open()?;
        let licence = self.start_licence.as_deref().map(read).transpose()?;
        let licence = licence.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut training_set = self.training_set.collect(&config, self.test_after)?;
        training_set.compute_descriptors(&config)?;
        let dataset = training_set.dataset(&config)?;
        let TrainingSet {
            tracks,
            playlists,
            turnovers,
            excluded,
            allowed,
            plan,
            ..
        } = training_set;
        simulated_notice(&tracks).into_iter().for_each(status);
        let trainer = Trainer {
            config: &config,
            dataset: &dataset,
            playlists: &playlists,
            tracks: &tracks,
            plan: &plan,
            start: start.as_ref().map(InitialWeights::bytes_and_path),
            device,
            folder: self.out.join("training"),
            announce: &announce,
        };
        let trained = trainer.run()?;
        let [learned, all] = trained.network.trainable();
        status(&format!("{learned} of {all} parameters learned"));
        let picture = training_png(&config.name, &trained.histories)?;
        let picture_path = self.out.join("training.png");
        files::write(&picture_path, &picture)
            .with_context(|| picture_path.display().to_string())?;
        let weights_notice =
            licence.or_else(|| start.as_ref().and_then(|start| start.licence.clone()));
        let rows = Rows {
            turnovers,
            excluded,
            allowed,
        };
        let mut bundle = bundle(&config, preset, &dataset, rows, trained, weights_notice)?;
        bundle.write(&self.out)?;
        let evaluation = &bundle.manifest.evaluation;
        write_evaluation(&evaluated(&bundle, evaluation), &self.out)?;
        print(&report::evaluation_text(evaluation));
        status(&format!("Bundle {}: {}", bundle.id(), self.out.display()));
        Ok(ExitStatus::Success)
    }
}

/// The preset's, and the decisions by which tracks came in, which whoever reads a report must know of.
fn disclaimer(config: &TrainConfig, allowed: &[AllowedSource], tracks: &[StoredTrack]) -> String {
    let is_used = |allowed: &&AllowedSource| {
        let mut claims = tracks.iter().flat_map(|track| &track.claims);
        claims.any(|stated| stated.source == allowed.source)
    };
    let decisions = allowed.iter().filter(is_used).map(|AllowedSource { source, on }| {
        format!(
            "Learned from tracks of {source} by its maker's own decision of {on}, though the terms of {source} forbid \
             training."
        )
    });
    let disclaimer = Some(config.disclaimer.clone()).filter(|disclaimer| !disclaimer.is_empty());
    disclaimer
        .into_iter()
        .chain(simulated_notice(tracks).map(str::to_owned))
        .chain(decisions)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What stands beside every figure where a track's audio was synthesised.
fn simulated_notice(tracks: &[StoredTrack]) -> Option<&'static str> {
    let mut claims = tracks.iter().flat_map(|track| &track.claims);
    claims
        .any(|stated| stated.source == terms::SIMULATED)
        .then_some(
            "Simulated: it learned from audio that `playlist-fit simulate` synthesised, so its fits and figures say \
             nothing of real songs and lists.",
        )
}

/// The bytes of a file that the user named.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| {
        format!(
            "{}: check the name and that you may read it",
            path.display()
        )
    })
}

/// Says on stderr what an epoch of a named run came to.
pub fn announce(run: &str, epoch: &EpochRecord) {
    let validation = epoch.validation.map_or_else(String::new, |validation| {
        let [top_1, top_3, top_5] =
            [validation.top_1, validation.top_3, validation.top_5].map(|share| share * 100.0);
        format!(
            "  validation {:.4}  top-1/3/5 {top_1:.1}/{top_3:.1}/{top_5:.1} %",
            validation.loss
        )
    });
    status(&format!(
        "{run}  epoch {:3}  loss {:.4}{validation}",
        epoch.epoch, epoch.train_loss
    ));
}

/// What the catalogue tells besides the tracks: which rows did not teach, which taught by a decision of the user, and how
/// fast each list changes.
struct Rows {
    turnovers: Vec<Option<Turnover>>,
    excluded: Vec<String>,
    allowed: Vec<AllowedSource>,
}

fn bundle(
    config: &TrainConfig,
    training: String,
    dataset: &Dataset,
    rows: Rows,
    trained: TrainingResult,
    weights_notice: Option<String>,
) -> anyhow::Result<Bundle> {
    let training_tracks: Vec<&StoredTrack> = trained
        .training_tracks
        .iter()
        .map(|&track| &trained.neighbours.tracks[track])
        .collect();
    let artists: BTreeSet<&str> = training_tracks
        .iter()
        .map(|track| track.artist_group.as_str())
        .collect();
    let validation_tracks = trained.validation_tracks.iter();
    let validation_tracks = validation_tracks.map(|&track| &trained.neighbours.tracks[track]);
    let training_fingerprints: BTreeSet<String> = training_tracks
        .iter()
        .copied()
        .chain(validation_tracks)
        .flat_map(artist_fingerprints)
        .collect();
    let counts = dataset.counts(&trained.training_tracks);
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        disclaimer: disclaimer(config, &rows.allowed, &trained.neighbours.tracks),
        network: trained.network.saved_shape(),
        front_end: dataset.front_end.clone(),
        playlists: trained
            .evaluation
            .playlists
            .iter()
            .zip(counts)
            .zip(&rows.turnovers)
            .map(|((playlist, tracks), turnover)| PlaylistCard {
                name: playlist.name.clone(),
                tracks,
                turnover: *turnover,
            })
            .collect(),
        added: Vec::new(),
        pooling: config.pooling,
        calibration: trained.calibration,
        risk_control: trained.risk_control,
        ood: trained.ood,
        same_recording_above: trained.same_recording_above,
        tracks: training_tracks.len(),
        artists: artists.len(),
        training_fingerprints: training_fingerprints.into_iter().collect(),
        training,
        excluded: rows.excluded,
        allowed_sources: rows.allowed,
        evaluation: trained.evaluation,
        weights: String::new(),
    };
    let credits = credits(
        &config.name,
        &trained.neighbours.tracks,
        weights_notice.as_deref(),
    );
    let weights = trained.network.save()?;
    Ok(Bundle {
        manifest,
        neighbours: trained.neighbours,
        similarity_stats: SimilarityStats::default(),
        weights,
        credits,
        origin: PathBuf::new(),
    })
}
