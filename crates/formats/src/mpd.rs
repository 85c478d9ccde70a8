//! A slice of Spotify's Million Playlist Dataset: `{"info": …, "playlists": […]}`. It has no dates
//! and no ISRCs, only the tracks of each playlist in order.

use serde::Deserialize;
use serde_json::Value;

use super::input_format::InputFormat;
use super::parsed_file::ParsedFile;
use super::text_file::TextFile;
use super::{Reason, ids};
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};

pub(super) const SOURCE: &str = "mpd";

#[derive(Deserialize)]
struct Slice {
    playlists: Vec<Value>,
}

#[derive(Deserialize)]
struct MpdPlaylist {
    pid: u64,
    name: Option<String>,
    description: Option<String>,
    num_followers: Option<u64>,
    tracks: Vec<Stated>,
}

#[derive(Deserialize)]
struct Stated {
    track_uri: Option<String>,
    track_name: Option<String>,
    artist_name: Option<String>,
    album_name: Option<String>,
    duration_ms: Option<f64>,
}

/// A slice of the Million Playlist Dataset.
pub(super) struct Mpd;

impl InputFormat for Mpd {
    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        file.has_json_key("playlists")
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let slice: Slice = file.json()?;
        let mut parsed = ParsedFile::default();
        for (number, playlist) in (1..).zip(slice.playlists) {
            match serde_json::from_value(playlist) {
                Ok(playlist) => parsed.add(snapshot(playlist), true),
                Err(error) => parsed.skip(
                    format!("playlist {number} of {}", file.name()),
                    format!("{error}; skipped"),
                ),
            }
        }
        Ok(parsed)
    }
}

fn snapshot(playlist: MpdPlaylist) -> PlaylistSnapshot {
    PlaylistSnapshot {
        playlist: Playlist {
            id: format!("{SOURCE}:{}", playlist.pid),
            source: SOURCE.to_owned(),
            name: playlist.name.unwrap_or_else(|| playlist.pid.to_string()),
            description: playlist.description.filter(|text| !text.is_empty()),
            followers: playlist.num_followers,
            ..Playlist::default()
        },
        entries: playlist.tracks.into_iter().map(entry).collect(),
    }
}

fn entry(stated: Stated) -> SnapshotEntry {
    let id = stated.track_uri.as_deref().and_then(ids::from_link);
    SnapshotEntry {
        track: Track {
            title: stated.track_name.unwrap_or_default(),
            artists: stated.artist_name.into_iter().collect(),
            album: stated.album_name,
            duration_seconds: stated.duration_ms.map(|ms| ms / 1000.0),
            aliases: id.into_iter().collect(),
            ..Track::default()
        },
        ..SnapshotEntry::default()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{import, on};

    #[test]
    fn a_slice_is_a_file_of_whole_lists() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mpd.slice.0-999.json");
        let slice = r#"{"info":{"generated_on":"2017-12-03 08:41:42.057563","slice":"0-999","version":"v1"},
            "playlists":[
              {"name":"Throwbacks","collaborative":"false","pid":0,"modified_at":1493424000,"num_followers":1,
               "tracks":[{"pos":0,"artist_name":"Missy Elliott","track_uri":"spotify:track:0UaM","track_name":"Lose Control",
                          "album_name":"The Cookbook","duration_ms":226863}]},
              {"name":"Empty","pid":1,"tracks":[]},
              {"name":"No tracks","pid":2}
            ]}"#;
        fs::write(&file, slice).unwrap();
        let imported = import(&file).unwrap();
        assert_eq!(on(&imported.catalogue, "mpd:0"), ["Lose Control"]);
        assert_eq!(imported.catalogue.tracks[0].id, "spotify:0UaM");
        assert!(
            imported
                .catalogue
                .provenance
                .iter()
                .all(|row| !row.may_train && row.source == "mpd")
        );
        assert_eq!(imported.complete.iter().collect::<Vec<_>>(), ["mpd:0"]);
        assert_eq!(imported.skipped.len(), 2);
        assert!(
            imported.skipped[1].reason.contains("tracks"),
            "{:?}",
            imported.skipped
        );
    }

    #[test]
    fn a_slice_that_breaks_off_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("slice.json");
        fs::write(&file, "{\"info\":{},\n\"playlists\":[{\"name\":\"Thr").unwrap();
        let error = import(&file).unwrap_err().to_string();
        assert!(
            error.contains("slice.json: the JSON ends early, at line 2"),
            "{error}"
        );
    }
}
