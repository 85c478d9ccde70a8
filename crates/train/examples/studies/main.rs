//! The table of the five studies: each one's own architecture, and ours, on the same real data with the same splits.
//!
//! `cargo run --release --example studies -- DATA WEIGHTS OUT` reads GTZAN's log-mel pictures (`DATA/gtzan-mel128`) and
//! published splits (`DATA/gtzan-splits`), trains every study in `examples/studies/*.toml` that has no result in
//! `OUT/studies` yet, and writes `OUT/studies.md`. Epochs are chosen by the validation list alone; the test list is
//! looked at once. A broken run goes on where it stopped.

mod pictures;
mod splits;
mod study;
mod table;
mod warp;

use std::path::PathBuf;

use anyhow::bail;
use mimalloc::MiMalloc;

/// As the listening half has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, weights, out] = arguments.as_slice() else {
        bail!("usage: studies DATA WEIGHTS OUT; DATA holds gtzan-mel128 and gtzan-splits");
    };
    let clips = splits::Clips::read(&data.join("gtzan-mel128"))?;
    eprintln!("{} clips", clips.names.len());
    let mut rows = Vec::new();
    for study in study::all()? {
        for list in &study.lists {
            let split = clips.split(&data.join("gtzan-splits"), list)?;
            let run = study::Run {
                list,
                names: &clips.names,
                weights,
                out: &out.join("studies"),
            };
            rows.push(study.result(&clips, &split, &run)?);
        }
    }
    let table = table::markdown(&rows);
    files::write(&out.join("studies.md"), table.as_bytes())?;
    print!("{table}");
    Ok(())
}
