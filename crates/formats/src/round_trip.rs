//! What is written and read again is the same list, as far as the form can say it, whatever stands in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::list_file::ListFile;
use super::{Form, archive, fake, jspf, m3u, rows, write, xspf};
use catalogue::names;
use catalogue::{Catalogue, Entry, Listing, Listings, Playlist, Track};

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
    fn listing()(
        name in text(),
        id in option::of(prop::sample::select(vec!["archive:37i9dQZF1DX0XUsuxWHRQd", "spotify:1", "deezer:9"])),
        description in option::of(text()),
        owner in option::of(text()),
        first_seen in day(),
        entries in vec((track(), day(), day()), 0..5),
    ) -> Listing {
        let own = rows::playlist(&name);
        let source = id.and_then(|id| id.split_once(':')).map(|(source, _)| source.to_owned());
        Listing {
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
                .map(|(track, added, removed)| Entry { track, added, removed, licence: String::new() })
                .collect(),
        }
    }
}

fn written(form: Form, listing: &Listing) -> ListFile {
    let nothing = Catalogue::default();
    let written = write(form, listing.clone(), &Listings::of(&nothing)).unwrap();
    ListFile {
        path: PathBuf::from(format!("/lists/list.{form}")),
        text: written.text,
    }
}

fn current(listing: &Listing) -> Listing {
    let mut listing = listing.clone();
    listing.entries.retain(|entry| entry.removed.is_none());
    listing
}

/// What XSPF and JSPF can say of a list, with `say` for what they can say of a text: no days of the list, several
/// artists in one field.
fn spiff(listing: &Listing, say: fn(&str) -> String) -> Listing {
    let mut listing = current(listing);
    let playlist = &mut listing.playlist;
    let own = playlist.source == "files";
    playlist.name = say(&playlist.name);
    if own {
        playlist.id = rows::playlist(&playlist.name).id;
    }
    playlist.description = playlist.description.as_deref().map(say);
    playlist.owner = playlist.owner.as_deref().map(say);
    playlist.first_seen = None;
    for Entry { track, .. } in &mut listing.entries {
        track.title = say(&track.title);
        track.artists = names::artists(&say(&track.artists.join("; ")));
        track.album = track.album.as_deref().map(say);
        track.audio = track
            .audio
            .take()
            .map(|audio| Path::new("/lists").join(audio));
    }
    listing
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
fn shown(listing: &Listing) -> Vec<(String, Option<PathBuf>)> {
    let line = |track: &Track| {
        let artists = names::artists(&track.artists.join("; ")).join("; ");
        let words = format!("{artists} - {}", track.title).replace(char::is_control, " ");
        // Where the artist ends is not certain, and blanks fall together there.
        words
            .replace([' ', '-', '–', '—', ';', '(', ')', '[', ']'], "")
            .replace("feat.", "")
    };
    listing
        .entries
        .iter()
        .map(|entry| (line(&entry.track), entry.track.audio.clone()))
        .collect()
}

proptest! {
    #[test]
    fn xspf(listing in listing()) {
        let file = written(Form::Xspf, &listing);
        let read = xspf::parse(&file.text).unwrap().into_listing(&file);
        let mut expected = spiff(&listing, in_xml);
        expected.entries.iter_mut().for_each(|entry| entry.added = None);
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn jspf(listing in listing()) {
        let file = written(Form::Jspf, &listing);
        let mut skipped = Vec::new();
        let read = jspf::parse(&file.text, &mut skipped).unwrap().into_listing(&file);
        prop_assert!(skipped.is_empty());
        prop_assert_eq!(read, spiff(&listing, in_json));
    }

    /// The files, in their order, the list's name and a line for the eye.
    #[test]
    fn m3u8(listing in listing()) {
        let file = written(Form::M3u8, &listing);
        let read = m3u::listing(&file);
        let mut expected = current(&listing);
        expected.entries.retain(|entry| {
            entry.track.audio.as_ref().is_some_and(|audio| !audio.to_str().unwrap().contains(['\n', '\r']))
        });
        for entry in &mut expected.entries {
            entry.track.audio = entry.track.audio.take().map(|audio| Path::new("/lists").join(audio));
        }
        let name = listing.playlist.name.replace(char::is_control, " ");
        prop_assert_eq!(read.playlist.name, name.trim());
        let places = |listing: &Listing| -> Vec<_> { shown(listing).into_iter().map(|(_, place)| place).collect() };
        prop_assert_eq!(places(&Listing { playlist: Playlist::default(), entries: read.entries }), places(&expected));
    }

    /// All but audio, licence and notes.
    #[test]
    fn json(listing in listing()) {
        prop_assume!(!listing.entries.is_empty());
        let file = written(Form::Json, &listing);
        let content = archive::json::read(&file).unwrap();
        prop_assert!(content.skipped.is_empty() && content.whole.is_empty());
        let mut expected = listing;
        expected.playlist.owner = None;
        expected.playlist.name = expected.playlist.name.trim().to_owned();
        expected.entries.iter_mut().for_each(|entry| entry.track.audio = None);
        prop_assert_eq!(&content.listings[0], &expected);
    }

    /// Tracks, stays and where they come from; of the list itself its id and name.
    #[test]
    fn tables(
        mut listing in listing(),
        licences in vec(prop::sample::select(vec!["", "CC0", "CC-BY-NC-4.0", "ask <me>"]), 5),
        note in option::of(text()),
        tab in any::<bool>(),
    ) {
        prop_assume!(!listing.entries.is_empty());
        // A cell has no blanks at its ends, and a table looks for audio that is not there.
        let name = listing.playlist.name.trim().to_owned();
        if listing.playlist.source == "files" {
            listing.playlist = rows::playlist(&name);
        }
        listing.playlist = Playlist {
            id: listing.playlist.id,
            source: listing.playlist.source,
            name,
            ..Playlist::default()
        };
        for (entry, licence) in listing.entries.iter_mut().zip(licences) {
            let track = &mut entry.track;
            track.title = track.title.trim().to_owned();
            track.album = track.album.take().map(|album| album.trim().to_owned());
            track.audio = None;
            track.notes = note.iter().map(|note| ("mood".to_owned(), note.trim().to_owned())).collect();
            entry.licence = licence.to_owned();
        }
        let catalogue = listing.clone().into_catalogue(Timestamp::UNIX_EPOCH);
        let listings = Listings::of(&catalogue);
        let form = if tab { Form::Tsv } else { Form::Csv };
        let table = write(form, listings.get(&listing.playlist.id).unwrap(), &listings).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("list.{form}"));
        std::fs::write(&file, table.text).unwrap();
        let imported = fake::import(&file).unwrap();
        let said: BTreeSet<&str> = imported.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
        prop_assert!(said.iter().all(|why| why.contains("is not understood")), "{:?}", said);
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

    /// Half a file, or one with a byte changed, ends in words or in a list, and never in a panic.
    #[test]
    fn damaged_files(listing in listing(), form in prop::sample::select(Form::ALL.to_vec()), cut in 0.0..1.0_f64, byte in any::<u8>()) {
        let file = written(form, &listing);
        let mut bytes = file.text.into_bytes();
        let at = ((bytes.len() as f64) * cut) as usize;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(format!("list.{form}"));
        std::fs::write(&place, &bytes[..at]).unwrap();
        let _ = fake::import(&place);
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        std::fs::write(&place, &bytes).unwrap();
        let _ = fake::import(&place);
    }
}
