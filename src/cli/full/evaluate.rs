//! `evaluate`: a bundle's metrics on tracks by artists that it was not trained on.

use std::path::PathBuf;

use clap::Args;

use crate::cli::full::{PlaylistsFolder, track_progress};
use crate::cli::output::{print, progress, status};
use crate::cli::{BundleFolder, ExitStatus};
use bundle::Bundle;
use evaluation::Evaluation;
use prepare::ClipStore;
use report::{Evaluated, write_evaluation};
use train::HeldOutSet;

#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    bundle: BundleFolder,
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Folder for evaluation.json, playlists.csv and three plots; nothing is written without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (bundle, network) = self.bundle.open()?;
        if !bundle.manifest.disclaimer.is_empty() {
            status(&bundle.manifest.disclaimer);
        }
        for playlist in &bundle.manifest.added {
            status(&format!(
                "{} is not measured here. {}",
                playlist.name,
                report::few_shot(&playlist.facts())
            ));
        }
        let held_out = self.held_out(&bundle)?;
        let bar = progress("Evaluating");
        let evaluation = held_out.evaluate(&bundle, &network, &track_progress(&bar))?;
        bar.finish_and_clear();
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
        let rate = bundle.manifest.front_end.sample_rate_hz;
        let clips = ClipStore::new(&self.playlists.clips(), rate);
        let held_out = HeldOutSet::collect(&catalogue, &clips, bundle);
        if held_out.trained_on > 0 {
            let count = held_out.trained_on;
            status(&format!(
                "excluded: {count} tracks whose artist or recording the bundle was trained on"
            ));
        }
        if held_out.unprepared > 0 {
            let count = held_out.unprepared;
            status(&format!(
                "excluded: {count} tracks without a clip; run `playlist-fit prepare`"
            ));
        }
        if held_out.is_empty() {
            anyhow::bail!(
                "{}: no track on the bundle's playlists by an artist that it was not trained on; import such tracks, or \
                 read the evaluation that `train` wrote",
                self.playlists.playlists.display()
            );
        }
        Ok(held_out)
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
