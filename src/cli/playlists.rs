//! `playlists`.

use clap::Args;

use super::Outcome;

#[derive(Debug, Args)]
pub struct Playlists {}

impl Playlists {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        todo!()
    }
}
