//! `playlists trainable` as a table and as JSON.

use serde::Serialize;

use super::MAX_CELL_CHARS;
use crate::cli::table::table;
use catalogue::{Eligibility, Ineligible};
use report::{ineligible_text, shorten};

/// A playlist in the JSON.
#[derive(Serialize)]
pub struct PlaylistDocument<'a> {
    #[serde(flatten)]
    playlist: &'a Eligibility,
    excluded: Option<ExclusionDocument<'a>>,
}

#[derive(Serialize)]
struct ExclusionDocument<'a> {
    /// `rule`, `too_few_tracks` or `too_few_artists`.
    code: &'static str,
    rule: &'a str,
    /// The phrase of the playlist that the rule matches.
    word: Option<&'a str>,
    reason: String,
}

pub fn documents(playlists: &[Eligibility]) -> Vec<PlaylistDocument<'_>> {
    let document = |playlist| PlaylistDocument {
        playlist,
        excluded: playlist.excluded.as_ref().map(exclusion),
    };
    playlists.iter().map(document).collect()
}

fn exclusion(ineligible: &Ineligible) -> ExclusionDocument<'_> {
    ExclusionDocument {
        code: ineligible.code(),
        rule: ineligible.rule(),
        word: match ineligible {
            Ineligible::Rule(matched) => Some(&matched.phrase),
            _ => None,
        },
        reason: ineligible_text(ineligible),
    }
}

pub fn text(playlists: &[Eligibility]) -> String {
    let row = |playlist: &Eligibility| {
        let (verdict, reason) = match &playlist.excluded {
            None => ("trainable", String::new()),
            Some(ineligible) => ("excluded", ineligible_text(ineligible)),
        };
        vec![
            shorten(&playlist.name, MAX_CELL_CHARS),
            playlist.tracks_now.to_string(),
            playlist.tracks_ever.to_string(),
            playlist.artists.to_string(),
            verdict.to_owned(),
            reason,
        ]
    };
    let rows: Vec<Vec<String>> = playlists.iter().map(row).collect();
    let trainable = playlists
        .iter()
        .filter(|playlist| playlist.excluded.is_none());
    let heading = ["playlist", "tracks", "ever", "artists", "verdict", "reason"];
    format!(
        "{}\n\n{} of {} playlists can be trained on, judged by names and sizes.",
        table(&heading, &rows),
        trainable.count(),
        playlists.len()
    )
}
