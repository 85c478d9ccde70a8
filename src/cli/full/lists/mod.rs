//! The commands that read and write the catalogue.

mod clients;
mod collect;
mod export;
mod import;
pub(super) mod lock;
mod named;
mod playlists;
mod prepare;
mod provenance;
mod simulate;
mod weights;

pub(super) use export::place_audio;

use clap::Subcommand;

use crate::cli::ExitStatus;

#[derive(Debug, Subcommand)]
pub enum Lists {
    /// Import playlists: folders of folders, tables, M3U, XSPF, JSPF, Exportify, the Spotify playlist archive
    Import(import::Import),
    /// Collect playlists from a service
    Collect(collect::Collect),
    /// Write playlists as files that players and other programs read
    Export(export::Export),
    /// Show the playlists: size, change, newest additions, overlap
    Playlists(playlists::Playlists),
    /// Print where the tracks of a bundle or of the catalogue come from, and what their sources allow
    Provenance(provenance::Provenance),
    /// Find the audio of the catalogue's tracks, and decode it into clips for training
    Prepare(prepare::Prepare),
    /// Synthesise a dataset with the catalogue's graph and a known Bayes-optimal bound
    Simulate(simulate::Simulate),
    /// Show and download pretrained weights, to start a training from
    Weights(weights::Weights),
}

impl Lists {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match self {
            Lists::Import(command) => command.run(),
            Lists::Collect(command) => command.run(),
            Lists::Export(command) => command.run(),
            Lists::Playlists(command) => command.run(),
            Lists::Provenance(command) => command.run(),
            Lists::Prepare(command) => command.run(),
            Lists::Simulate(command) => command.run(),
            Lists::Weights(command) => command.run(),
        }
    }
}
