//! What a network may learn from: the catalogue's learnable tracks with a clip, for the verbs that train.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use rayon::prelude::*;

use crate::cli::full::PlaylistsFolder;
use crate::cli::terminal::{progress, remark};
use audio::AudioError;
use audio::fingerprint::{Duplicate, Fingerprint, duplicates};
use bundle::AllowedSource;
use catalogue::statistics::Turnover;
use catalogue::{
    Catalogue, Filter, Learnable, LearnableTrack, LeftOut, Placement, Provenance, Statement, Track,
    rules, terms,
};
use evaluation::SplitPlan;
use features::traits::TraitMeter;
use neighbours::StoredTrack;
use prepare::{Clip, ClipStore};
use pretrained::{Folder, PretrainedError, Start};
use train::{Clips, Dataset, TrainConfig};

/// Where the tracks are, and which of them may teach.
#[derive(Debug, Args)]
pub struct MaterialFlags {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Train on this source although its terms forbid it, on your own decision; the bundle says so (may be repeated)
    #[arg(long, value_name = "NAME")]
    allow_source: Vec<String>,
    /// Rules that say which lists of services are left out, instead of the preset's
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

/// What a training begins with.
#[derive(Debug, Args)]
pub struct StartFlag {
    /// Weights to begin with: a name that `playlist-fit weights list` shows, or a file (safetensors, or .pt and .pth of
    /// PyTorch; names as the network's)
    #[arg(long, value_name = "NAME|FILE")]
    start: Option<String>,
}

impl StartFlag {
    /// The weights, where some are named.
    pub fn open(&self) -> Result<Option<Start>, PretrainedError> {
        let open = |named: &String| pretrained::start(named, &Folder::of_user()?);
        self.start.as_ref().map(open).transpose()
    }
}

/// What is learned from, and what had to be left out.
pub struct Material {
    pub tracks: Vec<StoredTrack>,
    pub playlists: Vec<String>,
    /// How fast each of them changes; none where nobody noted days.
    pub turnovers: Vec<Option<Turnover>>,
    pub left_out: Vec<String>,
    pub allowed: Vec<AllowedSource>,
    pub plan: SplitPlan,
    /// Tracks that are one recording by their sound, as the plan has them.
    pub duplicates: Vec<Duplicate>,
    clips: PathBuf,
}

impl MaterialFlags {
    /// The preset with the rules and the seed of the command line, where these are given.
    pub fn preset(&self, name: &str, seed: Option<u64>) -> anyhow::Result<TrainConfig> {
        let mut config = TrainConfig::load(name)?;
        config.seed = seed.unwrap_or(config.seed);
        if let Some(path) = &self.rules {
            config.rows.rules = rules::read(path)?;
        }
        Ok(config)
    }

    /// Reads the catalogue and says on stderr what is left out of it, and what comes in by a decision. Where a day is
    /// given on which the test begins, tracks that were on lists before are on no list that they came onto later.
    pub fn gather(
        &self,
        config: &TrainConfig,
        test_after: Option<Date>,
    ) -> anyhow::Result<Material> {
        let front_end = config.front_end();
        let catalogue = store::read(&self.playlists.playlists)?;
        let clips = self.playlists.clips();
        let store = ClipStore::new(&clips, front_end.sample_rate_hz);
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
        let known = Known::new(&catalogue);
        let mut stored = Vec::new();
        let (mut unprepared, mut later) = (0, 0);
        let lists: Vec<&str> = playlists.iter().map(|list| list.id.as_str()).collect();
        for learnable in &tracks {
            let mut track = known.stored(learnable);
            if let Some(day) =
                test_after.filter(|day| track.added.is_some_and(|first| first < *day))
            {
                let before = known.lists_before(learnable, day);
                track.playlists.retain(|&list| before.contains(lists[list]));
            }
            if track.playlists.is_empty() {
                later += 1;
            } else if store.holds(&track.content) {
                stored.push(track);
            } else {
                unprepared += 1;
            }
        }
        if later > 0 {
            left_out.push(format!(
                "tracks: before the day of the split only on playlists that are left out ({later} tracks)"
            ));
        }
        if unprepared > 0 {
            left_out.push(format!(
                "tracks: not prepared yet; run `playlist-fit prepare` ({unprepared} tracks)"
            ));
        }
        left_out
            .iter()
            .for_each(|why| remark(&format!("left out: {why}")));
        remark(&format!(
            "learning from {} tracks on {} playlists",
            stored.len(),
            playlists.len()
        ));
        let duplicates = near_duplicates(&stored, &store)?;
        if !duplicates.is_empty() {
            remark(&format!(
                "{} pairs of tracks are one recording by their sound; each stays on one side of every split",
                duplicates.len()
            ));
        }
        let plan = SplitPlan {
            near_duplicates: duplicates
                .iter()
                .map(|pair| (pair.one, pair.other))
                .collect(),
            test_after,
        };
        let turnovers = catalogue.turnovers(&playlists);
        let names = playlists.into_iter().map(|playlist| playlist.name);
        Ok(Material {
            plan,
            duplicates,
            tracks: stored,
            playlists: names.collect(),
            turnovers,
            left_out,
            allowed,
            clips,
        })
    }
}

/// Which tracks sound like one recording; their fingerprints are computed where they are not stored yet.
fn near_duplicates(
    tracks: &[StoredTrack],
    store: &ClipStore,
) -> Result<Vec<Duplicate>, AudioError> {
    let bar = progress("Fingerprinting");
    bar.set_length(tracks.len() as u64);
    let print = |track: &StoredTrack| {
        let print = store.fingerprint(&track.content);
        bar.inc(1);
        print
    };
    let prints: Result<Vec<Fingerprint>, AudioError> = tracks.par_iter().map(print).collect();
    bar.finish_and_clear();
    Ok(duplicates(&prints?))
}

/// A catalogue, ready to be asked for what a bundle keeps of a track.
pub struct Known<'a> {
    catalogue: &'a Catalogue,
    provenance: HashMap<&'a str, Vec<&'a Provenance>>,
    placements: HashMap<&'a str, Vec<&'a Placement>>,
}

impl<'a> Known<'a> {
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut placements: HashMap<&str, Vec<&Placement>> = HashMap::new();
        for placement in &catalogue.placements {
            let track = placement.track.as_str();
            placements.entry(track).or_default().push(placement);
        }
        Self {
            catalogue,
            provenance: catalogue.provenance_by_track(),
            placements,
        }
    }

    /// Ids of the lists that a track was on before a day, as far as that is known.
    fn lists_before(&self, learnable: &LearnableTrack, day: Date) -> HashSet<&'a str> {
        let track = &self.catalogue.tracks[learnable.track];
        self.placements_of(track)
            .filter(|row| row.added.is_some_and(|added| added < day))
            .map(|row| row.playlist.as_str())
            .collect()
    }

    fn placements_of(&self, track: &Track) -> impl Iterator<Item = &'a Placement> + '_ {
        let rows = self.placements.get(track.id.as_str());
        rows.into_iter().flatten().copied()
    }

    /// A track as a bundle keeps it, on the playlists whose places `learnable` names.
    pub fn stored(&self, learnable: &LearnableTrack) -> StoredTrack {
        let track = &self.catalogue.tracks[learnable.track];
        let rows = self.provenance.get(track.id.as_str()).into_iter().flatten();
        let statements: Vec<Statement> = rows.map(|row| Statement::from(*row)).collect();
        let Statement {
            licence, source, ..
        } = Statement::strictest(&statements)
            .cloned()
            .unwrap_or_default();
        StoredTrack {
            title: track.title.clone(),
            artists: track.artists.clone(),
            artist_group: track.split_group(),
            playlists: learnable.playlists.clone(),
            content: track.content.clone().unwrap_or_default(),
            duration_seconds: track.duration_seconds,
            added: self.placements_of(track).filter_map(|row| row.added).min(),
            traits: None,
            licence,
            source,
            statements,
        }
    }
}

/// Samples of a clip that are measured at once.
const BLOCK: usize = 1 << 16;

impl Material {
    /// Measures how each track sounds, by its clip, on all cores.
    pub fn measure(&mut self, config: &TrainConfig) -> Result<(), AudioError> {
        let rate = config.front_end().sample_rate_hz;
        let store = ClipStore::new(&self.clips, rate);
        let bar = progress("Measuring");
        bar.set_length(self.tracks.len() as u64);
        let measured = self.tracks.par_iter_mut().try_for_each(|track| {
            let clip = store.open(&track.content)?;
            let mut meter = TraitMeter::new(rate);
            let mut block = vec![0.0; BLOCK];
            for start in (0..clip.len()).step_by(BLOCK) {
                let count = clip.read(start, &mut block);
                meter.push(&block[..count]);
            }
            track.traits = Some(meter.finish());
            bar.inc(1);
            Ok(())
        });
        bar.finish_and_clear();
        measured
    }

    /// The clips of the tracks, cut and augmented as `config` says.
    pub fn dataset(&self, config: &TrainConfig) -> Result<Dataset, AudioError> {
        let front_end = config.front_end();
        let store = ClipStore::new(&self.clips, front_end.sample_rate_hz);
        let tracks = self.tracks.iter();
        let clips: Result<Vec<Clip>, AudioError> =
            tracks.map(|track| store.open(&track.content)).collect();
        let recordings = Clips {
            front_end: front_end.clone(),
            clips: clips?,
            augmentation: config.augment.clone(),
        };
        let truth = self.tracks.iter().map(|track| track.playlists.clone());
        Ok(Dataset {
            front_end,
            recordings: Box::new(recordings),
            truth: truth.collect(),
            playlists: self.playlists.len(),
        })
    }
}

fn decisions(filter: &Filter, on: Date) -> Vec<AllowedSource> {
    let sources = filter.allowed_sources.iter().cloned();
    sources.map(|source| AllowedSource { source, on }).collect()
}
