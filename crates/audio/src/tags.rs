//! The tags of an audio file: title, artists, album, ISRC.

use symphonia::core::formats::FormatReader;
use symphonia::core::meta::{MetadataRevision, StandardTag, Tag};

/// Longest title, artist or album in characters; the rest is cut off.
const MAX_TAG_CHARS: usize = 1_000;

/// Tags as the file has them, each on one line without control characters; untrusted text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileTags {
    /// Title of the track.
    pub title: Option<String>,
    /// Artists in the file's order; may hold several names in one entry.
    pub artists: Vec<String>,
    /// Title of the album.
    pub album: Option<String>,
    /// ISRC, not validated.
    pub isrc: Option<String>,
}

pub(super) fn read_tags(format: &mut dyn FormatReader) -> FileTags {
    let mut tags = FileTags::default();
    let mut metadata = format.metadata();
    if let Some(revision) = metadata.skip_to_latest() {
        collect(revision, &mut tags);
    }
    tags
}

fn collect(revision: &MetadataRevision, tags: &mut FileTags) {
    let per_track = revision
        .per_track
        .iter()
        .flat_map(|track| &track.metadata.tags);
    for Tag { std, .. } in revision.media.tags.iter().chain(per_track) {
        match std {
            Some(StandardTag::TrackTitle(text)) => {
                tags.title = tags.title.take().or_else(|| sanitise_tag(text));
            }
            Some(StandardTag::Artist(text)) => tags.artists.extend(sanitise_tag(text)),
            Some(StandardTag::Album(text)) => {
                tags.album = tags.album.take().or_else(|| sanitise_tag(text));
            }
            Some(StandardTag::IdentIsrc(text)) => {
                tags.isrc = tags.isrc.take().or_else(|| sanitise_tag(text));
            }
            _ => {}
        }
    }
}

/// A tag on one line of at most [`MAX_TAG_CHARS`]; `None` if no character remains.
fn sanitise_tag(text: &str) -> Option<String> {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_TAG_CHARS)
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
