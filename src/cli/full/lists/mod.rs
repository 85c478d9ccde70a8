//! The verbs that keep track lists: from files and services into the catalogue, and out of it again.

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
    /// Bring in track lists: folders of folders, tables, M3U, XSPF, JSPF, Exportify, the playlist archive
    Import(import::Import),
    /// Collect track lists from a service
    Collect(collect::Collect),
    /// Write lists as files that players and other programs read
    Export(export::Export),
    /// Show the lists: size, change, newest additions, overlap
    Playlists(playlists::Playlists),
    /// Print where the tracks of a bundle or of the catalogue come from, and what their sources allow
    Provenance(provenance::Provenance),
    /// Find the audio of the lists' tracks, and decode it into clips to learn from
    Prepare(prepare::Prepare),
    /// Make up a simulated world from the catalogue's graph: synthesised audio, and a known ceiling to train against
    Simulate(simulate::Simulate),
    /// Show and get weights that other people trained, to begin a training with
    Weights(weights::Weights),
}

impl Lists {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match self {
            Lists::Import(verb) => verb.run(),
            Lists::Collect(verb) => verb.run(),
            Lists::Export(verb) => verb.run(),
            Lists::Playlists(verb) => verb.run(),
            Lists::Provenance(verb) => verb.run(),
            Lists::Prepare(verb) => verb.run(),
            Lists::Simulate(verb) => verb.run(),
            Lists::Weights(verb) => verb.run(),
        }
    }
}
