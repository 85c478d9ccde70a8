//! Collecting several lists, whatever becomes of each.

use std::cell::RefCell;
use std::convert::Infallible;

use jiff::Timestamp;

use super::*;

/// Answers by name.
struct Fake;

impl Source for Fake {
    const NAME: &'static str = "fake";

    async fn list(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let source_name = Self::NAME;
        Err(match named {
            "pause" => CollectError::RateLimited {
                source_name,
                until: Timestamp::MAX,
            },
            "silent" => CollectError::Unreachable {
                source_name,
                reason: String::new(),
            },
            "never" => CollectError::Offline { url: String::new() },
            "refused" => CollectError::Refused {
                source_name,
                what: String::new(),
                next: String::new(),
            },
            _ => return Ok((PlaylistSnapshot::default(), Vec::new())),
        })
    }

    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Ok(Vec::new())
    }
}

/// Which lists were tried.
async fn tried(named: &[&str]) -> usize {
    let named: Vec<String> = named.iter().map(ToString::to_string).collect();
    let tried = RefCell::new(0);
    let rest = collect(&Fake, &named, |_, _| {
        *tried.borrow_mut() += 1;
        Ok::<(), Infallible>(())
    });
    let Ok(rest) = rest.await;
    assert_eq!(tried.borrow().to_owned() + rest.len(), named.len());
    tried.into_inner()
}

#[tokio::test]
async fn a_refused_list_does_not_stop_the_others() {
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
async fn what_cannot_be_saved_ends_the_run() {
    let named = ["a".to_owned(), "b".to_owned()];
    let mut tried = 0;
    let failed = collect(&Fake, &named, |_, _| {
        tried += 1;
        Err("disk full")
    });
    assert_eq!(failed.await, Err("disk full"));
    assert_eq!(tried, 1);
}
