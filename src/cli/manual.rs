//! `manual`: writes pages for `man`, one for the program and one per command.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};

use super::output::print;
use super::{Cli, ExitStatus};

#[derive(Debug, Args)]
pub struct Manual {
    /// Folder for the pages; `man playlist-fit` finds them in ~/.local/share/man/man1
    #[arg(long, value_name = "DIR", default_value = "man1")]
    out: PathBuf,
}

impl Manual {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        std::fs::create_dir_all(&self.out)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.out))
            .with_context(|| {
                format!(
                    "{}: cannot write the manual pages; choose another --out",
                    self.out.display()
                )
            })?;
        print(&format!("Manual pages: {}", self.out.display()));
        Ok(ExitStatus::Success)
    }
}
