//! Audio for the tracks that have none: folders first, then downloads, then the user's command.

use std::sync::Arc;
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::jamendo::JamendoDownloads;
use super::{Prepare, SHOWN};
use crate::cli::full::follow;
use crate::cli::terminal::{progress, remark};
use catalogue::Skipped;
use catalogue::{Catalogue, Track};
use prepare::FactsOfFiles;
use prepare::resolve::{FetchCommand, How, Library, Offers, ResolveError, Resolved, Search};

const NO_PREVIEWS: &str = "30-second previews are not downloaded: Deezer's are not licensed for it, and Apple's are for \
                           promotion only";

impl Prepare {
    /// The catalogue with all audio that could be found, as it is on the disk now, and what was found how.
    pub(super) fn resolve(&self, catalogue: Catalogue) -> anyhow::Result<(Catalogue, Resolved)> {
        let command = self.command.as_deref().map(FetchCommand::new).transpose()?;
        let folder = &self.playlists.playlists;
        let write = |catalogue: &Catalogue| Ok(store::write(catalogue, folder)?);
        let mut search = Search::new(folder, catalogue, &FactsOfFiles, &write)?;
        if !self.audio.is_empty() && search.missing().next().is_some() {
            search.match_library(&self.library()?)?;
        }
        if self.download {
            fetch(
                &mut search,
                &JamendoDownloads::default(),
                How::Download,
                "Downloading",
            )?;
            if search.missing().any(has_preview) {
                remark(NO_PREVIEWS);
            }
        }
        if let Some(command) = command.map(Arc::new) {
            end_with_us(Arc::clone(&command))?;
            fetch(&mut search, &*command, How::Command, "Fetching")?;
        }
        Ok(search.finish()?)
    }

    fn library(&self) -> Result<Library, ResolveError> {
        let bar = progress("Reading");
        let seen = follow(&bar);
        let library = Library::read(&self.audio, &self.playlists.playlists, &FactsOfFiles, &seen)?;
        bar.finish_and_clear();
        for Skipped { path, why } in library.skipped.iter().take(SHOWN) {
            remark(&format!("skipped {path}: {why}"));
        }
        if library.skipped.len() > SHOWN {
            remark(&format!("skipped {} more", library.skipped.len() - SHOWN));
        }
        Ok(library)
    }
}

fn fetch(
    search: &mut Search,
    offers: &dyn Offers,
    how: How,
    what: &'static str,
) -> Result<(), ResolveError> {
    let bar = progress(what);
    let seen = follow(&bar);
    let fetched = search.fetch(offers, how, &seen);
    bar.finish_and_clear();
    fetched
}

fn has_preview(track: &Track) -> bool {
    let mut ids = track.aliases.iter().chain([&track.id]);
    ids.any(|id| id.starts_with("deezer:") || id.starts_with("apple-music:"))
}

/// The command runs in a process group of its own, which a Ctrl-C at the terminal does not reach: so the signals that
/// end us are handed on.
fn end_with_us(command: Arc<FetchCommand>) -> std::io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let inside = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    drop(inside);
    thread::spawn(move || {
        let kind = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => SignalKind::interrupt(),
                _ = terminate.recv() => SignalKind::terminate(),
                _ = hang_up.recv() => SignalKind::hangup(),
            }
        });
        command.kill();
        std::process::exit(128 + kind.as_raw_value());
    });
    Ok(())
}
