//! Collects playlists of a service into a catalogue, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::{CollectError, Source, day_of};
use catalogue::{Catalogue, PlaylistSnapshot, SkippedItem};

/// Playlists in a row without a response, after which the rest is not tried.
const MAX_CONSECUTIVE_FAILURES: usize = 3;

/// A playlist that was read completely.
#[derive(Debug)]
pub struct CollectedPlaylist {
    /// Its id in the catalogue, such as `deezer:908622995`.
    pub id: String,
    /// Its title at the service.
    pub name: String,
    /// Number of its current tracks.
    pub current: usize,
    /// How many of them were not on it before.
    pub added: usize,
    /// How many tracks were on it before and are not any more.
    pub removed: usize,
    /// Items that could not be used, such as an episode or a local file.
    pub skipped: Vec<SkippedItem>,
}

/// A playlist that was not collected.
#[derive(Debug)]
pub struct FailedPlaylist {
    /// Its key or link as the user gave it.
    pub key: String,
    /// Why not.
    pub error: CollectError,
}

/// The result of a collection.
#[derive(Debug, Default)]
pub struct Collection {
    /// Playlists that are in the catalogue now.
    pub collected: Vec<CollectedPlaylist>,
    /// Playlists that the service did not return.
    pub failed: Vec<FailedPlaylist>,
    /// Keys of the playlists that were not tried, because the service asked for a pause or did not respond.
    pub not_tried: Vec<String>,
}

impl Collection {
    /// Whether every playlist was collected with all its items.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.not_tried.is_empty() && self.skipped() == 0
    }

    /// Number of items that could not be used.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.collected.iter().map(|list| list.skipped.len()).sum()
    }
}

/// The keys of the playlists to collect: those that the user named, with `own` also the user's own at the service; if
/// neither, those of the service that the catalogue has, which may be none.
///
/// # Errors
/// As [`Source::own_playlists`], and [`CollectError::Refused`] if the user has none.
pub async fn keys<S: Source>(
    source: &S,
    named: &[String],
    own: bool,
    catalogue: &Catalogue,
) -> Result<Vec<String>, CollectError> {
    if own {
        let keys = [named, &source.own_playlists().await?].concat();
        if keys.is_empty() {
            let next = "give a playlist by its link or id";
            return Err(CollectError::refused(
                S::NAME,
                "you have no playlists",
                next,
            ));
        }
        return Ok(keys);
    }
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let playlists = catalogue.playlists.iter();
    let keys = playlists.filter_map(|list| list.id.strip_prefix(S::NAME)?.strip_prefix(':'));
    Ok(keys.map(str::to_owned).collect())
}

/// Collects playlists one after the other. A playlist that the service refuses does not stop the others; a pause that it
/// asks for, a full disk and a missing connection do.
///
/// `save` gets the catalogue after each playlist that was added, before the next one is requested. `on_tried` is called
/// after each playlist, with the items that could not be used.
///
/// # Errors
/// Only those of `save`, which end the collection.
pub async fn collect_into<S: Source, E>(
    source: &S,
    keys: &[String],
    catalogue: &mut Catalogue,
    is_offline: bool,
    mut save: impl FnMut(&Catalogue) -> Result<(), E>,
    mut on_tried: impl FnMut(&[SkippedItem]),
) -> Result<Collection, E> {
    let mut collection = Collection::default();
    let mut failures = 0;
    for (index, key) in keys.iter().enumerate() {
        match source.playlist(key).await {
            Ok((snapshot, skipped)) => {
                failures = 0;
                let collected = merge(catalogue, snapshot, skipped, is_offline);
                save(catalogue)?;
                on_tried(&collected.skipped);
                collection.collected.push(collected);
            }
            Err(error) => {
                failures = match error {
                    CollectError::RateLimited { .. } | CollectError::Disk { .. } => {
                        MAX_CONSECUTIVE_FAILURES
                    }
                    CollectError::Unreachable { .. } | CollectError::Offline { .. } => failures + 1,
                    _ => 0,
                };
                on_tried(&[]);
                let key = key.clone();
                collection.failed.push(FailedPlaylist { key, error });
            }
        }
        if failures >= MAX_CONSECUTIVE_FAILURES {
            collection.not_tried = keys[index + 1..].to_vec();
            break;
        }
    }
    Ok(collection)
}

fn merge(
    catalogue: &mut Catalogue,
    mut snapshot: PlaylistSnapshot,
    skipped: Vec<SkippedItem>,
    is_offline: bool,
) -> CollectedPlaylist {
    let now = Timestamp::now();
    let playlist = &mut snapshot.playlist;
    let seen = *playlist.last_seen.get_or_insert(day_of(now));
    playlist.first_seen.get_or_insert(seen);
    let (id, name) = (playlist.id.clone(), playlist.name.clone());
    let before = current_tracks(catalogue, &id);
    let retrieved = retrieved_at(seen, now, is_offline);
    catalogue.update(
        snapshot.into_catalogue(retrieved),
        &[id.clone()].into(),
        seen,
    );
    let current = current_tracks(catalogue, &id);
    let before = with_current_ids(&before, catalogue);
    CollectedPlaylist {
        current: current.len(),
        added: current.difference(&before).count(),
        removed: before.difference(&current).count(),
        id,
        name,
        skipped,
    }
}

/// When a snapshot was read that was seen on this day. An older one, from the cache, was read by the end of that day.
fn retrieved_at(seen: Date, now: Timestamp, is_offline: bool) -> Timestamp {
    if !is_offline || seen >= day_of(now) {
        return now;
    }
    let end = seen.at(23, 59, 59, 0).to_zoned(TimeZone::UTC);
    end.map_or(now, |end| end.timestamp())
}

fn current_tracks(catalogue: &Catalogue, playlist: &str) -> BTreeSet<String> {
    let placements = catalogue.placements.iter();
    let current = placements.filter(|row| row.playlist == playlist && row.removed.is_none());
    current.map(|row| row.track.clone()).collect()
}

/// Replaces earlier ids by those of the catalogue: the id of a track changes when its ISRC becomes known.
fn with_current_ids(ids: &BTreeSet<String>, catalogue: &Catalogue) -> BTreeSet<String> {
    let mut current = BTreeMap::new();
    for track in &catalogue.tracks {
        let aliases = track.aliases.iter();
        current.extend(aliases.map(|alias| (alias.as_str(), &track.id)));
        current.insert(&track.id, &track.id);
    }
    let replaced = |id: &String| current.get(id.as_str()).map_or(id, |id| id).clone();
    ids.iter().map(replaced).collect()
}

#[cfg(test)]
mod tests;
