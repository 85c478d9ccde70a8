//! `evaluate`: how well a bundle does on tracks by artists that it never heard.

mod tables;

pub use tables::as_text;

use std::path::PathBuf;

use clap::Args;

use super::material::Known;
use crate::cli::full::PlaylistsFolder;
use crate::cli::terminal::{answer, progress, remark};
use crate::cli::{BundleFolder, Outcome};
use bundle::Bundle;
use catalogue::Filter;
use evaluation::{Calibrated, Credits, Evaluation, Evidence, Teachers, owners};
use model::Network;
use neighbours::StoredTrack;
use prepare::ClipStore;
use report::{Evaluated, write_evaluation};
use train::{Augmentation, Clips, Dataset, Examination};

#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    bundle: BundleFolder,
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Folder for evaluation.json, playlists.csv and three pictures; without it none is written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The tracks that can be judged fairly.
struct Fair {
    dataset: Dataset,
    tracks: Vec<StoredTrack>,
    /// Who must stay together, one a track.
    artists: Vec<String>,
    /// Tracks whose artist or recording taught the network, and those without a clip.
    heard: usize,
    unprepared: usize,
}

impl Evaluate {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let (bundle, network) = self.bundle.open()?;
        if !bundle.manifest.notice.is_empty() {
            remark(&bundle.manifest.notice);
        }
        for list in &bundle.manifest.added {
            remark(&format!(
                "{} is not measured here. {}",
                list.name,
                list.note()
            ));
        }
        let fair = self.fair(&bundle)?;
        if fair.heard > 0 {
            remark(&format!(
                "left out {} tracks: the bundle learned from them or from their artists",
                fair.heard
            ));
        }
        if fair.unprepared > 0 {
            remark(&format!(
                "left out {} tracks without a clip; run `playlist-fit prepare`",
                fair.unprepared
            ));
        }
        if fair.dataset.is_empty() {
            anyhow::bail!(
                "{} holds no track on the bundle's playlists by an artist that it never heard; import such tracks, or \
                 read the evaluation that `train` made",
                self.playlists.playlists.display()
            );
        }
        let evaluation = judge(&bundle, &network, &fair)?;
        let evaluated = evaluated(&bundle, &evaluation);
        if let Some(folder) = &self.out {
            write_evaluation(&evaluated, folder)?;
        }
        if self.json {
            answer(&serde_json::to_string(&evaluated)?);
        } else {
            answer(&as_text(&evaluation));
        }
        if let Some(folder) = &self.out {
            remark(&format!("Evaluation: {}", folder.display()));
        }
        Ok(Outcome::Done)
    }

    fn fair(&self, bundle: &Bundle) -> anyhow::Result<Fair> {
        let catalogue = store::read(&self.playlists.playlists)?;
        let front_end = bundle.manifest.front_end.clone();
        let store = ClipStore::new(&self.playlists.clips(), front_end.sample_rate_hz);
        // Nothing is learned here, so every row may be judged, whatever its licence.
        let learnable = catalogue.learnable(&Filter::everything());
        let outputs: Vec<Option<usize>> = learnable
            .playlists
            .iter()
            .map(|playlist| {
                bundle
                    .manifest
                    .playlists
                    .iter()
                    .position(|card| card.name == playlist.name)
            })
            .collect();
        let known = Known::new(&catalogue);
        let (mut clips, mut tracks) = (Vec::new(), Vec::new());
        let (mut heard, mut unprepared) = (0, 0);
        for learnable in &learnable.tracks {
            let mut track = known.stored(learnable);
            let own = track.playlists.iter();
            track.playlists = own.filter_map(|&playlist| outputs[playlist]).collect();
            if track.playlists.is_empty() {
                continue;
            }
            if has_heard(bundle, &track) {
                heard += 1;
            } else if let Ok(clip) = store.open(&track.content) {
                clips.push(clip);
                tracks.push(track);
            } else {
                unprepared += 1;
            }
        }
        let credits: Vec<Credits> = tracks.iter().map(Credits::from).collect();
        let recordings = Clips {
            front_end: front_end.clone(),
            clips,
            augmentation: Augmentation::default(),
        };
        let dataset = Dataset {
            front_end,
            recordings: Box::new(recordings),
            truth: tracks.iter().map(|track| track.playlists.clone()).collect(),
            playlists: bundle.manifest.playlists.len(),
        };
        Ok(Fair {
            dataset,
            tracks,
            artists: owners(&credits),
            heard,
            unprepared,
        })
    }
}

/// An evaluation under the name of its bundle.
pub fn evaluated<'a>(bundle: &'a Bundle, evaluation: &'a Evaluation) -> Evaluated<'a> {
    Evaluated {
        bundle: bundle.id(),
        front_end: bundle.manifest.front_end.hash(),
        notice: &bundle.manifest.notice,
        evaluation,
    }
}

fn has_heard(bundle: &Bundle, track: &StoredTrack) -> bool {
    let credits = Credits::from(track);
    // Bundles made before keep names as the catalogue wrote them.
    let written = [&track.artist_group, &track.content];
    let mut written = track.artists.iter().chain(written);
    credits.names().any(|name| bundle.has_heard(&name))
        || written.any(|name| bundle.has_heard(name))
}

fn judge(bundle: &Bundle, network: &Network, fair: &Fair) -> anyhow::Result<Evaluation> {
    let bar = progress("Listening");
    bar.set_length(fair.dataset.len() as u64);
    let cards = &bundle.manifest.playlists;
    let mut evidence = Evidence {
        playlists: cards.iter().map(|card| card.name.clone()).collect(),
        ..Evidence::default()
    };
    let examination = Examination {
        network,
        dataset: &fair.dataset,
        tracks: &fair.tracks,
        artists: &fair.artists,
        pooling: bundle.manifest.pooling,
    };
    let asked: Vec<usize> = (0..fair.dataset.len()).collect();
    let taught = bundle.taught();
    let teachers = Teachers::new(&taught, cards.len());
    examination.ask(&asked, &teachers, &mut evidence, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let (calibration, promise) = (&bundle.manifest.calibration, &bundle.manifest.promise);
    let calibrated = Calibrated::of_bundle(&evidence, calibration, promise.as_ref());
    let method = format!(
        "{} tracks by artists that the bundle never heard.",
        fair.dataset.len()
    );
    Ok(calibrated.evaluation(method, &evidence))
}
