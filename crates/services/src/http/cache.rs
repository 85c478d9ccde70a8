//! Responses on the disk: a file for each URL with a line of JSON and then the body as received.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::HttpResponse;
use crate::CollectError;

/// Headers that are stored, because they describe the body. Others may contain private data, such as cookies.
const STORED_HEADERS: [&str; 4] = ["content-type", "etag", "last-modified", "link"];

pub(super) struct Cache {
    folder: PathBuf,
}

/// A successful response and when it was received.
pub(super) struct CacheEntry {
    pub answer: HttpResponse,
    pub fetched: Timestamp,
    /// The unfinished collection that it belongs to.
    pub collection: Option<String>,
}

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Head {
    url: String,
    status: u16,
    headers: Vec<(String, String)>,
    fetched: Timestamp,
    collection: Option<String>,
}

impl CacheEntry {
    pub(super) fn is_younger(&self, age: Duration, now: Timestamp) -> bool {
        // An age below zero, after the clock was set back, is not young.
        let since = Duration::try_from(now.duration_since(self.fetched));
        since.is_ok_and(|since| since < age)
    }
}

impl Cache {
    /// Creates the folder with mode 0700: playlists of the user are private.
    pub(super) fn open(source: &Path) -> Result<Cache, CollectError> {
        let folder = source.join("answers");
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&folder) {
            Ok(()) => Ok(Cache { folder }),
            Err(source) => Err(CollectError::Disk {
                path: folder,
                source,
            }),
        }
    }

    /// The stored response for `url`. `None` also for a file that cannot be read: the service is asked again.
    pub(super) fn read(&self, url: &Url) -> Option<CacheEntry> {
        let bytes = fs::read(self.file(url)).ok()?;
        let line = bytes.iter().position(|&byte| byte == b'\n')?;
        let head: Head = serde_json::from_slice(&bytes[..line]).ok()?;
        let answer = HttpResponse {
            status: head.status,
            headers: head.headers,
            body: bytes[line + 1..].to_vec(),
        };
        (head.url == url.as_str()).then_some(CacheEntry {
            answer,
            fetched: head.fetched,
            collection: head.collection,
        })
    }

    pub(super) fn write(&self, url: &Url, entry: &CacheEntry) -> Result<(), CollectError> {
        let headers = entry.answer.headers.iter();
        let head = Head {
            url: url.to_string(),
            status: entry.answer.status,
            headers: headers
                .filter(|(name, _)| STORED_HEADERS.contains(&name.as_str()))
                .cloned()
                .collect(),
            fetched: entry.fetched,
            collection: entry.collection.clone(),
        };
        let path = self.file(url);
        let written = serde_json::to_vec(&head).map_err(Into::into);
        let written = written.and_then(|mut bytes| {
            bytes.push(b'\n');
            bytes.extend_from_slice(&entry.answer.body);
            files::write(&path, &bytes)
        });
        written.map_err(|source| CollectError::Disk { path, source })
    }

    /// Spread over 256 folders: a long playlist has tens of thousands of responses.
    fn file(&self, url: &Url) -> PathBuf {
        let name = blake3::hash(url.as_str().as_bytes()).to_hex();
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let url = Url::parse("https://a.example/x?y=1").unwrap();
        assert!(cache.read(&url).is_none());
        let entry = CacheEntry {
            answer: HttpResponse {
                status: 200,
                headers: vec![
                    ("etag".into(), "\"1\"".into()),
                    ("set-cookie".into(), "session".into()),
                ],
                body: b"{\n}".to_vec(),
            },
            fetched: Timestamp::from_second(1_000).unwrap(),
            collection: None,
        };
        cache.write(&url, &entry).unwrap();
        let read = cache.read(&url).unwrap();
        assert_eq!(read.answer.body, b"{\n}");
        assert_eq!(
            read.answer.headers,
            [("etag".to_owned(), "\"1\"".to_owned())]
        );
        let later = |seconds: i64| Timestamp::from_second(1_000 + seconds).unwrap();
        assert!(read.is_younger(Duration::from_secs(10), later(9)));
        assert!(!read.is_younger(Duration::from_secs(10), later(10)));
        assert!(!read.is_younger(Duration::ZERO, later(0)));
        let file = cache.file(&url);
        let bytes = fs::read(&file).unwrap();
        for length in [0, 10] {
            fs::write(&file, &bytes[..length]).unwrap();
            assert!(cache.read(&url).is_none());
        }
    }
}
