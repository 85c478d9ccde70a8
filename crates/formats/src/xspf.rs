//! XSPF (XML Shareable Playlist Format). Only the five predefined entities and character references are expanded, so a
//! file cannot expand in memory.

use std::io;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::{Reader, Writer};

use super::input_format::InputFormat;
use super::parsed_file::ParsedFile;
use super::spiff::{Spiff, SpiffSong};
use super::text_file::TextFile;
use super::{Reason, Written};
use catalogue::PlaylistSnapshot;

/// Whether the root element is `playlist`; a web page has another.
fn is_playlist(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                return tag.local_name().as_ref() == b"playlist";
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// XSPF.
pub(super) struct Xspf;

impl InputFormat for Xspf {
    fn extensions(&self) -> &'static [&'static str] {
        &["xspf"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        file.text.trim_start().starts_with('<') && is_playlist(&file.text)
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let spiff = parse(&file.text).map_err(Reason::Invalid)?;
        Ok(spiff.into_parsed(file))
    }
}

pub(super) fn parse(text: &str) -> Result<Spiff, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut words = String::new();
    let mut spiff = Spiff::default();
    loop {
        let event = reader.read_event();
        match event.map_err(|reason| {
            format!("invalid XML at byte {}: {reason}", reader.error_position())
        })? {
            Event::Start(tag) => {
                open.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                words.clear();
                if path(&open) == ["playlist", "trackList", "track"] {
                    spiff.songs.push(SpiffSong::default());
                }
            }
            Event::End(_) => {
                take(&path(&open), words.trim(), &mut spiff);
                open.pop();
                words.clear();
            }
            Event::Text(text) => {
                words.push_str(&text.decode().map_err(|reason| reason.to_string())?);
            }
            Event::CData(text) => {
                words.push_str(&text.decode().map_err(|reason| reason.to_string())?);
            }
            Event::GeneralRef(name) => {
                let sign = name.resolve_char_ref().ok().flatten();
                let name = name.decode().map_err(|reason| reason.to_string())?;
                match sign.or_else(|| predefined(&name)) {
                    Some(sign) => words.push(sign),
                    None => words.push_str(&format!("&{name};")),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match open.last() {
        Some(tag) => Err(format!("the XML ends inside <{tag}>")),
        None => Ok(spiff),
    }
}

fn path(open: &[String]) -> Vec<&str> {
    // Deeper than any element that counts; keeps a file of nothing but opening tags cheap.
    open.iter().take(5).map(String::as_str).collect()
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// The words of one element to their place.
fn take(path: &[&str], words: &str, spiff: &mut Spiff) {
    let words = words.to_owned();
    match (path, spiff.songs.last_mut()) {
        (["playlist", name], _) => match *name {
            "title" => spiff.title = words,
            "creator" => spiff.creator = words,
            "annotation" => spiff.annotation = words,
            "identifier" => spiff.identifier = words,
            _ => {}
        },
        (["playlist", "trackList", "track", name], Some(song)) if !words.is_empty() => {
            match *name {
                "title" => song.title = words,
                "creator" => song.creator = words,
                "album" => song.album = words,
                "identifier" => song.identifiers.push(words),
                "location" => song.locations.push(words),
                "duration" => song.duration_ms = words.parse().ok(),
                _ => {}
            }
        }
        _ => {}
    }
}

/// # Errors
/// Never: the text is written to memory.
pub(super) fn write(snapshot: &PlaylistSnapshot) -> io::Result<Written> {
    let spiff = Spiff::from_snapshot(snapshot);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element("playlist");
    root.with_attributes([("version", "1"), ("xmlns", "http://xspf.org/ns/0/")])
        .write_inner_content(|writer| {
            element(writer, "title", &spiff.title)?;
            element(writer, "creator", &spiff.creator)?;
            element(writer, "annotation", &spiff.annotation)?;
            element(writer, "identifier", &spiff.identifier)?;
            let songs = writer.create_element("trackList");
            songs.write_inner_content(|writer| {
                spiff
                    .songs
                    .iter()
                    .try_for_each(|song| write_song(writer, song))
            })?;
            Ok(())
        })?;
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    Ok(Written::complete(text))
}

fn write_song(writer: &mut Writer<Vec<u8>>, song: &SpiffSong) -> io::Result<()> {
    let track = writer.create_element("track");
    track.write_inner_content(|writer| {
        for location in &song.locations {
            element(writer, "location", location)?;
        }
        for identifier in &song.identifiers {
            element(writer, "identifier", identifier)?;
        }
        element(writer, "title", &song.title)?;
        element(writer, "creator", &song.creator)?;
        element(writer, "album", &song.album)?;
        let duration = song.duration_ms.map(|ms| ms.to_string());
        element(writer, "duration", &duration.unwrap_or_default())
    })?;
    Ok(())
}

/// Writes an element, unless its text is empty. XML cannot hold control characters, and reads a bare CR as a line feed.
fn element(writer: &mut Writer<Vec<u8>>, name: &str, words: &str) -> io::Result<()> {
    let sayable = |c: &char| !c.is_control() || ['\t', '\n', '\r'].contains(c);
    let words: String = words
        .chars()
        .filter(sayable)
        .filter(|c| !['\u{fffe}', '\u{ffff}'].contains(c))
        .collect();
    if words.is_empty() {
        return Ok(());
    }
    let escaped = quick_xml::escape::escape(words.as_str()).replace('\r', "&#13;");
    let element = writer.create_element(name);
    element.write_text_content(BytesText::from_escaped(escaped))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{import, on};

    fn read_text(text: &str) -> Result<super::super::Imported, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a b.ogg"), "1").unwrap();
        fs::write(folder.path().join("list.xspf"), text).unwrap();
        import(&folder.path().join("list.xspf")).map_err(|error| error.to_string())
    }

    #[test]
    fn places_identifiers_and_words_are_read() {
        let imported = read_text(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <playlist version="1" xmlns="http://xspf.org/ns/0/">
              <title>R&amp;B <![CDATA[<late>]]> &#x1F3B5;</title><annotation>calm</annotation>
              <trackList>
                <track><location>a%20b.ogg</location><title>One</title><creator>A feat. B</creator>
                  <album>LP</album><duration>61500</duration><extension application="x"><title>no</title></extension></track>
                <track><identifier>https://musicbrainz.org/recording/1-2</identifier><identifier>isrc:USRC17607839</identifier>
                  <title>Two</title><creator>C</creator><location>https://cdn.example/x.mp3</location></track>
                <track/>
              </trackList>
            </playlist>"#,
        )
        .unwrap();
        assert_eq!(imported.skipped, []);
        let id = "files:R&B <late> 🎵";
        assert_eq!(on(&imported.catalogue, id), ["One", "Two"]);
        assert!(imported.complete.contains(id));
        assert_eq!(
            imported.catalogue.playlists[0].description.as_deref(),
            Some("calm")
        );
        let [one, two] = [0, 1].map(|row| &imported.catalogue.tracks[row]);
        assert_eq!(
            (one.id.as_str(), one.artists.len(), one.duration_seconds),
            ("content:1", 2, Some(61.5))
        );
        assert_eq!(two.id, "isrc:USRC17607839");
        assert!(two.aliases.contains("musicbrainz:1-2"));
    }

    #[test]
    fn an_entity_bomb_stays_a_word() {
        let mut bomb = String::from("<!DOCTYPE playlist [<!ENTITY a0 \"boom\">");
        for level in 1..60 {
            let inner = format!("&a{};", level - 1).repeat(10);
            bomb.push_str(&format!("<!ENTITY a{level} \"{inner}\">"));
        }
        bomb.push_str("]><playlist><title>&a59;</title><trackList><track><title>T</title></track></trackList></playlist>");
        let imported = read_text(&bomb).unwrap();
        assert_eq!(imported.catalogue.playlists[0].name, "&a59;");
    }

    #[test]
    fn what_is_broken_or_no_list_says_so() {
        for (text, says) in [
            (
                "<playlist><trackList><track><title>On",
                "ends inside <title>",
            ),
            (
                "<playlist><title>x</titel></playlist>",
                "invalid XML at byte",
            ),
            (
                "<!DOCTYPE html><html><body>404</body></html>",
                "is not a playlist in a supported format",
            ),
            ("<playlist", "is not a playlist in a supported format"),
        ] {
            let error = read_text(text).unwrap_err();
            assert!(
                error.contains(says) && error.contains("list.xspf"),
                "{text}: {error}"
            );
        }
        let deep = format!("<playlist>{}", "<a>".repeat(100_000));
        assert!(read_text(&deep).unwrap_err().contains("ends inside"));
    }
}
