//! The result of a collection as a table and as JSON.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::table;
use catalogue::{Catalogue, Playlist};
use services::Source;
use services::collect::{CollectedPlaylist, Collection};

/// A row for each playlist with its changes, and the size of the catalogue.
pub fn table(collection: &Collection, out: &Path, catalogue: &Catalogue) -> String {
    let row = |name: &str, counts: [usize; 4]| {
        let counts = counts.map(|count| count.to_string());
        [&[name.to_owned()][..], &counts].concat()
    };
    let lists = || collection.collected.iter();
    let mut rows: Vec<_> = lists().map(|list| row(&list.name, counts(list))).collect();
    let totals = lists().map(counts).fold([0; 4], |sum, list| {
        std::array::from_fn(|i| sum[i] + list[i])
    });
    rows.push(row("total", totals));
    let heading = ["playlist", "tracks", "added", "removed", "skipped"];
    let playlists = match catalogue.playlists.len() {
        1 => "1 playlist".to_owned(),
        count => format!("{count} playlists"),
    };
    format!(
        "{}\n{} now has {playlists} and {} tracks",
        table::table(&heading, &rows),
        out.display(),
        catalogue.tracks.len()
    )
}

fn counts(list: &CollectedPlaylist) -> [usize; 4] {
    let skipped = list.skipped.len();
    [list.current, list.added, list.removed, skipped]
}

/// The same as one JSON document.
pub fn json<S: Source>(
    collection: &Collection,
    catalogue: &Catalogue,
) -> serde_json::Result<String> {
    let collected = collection.collected.iter().map(|list| {
        let [current, added, removed, skipped] = counts(list);
        json!({"id": list.id, "name": list.name, "on_it_now": current, "new": added, "gone": removed, "skipped": skipped})
    });
    let failed = collection.failed.iter();
    let failed = failed.map(|one| json!({"list": one.key, "reason": one.error.to_string()}));
    let document = json!({
        "schema_version": 2,
        "source": S::NAME,
        "lists": collected.collect::<Vec<Value>>(),
        "refused": failed.collect::<Vec<Value>>(),
        "catalogue": {
            "playlists": catalogue.playlists.len(),
            "tracks": catalogue.tracks.len(),
            "placements": catalogue.placements.len(),
        },
    });
    serde_json::to_string_pretty(&document)
}

/// Playlists that a search found, as a table or as JSON.
pub fn found<S: Source>(playlists: &[Playlist], as_json: bool) -> String {
    if as_json {
        let playlists = playlists.iter().map(|list| {
            json!({"id": list.id, "name": list.name, "owner": list.owner, "followers": list.followers})
        });
        let playlists: Vec<Value> = playlists.collect();
        let document = json!({"schema_version": 1, "source": S::NAME, "playlists": playlists});
        return format!("{document:#}");
    }
    let row = |list: &Playlist| {
        let followers = list.followers.map(|count| count.to_string());
        vec![
            list.id.clone(),
            list.name.clone(),
            list.owner.clone().unwrap_or_default(),
            followers.unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = playlists.iter().map(row).collect();
    table::table(&["id", "name", "owner", "followers"], &rows)
}
