//! JSPF, XSPF as JSON: `identifier` and `location` are arrays, or in older files strings.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input_format::InputFormat;
use super::parsed_file::ParsedFile;
use super::spiff::{Spiff, SpiffSong};
use super::text_file::TextFile;
use super::{Reason, Written};
use catalogue::PlaylistSnapshot;

/// MusicBrainz's addition to a track, which says when it was added.
const EXTENSION: &str = "https://musicbrainz.org/doc/jspf#track";

#[derive(Deserialize)]
struct File {
    playlist: JspfList,
}

#[derive(Deserialize)]
struct JspfList {
    title: Option<String>,
    creator: Option<String>,
    annotation: Option<String>,
    identifier: Option<Words>,
    #[serde(default)]
    track: Vec<Value>,
}

#[derive(Deserialize)]
struct Track {
    title: Option<String>,
    creator: Option<String>,
    album: Option<String>,
    identifier: Option<Words>,
    location: Option<Words>,
    duration: Option<f64>,
    extension: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Several(Vec<String>),
}

impl Words {
    fn all(words: Option<Words>) -> Vec<String> {
        let words = match words {
            Some(Words::One(word)) => vec![word],
            Some(Words::Several(words)) => words,
            None => Vec::new(),
        };
        words.into_iter().filter(|word| !word.is_empty()).collect()
    }
}

/// JSPF.
pub(super) struct Jspf;

impl InputFormat for Jspf {
    fn extensions(&self) -> &'static [&'static str] {
        &["jspf", "json"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        file.has_json_key("playlist")
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let mut skipped = Vec::new();
        let spiff = parse(file, &mut skipped)?;
        let mut parsed = ParsedFile::default();
        for (number, reason) in skipped {
            parsed.skip(format!("track {number} of {}", file.name()), reason);
        }
        Ok(ParsedFile::joined(vec![parsed, spiff.into_parsed(file)]))
    }
}

/// Tracks that cannot be read are appended to `skipped` with their number.
pub(super) fn parse(file: &TextFile, skipped: &mut Vec<(usize, String)>) -> Result<Spiff, Reason> {
    let File { playlist } = file.json()?;
    let mut songs = Vec::new();
    for (number, track) in (1..).zip(playlist.track) {
        match serde_json::from_value(track) {
            Ok(track) => songs.push(song(track)),
            Err(error) => skipped.push((number, format!("{error}; skipped"))),
        }
    }
    Ok(Spiff {
        title: playlist.title.unwrap_or_default(),
        creator: playlist.creator.unwrap_or_default(),
        annotation: playlist.annotation.unwrap_or_default(),
        identifier: Words::all(playlist.identifier)
            .into_iter()
            .next()
            .unwrap_or_default(),
        songs,
    })
}

fn song(track: Track) -> SpiffSong {
    let added = || {
        let stated = track.extension.as_ref()?.get(EXTENSION)?.get("added_at")?;
        stated.as_str()?.get(..10)?.parse().ok()
    };
    let words = |words: Option<String>| words.unwrap_or_default().trim().to_owned();
    SpiffSong {
        added: added(),
        title: words(track.title),
        creator: words(track.creator),
        album: words(track.album),
        identifiers: Words::all(track.identifier),
        locations: Words::all(track.location),
        duration_ms: track.duration,
    }
}

pub(super) fn write(snapshot: &PlaylistSnapshot) -> Written {
    let spiff = Spiff::from_snapshot(snapshot);
    let mut playlist = json!({ "title": spiff.title });
    put(&mut playlist, "creator", &spiff.creator);
    put(&mut playlist, "annotation", &spiff.annotation);
    put(&mut playlist, "identifier", &spiff.identifier);
    playlist["track"] = spiff.songs.iter().map(write_song).collect();
    Written::complete(format!("{:#}\n", json!({ "playlist": playlist })))
}

fn write_song(song: &SpiffSong) -> Value {
    let mut track = json!({ "title": song.title });
    put(&mut track, "creator", &song.creator);
    put(&mut track, "album", &song.album);
    if !song.identifiers.is_empty() {
        track["identifier"] = json!(song.identifiers);
    }
    if !song.locations.is_empty() {
        track["location"] = json!(song.locations);
    }
    if let Some(ms) = song.duration_ms {
        track["duration"] = json!(ms as u64);
    }
    if let Some(added) = song.added {
        let added = format!("{added}T00:00:00Z");
        track["extension"] = json!({ EXTENSION: { "added_at": added } });
    }
    track
}

fn put(object: &mut Value, name: &str, words: &str) {
    if !words.is_empty() {
        object[name] = json!(words);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{import, on};

    #[test]
    fn a_list_of_listenbrainz_and_an_older_one_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list.json");
        let list = r#"{"playlist":{"creator":"rob","title":"T","identifier":"https://listenbrainz.org/playlist/1",
            "date":"2026-01-01T00:00:00+00:00","annotation":null,"extension":{"x":{"public":true}},
            "track":[
              {"identifier":["https://musicbrainz.org/recording/1-2"],"creator":"A","album":"Rel","title":"One","duration":201000,
               "extension":{"https://musicbrainz.org/doc/jspf#track":{"added_by":"rob","added_at":"2026-02-03T10:00:00+00:00"}}},
              {"identifier":"https://open.spotify.com/track/abc","title":"Two","location":null},
              {"title":7},
              null
            ]}}"#;
        fs::write(&file, list).unwrap();
        let imported = import(&file).unwrap();
        assert_eq!(on(&imported.catalogue, "files:T"), ["One", "Two"]);
        let ids: Vec<&str> = imported
            .catalogue
            .tracks
            .iter()
            .map(|track| track.id.as_str())
            .collect();
        assert_eq!(ids, ["musicbrainz:1-2", "spotify:abc"]);
        let days: Vec<_> = imported
            .catalogue
            .placements
            .iter()
            .filter_map(|row| row.added)
            .collect();
        assert_eq!(days, [jiff::civil::date(2026, 2, 3)]);
        let skipped: Vec<&str> = imported
            .skipped
            .iter()
            .map(|skipped| skipped.path.as_str())
            .collect();
        assert_eq!(skipped, ["track 3 of list.json", "track 4 of list.json"]);
    }
}
