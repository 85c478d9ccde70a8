//! `weights list`: the known weights as a table or as JSON.

use serde::Serialize;
use serde_json::json;

use crate::cli::output::{print, status};
use crate::cli::table::table;
use pretrained::WeightsDir;

/// A row of `weights list --json`.
#[derive(Serialize)]
struct ListedWeights {
    #[serde(flatten)]
    weights: pretrained::Weights,
    here: bool,
}

/// Prints the known weights, and which of them are in the folder.
pub fn list(folder: &WeightsDir, as_json: bool) -> anyhow::Result<()> {
    let row = |weights: pretrained::Weights| ListedWeights {
        here: folder.weights(&weights.name).is_file(),
        weights,
    };
    let rows: Vec<ListedWeights> = pretrained::weights()?.into_iter().map(row).collect();
    if as_json {
        let document = json!({"schema_version": 1, "folder": folder.path(), "weights": rows});
        print(&document.to_string());
        return Ok(());
    }
    let cells = |ListedWeights { weights, here }: &ListedWeights| {
        let megabytes = |bytes| format!("{:.0}", bytes as f64 / 1e6);
        let unpinned = || "unknown; the first download is pinned".to_owned();
        vec![
            weights.name.clone(),
            weights.architecture.clone(),
            weights.licence.clone(),
            weights.bytes.map_or_else(|| "–".to_owned(), megabytes),
            if *here { "yes" } else { "no" }.to_owned(),
            weights.pinned_by.clone().unwrap_or_else(unpinned),
            weights.what.clone(),
        ]
    };
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let heading = [
        "name",
        "architecture",
        "licence",
        "MB",
        "here",
        "hash",
        "what",
    ];
    print(&table(&heading, &cells));
    status(&format!("Folder: {}", folder.path().display()));
    Ok(())
}
