//! A playlist that is written and read again is the same, as far as the format can hold it, with any text in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::input_format::InputFormat as _;
use super::text_file::TextFile;
use super::{Format, archive, fake, jspf, m3u, rows, write, xspf};
use catalogue::names;
use catalogue::{Catalogue, Playlist, PlaylistSnapshot, SnapshotEntry, SnapshotIndex, Track};

/// Signs that break formats, and any sign at all; never only blanks.
fn text() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        4 => "[a-z]{1,4}",
        2 => prop::sample::select(vec![
            "\n", "\r\n", "\r", "\t", "\"", "'", "]]>", "<![CDATA[", "<script>", "&amp;", "&#0;", "🎵", "\u{202e}שלום",
            "\u{1}", "\u{0}", "\u{85}", "\u{feff}", " - ", " -- ", "#", "#EXTINF:1,", ",", ";", "|", "\\", "%20", "%",
            " feat. ", "=1+1", "://", "\u{ffff}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(sign, 0..6).prop_map(|signs| signs.concat() + "x")
}

fn day() -> impl Strategy<Value = Option<Date>> {
    option::of((1..=12_i8, 1..=28_i8).prop_map(|(month, day)| date(2020, month, day)))
}

fn audio() -> impl Strategy<Value = Option<PathBuf>> {
    let segment = || text().prop_map(|name| name.replace(['/', '\0'], "_"));
    let path = (option::of(segment()), segment()).prop_map(|(folder, name)| {
        let folder = folder.map_or(PathBuf::new(), PathBuf::from);
        folder.join(format!("{name}.mp3"))
    });
    option::of(path)
}

prop_compose! {
    fn track()(
        title in text(),
        artists in vec(text(), 1..3),
        album in option::of(text()),
        isrc in option::of("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"),
        ms in option::of(1..10_000_000_u32),
        aliases in btree_set(prop::sample::select(vec!["spotify:Ab1", "deezer:31", "content:1f", "odd:a b"]), 0..3),
        audio in audio(),
    ) -> Track {
        Track {
            title,
            artists,
            album,
            isrc,
            duration_seconds: ms.map(|ms| f64::from(ms) / 1000.0),
            aliases: aliases.into_iter().map(str::to_owned).collect(),
            audio,
            ..Track::default()
        }
    }
}

prop_compose! {
    fn snapshot()(
        name in text(),
        id in option::of(prop::sample::select(vec!["archive:37i9dQZF1DX0XUsuxWHRQd", "spotify:1", "deezer:9"])),
        description in option::of(text()),
        owner in option::of(text()),
        first_seen in day(),
        entries in vec((track(), day(), day()), 0..5),
    ) -> PlaylistSnapshot {
        let own = rows::playlist(&name);
        let source = id.and_then(|id| id.split_once(':')).map(|(source, _)| source.to_owned());
        PlaylistSnapshot {
            playlist: Playlist {
                id: id.map_or(own.id, str::to_owned),
                source: source.unwrap_or(own.source),
                description,
                owner,
                first_seen,
                ..own
            },
            entries: entries
                .into_iter()
                .map(|(track, added, removed)| SnapshotEntry { track, added, removed, licence: String::new() })
                .collect(),
        }
    }
}

fn written(format: Format, snapshot: &PlaylistSnapshot) -> TextFile {
    let nothing = Catalogue::default();
    let written = write(format, snapshot.clone(), &SnapshotIndex::new(&nothing)).unwrap();
    TextFile::from_text(PathBuf::from(format!("/lists/list.{format}")), written.text)
}

fn current(snapshot: &PlaylistSnapshot) -> PlaylistSnapshot {
    let mut snapshot = snapshot.clone();
    snapshot.entries.retain(|entry| entry.removed.is_none());
    snapshot
}

/// What XSPF and JSPF can hold of a playlist, with `say` for what they can hold of a text: no days of the playlist, several
/// artists in one field.
fn spiff(snapshot: &PlaylistSnapshot, say: fn(&str) -> String) -> PlaylistSnapshot {
    let mut snapshot = current(snapshot);
    let playlist = &mut snapshot.playlist;
    let own = playlist.source == "files";
    playlist.name = say(&playlist.name);
    if own {
        playlist.id = rows::playlist(&playlist.name).id;
    }
    playlist.description = playlist.description.as_deref().map(say);
    playlist.owner = playlist.owner.as_deref().map(say);
    playlist.first_seen = None;
    for SnapshotEntry { track, .. } in &mut snapshot.entries {
        track.title = say(&track.title);
        track.artists = names::artists(&say(&track.artists.join("; ")));
        track.album = track.album.as_deref().map(say);
        track.audio = track
            .audio
            .take()
            .map(|audio| Path::new("/lists").join(audio));
    }
    snapshot
}

/// XML has no control characters; blanks at the ends are its own.
fn in_xml(text: &str) -> String {
    let sayable = |c: &char| {
        (!c.is_control() || ['\t', '\n', '\r'].contains(c)) && !['\u{fffe}', '\u{ffff}'].contains(c)
    };
    text.chars()
        .filter(sayable)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn in_json(text: &str) -> String {
    text.trim().to_owned()
}

/// What stands to the eye before each place.
fn shown(snapshot: &PlaylistSnapshot) -> Vec<(String, Option<PathBuf>)> {
    let line = |track: &Track| {
        let artists = names::artists(&track.artists.join("; ")).join("; ");
        let words = format!("{artists} - {}", track.title).replace(char::is_control, " ");
        // Where the artist ends is not certain, and blanks fall together there.
        words
            .replace([' ', '-', '–', '—', ';', '(', ')', '[', ']'], "")
            .replace("feat.", "")
    };
    snapshot
        .entries
        .iter()
        .map(|entry| (line(&entry.track), entry.track.audio.clone()))
        .collect()
}

proptest! {
    #[test]
    fn xspf(snapshot in snapshot()) {
        let file = written(Format::Xspf, &snapshot);
        let read = xspf::parse(&file.text).unwrap().into_snapshot(&file);
        let mut expected = spiff(&snapshot, in_xml);
        expected.entries.iter_mut().for_each(|entry| entry.added = None);
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn jspf(snapshot in snapshot()) {
        let file = written(Format::Jspf, &snapshot);
        let mut skipped = Vec::new();
        let read = jspf::parse(&file, &mut skipped).unwrap().into_snapshot(&file);
        prop_assert!(skipped.is_empty());
        prop_assert_eq!(read, spiff(&snapshot, in_json));
    }

    /// The files, in their order, the list's name and a line for the eye.
    #[test]
    fn m3u8(snapshot in snapshot()) {
        let file = written(Format::M3u8, &snapshot);
        let read = m3u::snapshot(&file);
        let mut expected = current(&snapshot);
        expected.entries.retain(|entry| {
            entry.track.audio.as_ref().is_some_and(|audio| !audio.to_str().unwrap().contains(['\n', '\r']))
        });
        for entry in &mut expected.entries {
            entry.track.audio = entry.track.audio.take().map(|audio| Path::new("/lists").join(audio));
        }
        let name = snapshot.playlist.name.replace(char::is_control, " ");
        prop_assert_eq!(read.playlist.name, name.trim());
        let places = |snapshot: &PlaylistSnapshot| -> Vec<_> { shown(snapshot).into_iter().map(|(_, place)| place).collect() };
        prop_assert_eq!(places(&PlaylistSnapshot { playlist: Playlist::default(), entries: read.entries }), places(&expected));
    }

    /// All but audio, licence and notes.
    #[test]
    fn json(snapshot in snapshot()) {
        prop_assume!(!snapshot.entries.is_empty());
        let file = written(Format::Json, &snapshot);
        let parsed = archive::Json.read(&file).unwrap();
        prop_assert!(parsed.skipped.is_empty() && parsed.complete.is_empty());
        let mut expected = snapshot;
        expected.playlist.owner = None;
        expected.playlist.name = expected.playlist.name.trim().to_owned();
        expected.entries.iter_mut().for_each(|entry| entry.track.audio = None);
        prop_assert_eq!(&parsed.snapshots[0], &expected);
    }

    /// Tracks, stays and where they come from; of the list itself its id and name.
    #[test]
    fn tables(
        mut snapshot in snapshot(),
        licences in vec(prop::sample::select(vec!["", "CC0", "CC-BY-NC-4.0", "ask <me>"]), 5),
        note in option::of(text()),
        tab in any::<bool>(),
    ) {
        prop_assume!(!snapshot.entries.is_empty());
        // A cell has no blanks at its ends, and a table looks for audio that is not there.
        let name = snapshot.playlist.name.trim().to_owned();
        if snapshot.playlist.source == "files" {
            snapshot.playlist = rows::playlist(&name);
        }
        snapshot.playlist = Playlist {
            id: snapshot.playlist.id,
            source: snapshot.playlist.source,
            name,
            ..Playlist::default()
        };
        for (entry, licence) in snapshot.entries.iter_mut().zip(licences) {
            let track = &mut entry.track;
            track.title = track.title.trim().to_owned();
            track.album = track.album.take().map(|album| album.trim().to_owned());
            track.audio = None;
            track.notes = note.iter().map(|note| ("mood".to_owned(), note.trim().to_owned())).collect();
            entry.licence = licence.to_owned();
        }
        let catalogue = snapshot.clone().into_catalogue(Timestamp::UNIX_EPOCH);
        let snapshots = SnapshotIndex::new(&catalogue);
        let format = if tab { Format::Tsv } else { Format::Csv };
        let table = write(format, snapshots.get(&snapshot.playlist.id).unwrap(), &snapshots).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("list.{format}"));
        std::fs::write(&file, table.text).unwrap();
        let imported = fake::import(&file).unwrap();
        let said: BTreeSet<&str> = imported.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
        prop_assert!(said.iter().all(|reason| reason.contains("is not understood")), "{:?}", said);
        prop_assert_eq!(&imported.catalogue.placements, &catalogue.placements);
        prop_assert_eq!(&imported.catalogue.playlists, &catalogue.playlists);
        prop_assert_eq!(&imported.catalogue.provenance, &catalogue.provenance);
        let known = |catalogue: &Catalogue| -> Vec<Track> {
            let mut tracks = catalogue.tracks.clone();
            // An id in use may stand among the others or not; groups are compared without case and spacing.
            tracks.iter_mut().for_each(|track| {
                track.aliases.remove(&track.id);
                track.artist_group = track.split_group();
            });
            tracks
        };
        prop_assert_eq!(known(&imported.catalogue), known(&catalogue));
    }

    /// A truncated file, or one with a changed byte, gives an error or a playlist, never a panic.
    #[test]
    fn damaged_files(snapshot in snapshot(), format in prop::sample::select(Format::ALL.to_vec()), cut in 0.0..1.0_f64, byte in any::<u8>()) {
        let file = written(format, &snapshot);
        let mut bytes = file.text.into_bytes();
        let at = ((bytes.len() as f64) * cut) as usize;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(format!("list.{format}"));
        std::fs::write(&place, &bytes[..at]).unwrap();
        let _ = fake::import(&place);
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        std::fs::write(&place, &bytes).unwrap();
        let _ = fake::import(&place);
    }
}
