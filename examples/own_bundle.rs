//! For a curator: a bundle trained on your own playlists.
//!
//! ```text
//! cargo run --release --example own_bundle -- playlists.csv mn04 bundle
//! ```

use std::error::Error;
use std::path::Path;

use bundle::Bundle;
use formats::ImportContext;
use jiff::Timestamp;
use model::tch::Device;
use prepare::{ClipStore, SymphoniaProbe, build_clips};
use train::{Selection, TrainConfig, Trainer, TrainingSet};

/// Imports playlists with audio, prepares clips, trains with a preset (a name or a TOML file), evaluates on held-out
/// artists, and writes the bundle to `out`.
pub fn run(playlists: &Path, preset: &str, out: &Path) -> Result<Bundle, Box<dyn Error>> {
    let context = ImportContext {
        facts: &SymphoniaProbe,
        retrieved: Timestamp::now(),
        progress: &|_, _| (),
    };
    let catalogue = formats::import(playlists, &context)?.catalogue;
    let config = TrainConfig::load(preset)?;
    let clips = ClipStore::new(&out.join("clips"), config.front_end().sample_rate_hz);
    build_clips(&catalogue, &clips, &|_, _| ());
    let set = TrainingSet::collect(&catalogue, clips, &config, Selection::default(), &|_, _| ())?;
    let dataset = set.dataset(&config)?;
    let trainer = Trainer {
        config: &config,
        dataset: &dataset,
        playlists: &set.playlists,
        tracks: &set.tracks,
        plan: &set.plan,
        initial_weights: None,
        device: Device::Cpu,
        folder: out.join("training"),
        announce: &|run, epoch| println!("{run}: epoch {}", epoch.epoch),
    };
    let mut bundle = trainer
        .run()?
        .into_bundle(&config, &dataset, &set, None, Vec::new())?;
    println!("{}", report::evaluation_text(&bundle.manifest.evaluation));
    bundle.write(out)?;
    Ok(bundle)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [playlists, preset, out] = arguments.as_slice() else {
        return Err("usage: own_bundle PLAYLISTS PRESET OUT".into());
    };
    run(Path::new(playlists), preset, Path::new(out)).map(|_| ())
}
