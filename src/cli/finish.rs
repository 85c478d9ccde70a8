//! From a verb's outcome to the exit code.

use std::io::IsTerminal as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use super::Outcome;
use super::terminal::in_words;

/// What the user can mend.
const MENDABLE: u8 = 1;
/// Finished, but some items were left out.
const SKIPPED: u8 = 3;
/// As a shell counts SIGINT.
const INTERRUPTED: u8 = 130;
/// Our own mistake (`EX_SOFTWARE` of sysexits.h).
const BUG: u8 = 70;

/// Runs a verb with logs on stderr, says what went wrong, and answers the exit code.
pub fn finish(run: impl FnOnce() -> anyhow::Result<Outcome>) -> ExitCode {
    // Decoders warn of every odd byte; what matters of it, a verb says itself.
    let filter = EnvFilter::try_from_env("PLAYLIST_FIT_LOG")
        .unwrap_or_else(|_| EnvFilter::new("error,symphonia=off"));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .init();
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(Outcome::Done)) => ExitCode::SUCCESS,
        Ok(Ok(Outcome::Skipped)) => ExitCode::from(SKIPPED),
        Ok(Ok(Outcome::Interrupted)) => ExitCode::from(INTERRUPTED),
        Ok(Err(why)) => {
            eprintln!("error: {}", in_words(&why));
            ExitCode::from(MENDABLE)
        }
        Err(_) => {
            eprintln!(
                "error: this is a bug in playlist-fit; please report it with the lines above"
            );
            ExitCode::from(BUG)
        }
    }
}
