//! What can be seen without a network.

use std::path::Path;

use super::{Check, State};
use crate::cli::output::format_error;
use crate::cli::{full, open_bundle};

/// A report takes less than 2 MB; clips to learn from take much more.
const MIN_FREE_BYTES: u64 = 100 << 20;

pub fn program() -> Check {
    let whole = full::AFTER_HELP.is_empty();
    Check {
        what: "program".into(),
        state: if whole { State::Ready } else { State::Optional },
        found: format!("{}, {}", env!("CARGO_PKG_VERSION"), full::DOES),
        next: if whole {
            String::new()
        } else {
            "`cargo install --path . --locked` builds all of it".into()
        },
    }
}

pub fn bundle(folder: Option<&Path>) -> Check {
    let (state, found) = match open_bundle(folder) {
        Ok(bundle) => {
            let manifest = &bundle.manifest;
            let found = format!(
                "{}: {} playlists, learned from {} tracks by {} artists",
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

/// Where reports, clips and temporary files go, as far as this system tells.
pub fn room() -> Vec<Check> {
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
                format!("free some room: {}", folder.display())
            },
        })
    };
    let temporary = std::env::temp_dir();
    let places = [
        ("room here", Path::new(".")),
        ("room for temporary files", &temporary),
    ];
    places
        .into_iter()
        .filter_map(|(what, folder)| check(what, folder))
        .collect()
}
