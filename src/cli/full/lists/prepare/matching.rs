//! Audio for the tracks without a file: from folders first, then downloads, then the user's command.

use std::sync::Arc;
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::jamendo::JamendoDownloads;
use super::{Prepare, ROWS_SHOWN};
use crate::cli::full::track_progress;
use crate::cli::output::{progress, status};
use catalogue::{Catalogue, SkippedItem};
use prepare::SymphoniaProbe;
use prepare::matching::{
    AudioMatcher, AudioProvider, FetchCommand, FileIndex, MatchError, MatchSource, MatchSummary,
    has_preview,
};

const NO_PREVIEWS: &str = "30-second previews are not downloaded: Deezer's are not licensed for it, and Apple's are for \
                           promotion only";

impl Prepare {
    /// The catalogue with the audio that was found, as stored, and the sources of the matches.
    pub(super) fn resolve(
        &self,
        catalogue: Catalogue,
    ) -> anyhow::Result<(Catalogue, MatchSummary)> {
        let fetch_command = self
            .fetch_command
            .as_deref()
            .map(FetchCommand::new)
            .transpose()?;
        let folder = &self.playlists.playlists;
        let write = |catalogue: &Catalogue| Ok(store::write(catalogue, folder)?);
        let mut matcher = AudioMatcher::new(folder, catalogue, &SymphoniaProbe, &write)?;
        if !self.audio.is_empty() && matcher.missing().next().is_some() {
            matcher.match_index(&self.file_index()?)?;
        }
        if self.download {
            fetch(
                &mut matcher,
                &JamendoDownloads::default(),
                MatchSource::Download,
                "Downloading",
            )?;
            if matcher.missing().any(has_preview) {
                status(NO_PREVIEWS);
            }
        }
        if let Some(command) = fetch_command.map(Arc::new) {
            kill_on_signal(Arc::clone(&command))?;
            fetch(&mut matcher, &*command, MatchSource::Command, "Fetching")?;
        }
        Ok(matcher.finish()?)
    }

    fn file_index(&self) -> Result<FileIndex, MatchError> {
        let bar = progress("Reading");
        let seen = track_progress(&bar);
        let file_index = FileIndex::read(
            &self.audio,
            &self.playlists.playlists,
            &SymphoniaProbe,
            &seen,
        )?;
        bar.finish_and_clear();
        for SkippedItem { path, reason } in file_index.skipped.iter().take(ROWS_SHOWN) {
            status(&format!("skipped {path}: {reason}"));
        }
        if file_index.skipped.len() > ROWS_SHOWN {
            status(&format!(
                "skipped {} more",
                file_index.skipped.len() - ROWS_SHOWN
            ));
        }
        Ok(file_index)
    }
}

fn fetch(
    matcher: &mut AudioMatcher,
    provider: &dyn AudioProvider,
    source: MatchSource,
    label: &'static str,
) -> Result<(), MatchError> {
    let bar = progress(label);
    let seen = track_progress(&bar);
    let fetched = matcher.fetch(provider, source, &seen);
    bar.finish_and_clear();
    fetched
}

/// Kills the command if a signal ends the program: the command runs in its own process group, which Ctrl-C at the
/// terminal does not reach.
fn kill_on_signal(command: Arc<FetchCommand>) -> std::io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let entered = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    drop(entered);
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
