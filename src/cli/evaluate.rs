//! `evaluate`: how well a bundle does on tracks by artists that it never heard.

use clap::Args;
use serde::Serialize;

use super::material::Known;
use super::table::table;
use super::terminal::{answer, progress, remark};
use super::{BundleFolder, Outcome, PlaylistsFolder};
use crate::audio::ClipStore;
use crate::bundle::Bundle;
use crate::evaluate::{
    Credits, Evaluation, Evidence, Measure, RankingScores, Teachers, artist_components,
};
use crate::model::Network;
use crate::neighbours::StoredTrack;
use crate::playlists::{Catalogue, Filter};
use crate::train::{Augmentation, Clips, Dataset, Examination};

#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    bundle: BundleFolder,
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The JSON of `evaluate`.
#[derive(Serialize)]
struct Answer<'a> {
    bundle: String,
    front_end: String,
    #[serde(flatten)]
    evaluation: &'a Evaluation,
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
        if self.json {
            let answered = Answer {
                bundle: bundle.id(),
                front_end: bundle.manifest.front_end.hash(),
                evaluation: &evaluation,
            };
            answer(&serde_json::to_string(&answered)?);
        } else {
            answer(&as_table(&evaluation));
        }
        Ok(Outcome::Done)
    }

    fn fair(&self, bundle: &Bundle) -> anyhow::Result<Fair> {
        let catalogue = Catalogue::read(&self.playlists.playlists)?;
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
        let artists = artist_components(&credits)
            .iter()
            .map(ToString::to_string)
            .collect();
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
            artists,
            heard,
            unprepared,
        })
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
    let teachers = Teachers::new(&bundle.neighbours, cards.len());
    examination.ask(&asked, &teachers, &mut evidence, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let fits = evidence.fits(&bundle.manifest.calibration);
    let method = format!(
        "{} tracks by artists that the bundle never heard.",
        fair.dataset.len()
    );
    Ok(Evaluation::new(method, &evidence, &fits))
}

/// An evaluation as a table for people.
pub fn as_table(evaluation: &Evaluation) -> String {
    let percent = |measure: &Measure| {
        format!(
            "{:.1} % [{:.1}, {:.1}]",
            measure.value * 100.0,
            measure.low * 100.0,
            measure.high * 100.0
        )
    };
    let row = |name: &str, scores: &RankingScores| {
        let average = &scores.mean_average_precision;
        let cells = [&scores.top_1, &scores.top_3, &scores.top_5].map(percent);
        [
            vec![name.to_owned()],
            cells.to_vec(),
            vec![format!("{:.3}", average.value)],
        ]
        .concat()
    };
    let rows = [
        row("this network", &evaluation.model),
        row("nearest track", &evaluation.knn),
        row("largest lists", &evaluation.popularity),
        row("chance", &evaluation.chance),
    ];
    let pooled: Vec<Vec<String>> = evaluation
        .pooling
        .iter()
        .map(|pooled| row(&pooled.name, &pooled.scores))
        .collect();
    let pooled = match pooled.is_empty() {
        true => String::new(),
        false => {
            let head = ["windows to song", "top-1", "top-3", "top-5", "mean AP"];
            format!("{}\n\n", table(&head, &pooled))
        }
    };
    let share = |share: f64| format!("{:.0} %", share * 100.0);
    let lists: Vec<Vec<String>> = evaluation
        .playlists
        .iter()
        .map(|list| {
            let average = list
                .average_precision
                .map_or_else(String::new, |average| format!("{average:.2}"));
            let cells = [list.top_1, list.top_3, list.top_5].map(share);
            [
                vec![list.name.clone(), list.n.to_string()],
                cells.to_vec(),
                vec![average],
            ]
            .concat()
        })
        .collect();
    let [macro_1, macro_3, macro_5] = [
        evaluation.macro_top_1,
        evaluation.macro_top_3,
        evaluation.macro_top_5,
    ]
    .map(|share| share * 100.0);
    format!(
        "{}\n{} tracks, {} artists; 95 % intervals over artists\n\n{}\n\n\
         averaged over playlists: {macro_1:.1} / {macro_3:.1} / {macro_5:.1} %\n\
         calibration error: {:.1} % [{:.1}, {:.1}]\n\n{pooled}{}",
        evaluation.method,
        evaluation.tracks,
        evaluation.artists,
        table(&["", "top-1", "top-3", "top-5", "mean AP"], &rows),
        evaluation.ece.value * 100.0,
        evaluation.ece.low * 100.0,
        evaluation.ece.high * 100.0,
        table(&["playlist", "n", "top-1", "top-3", "top-5", "AP"], &lists),
    )
}
