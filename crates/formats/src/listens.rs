//! Listening histories: an export of a service, a table of plays, or any playlist that names songs.
//!
//! | file | one entry |
//! |---|---|
//! | `StreamingHistory*.json` of Spotify | a stream with `artistName`, `trackName`, `msPlayed` |
//! | `endsong*.json`, `Streaming_History_Audio*.json` of Spotify | the same with `master_metadata_…` and `ms_played` |
//! | JSON lines of ListenBrainz | a listen with `track_metadata` |
//! | a table with `artist`, `track` and perhaps `plays` | a song; without a heading `artist, track[, plays]`, or `artist, album, track, date`, as Last.fm's listens are exported |
//! | M3U, XSPF, JSPF and all that an import reads | a song, played once per entry |

mod json;
mod table;

use std::collections::HashMap;
use std::path::Path;

use super::input_format::InputFormat as _;
use super::text_file::TextFile;
use super::{ImportError, Reason, exportify::Exportify, registry, table::Table};
use catalogue::{Listen, SkippedItem, Track, names, normalised_tokens};

/// A history: each song once, in the order of first mention.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listens {
    /// The songs with their number of plays.
    pub listens: Vec<Listen>,
    /// Entries that do not name a song.
    pub skipped: Vec<SkippedItem>,
}

/// Reads a history from several files, as services split long ones.
///
/// # Errors
/// If one of them is not a history.
pub fn listens(paths: &[impl AsRef<Path>]) -> Result<Listens, ImportError> {
    let mut all = Listens::default();
    for path in paths.iter().map(AsRef::as_ref) {
        let file = TextFile::open(path).map_err(|reason| ImportError::new(path, reason))?;
        let read = read(&file).map_err(|reason| ImportError::new(path, reason))?;
        all.listens.extend(read.listens);
        all.skipped.extend(read.skipped);
    }
    all.listens = summed(all.listens);
    Ok(all)
}

fn read(file: &TextFile) -> Result<Listens, Reason> {
    let text = file.text.trim_start();
    if text.starts_with('[') {
        return json::streams(file);
    }
    if json::sniff_listens(text) {
        return Ok(json::lines(file));
    }
    let is_playlist = Table.sniff(file) || Exportify.sniff(file);
    if file.has_extension(&["csv", "tsv", "txt"]) && !is_playlist {
        return table::read(file);
    }
    let parsed = registry::detect_format(file)?.read(file)?;
    let of_rows = parsed.rows.into_iter().map(|row| row.track);
    let entries = parsed
        .snapshots
        .into_iter()
        .flat_map(|snapshot| snapshot.entries);
    let tracks = of_rows.chain(entries.map(|entry| entry.track));
    let listen = |mut track: Track| {
        if let Some(audio) = track.audio.as_ref().filter(|_| track.title.is_empty()) {
            let (artist, title) = names::artist_and_title(audio);
            track.title = title;
            track.artists = artist.iter().flat_map(|one| names::artists(one)).collect();
        }
        Listen { track, plays: 1.0 }
    };
    Ok(Listens {
        listens: tracks.map(listen).collect(),
        skipped: parsed.skipped,
    })
}

/// Sums the plays of each song; entries without file and title are dropped.
fn summed(listens: Vec<Listen>) -> Vec<Listen> {
    let mut indices: HashMap<String, usize> = HashMap::new();
    let mut summed: Vec<Listen> = Vec::new();
    for listen in listens {
        let track = &listen.track;
        let names =
            [&track.artists.join(" "), &track.title].map(|name| normalised_tokens(name).join(" "));
        let key = match &track.audio {
            Some(audio) => format!("file {}", audio.display()),
            None if names[1].is_empty() => continue,
            None => format!("song {}\n{}", names[0], names[1]),
        };
        match indices.get(&key) {
            Some(&index) => summed[index].plays += listen.plays,
            None => {
                indices.insert(key, summed.len());
                summed.push(listen);
            }
        }
    }
    summed
}

/// A song by its names.
fn named(artist: &str, title: &str, plays: f64) -> Option<Listen> {
    let (artist, title) = (artist.trim(), title.trim());
    let is_played = plays.is_finite() && plays > 0.0;
    let track = Track {
        title: title.to_owned(),
        artists: names::artists(artist),
        ..Track::default()
    };
    (is_played && !title.is_empty()).then_some(Listen { track, plays })
}

#[cfg(test)]
mod tests;
