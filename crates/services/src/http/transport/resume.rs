//! A long file in pieces: what came lies in a part file, and beside it the mark by which the server knows this state of
//! the file; the next request asks for the rest of the same state (RFC 9110, sections 13.1.5 and 14).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use reqwest::RequestBuilder;
use reqwest::header::{self, HeaderMap, HeaderName};

use super::{Transport, TransportError, silent};
use crate::CollectError;
use crate::http::{GetRequest, HttpResponse, RetryDecision};

impl Transport {
    /// Brings the file `part` to its end, or as far as the line holds.
    pub(in super::super) async fn resume(
        &self,
        get: &GetRequest,
        part: &Path,
        limit: u64,
        decision: fn(&HttpResponse) -> RetryDecision,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<(), TransportError> {
        let failed = |source| {
            TransportError::Permanent(CollectError::Disk {
                path: part.to_owned(),
                source,
            })
        };
        let url = get.shown();
        let known = PartialDownload::read(part);
        let mut response = self.follow(get, |request| known.ask(request)).await?;
        let headers = response.headers();
        let range = ContentRange::parse(headers);
        let start = match response.status().as_u16() {
            206 if range.start == Some(known.length) => known.length,
            // Everything was there already when the last run ended.
            416 if known.length > 0 && range.all == Some(known.length) => return Ok(()),
            206 | 416 => {
                forget(part).map_err(failed)?;
                return Err(TransportError::NoResponse(
                    "the file was another one meanwhile".into(),
                ));
            }
            200 => 0,
            _ => return Err(self.not_given(response, &url, decision).await),
        };
        if text(headers, header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
            let what = format!("{url} is a web page, not a file");
            return Err(self.refused(what, "open it in a browser to read what it says"));
        }
        // Of a later part it is the length of the rest.
        let whole = response.content_length().filter(|_| start == 0);
        let all = range.all.or(whole);
        if all.is_some_and(|all| all > limit) {
            return Err(self.too_long(&url, limit));
        }
        let mut file = open(part, start, &mark(headers)).map_err(failed)?;
        let mut length = start;
        progress(length, all);
        while let Some(piece) = response.chunk().await.map_err(silent)? {
            length += piece.len() as u64;
            if length > limit {
                forget(part).map_err(failed)?;
                return Err(self.too_long(&url, limit));
            }
            file.write_all(&piece).map_err(failed)?;
            progress(length, all);
        }
        if all.is_some_and(|all| all != length) {
            return Err(TransportError::NoResponse(format!(
                "{length} bytes came of {}",
                all.unwrap_or(0)
            )));
        }
        file.sync_all().map_err(failed)
    }
}

/// What came before.
struct PartialDownload {
    length: u64,
    mark: String,
}

impl PartialDownload {
    /// Bytes of which nobody knows to which state they belong count for nothing.
    fn read(part: &Path) -> PartialDownload {
        let mark = fs::read_to_string(beside(part)).unwrap_or_default();
        let length = fs::metadata(part).map_or(0, |facts| facts.len());
        PartialDownload {
            length: if mark.is_empty() { 0 } else { length },
            mark,
        }
    }

    fn ask(&self, request: RequestBuilder) -> RequestBuilder {
        // Compressed on the way, a byte's place would be another one.
        let request = request.header(header::ACCEPT_ENCODING, "identity");
        match self.length {
            0 => request,
            length => request
                .header(header::RANGE, format!("bytes={length}-"))
                .header(header::IF_RANGE, &self.mark),
        }
    }
}

/// The header of this name: `bytes 100-199/200`, or `bytes */200`.
struct ContentRange {
    start: Option<u64>,
    all: Option<u64>,
}

impl ContentRange {
    fn parse(headers: &HeaderMap) -> ContentRange {
        let range = text(headers, header::CONTENT_RANGE).unwrap_or_default();
        let range = range.trim_start_matches("bytes").trim();
        let (places, all) = range.split_once('/').unwrap_or_default();
        let start = places.split_once('-').map(|(start, _)| start);
        ContentRange {
            start: start.and_then(|start| start.parse().ok()),
            all: all.parse().ok(),
        }
    }
}

/// By what the server will know this state of the file again; empty where it says nothing that holds byte by byte.
fn mark(headers: &HeaderMap) -> String {
    let strong = text(headers, header::ETAG).filter(|tag| !tag.starts_with("W/"));
    let mark = strong.or_else(|| text(headers, header::LAST_MODIFIED));
    mark.unwrap_or_default().to_owned()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The part file with its first `start` bytes, and the mark of all that follow.
fn open(part: &Path, start: u64, mark: &str) -> io::Result<File> {
    if start > 0 {
        return OpenOptions::new().append(true).open(part);
    }
    forget(part)?;
    files::write(&beside(part), mark.as_bytes())?;
    File::create(part)
}

/// Neither bytes nor mark are left.
pub(in super::super) fn forget(part: &Path) -> io::Result<()> {
    for path in [part.to_owned(), beside(part)] {
        match fs::remove_file(path) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
            _ => {}
        }
    }
    Ok(())
}

fn beside(part: &Path) -> PathBuf {
    part.with_added_extension("mark")
}
