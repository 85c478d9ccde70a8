//! `doctor`: what is there, what is missing, and what to do about it.
//!
//! This half looks at all that needs no network, and asks the half that listens for the rest: where that one cannot
//! even begin, its own words say why.

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
    /// Bundle to look at; without it the demo bundle inside the program
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// What was looked at, and what was seen.
#[derive(Debug, Serialize, Deserialize)]
pub struct Check {
    /// Such as `bundle`.
    pub what: String,
    pub state: State,
    pub found: String,
    /// What to do about it; empty where there is nothing to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub next: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ready,
    /// Not there, and not needed to judge a song.
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
        checks.extend(checks::room());
        checks.extend(super::full::checks());
        checks.extend(network::asked(self.bundle.as_deref()));
        self.answer(checks)
    }

    /// In the half that listens: what only libtorch knows.
    pub fn run_with_network(&self) -> anyhow::Result<ExitStatus> {
        self.answer(network::checks(self.bundle.as_deref()))
    }

    fn answer(&self, checks: Vec<Check>) -> anyhow::Result<ExitStatus> {
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
            1 => bail!("something is missing; the table says what to do"),
            _ => bail!("{missing} things are missing; the table says what to do"),
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
