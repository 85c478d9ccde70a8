//! `completions`: prints a script that completes commands and flags in a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::output::print;
use super::{Cli, ExitStatus};

#[derive(Debug, Args)]
pub struct Completions {
    /// Shell that runs the script
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "playlist-fit", &mut script);
        print(String::from_utf8_lossy(&script).trim_end());
        Ok(ExitStatus::Success)
    }
}
