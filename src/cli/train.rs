//! `train`: prepared clips to a bundle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::evaluate::as_table;
use super::terminal::{answer, remark};
use super::{Outcome, PlaylistsFolder};
use crate::audio::{AudioError, Clip, ClipStore};
use crate::bundle::{
    AllowedSource, Bundle, Manifest, PlaylistCard, SCHEMA_VERSION, credits, heard_name,
};
use crate::disk;
use crate::evaluate::EpochRecord;
use crate::model::device;
use crate::neighbours::StoredTrack;
use crate::playlists::{Catalogue, Filter, Learnable, LeftOut, Statement, rules, terms};
use crate::report::training_png;
use crate::train::{Clips, Dataset, Session, TrainConfig, Trained};

#[derive(Debug, Args)]
pub struct Train {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Preset (mn04, stern-cnn), or a TOML file like one
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04")]
    preset: String,
    /// Folder for the bundle; checkpoints go to its folder `training`, and a broken run goes on from them
    #[arg(long, value_name = "DIR", default_value = "bundle")]
    out: PathBuf,
    /// Weights to begin with (safetensors, names as the network's)
    #[arg(long, value_name = "FILE")]
    start: Option<PathBuf>,
    /// Licence of these weights, kept in the bundle's credits
    #[arg(long, value_name = "FILE", requires = "start")]
    start_licence: Option<PathBuf>,
    /// Where the network runs: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// Random seed, instead of the preset's
    #[arg(long)]
    seed: Option<u64>,
    /// Train on this source although its terms forbid it, on your own decision; the bundle says so (may be repeated)
    #[arg(long, value_name = "NAME")]
    allow_source: Vec<String>,
    /// Rules that say which lists of services are left out, instead of the preset's
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

/// What is learned from, and what had to be left out.
struct Material {
    dataset: Dataset,
    tracks: Vec<StoredTrack>,
    playlists: Vec<String>,
    left_out: Vec<String>,
    allowed: Vec<AllowedSource>,
}

impl Train {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let device = device(&self.device)?;
        let mut config = TrainConfig::load(&self.preset)?;
        config.seed = self.seed.unwrap_or(config.seed);
        if let Some(path) = &self.rules {
            config.rows.rules = rules::read(path)?;
        }
        let preset = toml::to_string(&config)?;
        remark(&preset);
        let start = self.start.as_deref().map(read).transpose()?;
        let licence = self.start_licence.as_deref().map(read).transpose()?;
        let material = self.material(&config)?;
        material
            .left_out
            .iter()
            .for_each(|why| remark(&format!("left out: {why}")));
        let Material {
            dataset,
            tracks,
            playlists,
            left_out,
            allowed,
        } = material;
        remark(&format!(
            "learning from {} tracks on {} playlists",
            tracks.len(),
            playlists.len()
        ));
        made_up(&tracks).into_iter().for_each(remark);
        let session = Session {
            config: &config,
            dataset: &dataset,
            playlists: &playlists,
            tracks: &tracks,
            start: start.as_deref().zip(self.start.clone()),
            device,
            folder: self.out.join("training"),
            announce: &announce,
        };
        let trained = session.run()?;
        let picture = training_png(&config.name, &trained.histories)?;
        let picture_path = self.out.join("training.png");
        disk::write(&picture_path, &picture).with_context(|| picture_path.display().to_string())?;
        let weights_notice = licence.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let rows = Rows { left_out, allowed };
        let mut bundle = bundle(&config, preset, &dataset, rows, trained, weights_notice)?;
        bundle.write(&self.out)?;
        answer(&as_table(&bundle.manifest.evaluation));
        remark(&format!("Bundle {}: {}", bundle.id(), self.out.display()));
        Ok(Outcome::Done)
    }

    fn material(&self, config: &TrainConfig) -> anyhow::Result<Material> {
        let front_end = config.front_end();
        let catalogue = Catalogue::read(&self.playlists.playlists)?;
        let store = ClipStore::new(&self.playlists.clips(), front_end.sample_rate_hz);
        let filter = Filter {
            allowed_sources: terms::allow(&catalogue, &self.allow_source)?,
            ..config.rows.clone()
        };
        let allowed = decisions(&filter, Timestamp::now().to_zoned(TimeZone::UTC).date());
        for AllowedSource { source, .. } in &allowed {
            remark(&format!(
                "{source} may teach by your decision, though its terms forbid it; the bundle will say so"
            ));
        }
        let Learnable {
            tracks,
            playlists,
            left_out,
        } = catalogue.learnable(&filter);
        let mut left_out: Vec<String> = left_out.iter().map(LeftOut::to_string).collect();
        let provenance = catalogue.provenance_by_track();
        let (mut clips, mut truth, mut stored) = (Vec::new(), Vec::new(), Vec::new());
        let mut unprepared = 0;
        for learnable in tracks {
            let track = &catalogue.tracks[learnable.track];
            let content = track.content.clone().unwrap_or_default();
            let clip: Clip = match store.open(&content) {
                Err(AudioError::Open { .. }) => {
                    unprepared += 1;
                    continue;
                }
                opened => opened?,
            };
            let rows = provenance.get(track.id.as_str()).into_iter().flatten();
            let statements: Vec<Statement> = rows.map(|row| Statement::from(*row)).collect();
            let Statement {
                licence, source, ..
            } = Statement::strictest(&statements)
                .cloned()
                .unwrap_or_default();
            clips.push(clip);
            truth.push(learnable.playlists.clone());
            stored.push(StoredTrack {
                title: track.title.clone(),
                artists: track.artists.clone(),
                artist_group: track.split_group(),
                playlists: learnable.playlists,
                content,
                licence,
                source,
                statements,
            });
        }
        if unprepared > 0 {
            left_out.push(format!(
                "tracks: not prepared yet; run `playlist-fit prepare` ({unprepared} tracks)"
            ));
        }
        let playlists: Vec<String> = playlists
            .into_iter()
            .map(|playlist| playlist.name)
            .collect();
        let recordings = Clips {
            front_end: front_end.clone(),
            clips,
            augmentation: config.augment.clone(),
        };
        let dataset = Dataset {
            front_end,
            recordings: Box::new(recordings),
            truth,
            playlists: playlists.len(),
        };
        Ok(Material {
            dataset,
            tracks: stored,
            playlists,
            left_out,
            allowed,
        })
    }
}

fn decisions(filter: &Filter, on: Date) -> Vec<AllowedSource> {
    let sources = filter.allowed_sources.iter().cloned();
    sources.map(|source| AllowedSource { source, on }).collect()
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

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| {
        format!(
            "{}: check the name and that you may read it",
            path.display()
        )
    })
}

fn announce(run: &str, epoch: &EpochRecord) {
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

/// Which rows did not teach, and which taught by a decision of the user.
struct Rows {
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
    let names = |track: &StoredTrack| {
        [
            &track.artists[..],
            &[track.artist_group.clone(), track.content.clone()],
        ]
        .concat()
    };
    let stopped_by = trained.stopped_by.iter();
    let stopped_by = stopped_by.map(|&track| &trained.neighbours.tracks[track]);
    let heard: BTreeSet<String> = teachers
        .iter()
        .copied()
        .chain(stopped_by)
        .flat_map(names)
        .map(|name| heard_name(&name))
        .collect();
    let counts = dataset.counts(&trained.learned_from);
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        notice: notice(config, &rows.allowed, &trained.neighbours.tracks),
        network: trained.network.shape().clone(),
        front_end: dataset.front_end.clone(),
        playlists: trained
            .evaluation
            .playlists
            .iter()
            .zip(counts)
            .map(|(playlist, tracks)| PlaylistCard {
                name: playlist.name.clone(),
                tracks,
            })
            .collect(),
        calibration: trained.calibration,
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
        weights,
        credits,
        origin: PathBuf::new(),
    })
}
