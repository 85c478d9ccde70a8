//! Listens as JSON: Spotify's two exports, and the lines of ListenBrainz.

use serde::Deserialize;
use serde_json::Value;

use super::super::Reason;
use super::super::text_file::TextFile;
use super::{Listen, Listens, named};
use catalogue::SkippedItem;

/// Spotify counts a stream from here on.
const MIN_STREAM_MS: f64 = 30_000.0;

#[derive(Deserialize)]
struct Stream {
    #[serde(alias = "artistName", alias = "master_metadata_album_artist_name")]
    artist: Option<String>,
    #[serde(alias = "trackName", alias = "master_metadata_track_name")]
    title: Option<String>,
    #[serde(alias = "msPlayed", alias = "ms_played")]
    ms: Option<f64>,
}

/// An array of streams. Podcasts and what was skipped within 30 s count for nothing.
pub(super) fn streams(file: &TextFile) -> Result<Listens, Reason> {
    let values: Vec<Value> = file.json()?;
    let read = values.into_iter().map(serde_json::from_value::<Stream>);
    let mut found = Listens::default();
    for (number, stream) in (1..).zip(read) {
        match stream {
            Ok(stream) => found.listens.extend(stream.listen()),
            Err(reason) => found.skipped.push(SkippedItem {
                path: format!("stream {number} of {}", file.name()),
                reason: reason.to_string(),
            }),
        }
    }
    Ok(found)
}

impl Stream {
    fn listen(self) -> Option<Listen> {
        let is_heard = self.ms.is_none_or(|ms| ms >= MIN_STREAM_MS);
        let (artist, title) = (self.artist?, self.title?);
        named(&artist, &title, 1.0).filter(|_| is_heard)
    }
}

#[derive(Deserialize)]
struct Line {
    track_metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    artist_name: String,
    track_name: String,
}

/// Whether the first line is a listen of ListenBrainz.
pub(super) fn sniff_listens(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    serde_json::from_str::<Value>(line).is_ok_and(|line| line.get("track_metadata").is_some())
}

pub(super) fn lines(file: &TextFile) -> Listens {
    let mut found = Listens::default();
    let filled = |line: &(i32, &str)| !line.1.trim().is_empty();
    for (number, line) in (1..).zip(file.text.lines()).filter(filled) {
        match serde_json::from_str::<Line>(line) {
            Ok(Line { track_metadata }) => {
                let Metadata {
                    artist_name,
                    track_name,
                } = track_metadata;
                found.listens.extend(named(&artist_name, &track_name, 1.0));
            }
            Err(reason) => found.skipped.push(SkippedItem {
                path: format!("line {number} of {}", file.name()),
                reason: format!("is not a listen: {reason}"),
            }),
        }
    }
    found
}
