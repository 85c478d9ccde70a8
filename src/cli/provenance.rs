//! `provenance`.

use clap::Args;

use super::Outcome;

#[derive(Debug, Args)]
pub struct Provenance {}

impl Provenance {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        todo!()
    }
}
