//! `prepare`: finds the audio of the catalogue's tracks and decodes it into clips for training.

mod clips;
mod document;
mod jamendo;
mod matching;
mod text;

use std::path::PathBuf;

use clap::Args;

use self::document::Document;
use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::print;
use features::mel::FrontEnd;

/// Rows shown of a table that may have thousands.
const ROWS_SHOWN: usize = 10;

#[derive(Debug, Args)]
pub struct Prepare {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Front end whose sample rate the clips get: ast, efficientat, librosa, musicnn or stern
    #[arg(long, value_name = "NAME", default_value = "efficientat")]
    front_end: String,
    /// Folder to search, at any depth, for the audio of tracks without a file; may be given several times
    #[arg(long, value_name = "DIR")]
    audio: Vec<PathBuf>,
    /// Download from Jamendo what artist and licence allow; needs JAMENDO_CLIENT_ID
    #[arg(long)]
    download: bool,
    /// Program that fetches one track, with {isrc}, {artist}, {title}, {spotify_id} and {out}; runs without a shell
    #[arg(long, alias = "command", value_name = "TEMPLATE")]
    fetch_command: Option<String>,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
}

impl Prepare {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let front_end = FrontEnd::preset(&self.front_end)?;
        let folder = &self.playlists.playlists;
        // A lock would create a missing folder.
        let _lock = folder.is_dir().then(|| Lock::take(folder)).transpose()?;
        let catalogue = store::read(folder)?;
        let (catalogue, summary) = self.resolve(catalogue)?;
        let clips = clips::build(
            &catalogue,
            &self.playlists.clips(),
            front_end.sample_rate_hz,
        );
        if self.json {
            print(&serde_json::to_string(&Document::new(&summary, &clips))?);
        } else {
            let sections = text::sections(&summary, &clips, folder);
            sections.iter().for_each(|section| print(section));
        }
        let is_complete = clips.failed.is_empty()
            && summary.pending.is_empty()
            && summary.failed.is_empty()
            && summary.not_found.is_empty();
        Ok(if is_complete {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }
}
