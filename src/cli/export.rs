//! `export`.

use clap::Args;

use super::Outcome;

#[derive(Debug, Args)]
pub struct Export {}

impl Export {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        todo!()
    }
}
