//! Resumable downloads: a part file, and next to it the validator (ETag or date) of this version of the file; the next
//! request asks for the rest of the same version (RFC 9110, sections 13.1.5 and 14).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use reqwest::RequestBuilder;
use reqwest::header::{self, HeaderMap, HeaderName};

use super::{Transport, TransportError, silent};
use crate::CollectError;
use crate::http::{GetRequest, HttpResponse, RetryDecision};

impl Transport {
    /// Completes the file `part`, or extends it until the connection ends.
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
            // The last run ended after the last byte.
            416 if known.length > 0 && range.all == Some(known.length) => return Ok(()),
            206 | 416 => {
                discard(part).map_err(failed)?;
                return Err(TransportError::NoResponse(
                    "the file has changed meanwhile".into(),
                ));
            }
            200 => 0,
            _ => return Err(self.not_given(response, &url, decision).await),
        };
        if text(headers, header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
            let what = format!("{url} is a web page, not a file");
            return Err(self.refused(what, "open it in a browser to read what it says"));
        }
        // For a later part it is the length of the rest.
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
                discard(part).map_err(failed)?;
                return Err(self.too_long(&url, limit));
            }
            file.write_all(&piece).map_err(failed)?;
            progress(length, all);
        }
        if all.is_some_and(|all| all != length) {
            return Err(TransportError::NoResponse(format!(
                "{length} of {} bytes were received",
                all.unwrap_or(0)
            )));
        }
        file.sync_all().map_err(failed)
    }
}

/// What earlier runs received.
struct PartialDownload {
    length: u64,
    mark: String,
}

impl PartialDownload {
    /// Ignores bytes without a validator, because their version is unknown.
    fn read(part: &Path) -> PartialDownload {
        let mark = fs::read_to_string(beside(part)).unwrap_or_default();
        let length = fs::metadata(part).map_or(0, |facts| facts.len());
        PartialDownload {
            length: if mark.is_empty() { 0 } else { length },
            mark,
        }
    }

    fn ask(&self, request: RequestBuilder) -> RequestBuilder {
        // Compression would change the position of a byte.
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

/// The validator of this version of the file; empty if the server states none that holds byte by byte.
fn mark(headers: &HeaderMap) -> String {
    let strong = text(headers, header::ETAG).filter(|tag| !tag.starts_with("W/"));
    let mark = strong.or_else(|| text(headers, header::LAST_MODIFIED));
    mark.unwrap_or_default().to_owned()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Opens the part file with its first `start` bytes, and stores the validator of the rest.
fn open(part: &Path, start: u64, mark: &str) -> io::Result<File> {
    if start > 0 {
        return OpenOptions::new().append(true).open(part);
    }
    discard(part)?;
    files::write(&beside(part), mark.as_bytes())?;
    File::create(part)
}

/// Deletes the part file and its validator.
pub(in super::super) fn discard(part: &Path) -> io::Result<()> {
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
