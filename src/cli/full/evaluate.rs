//! `evaluate`: how well a bundle does on tracks by artists that it never heard.

use std::path::PathBuf;

use clap::Args;

use super::training_set::TrackIndex;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, progress, status};
use crate::cli::{BundleFolder, ExitStatus};
use bundle::Bundle;
use catalogue::Filter;
use evaluation::{ArtistLinks, Calibrated, Evaluation, HeldOutScores, TrainingTracks, group_of};
use model::Network;
use neighbours::StoredTrack;
use prepare::ClipStore;
use report::{Evaluated, write_evaluation};
use train::{Augmentation, ClipWindows, Dataset, Evaluator};

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
struct HeldOutSet {
    dataset: Dataset,
    tracks: Vec<StoredTrack>,
    /// Who must stay together, one a track.
    artists: Vec<String>,
    /// Tracks whose artist or recording taught the network, and those without a clip.
    trained_on: usize,
    unprepared: usize,
}

impl Evaluate {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (bundle, network) = self.bundle.open()?;
        if !bundle.manifest.disclaimer.is_empty() {
            status(&bundle.manifest.disclaimer);
        }
        for list in &bundle.manifest.added {
            status(&format!(
                "{} is not measured here. {}",
                list.name,
                report::few_shot(&list.facts())
            ));
        }
        let held_out = self.held_out(&bundle)?;
        if held_out.trained_on > 0 {
            status(&format!(
                "left out {} tracks: the bundle learned from them or from their artists",
                held_out.trained_on
            ));
        }
        if held_out.unprepared > 0 {
            status(&format!(
                "left out {} tracks without a clip; run `playlist-fit prepare`",
                held_out.unprepared
            ));
        }
        if held_out.dataset.is_empty() {
            anyhow::bail!(
                "{} holds no track on the bundle's playlists by an artist that it never heard; import such tracks, or \
                 read the evaluation that `train` made",
                self.playlists.playlists.display()
            );
        }
        let evaluation = evaluate_bundle(&bundle, &network, &held_out)?;
        let evaluated = evaluated(&bundle, &evaluation);
        if let Some(folder) = &self.out {
            write_evaluation(&evaluated, folder)?;
        }
        if self.json {
            print(&serde_json::to_string(&evaluated)?);
        } else {
            print(&report::evaluation_text(&evaluation));
        }
        if let Some(folder) = &self.out {
            status(&format!("Evaluation: {}", folder.display()));
        }
        Ok(ExitStatus::Success)
    }

    fn held_out(&self, bundle: &Bundle) -> anyhow::Result<HeldOutSet> {
        let catalogue = store::read(&self.playlists.playlists)?;
        let front_end = bundle.manifest.front_end.clone();
        let store = ClipStore::new(&self.playlists.clips(), front_end.sample_rate_hz);
        // Nothing is learned here, so every row may be judged, whatever its licence.
        let trainable = catalogue.trainable(&Filter::everything());
        let outputs: Vec<Option<usize>> = trainable
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
        let known = TrackIndex::new(&catalogue);
        let (mut clips, mut tracks) = (Vec::new(), Vec::new());
        let (mut trained_on, mut unprepared) = (0, 0);
        for trainable in &trainable.tracks {
            let mut track = known.stored(trainable);
            let own = track.playlists.iter();
            track.playlists = own.filter_map(|&playlist| outputs[playlist]).collect();
            if track.playlists.is_empty() {
                continue;
            }
            if was_trained_on(bundle, &track) {
                trained_on += 1;
            } else if let Ok(clip) = store.open(&track.audio_hash) {
                clips.push(clip);
                tracks.push(track);
            } else {
                unprepared += 1;
            }
        }
        let artist_links: Vec<ArtistLinks> = tracks.iter().map(ArtistLinks::from).collect();
        let source = ClipWindows {
            front_end: front_end.clone(),
            clips,
            augmentation: Augmentation::default(),
        };
        let dataset = Dataset {
            front_end,
            source: Box::new(source),
            truth: tracks.iter().map(|track| track.playlists.clone()).collect(),
            playlists: bundle.manifest.playlists.len(),
        };
        Ok(HeldOutSet {
            dataset,
            tracks,
            artists: group_of(&artist_links),
            trained_on,
            unprepared,
        })
    }
}

/// An evaluation under the name of its bundle.
pub fn evaluated<'a>(bundle: &'a Bundle, evaluation: &'a Evaluation) -> Evaluated<'a> {
    Evaluated {
        bundle: bundle.id(),
        front_end: bundle.manifest.front_end.hash(),
        disclaimer: &bundle.manifest.disclaimer,
        evaluation,
    }
}

fn was_trained_on(bundle: &Bundle, track: &StoredTrack) -> bool {
    let artist_links = ArtistLinks::from(track);
    // Bundles made before keep names as the catalogue wrote them.
    let written = [&track.artist_group, &track.audio_hash];
    let mut written = track.artists.iter().chain(written);
    artist_links
        .names()
        .any(|name| bundle.was_trained_on(&name))
        || written.any(|name| bundle.was_trained_on(name))
}

fn evaluate_bundle(
    bundle: &Bundle,
    network: &Network,
    held_out: &HeldOutSet,
) -> anyhow::Result<Evaluation> {
    let bar = progress("Listening");
    bar.set_length(held_out.dataset.len() as u64);
    let cards = &bundle.manifest.playlists;
    let mut held_out_scores = HeldOutScores {
        playlists: cards.iter().map(|card| card.name.clone()).collect(),
        ..HeldOutScores::default()
    };
    let evaluator = Evaluator {
        network,
        dataset: &held_out.dataset,
        tracks: &held_out.tracks,
        artists: &held_out.artists,
        pooling: bundle.manifest.pooling,
    };
    let test_tracks: Vec<usize> = (0..held_out.dataset.len()).collect();
    let trained_neighbours = bundle.trained_neighbours();
    let training_tracks = TrainingTracks::new(&trained_neighbours, cards.len());
    evaluator.evaluate(
        &test_tracks,
        &training_tracks,
        &mut held_out_scores,
        &|| bar.inc(1),
    )?;
    bar.finish_and_clear();
    let (calibration, risk_control) = (&bundle.manifest.calibration, &bundle.manifest.risk_control);
    let calibrated = Calibrated::of_bundle(&held_out_scores, calibration, risk_control.as_ref());
    let method = format!(
        "{} tracks by artists that the bundle never heard.",
        held_out.dataset.len()
    );
    Ok(calibrated.evaluation(method, &held_out_scores))
}
