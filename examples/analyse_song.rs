//! For an artist: which playlists does a song fit, and why?
//!
//! ```text
//! cargo run --release --example analyse_song -- song.mp3 reports
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};

use audio::Decoder;
use bundle::Bundle;
use model::Network;
use model::tch::Device;

/// Analyses a song with the demo bundle, writes the report into `folder`, and returns the path of its page.
pub fn run(song: &Path, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let bundle = Bundle::open(None)?;
    let mut network = Network::new(bundle.manifest.network.clone(), Device::Cpu)?;
    network.load(&bundle.weights, &bundle.origin)?;
    let report = analysis::fit(Decoder::open(song)?, &bundle, &network)?;
    for playlist in report.playlists.iter().take(3) {
        println!("{:.2}  {}", playlist.fit, playlist.name);
    }
    Ok(report::write(&report, folder)?.html)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [song, folder] = arguments.as_slice() else {
        return Err("usage: analyse_song SONG FOLDER".into());
    };
    println!("{}", run(song, folder)?.display());
    Ok(())
}
