//! The JSON of `prepare`.

use std::collections::BTreeMap;

use serde::Serialize;

use catalogue::Track;
use prepare::ClipsBuilt;
use prepare::matching::{MatchSource, MatchSummary, PendingMatch};

const SCHEMA_VERSION: u32 = 2;

#[derive(Serialize)]
pub struct Document<'a> {
    schema_version: u32,
    audio_found_by: &'a BTreeMap<MatchSource, usize>,
    pending: &'a [PendingMatch],
    not_fetched: Vec<TrackDocument<'a>>,
    not_found: Vec<TrackDocument<'a>>,
    clips: ClipCounts<'a>,
}

#[derive(Serialize)]
struct ClipCounts<'a> {
    sample_rate_hz: u32,
    new: usize,
    there: usize,
    failed: Vec<TrackDocument<'a>>,
}

/// A track without a clip, and why.
#[derive(Serialize)]
struct TrackDocument<'a> {
    track: &'a str,
    title: &'a str,
    artists: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> TrackDocument<'a> {
    fn new(track: &'a Track, reason: Option<&'a str>) -> TrackDocument<'a> {
        TrackDocument {
            track: &track.id,
            title: &track.title,
            artists: &track.artists,
            reason,
        }
    }

    fn with_reasons(failed: &'a [(Track, String)]) -> Vec<TrackDocument<'a>> {
        failed
            .iter()
            .map(|(track, reason)| TrackDocument::new(track, Some(reason)))
            .collect()
    }
}

impl<'a> Document<'a> {
    pub fn new(summary: &'a MatchSummary, clips: &'a ClipsBuilt) -> Document<'a> {
        let not_found = summary.not_found.iter();
        Document {
            schema_version: SCHEMA_VERSION,
            audio_found_by: &summary.by,
            pending: &summary.pending,
            not_fetched: TrackDocument::with_reasons(&summary.failed),
            not_found: not_found
                .map(|track| TrackDocument::new(track, None))
                .collect(),
            clips: ClipCounts {
                sample_rate_hz: clips.sample_rate_hz,
                new: clips.new,
                there: clips.existing,
                failed: TrackDocument::with_reasons(&clips.failed),
            },
        }
    }
}
