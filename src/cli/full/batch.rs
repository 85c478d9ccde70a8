//! `batch`: judges many songs, writes their reports, and assigns songs to playlists.

mod songs;
mod tables;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::lists::lock::Lock;
use super::similar::analysis_cache;
use crate::cli::fit::folder_name;
use crate::cli::output::{print, progress, status};
use crate::cli::{BundleFolder, ExitStatus};
use analysis::FitReport;
use collection::batch::{self, Failed, ReportStore};
use model::Network;
use songs::find_songs;
use tables::{as_tables, parquet};

#[derive(Debug, Args)]
pub struct Batch {
    /// Folders with songs at any depth, or songs
    #[arg(required = true, value_name = "DIR")]
    songs: Vec<PathBuf>,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for index.html, the tables and the reports, one sub-folder per song; the same command resumes an
    /// interrupted run
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Print JSON instead of tables, one line per song as soon as it is analysed
    #[arg(long)]
    json: bool,
}

impl Batch {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let _lock = Lock::take(&self.out)?;
        let (songs, failed) = find_songs(&self.songs)?;
        let (bundle, network) = self.bundle.open()?;
        let reports = ReportStore::open(&self.out, bundle.id(), &report::FILES);
        let folders = reports.folders(&songs, folder_name);
        let songs: Vec<(PathBuf, String)> = songs.into_iter().zip(folders).collect();
        let bar = progress("Analysing");
        bar.set_length(songs.len() as u64);
        let cache = analysis_cache(&bundle).ok();
        let batch = batch::Batch {
            bundle: &bundle,
            reports: &reports,
            cache: cache.as_ref(),
            write_report: &|report: &FitReport, folder: &str| {
                report::write(report, &self.out.join(folder))?;
                Ok(())
            },
            on_result: &|result: Result<&FitReport, &Failed>| {
                bar.suspend(|| self.print_result(result));
                bar.inc(1);
            },
        };
        let batch = batch.run(&songs, failed, predictors(network)?)?;
        bar.finish_and_clear();
        let index = report::write_batch(&batch, &self.out)?;
        let table = self.out.join("songs.parquet");
        files::write(&table, &parquet(&batch)?)
            .with_context(|| format!("{}: cannot write this file", table.display()))?;
        if !self.json {
            print(&as_tables(&batch));
        }
        status(&format!("Index: {}", index.display()));
        Ok(if batch.failed.is_empty() {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }

    fn print_result(&self, result: Result<&FitReport, &Failed>) {
        match result {
            // Plain data with text keys always serialises.
            Ok(report) if self.json => print(&serde_json::to_string(report).unwrap_or_default()),
            Ok(_) => (),
            Err(skip) => status(&format!("skipped {}: {}", skip.path.display(), skip.reason)),
        }
    }
}

/// One single-threaded network per core, so that no core waits for another.
fn predictors(network: Network) -> anyhow::Result<Vec<Network>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    model::set_single_threaded();
    let mut networks = Vec::new();
    for _ in 1..threads {
        networks.push(network.share_weights()?);
    }
    networks.push(network);
    Ok(networks)
}
