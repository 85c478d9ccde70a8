use std::convert::Infallible;

use jiff::civil::date;

use super::*;
use catalogue::{Playlist, SnapshotEntry, Track};

/// A service that answers by key.
struct Fake;

impl Source for Fake {
    const NAME: &'static str = "fake";

    async fn playlist(
        &self,
        key: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let source_name = Self::NAME;
        Err(match key {
            "pause" => CollectError::RateLimited {
                source_name,
                until: Timestamp::MAX,
            },
            "silent" => CollectError::unreachable(source_name, ""),
            "never" => CollectError::Offline { url: String::new() },
            "refused" => CollectError::refused(source_name, "", ""),
            key => return Ok((snapshot(key), Vec::new())),
        })
    }

    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Ok(Vec::new())
    }
}

/// A playlist with one track for each letter of its key.
fn snapshot(key: &str) -> PlaylistSnapshot {
    let entry = |title: char| SnapshotEntry {
        track: Track {
            aliases: [format!("fake:{title}")].into(),
            title: title.to_string(),
            ..Track::default()
        },
        ..SnapshotEntry::default()
    };
    PlaylistSnapshot {
        playlist: Playlist {
            id: "fake:1".to_owned(),
            source: "fake".to_owned(),
            ..Playlist::default()
        },
        entries: key.chars().map(entry).collect(),
    }
}

async fn collect(keys: &[&str], catalogue: &mut Catalogue) -> Collection {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let (mut saved, mut tried) = (0, 0);
    let save = |_: &Catalogue| {
        saved += 1;
        Ok::<(), Infallible>(())
    };
    let Ok(collection) = collect_into(&Fake, &keys, catalogue, false, save, |_| tried += 1).await;
    assert_eq!(saved, collection.collected.len());
    assert_eq!(tried + collection.not_tried.len(), keys.len());
    collection
}

/// How many of the playlists were tried.
async fn tried(keys: &[&str]) -> usize {
    let collection = collect(keys, &mut Catalogue::default()).await;
    keys.len() - collection.not_tried.len()
}

#[tokio::test]
async fn a_refused_playlist_does_not_stop_the_others() {
    assert_eq!(tried(&["refused"; 9]).await, 9);
    assert_eq!(
        tried(&["silent", "never", "good", "silent", "silent", "good"]).await,
        6
    );
}

#[tokio::test]
async fn a_pause_and_a_dead_network_end_the_run() {
    assert_eq!(tried(&["good", "pause", "good"]).await, 2);
    assert_eq!(tried(&["silent", "silent", "never", "good"]).await, 3);
}

#[tokio::test]
async fn a_catalogue_that_cannot_be_saved_ends_the_run() {
    let keys = ["a".to_owned(), "b".to_owned()];
    let mut catalogue = Catalogue::default();
    let save = |_: &Catalogue| Err("disk full");
    let tried = |_: &[SkippedItem]| panic!("nothing may be reported as collected");
    let failed = collect_into(&Fake, &keys, &mut catalogue, false, save, tried).await;
    assert_eq!(failed.unwrap_err(), "disk full");
    assert_eq!(catalogue.playlists.len(), 1, "the second was not tried");
}

#[tokio::test]
async fn changes_of_a_playlist_are_counted() {
    let mut catalogue = Catalogue::default();
    for (key, expected) in [("ab", [2, 2, 0]), ("bcd", [3, 2, 1]), ("bcd", [3, 0, 0])] {
        let collection = collect(&[key], &mut catalogue).await;
        assert!(collection.is_complete());
        let list = &collection.collected[0];
        assert_eq!([list.current, list.added, list.removed], expected, "{key}");
    }
    let again = keys(&Fake, &[], false, &catalogue).await.unwrap();
    assert_eq!(again, ["1"]);
    let today = Some(day_of(Timestamp::now()));
    assert_eq!(catalogue.playlists[0].last_seen, today);
    assert_eq!(catalogue.playlists[0].first_seen, today);
}

#[test]
fn a_snapshot_from_the_cache_is_dated_at_the_end_of_its_day() {
    let now: Timestamp = "2026-05-02T08:00:00Z".parse().unwrap();
    let [old, today] = [date(2026, 4, 30), date(2026, 5, 2)];
    let end: Timestamp = "2026-04-30T23:59:59Z".parse().unwrap();
    assert_eq!(retrieved_at(old, now, true), end);
    assert_eq!(retrieved_at(today, now, true), now);
    assert_eq!(retrieved_at(old, now, false), now);
}
