//! `card`: the model card of a bundle, as Markdown.

use std::path::PathBuf;

use clap::Args;

use super::output::print;
use super::{ExitStatus, open_bundle};
use report::card;

#[derive(Debug, Args)]
pub struct Card {
    /// Folder with a bundle; without it the demo bundle inside the program
    #[arg(value_name = "BUNDLE")]
    folder: Option<PathBuf>,
}

impl Card {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        print(&card(&open_bundle(self.folder.as_deref())?));
        Ok(ExitStatus::Success)
    }
}
