//! `doctor`: checks the installation and names the next step for each missing part.
//!
//! `playlist-fit` checks what needs no network and starts `playlist-fit-train doctor` for the rest. If that cannot start,
//! its error message is the check.

mod checks;
mod network;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::ExitStatus;
use super::output::print;
use super::table::table;

const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Args)]
pub struct Doctor {
    /// Bundle to check; default: the embedded demo bundle
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// One check and its result.
#[derive(Debug, Serialize, Deserialize)]
pub struct Check {
    /// Such as `bundle`.
    pub what: String,
    pub state: State,
    pub found: String,
    /// The next step. Empty if none is needed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub next: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ready,
    /// Missing, and not needed to analyse a song.
    Optional,
    Missing,
}

#[derive(Debug, Serialize, Deserialize)]
struct Checks {
    schema_version: u32,
    checks: Vec<Check>,
}

impl Doctor {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let mut checks = vec![checks::program(), checks::bundle(self.bundle.as_deref())];
        checks.extend(checks::free_space());
        checks.extend(super::full::checks());
        checks.extend(network::run_training_binary(self.bundle.as_deref()));
        self.report(checks)
    }

    /// In `playlist-fit-train`: the checks that need libtorch.
    pub fn run_with_network(&self) -> anyhow::Result<ExitStatus> {
        self.report(network::checks(self.bundle.as_deref()))
    }

    fn report(&self, checks: Vec<Check>) -> anyhow::Result<ExitStatus> {
        let missing = checks
            .iter()
            .filter(|check| check.state == State::Missing)
            .count();
        print(&if self.json {
            serde_json::to_string(&Checks {
                schema_version: SCHEMA_VERSION,
                checks,
            })?
        } else {
            as_table(&checks)
        });
        match missing {
            0 => Ok(ExitStatus::Success),
            1 => bail!("1 check failed; the table names the next step"),
            _ => bail!("{missing} checks failed; the table names the next steps"),
        }
    }
}

fn as_table(checks: &[Check]) -> String {
    let row = |check: &Check| {
        let state = match check.state {
            State::Ready => "ready",
            State::Optional => "optional",
            State::Missing => "MISSING",
        };
        let next = if check.next.is_empty() {
            String::new()
        } else {
            format!("; {}", check.next)
        };
        vec![
            state.to_owned(),
            check.what.clone(),
            format!("{}{next}", check.found),
        ]
    };
    let rows: Vec<_> = checks.iter().map(row).collect();
    table(&["state", "what", "found"], &rows)
}
