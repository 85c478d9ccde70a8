//! The archive's JSON: cumulative (`date_added`, `date_removed`) and pretty (`added_at`), and the cumulative format for
//! any playlist that we export. The additional keys `id`, `isrc` and `ids` are ignored by other programs.

use super::super::input_format::InputFormat;
use super::super::parsed_file::ParsedFile;
use super::super::text_file::TextFile;
use super::super::{Reason, Written, ids};
use super::SOURCE;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    url: Option<String>,
    name: Option<String>,
    unique_name: Option<String>,
    original_name: Option<String>,
    description: Option<String>,
    date_first_scraped: Option<Date>,
    snapshot_id: Option<String>,
    num_followers: Option<u64>,
    owner: Option<Named>,
    id: Option<String>,
    tracks: Vec<Value>,
}

#[derive(Deserialize, Serialize)]
struct Named {
    name: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Stated {
    url: Option<String>,
    name: Option<String>,
    album: Option<Named>,
    artists: Option<Vec<Named>>,
    duration_ms: Option<f64>,
    added_at: Option<String>,
    date_added: Option<Date>,
    date_removed: Option<Date>,
    isrc: Option<String>,
    #[serde(default)]
    ids: Vec<String>,
}

/// The JSON of the archive.
pub(in super::super) struct Json;

impl InputFormat for Json {
    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        file.has_json_key("tracks")
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let mut stated: File = file.json()?;
        let mut parsed = ParsedFile::default();
        let mut entries = Vec::with_capacity(stated.tracks.len());
        for (number, track) in (1..).zip(std::mem::take(&mut stated.tracks)) {
            let track = serde_json::from_value(track).map_err(|error| format!("{error}; skipped"));
            match track.and_then(Stated::entry) {
                Ok(entry) => entries.push(entry),
                Err(reason) => parsed.skip(format!("track {number} of {}", file.name()), reason),
            }
        }
        let pretty = stated.snapshot_id.is_some() || stated.original_name.is_some();
        let playlist = stated.playlist(file);
        parsed.add(PlaylistSnapshot { playlist, entries }, pretty);
        Ok(parsed)
    }
}

impl File {
    fn playlist(self, file: &TextFile) -> Playlist {
        let name = self
            .unique_name
            .or(self.original_name)
            .or(self.name)
            .unwrap_or_default();
        let of_archive = super::playlist(self.url.as_deref().unwrap_or_default(), &name, file);
        let id = self
            .id
            .and_then(|id| Some((id.split_once(':')?.0.to_owned(), id)));
        let (source, id) = id.unwrap_or((of_archive.source, of_archive.id));
        Playlist {
            id,
            source,
            description: self.description.filter(|text| !text.trim().is_empty()),
            owner: self.owner.and_then(|owner| owner.name),
            followers: self.num_followers,
            first_seen: self.date_first_scraped,
            name: of_archive.name,
            ..Playlist::default()
        }
    }
}

impl Stated {
    fn entry(self) -> Result<SnapshotEntry, String> {
        let mut track = Track {
            title: self.name.unwrap_or_default(),
            artists: self
                .artists
                .into_iter()
                .flatten()
                .filter_map(filled)
                .collect(),
            album: self.album.and_then(filled),
            isrc: self.isrc,
            duration_seconds: self
                .duration_ms
                .map(|ms| ms / 1000.0)
                .filter(|seconds| *seconds > 0.0),
            aliases: self.ids.into_iter().collect(),
            ..Track::default()
        };
        track
            .aliases
            .extend(self.url.as_deref().and_then(ids::from_link));
        if track.title.is_empty() && track.ids().is_empty() {
            return Err("names nothing; skipped".to_owned());
        }
        Ok(SnapshotEntry {
            added: self
                .date_added
                .or_else(|| known_day(self.added_at.as_deref()?)),
            removed: self.date_removed,
            track,
            ..SnapshotEntry::default()
        })
    }
}

fn filled(named: Named) -> Option<String> {
    named.name.filter(|name| !name.trim().is_empty())
}

/// Spotify writes 1970 where it does not know the day.
fn known_day(time: &str) -> Option<Date> {
    let day: Date = time.get(..10)?.parse().ok()?;
    Some(day).filter(|day| day.year() > 1970)
}

#[derive(Serialize)]
struct WrittenList<'l> {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'l str>,
    name: &'l str,
    description: &'l str,
    date_first_scraped: Option<Date>,
    published_playlist_ids: [&'static str; 0],
    tracks: Vec<WrittenTrack>,
}

#[derive(Serialize)]
struct WrittenTrack {
    url: String,
    name: String,
    album: Named,
    artists: Vec<Named>,
    duration_ms: u64,
    date_added: Option<Date>,
    date_added_asterisk: bool,
    date_removed: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    isrc: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
}

/// # Errors
/// Never: the text is written to memory.
pub(in super::super) fn write(snapshot: &PlaylistSnapshot) -> serde_json::Result<Written> {
    let playlist = &snapshot.playlist;
    let key = playlist
        .id
        .strip_prefix("archive:")
        .filter(|key| key.chars().all(|c| c.is_ascii_alphanumeric()));
    let list = WrittenList {
        url: key.map_or(String::new(), |key| {
            format!("https://open.spotify.com/playlist/{key}")
        }),
        id: Some(playlist.id.as_str()).filter(|_| key.is_none() || playlist.source != SOURCE),
        name: &playlist.name,
        description: playlist.description.as_deref().unwrap_or_default(),
        date_first_scraped: playlist.first_seen,
        published_playlist_ids: [],
        tracks: snapshot
            .entries
            .iter()
            .map(|entry| written(entry, playlist.first_seen))
            .collect(),
    };
    serde_json::to_string_pretty(&list).map(|text| Written::complete(text + "\n"))
}

fn written(entry: &SnapshotEntry, first_seen: Option<Date>) -> WrittenTrack {
    let track = &entry.track;
    let named = |name: &str| Named {
        name: Some(name.to_owned()),
        url: Some(String::new()),
    };
    let mut ids = ids::beside_isrc(track);
    let of_spotify = ids
        .iter()
        .position(|id| ids::link(id).starts_with("https://open.spotify.com/"));
    WrittenTrack {
        url: of_spotify.map_or(String::new(), |at| ids::link(&ids.remove(at))),
        name: track.title.clone(),
        album: named(track.album.as_deref().unwrap_or_default()),
        artists: track.artists.iter().map(|artist| named(artist)).collect(),
        duration_ms: track
            .duration_seconds
            .map_or(0, |seconds| (seconds * 1000.0).round() as u64),
        date_added: entry.added,
        date_added_asterisk: entry.added.is_some() && entry.added <= first_seen,
        date_removed: entry.removed,
        isrc: track.isrc.clone(),
        ids,
    }
}
