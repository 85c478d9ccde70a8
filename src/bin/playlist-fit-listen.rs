//! The half of the program that listens: `playlist-fit` becomes it for the verbs that run a network.

use std::process::ExitCode;

use clap::Parser;
use playlist_fit::cli::{Cli, finish};

fn main() -> ExitCode {
    let cli = Cli::parse();
    finish(|| cli.run())
}
