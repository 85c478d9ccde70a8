//! `completions`: a script that makes a shell complete verbs and flags.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::output::print;
use super::{Cli, ExitStatus};

#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to write for
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
