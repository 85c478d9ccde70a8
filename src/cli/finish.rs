//! From a command's result to the exit code.

use std::io::IsTerminal as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use super::ExitStatus;
use super::output::format_error;

/// An error that the user can fix.
const EXIT_FAILURE: u8 = 1;
/// Finished, but some items were skipped.
const EXIT_PARTIAL: u8 = 3;
/// The shell's exit code for SIGINT.
const EXIT_INTERRUPTED: u8 = 130;
/// A bug (`EX_SOFTWARE` of sysexits.h).
const EXIT_SOFTWARE: u8 = 70;

/// Runs a command with logs on stderr, prints its error, and returns the exit code.
pub fn finish(run: impl FnOnce() -> anyhow::Result<ExitStatus>) -> ExitCode {
    // Decoders warn of each invalid byte; the commands report what matters.
    let filter = EnvFilter::try_from_env("PLAYLIST_FIT_LOG")
        .unwrap_or_else(|_| EnvFilter::new("error,symphonia=off"));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .init();
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(ExitStatus::Success)) => ExitCode::SUCCESS,
        Ok(Ok(ExitStatus::Partial)) => ExitCode::from(EXIT_PARTIAL),
        Ok(Ok(ExitStatus::Interrupted)) => ExitCode::from(EXIT_INTERRUPTED),
        Ok(Err(reason)) => {
            eprintln!("error: {}", format_error(&reason));
            ExitCode::from(EXIT_FAILURE)
        }
        Err(_) => {
            eprintln!("error: internal error in playlist-fit; report it with the output above");
            ExitCode::from(EXIT_SOFTWARE)
        }
    }
}
