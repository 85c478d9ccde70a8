//! The pipeline flows one way: a module uses those above it in `lib.rs` and none below.

use std::fs;
use std::path::{Path, PathBuf};

/// From the source of the data to its end.
const ORDER: [&str; 17] = [
    "disk",
    "playlists",
    "pretrained",
    "audio",
    "mel",
    "traits",
    "model",
    "neighbours",
    "evaluate",
    "simulate",
    "train",
    "bundle",
    "fit",
    "similar",
    "batch",
    "report",
    "serve",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn no_import_runs_back_up() {
    let source = Path::new("src");
    for (place, module) in ORDER.iter().enumerate() {
        let own = if *module == "disk" {
            vec![source.join("disk.rs")]
        } else {
            files(&source.join(module))
        };
        for file in own
            .iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        {
            let text = fs::read_to_string(file).unwrap();
            for below in ORDER[place + 1..].iter().chain(&["cli"]) {
                let used = text
                    .lines()
                    .find(|line| line.contains(&format!("crate::{below}")));
                // The report reads what the fit says, and tests of it may look anywhere above.
                assert!(
                    used.is_none(),
                    "{}: {module} must not use {below}: {used:?}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn tensors_stay_in_the_model_and_its_training() {
    let source = Path::new("src");
    for file in files(source) {
        let inside = ["model", "train"]
            .iter()
            .any(|module| file.starts_with(source.join(module)));
        if !inside && file.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&file).unwrap();
            // `pitch::` is another word.
            let uses = text
                .match_indices("tch::")
                .any(|(place, _)| !text[..place].ends_with(|sign: char| sign.is_alphanumeric()));
            assert!(!uses, "{} uses tensors", file.display());
        }
    }
}
