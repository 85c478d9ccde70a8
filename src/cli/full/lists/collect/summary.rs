//! What a collection brought, as a table and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use crate::cli::table::table;
use catalogue::{Catalogue, Playlist};
use services::{CollectError, Source};

#[derive(Serialize)]
pub struct Summary {
    schema_version: u32,
    source: &'static str,
    pub lists: Vec<Collected>,
    pub refused: Vec<Refused>,
}

#[derive(Serialize)]
pub struct Collected {
    id: String,
    name: String,
    on_it_now: usize,
    new: usize,
    gone: usize,
    skipped: usize,
}

#[derive(Serialize)]
pub struct Refused {
    pub list: String,
    #[serde(rename = "why")]
    pub reason: String,
}

impl Summary {
    pub fn new(source: &'static str) -> Summary {
        Summary {
            schema_version: 1,
            source,
            lists: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// A list that was collected; `before` was on it then.
    pub fn add(
        &mut self,
        playlist: &Playlist,
        before: &BTreeSet<String>,
        catalogue: &Catalogue,
        skipped: usize,
    ) {
        let now = on_list(catalogue, &playlist.id);
        let before = as_known_now(before, catalogue);
        self.lists.push(Collected {
            id: playlist.id.clone(),
            name: playlist.name.clone(),
            on_it_now: now.len(),
            new: now.difference(&before).count(),
            gone: before.difference(&now).count(),
            skipped,
        });
    }

    pub fn refuse(&mut self, list: &str, reason: &CollectError) {
        self.refused.push(Refused {
            list: list.to_owned(),
            reason: reason.to_string(),
        });
    }

    pub fn skipped(&self) -> usize {
        self.lists.iter().map(|list| list.skipped).sum()
    }

    pub fn table(&self, into: &Path, catalogue: &Catalogue) -> String {
        let row = |name: String, counts: [usize; 4]| {
            [vec![name], counts.map(|count| count.to_string()).to_vec()].concat()
        };
        let counts = |list: &Collected| [list.on_it_now, list.new, list.gone, list.skipped];
        let lists = self.lists.iter();
        let mut rows: Vec<_> = lists
            .map(|list| row(list.name.clone(), counts(list)))
            .collect();
        let sum = self
            .lists
            .iter()
            .map(counts)
            .reduce(|sum, list| std::array::from_fn(|column| sum[column] + list[column]));
        rows.push(row("together".to_owned(), sum.unwrap_or_default()));
        let heading = ["list", "on it now", "new", "gone", "skipped"];
        format!(
            "{}\n{} now holds {} list{} and {} tracks",
            table(&heading, &rows),
            into.display(),
            catalogue.playlists.len(),
            if catalogue.playlists.len() == 1 {
                ""
            } else {
                "s"
            },
            catalogue.tracks.len()
        )
    }

    pub fn json(&self, catalogue: &Catalogue) -> serde_json::Result<String> {
        let mut document = serde_json::to_value(self)?;
        document["catalogue"] = json!({
            "playlists": catalogue.playlists.len(),
            "tracks": catalogue.tracks.len(),
            "placements": catalogue.placements.len(),
        });
        serde_json::to_string_pretty(&document)
    }
}

/// The tracks that are on a list and have not left it.
pub fn on_list(catalogue: &Catalogue, list: &str) -> BTreeSet<String> {
    let there = catalogue.placements.iter();
    let there = there.filter(|place| place.playlist == list && place.removed.is_none());
    there.map(|place| place.track.clone()).collect()
}

/// Ids from before, as the catalogue has them now: a track's id changes when its ISRC becomes known.
fn as_known_now(before: &BTreeSet<String>, catalogue: &Catalogue) -> BTreeSet<String> {
    let mut names = BTreeMap::new();
    for track in &catalogue.tracks {
        names.extend(
            track
                .aliases
                .iter()
                .map(|alias| (alias.as_str(), &track.id)),
        );
        names.insert(&track.id, &track.id);
    }
    let now = |id: &String| names.get(id.as_str()).map_or(id, |now| now).clone();
    before.iter().map(now).collect()
}

/// Lists that a search found.
pub fn found<S: Source>(lists: &[Playlist], as_json: bool) -> String {
    if as_json {
        let lists = lists.iter().map(|list| {
            json!({"id": list.id, "name": list.name, "owner": list.owner, "followers": list.followers})
        });
        let lists: Vec<_> = lists.collect();
        let document = json!({"schema_version": 1, "source": S::NAME, "playlists": lists});
        return format!("{document:#}");
    }
    let row = |list: &Playlist| {
        vec![
            list.id.clone(),
            list.name.clone(),
            list.owner.clone().unwrap_or_default(),
            list.followers
                .map(|count| count.to_string())
                .unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = lists.iter().map(row).collect();
    table(&["id", "name", "owner", "followers"], &rows)
}
