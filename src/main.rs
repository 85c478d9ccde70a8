//! Reads the command line and runs one command. A command that needs a network runs in `playlist-fit-train`.
//!
//! Loading libtorch takes 0.4 s, so help, usage errors and the commands without a network run here.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Parser;
use playlist_fit::cli::{Cli, ExitStatus, finish, training_binary};

/// Environment variables set before libtorch loads. Values the user has set are kept.
const ENV_DEFAULTS: [(&str, &str); 2] = [
    // The allocator keeps freed memory: the network allocates as much again every few windows.
    ("MIMALLOC_PURGE_DELAY", "-1"),
    // Waiting threads spin for less time before they sleep. Next to another busy program `fit` takes 3.7 s instead of
    // 16.9 s; alone 2.5 s instead of 2.4 s.
    ("GOMP_SPINCOUNT", "20000"),
];

fn main() -> ExitCode {
    // Prints help, version and usage errors itself, then exits with 0 or 2.
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
            "{}: cannot be started; install it in the folder of playlist-fit",
            program.display()
        )
    })
}

fn is_unset((name, _): &(&str, &str)) -> bool {
    std::env::var_os(name).is_none()
}
