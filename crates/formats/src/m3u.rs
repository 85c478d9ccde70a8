//! M3U and M3U8: one location per line, optionally preceded by `#EXTINF:seconds,Artist - Title`.
//!
//! `#EXTINF` is a display text: programs disagree on what is left of the dash, so a file's tags take precedence.

use std::fmt::Write as _;
use std::path::Path;

use super::ids::{self, is_web};
use super::input_format::InputFormat;
use super::parsed_file::ParsedFile;
use super::paths::{self, LocationSyntax};
use super::text_file::TextFile;
use super::{Reason, Written, rows};
use catalogue::{PlaylistSnapshot, SnapshotEntry, Track};
use catalogue::{SkippedItem, names};

/// Marks an incomplete file; the reason follows.
const LEFT_OUT: &str = "#LEFT-OUT:";

/// M3U and M3U8.
pub(super) struct M3u;

impl InputFormat for M3u {
    fn extensions(&self) -> &'static [&'static str] {
        &["m3u", "m3u8"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        file.text.trim_start().starts_with("#EXTM3U") || file.has_extension(self.extensions())
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let mut parsed = ParsedFile::default();
        let is_complete = !file.text.lines().any(|line| line.starts_with(LEFT_OUT));
        parsed.add_files(snapshot(file), is_complete, true, &file.name());
        Ok(parsed)
    }
}

pub(super) fn snapshot(file: &TextFile) -> PlaylistSnapshot {
    let mut name = file.stem();
    let mut track = Track::default();
    let mut entries = Vec::new();
    for line in file.text.lines() {
        let bare = line.trim();
        if let Some(text) = directive(bare, "#EXTINF:") {
            track = for_display(text);
        } else if let Some(text) = directive(bare, "#PLAYLIST:") {
            name = Some(text.trim().to_owned())
                .filter(|name| !name.is_empty())
                .unwrap_or(name);
        } else if !bare.is_empty() && !bare.starts_with('#') {
            let mut track = std::mem::take(&mut track);
            let padded = line != bare && file.folder().join(line).exists();
            paths::learn(
                &mut track,
                if padded { line } else { bare },
                LocationSyntax::Path,
                file,
            );
            entries.push(SnapshotEntry {
                track,
                ..SnapshotEntry::default()
            });
        }
    }
    PlaylistSnapshot {
        playlist: rows::playlist(&name),
        entries,
    }
}

fn directive<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let start = line.get(..name.len())?;
    start
        .eq_ignore_ascii_case(name)
        .then(|| &line[name.len()..])
}

/// `201,Artist - Title`, with or without `key="value"` before the comma.
fn for_display(text: &str) -> Track {
    let mut quoted = false;
    let comma = text.find(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    // A quotation mark that never closes hides no title.
    let (head, shown) = match comma.or_else(|| text.find(',')) {
        Some(comma) => (&text[..comma], &text[comma + 1..]),
        None => (text, ""),
    };
    let seconds = head.split_whitespace().next().unwrap_or_default();
    let (artist, title) = names::dashed(shown.trim());
    Track {
        title,
        artists: artist
            .iter()
            .flat_map(|artist| names::artists(artist))
            .collect(),
        duration_seconds: seconds.parse().ok().filter(|seconds| *seconds > 0.0),
        ..Track::default()
    }
}

/// Writes the tracks with audio; the others are excluded, because players stop at missing files.
pub(super) fn write(snapshot: &PlaylistSnapshot) -> Written {
    let mut places = String::new();
    let mut excluded = Vec::new();
    for SnapshotEntry { track, .. } in &snapshot.entries {
        match place(track.audio.as_deref()) {
            Ok(place) => {
                let seconds = track.duration_seconds.map_or(-1.0, f64::round);
                let _ = writeln!(places, "#EXTINF:{seconds},{}\n{place}", shown(track));
            }
            Err(reason) => excluded.push(SkippedItem {
                path: format!("`{}`", shown(track)),
                reason: reason.to_owned(),
            }),
        }
    }
    let mut text = format!(
        "#EXTM3U\n#PLAYLIST:{}\n",
        on_one_line(&snapshot.playlist.name)
    );
    if !excluded.is_empty() {
        let _ = writeln!(text, "{LEFT_OUT}{} tracks without audio", excluded.len());
    }
    Written {
        text: text + &places,
        excluded,
    }
}

/// `Artist; Other - Title`.
fn shown(track: &Track) -> String {
    on_one_line(&format!("{} - {}", track.artists.join("; "), track.title))
}

fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

fn place(audio: Option<&Path>) -> Result<String, &'static str> {
    let audio = audio.ok_or("has no audio")?;
    let path = audio
        .to_str()
        .ok_or("its path is not Unicode text; rename it")?;
    if path.contains(['\n', '\r']) {
        return Err("its path holds a line break; rename it");
    }
    let misread = path.starts_with('#')
        || path.trim() != path
        || path.starts_with("file:")
        || is_web(path)
        || ids::from_link(path).is_some();
    Ok(if misread && audio.is_relative() {
        format!("./{path}")
    } else {
        path.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{import, on, titles};

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn a_list_of_files_is_read_as_a_folder_of_them_would_be() {
        let list = "\u{feff}#EXTM3U\r\n#PLAYLIST:Late Night\r\n#EXTINF:201,Artist - Title\r\nmusic\\a.mp3\r\n\r\n\
                    # a remark\r\nmusic/b.ogg\r\n#EXTINF:-1 tvg-name=\"x, y\",Live - Radio\r\nhttps://radio.example/live\r\n";
        let folder = folder(&[
            ("list.m3u8", list.as_bytes()),
            ("music/a.mp3", b"1|Tagged|Tagger"),
            ("music/b.ogg", b"2"),
        ]);
        let imported = import(&folder.path().join("list.m3u8")).unwrap();
        assert_eq!(imported.skipped, []);
        let catalogue = &imported.catalogue;
        assert_eq!(on(catalogue, "files:Late Night"), ["Radio", "Tagged", "b"]);
        assert!(imported.complete.contains("files:Late Night"));
        let radio = catalogue
            .tracks
            .iter()
            .find(|track| track.title == "Radio")
            .unwrap();
        assert_eq!(
            (radio.audio.as_ref(), radio.artists[0].as_str()),
            (None, "Live")
        );
        assert_eq!(radio.notes["link"], "https://radio.example/live");
        assert!(catalogue.provenance.iter().all(|row| row.may_train));
    }

    #[test]
    fn an_old_list_in_latin_1_finds_its_files() {
        let folder = folder(&[
            ("Música.m3u", b"Bj\xf6rk - J\xf3ga.mp3\n"),
            ("Björk - Jóga.mp3", b"1"),
        ]);
        let imported = import(&folder.path().join("Música.m3u")).unwrap();
        assert_eq!(imported.skipped, []);
        assert_eq!(on(&imported.catalogue, "files:Música"), ["Jóga"]);
    }

    #[test]
    fn what_is_not_there_is_named_and_kept_by_name() {
        let folder = folder(&[(
            "list.m3u8",
            b"#EXTINF:61,A feat. B - Gone\ngone.mp3\n/dev/null\n",
        )]);
        let imported = import(&folder.path().join("list.m3u8")).unwrap();
        assert_eq!(titles(&imported.catalogue), ["Gone", "null"]);
        let gone = imported
            .catalogue
            .tracks
            .iter()
            .find(|track| track.title == "Gone")
            .unwrap();
        assert_eq!((gone.artists.len(), gone.duration_seconds), (2, Some(61.0)));
        assert_eq!(imported.skipped[0].path, "track 1 of list.m3u8");
        assert!(
            imported.skipped[1]
                .reason
                .contains("/dev/null is not a file")
        );
    }

    #[test]
    fn a_list_without_tracks_is_left_out_and_told() {
        let folder = folder(&[("list.m3u8", b"#EXTM3U\n# nothing\n")]);
        let imported = import(&folder.path().join("list.m3u8")).unwrap();
        assert_eq!(imported.skipped[0].path, "playlist `list`");
        assert!(imported.complete.is_empty() && imported.catalogue.playlists.is_empty());
    }
}
