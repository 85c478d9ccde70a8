//! Reads the command line, runs one verb, and ends with the exit code that its outcome has.

use std::process::ExitCode;

use clap::Parser;
use playlist_fit::cli::{Cli, Outcome};
use tracing_subscriber::EnvFilter;

/// What the user can mend.
const MENDABLE: u8 = 1;
/// Finished, but some items were left out.
const SKIPPED: u8 = 3;
/// Our own mistake (`EX_SOFTWARE` of sysexits.h).
const BUG: u8 = 70;

fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_env("PLAYLIST_FIT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    // Prints help, version and mistakes of usage by itself, and then ends with 0 or 2.
    let cli = Cli::parse();
    match std::panic::catch_unwind(|| cli.run()) {
        Ok(Ok(Outcome::Done)) => ExitCode::SUCCESS,
        Ok(Ok(Outcome::Skipped)) => ExitCode::from(SKIPPED),
        Ok(Err(why)) => {
            eprintln!("error: {why:#}");
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
