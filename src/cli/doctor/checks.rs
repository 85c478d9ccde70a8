//! Checks that need no network.

use std::path::Path;

use super::{Check, State};
use crate::cli::output::format_error;
use crate::cli::{full, open_bundle};

/// A report takes less than 2 MB; training clips take much more.
const MIN_FREE_BYTES: u64 = 100 << 20;

pub fn program() -> Check {
    let is_full = full::AFTER_HELP.is_empty();
    Check {
        what: "program".into(),
        state: if is_full {
            State::Ready
        } else {
            State::Optional
        },
        found: format!("{}, {}", env!("CARGO_PKG_VERSION"), full::DOES),
        next: if is_full {
            String::new()
        } else {
            "`cargo install --path . --locked` builds all commands".into()
        },
    }
}

pub fn bundle(folder: Option<&Path>) -> Check {
    let (state, found) = match open_bundle(folder) {
        Ok(bundle) => {
            let manifest = &bundle.manifest;
            let found = format!(
                "{}: {} playlists, trained on {} tracks by {} artists",
                bundle.id(),
                manifest.cards().len(),
                manifest.tracks,
                manifest.artists
            );
            (State::Ready, found)
        }
        Err(reason) => (State::Missing, format_error(&reason)),
    };
    Check {
        what: "bundle".into(),
        state,
        found,
        next: String::new(),
    }
}

/// Free space for reports, clips and temporary files. Empty if the system does not tell it.
pub fn free_space() -> Vec<Check> {
    let check = |what: &str, folder: &Path| {
        let bytes = files::free_bytes(folder)?;
        let enough = bytes >= MIN_FREE_BYTES;
        Some(Check {
            what: what.into(),
            state: if enough { State::Ready } else { State::Missing },
            found: format!("{:.1} GB free", bytes as f64 / 1e9),
            next: if enough {
                String::new()
            } else {
                format!("free some space: {}", folder.display())
            },
        })
    };
    let temporary = std::env::temp_dir();
    let folders = [
        ("space here", Path::new(".")),
        ("space for temporary files", &temporary),
    ];
    folders
        .into_iter()
        .filter_map(|(what, folder)| check(what, folder))
        .collect()
}
