//! `collect`: playlists of a service into the catalogue, which is saved after each of them.

mod service;
mod summary;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use self::service::Service;
use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::output::{print, progress, status};
use catalogue::{Catalogue, SkippedItem};
use services::Source;
use services::collect::{Collection, collect_into, keys};
use store::StoreError;

/// Arguments of `collect`.
#[derive(Debug, Args)]
#[command(after_help = service::ENVIRONMENT)]
pub struct Collect {
    /// Service to collect from
    #[arg(value_enum)]
    source: Service,
    /// Ids or links of playlists; without any, those in the catalogue are collected again
    #[arg(value_name = "PLAYLIST")]
    playlists: Vec<String>,
    /// Show playlists with this text in their name, and collect nothing
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["playlists", "own"])]
    search: Option<String>,
    /// Collect all playlists of your own
    #[arg(long)]
    own: bool,
    /// Log in with the browser first, and store the login (Spotify)
    #[arg(long)]
    login: bool,
    /// Folder of the catalogue
    #[arg(long, alias = "into", value_name = "DIR", default_value = "catalogue")]
    out: PathBuf,
    /// Send no request: use the responses of earlier runs
    #[arg(long)]
    offline: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Collect {
    /// Runs the command.
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build()?.block_on(self.dispatch())
    }

    async fn collect<S: Source>(&self, source: &S) -> anyhow::Result<ExitStatus> {
        if let Some(text) = &self.search {
            let found = source.search(text).await?;
            print(&summary::found::<S>(&found, self.json));
            return Ok(ExitStatus::Success);
        }
        let _lock = Lock::take(&self.out)?;
        let mut catalogue = match store::read(&self.out) {
            Err(StoreError::Missing(_)) => Catalogue::default(),
            read => read?,
        };
        let keys = keys(source, &self.playlists, self.own, &catalogue).await?;
        if keys.is_empty() {
            bail!(
                "{}: no playlist of {source} in it yet; give one by its link or id, \
                 `playlist-fit collect {source} LINK`, or find one with `--search TEXT`",
                self.out.display(),
                source = S::NAME,
            );
        }
        let bar = progress("Collecting");
        bar.set_length(keys.len() as u64);
        let save = |catalogue: &Catalogue| store::write(catalogue, &self.out);
        let on_tried = |skipped: &[SkippedItem]| {
            bar.suspend(|| skipped.iter().for_each(print_skipped));
            bar.inc(1);
        };
        let collected = collect_into(source, &keys, &mut catalogue, self.offline, save, on_tried);
        let collection = collected.await?;
        bar.finish_and_clear();
        self.print_result::<S>(&collection, &catalogue)
    }

    fn print_result<S: Source>(
        &self,
        collection: &Collection,
        catalogue: &Catalogue,
    ) -> anyhow::Result<ExitStatus> {
        for failed in &collection.failed {
            status(&format!("not collected: {}: {}", failed.key, failed.error));
        }
        if !collection.not_tried.is_empty() {
            status(&format!("not tried: {}", collection.not_tried.join(", ")));
        }
        if collection.collected.is_empty() {
            bail!("nothing was collected; see the lines above for the reasons");
        }
        print(&if self.json {
            summary::json::<S>(collection, catalogue)?
        } else {
            summary::table(collection, &self.out, catalogue)
        });
        Ok(if collection.is_complete() {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }
}

fn print_skipped(item: &SkippedItem) {
    status(&format!("skipped {}: {}", item.path, item.reason));
}
