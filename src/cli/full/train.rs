//! `train`: prepared clips to a bundle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use super::evaluate::{as_text, evaluated};
use super::material::{Material, MaterialFlags, StartFlag};
use crate::cli::Outcome;
use crate::cli::terminal::{answer, remark};
use bundle::{AllowedSource, Bundle, Manifest, PlaylistCard, SCHEMA_VERSION, credits, heard_names};
use catalogue::statistics::Turnover;
use catalogue::terms;
use evaluation::EpochRecord;
use model::device;
use neighbours::{Likeness, StoredTrack};
use pretrained::Start;
use report::{training_png, write_evaluation};
use train::{Dataset, Session, TrainConfig, Trained};

#[derive(Debug, Args)]
pub struct Train {
    #[command(flatten)]
    material: MaterialFlags,
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04",
        help = format!("Preset ({}), or a TOML file like one", TrainConfig::presets()))]
    preset: String,
    /// Folder for the bundle; checkpoints go to its folder `training`, and a broken run goes on from them
    #[arg(long, value_name = "DIR", default_value = "bundle")]
    out: PathBuf,
    #[command(flatten)]
    start: StartFlag,
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
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let device = device(&self.device)?;
        let config = self.material.preset(&self.preset, self.seed)?;
        let preset = toml::to_string(&config)?;
        remark(&preset);
        let start = self.start.open()?;
        let licence = self.start_licence.as_deref().map(read).transpose()?;
        let licence = licence.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut material = self.material.gather(&config, self.test_after)?;
        material.measure(&config)?;
        let dataset = material.dataset(&config)?;
        let Material {
            tracks,
            playlists,
            turnovers,
            left_out,
            allowed,
            plan,
            ..
        } = material;
        made_up(&tracks).into_iter().for_each(remark);
        let session = Session {
            config: &config,
            dataset: &dataset,
            playlists: &playlists,
            tracks: &tracks,
            plan: &plan,
            start: start.as_ref().map(Start::bytes_and_path),
            device,
            folder: self.out.join("training"),
            announce: &announce,
        };
        let trained = session.run()?;
        let [learned, all] = trained.network.trainable();
        remark(&format!("{learned} of {all} parameters learned"));
        let picture = training_png(&config.name, &trained.histories)?;
        let picture_path = self.out.join("training.png");
        files::write(&picture_path, &picture)
            .with_context(|| picture_path.display().to_string())?;
        let weights_notice =
            licence.or_else(|| start.as_ref().and_then(|start| start.licence.clone()));
        let rows = Rows {
            turnovers,
            left_out,
            allowed,
        };
        let mut bundle = bundle(&config, preset, &dataset, rows, trained, weights_notice)?;
        bundle.write(&self.out)?;
        let evaluation = &bundle.manifest.evaluation;
        write_evaluation(&evaluated(&bundle, evaluation), &self.out)?;
        answer(&as_text(evaluation));
        remark(&format!("Bundle {}: {}", bundle.id(), self.out.display()));
        Ok(Outcome::Done)
    }
}

/// The preset's, and the decisions by which tracks came in, which whoever reads a report must know of.
fn notice(config: &TrainConfig, allowed: &[AllowedSource], tracks: &[StoredTrack]) -> String {
    let taught = |allowed: &&AllowedSource| {
        let mut statements = tracks.iter().flat_map(|track| &track.statements);
        statements.any(|stated| stated.source == allowed.source)
    };
    let decisions = allowed.iter().filter(taught).map(|AllowedSource { source, on }| {
        format!(
            "Learned from tracks of {source} by its maker's own decision of {on}, though the terms of {source} forbid \
             training."
        )
    });
    let notice = Some(config.notice.clone()).filter(|notice| !notice.is_empty());
    notice
        .into_iter()
        .chain(made_up(tracks).map(str::to_owned))
        .chain(decisions)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What stands beside every figure where a track's audio was synthesised.
fn made_up(tracks: &[StoredTrack]) -> Option<&'static str> {
    let mut statements = tracks.iter().flat_map(|track| &track.statements);
    statements
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
    remark(&format!(
        "{run}  epoch {:3}  loss {:.4}{validation}",
        epoch.epoch, epoch.train_loss
    ));
}

/// What the catalogue tells besides the tracks: which rows did not teach, which taught by a decision of the user, and how
/// fast each list changes.
struct Rows {
    turnovers: Vec<Option<Turnover>>,
    left_out: Vec<String>,
    allowed: Vec<AllowedSource>,
}

fn bundle(
    config: &TrainConfig,
    training: String,
    dataset: &Dataset,
    rows: Rows,
    trained: Trained,
    weights_notice: Option<String>,
) -> anyhow::Result<Bundle> {
    let teachers: Vec<&StoredTrack> = trained
        .learned_from
        .iter()
        .map(|&track| &trained.neighbours.tracks[track])
        .collect();
    let artists: BTreeSet<&str> = teachers
        .iter()
        .map(|track| track.artist_group.as_str())
        .collect();
    let stopped_by = trained.stopped_by.iter();
    let stopped_by = stopped_by.map(|&track| &trained.neighbours.tracks[track]);
    let heard: BTreeSet<String> = teachers
        .iter()
        .copied()
        .chain(stopped_by)
        .flat_map(heard_names)
        .collect();
    let counts = dataset.counts(&trained.learned_from);
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        notice: notice(config, &rows.allowed, &trained.neighbours.tracks),
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
        promise: trained.promise,
        novelty: trained.novelty,
        same_recording_above: trained.same_recording_above,
        tracks: teachers.len(),
        artists: artists.len(),
        heard: heard.into_iter().collect(),
        training,
        left_out: rows.left_out,
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
        likeness: Likeness::default(),
        weights,
        credits,
        origin: PathBuf::new(),
    })
}
