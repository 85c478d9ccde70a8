//! For a label: which song of a folder should be pitched to which playlist?
//!
//! ```text
//! cargo run --release --example rank_folder -- demos reports
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};

use analysis::FitReport;
use bundle::Bundle;
use collection::batch::{Batch, BatchReport, Failed, ReportStore};
use model::Network;
use model::tch::Device;

/// Judges all songs in a folder with the demo bundle and writes their reports, the tables and the index to `out`.
pub fn run(folder: &Path, out: &Path) -> Result<BatchReport, Box<dyn Error>> {
    let bundle = Bundle::open(None)?;
    let mut network = Network::new(bundle.manifest.network.clone(), Device::Cpu)?;
    network.load(&bundle.weights, &bundle.origin)?;
    let (songs, _unreadable) = files::audio_below(folder);
    let names = (1..).map(|number| format!("song-{number}"));
    let songs: Vec<(PathBuf, String)> = songs.into_iter().zip(names).collect();
    let reports = ReportStore::open(out, bundle.id(), &report::FILES);
    let batch = Batch {
        bundle: &bundle,
        reports: &reports,
        cache: None,
        write_report: &|report: &FitReport, name: &str| {
            report::write(report, &out.join(name))?;
            Ok(())
        },
        on_result: &|result: Result<&FitReport, &Failed>| match result {
            Ok(report) => println!("analysed {}", report.song.file),
            Err(failed) => println!("skipped {}: {}", failed.path.display(), failed.reason),
        },
    };
    let ranked = batch.run(&songs, Vec::new(), vec![network])?;
    for pitch in &ranked.assignment.best {
        let (song, playlist) = (&ranked.songs[pitch.song], &ranked.lists[pitch.list]);
        println!("{:.2}  {} -> {}", pitch.fit, song.facts.file, playlist.name);
    }
    report::write_batch(&ranked, out)?;
    Ok(ranked)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, out] = arguments.as_slice() else {
        return Err("usage: rank_folder FOLDER OUT".into());
    };
    run(folder, out).map(|_| ())
}
