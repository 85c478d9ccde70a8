//! What a network may learn from: the catalogue's learnable tracks with a clip, for the verbs that train.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use rayon::prelude::*;

use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{progress, status};
use audio::AudioError;
use audio::fingerprint::{Duplicate, Fingerprint, duplicates};
use bundle::AllowedSource;
use catalogue::statistics::Turnover;
use catalogue::{
    Catalogue, Filter, Placement, Provenance, SourceClaim, Track, TrainableSet, TrainableTrack,
    rules, terms,
};
use evaluation::SplitPlan;
use features::descriptors::DescriptorExtractor;
use neighbours::StoredTrack;
use prepare::{Clip, ClipStore};
use pretrained::{InitialWeights, PretrainedError, WeightsDir};
use train::{ClipWindows, Dataset, TrainConfig};

/// Where the tracks are, and which of them may teach.
#[derive(Debug, Args)]
pub struct TrainingSetArgs {
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
pub struct InitArgs {
    /// Weights to begin with: a name that `playlist-fit weights list` shows, or a file (safetensors, or .pt and .pth of
    /// PyTorch; names as the network's)
    #[arg(long, value_name = "NAME|FILE")]
    start: Option<String>,
}

impl InitArgs {
    /// The weights, where some are named.
    pub fn open(&self) -> Result<Option<InitialWeights>, PretrainedError> {
        let open = |named: &String| pretrained::initial_weights(named, &WeightsDir::for_user()?);
        self.start.as_ref().map(open).transpose()
    }
}

/// What is learned from, and what had to be left out.
pub struct TrainingSet {
    pub tracks: Vec<StoredTrack>,
    pub playlists: Vec<String>,
    /// How fast each of them changes; none where nobody noted days.
    pub turnovers: Vec<Option<Turnover>>,
    pub excluded: Vec<String>,
    pub allowed: Vec<AllowedSource>,
    pub plan: SplitPlan,
    /// Tracks that are one recording by their sound, as the plan has them.
    pub duplicates: Vec<Duplicate>,
    clips: PathBuf,
}

impl TrainingSetArgs {
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
    pub fn collect(
        &self,
        config: &TrainConfig,
        test_after: Option<Date>,
    ) -> anyhow::Result<TrainingSet> {
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
            status(&format!(
                "warning: training on {source} although its terms forbid it (--allow-source); recorded in the bundle"
            ));
        }
        let TrainableSet {
            tracks,
            playlists,
            excluded,
        } = catalogue.trainable(&filter);
        let mut excluded: Vec<String> = excluded.iter().map(report::exclusion_text).collect();
        let known = TrackIndex::new(&catalogue);
        let mut stored = Vec::new();
        let (mut unprepared, mut later) = (0, 0);
        let lists: Vec<&str> = playlists.iter().map(|list| list.id.as_str()).collect();
        for trainable in &tracks {
            let mut track = known.stored(trainable);
            if let Some(day) =
                test_after.filter(|day| track.added.is_some_and(|first| first < *day))
            {
                let before = known.playlists_before(trainable, day);
                track.playlists.retain(|&list| before.contains(lists[list]));
            }
            if track.playlists.is_empty() {
                later += 1;
            } else if store.holds(&track.audio_hash) {
                stored.push(track);
            } else {
                unprepared += 1;
            }
        }
        if later > 0 {
            excluded.push(format!(
                "tracks: before the day of the split only on playlists that are left out ({later} tracks)"
            ));
        }
        if unprepared > 0 {
            excluded.push(format!(
                "tracks: not prepared yet; run `playlist-fit prepare` ({unprepared} tracks)"
            ));
        }
        excluded
            .iter()
            .for_each(|reason| status(&format!("left out: {reason}")));
        status(&format!(
            "learning from {} tracks on {} playlists",
            stored.len(),
            playlists.len()
        ));
        let duplicates = near_duplicates(&stored, &store)?;
        if !duplicates.is_empty() {
            status(&format!(
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
        Ok(TrainingSet {
            plan,
            duplicates,
            tracks: stored,
            playlists: names.collect(),
            turnovers,
            excluded,
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
    let fingerprint = |track: &StoredTrack| {
        let fingerprint = store.fingerprint(&track.audio_hash);
        bar.inc(1);
        fingerprint
    };
    let fingerprints: Result<Vec<Fingerprint>, AudioError> =
        tracks.par_iter().map(fingerprint).collect();
    bar.finish_and_clear();
    Ok(duplicates(&fingerprints?))
}

/// A catalogue, ready to be asked for what a bundle keeps of a track.
pub struct TrackIndex<'a> {
    catalogue: &'a Catalogue,
    provenance: HashMap<&'a str, Vec<&'a Provenance>>,
    placements: HashMap<&'a str, Vec<&'a Placement>>,
}

impl<'a> TrackIndex<'a> {
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
    fn playlists_before(&self, trainable: &TrainableTrack, day: Date) -> HashSet<&'a str> {
        let track = &self.catalogue.tracks[trainable.track];
        self.placements_of(track)
            .filter(|row| row.added.is_some_and(|added| added < day))
            .map(|row| row.playlist.as_str())
            .collect()
    }

    fn placements_of(&self, track: &Track) -> impl Iterator<Item = &'a Placement> + '_ {
        let rows = self.placements.get(track.id.as_str());
        rows.into_iter().flatten().copied()
    }

    /// A track as a bundle keeps it, on the playlists whose places `trainable` names.
    pub fn stored(&self, trainable: &TrainableTrack) -> StoredTrack {
        let track = &self.catalogue.tracks[trainable.track];
        let rows = self.provenance.get(track.id.as_str()).into_iter().flatten();
        let claims: Vec<SourceClaim> = rows.map(|row| SourceClaim::from(*row)).collect();
        let SourceClaim {
            licence, source, ..
        } = SourceClaim::most_restrictive(&claims)
            .cloned()
            .unwrap_or_default();
        StoredTrack {
            title: track.title.clone(),
            artists: track.artists.clone(),
            artist_group: track.split_group(),
            playlists: trainable.playlists.clone(),
            audio_hash: track.audio_hash.clone().unwrap_or_default(),
            duration_seconds: track.duration_seconds,
            added: self.placements_of(track).filter_map(|row| row.added).min(),
            descriptors: None,
            licence,
            source,
            claims,
        }
    }
}

/// Samples of a clip that are measured at once.
const BLOCK: usize = 1 << 16;

impl TrainingSet {
    /// Measures how each track sounds, by its clip, on all cores.
    pub fn compute_descriptors(&mut self, config: &TrainConfig) -> Result<(), AudioError> {
        let rate = config.front_end().sample_rate_hz;
        let store = ClipStore::new(&self.clips, rate);
        let bar = progress("Measuring");
        bar.set_length(self.tracks.len() as u64);
        let measured = self.tracks.par_iter_mut().try_for_each(|track| {
            let clip = store.open(&track.audio_hash)?;
            let mut meter = DescriptorExtractor::new(rate);
            let mut block = vec![0.0; BLOCK];
            for start in (0..clip.len()).step_by(BLOCK) {
                let count = clip.read(start, &mut block);
                meter.push(&block[..count]);
            }
            track.descriptors = Some(meter.finish());
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
            tracks.map(|track| store.open(&track.audio_hash)).collect();
        let source = ClipWindows {
            front_end: front_end.clone(),
            clips: clips?,
            augmentation: config.augment.clone(),
        };
        let truth = self.tracks.iter().map(|track| track.playlists.clone());
        Ok(Dataset {
            front_end,
            source: Box::new(source),
            truth: truth.collect(),
            playlists: self.playlists.len(),
        })
    }
}

fn decisions(filter: &Filter, on: Date) -> Vec<AllowedSource> {
    let sources = filter.allowed_sources.iter().cloned();
    sources.map(|source| AllowedSource { source, on }).collect()
}
