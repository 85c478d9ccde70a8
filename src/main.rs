//! Reads the command line and runs one verb; one that needs a network is handed to the half that can listen.
//!
//! Loading libtorch takes 0.4 s, so help, mistakes and the verbs without a network do without it.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Parser;
use playlist_fit::cli::{Cli, ExitStatus, finish, training_binary};

/// Environment variables set before libtorch loads. Values the user has set are kept.
const ENV_DEFAULTS: [(&str, &str); 2] = [
    // The allocator keeps what the network gave back: with every few windows it asks for as much again.
    ("MIMALLOC_PURGE_DELAY", "-1"),
    // Threads that wait for one another spin for long before they sleep: beside another busy program `fit` took 16.9 s,
    // and takes 3.7 s so; alone 2.4 s and 2.5 s.
    ("GOMP_SPINCOUNT", "20000"),
];

fn main() -> ExitCode {
    // Prints help, version and mistakes of usage by itself, and then ends with 0 or 2.
    let cli = Cli::parse();
    finish(|| match cli.run_without_network()? {
        Some(outcome) => Ok(outcome),
        None => exec_training_binary(),
    })
}

/// Replaces this process with `playlist-fit-train` from the same folder. Returns only on error.
fn exec_training_binary() -> anyhow::Result<ExitStatus> {
    let program = training_binary()?;
    let reason = Command::new(&program)
        .args(std::env::args_os().skip(1))
        .envs(ENV_DEFAULTS.into_iter().filter(is_unset))
        .exec();
    Err(reason).with_context(|| {
        format!(
            "{}: install it beside playlist-fit; they belong together",
            program.display()
        )
    })
}

fn is_unset((name, _): &(&str, &str)) -> bool {
    std::env::var_os(name).is_none()
}
