//! `collect`.

use clap::Args;

use super::Outcome;

#[derive(Debug, Args)]
pub struct Collect {}

impl Collect {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        todo!()
    }
}
