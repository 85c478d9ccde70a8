//! The report as a table for the terminal.

use crate::cli::fit::clip;
use crate::cli::table::table;
use collection::similar::{ProximityFacts, SimilarMode, SimilarReport, SimilarTrack, SongName};
use report::proximity_words_of;

/// Playlists of a mix that the table shows: those with a track or this fraction of the fits.
const MIN_SHOWN_FRACTION: f64 = 0.02;

pub fn as_table(report: &SimilarReport) -> String {
    let mut heading = vec!["#", "title", "artists", column(report.mode)];
    let signed = report.signature.is_some();
    heading.extend(signed.then_some("in the signature"));
    heading.extend((report.mode == SimilarMode::History).then_some("chosen for"));
    let row = |track: &SimilarTrack| {
        let artists = track.artists.join(", ");
        let mut cells = vec![
            track.place.to_string(),
            clip(&track.title),
            clip(&artists),
            words(&track.proximity),
        ];
        cells.extend(track.in_signature.map(|near| format!("{near:.2}")));
        cells.extend(track.playlist.clone());
        cells
    };
    let rows: Vec<Vec<String>> = report.tracks.iter().map(row).collect();
    let before = [title(report), mix(report), signature(report)];
    let before: Vec<String> = before.into_iter().filter(|part| !part.is_empty()).collect();
    format!(
        "{}\n\n{}{}\n\n98 of 100: closer than 98 of 100 pairs by different artists",
        before.join("\n\n"),
        table(&heading, &rows),
        last_step(report),
    )
}

fn column(mode: SimilarMode) -> &'static str {
    match mode {
        SimilarMode::Path => "to the one before",
        SimilarMode::History => "to the nearest of the history",
        SimilarMode::Around | SimilarMode::Signature => "to the nearest of the songs",
    }
}

fn words(near: &ProximityFacts) -> String {
    proximity_words_of(near.percentile, near.similarity)
}

fn title(report: &SimilarReport) -> String {
    let song = |song: &SongName| format!("{} by {}", clip(&song.title), clip(&song.artists));
    let candidates = report.candidates;
    match (report.mode, report.songs.as_slice()) {
        (SimilarMode::History, songs) => {
            format!(
                "After {} songs of a history, of {candidates} tracks",
                songs.len()
            )
        }
        (SimilarMode::Path, [from, to]) => {
            format!(
                "From {} to {}, of {candidates} tracks",
                song(from),
                song(to)
            )
        }
        (SimilarMode::Around | SimilarMode::Signature | SimilarMode::Path, [one]) => {
            format!("Like {}, of {candidates} tracks", song(one))
        }
        (_, songs) => format!("Like {} songs, of {candidates} tracks", songs.len()),
    }
}

fn mix(report: &SimilarReport) -> String {
    let shown = report.mix.iter();
    let shown = shown.filter(|share| share.tracks > 0 || share.fits >= MIN_SHOWN_FRACTION);
    let row = |share: &collection::similar::MixShare| {
        let [fits, best] = [share.fits, share.history].map(|part| format!("{:.0} %", part * 100.0));
        vec![clip(&share.playlist), fits, best, share.tracks.to_string()]
    };
    let rows: Vec<Vec<String>> = shown.map(row).collect();
    if rows.is_empty() {
        String::new()
    } else {
        table(&["playlist", "of the fits", "best for", "tracks"], &rows)
    }
}

fn signature(report: &SimilarReport) -> String {
    let Some(signature) = &report.signature else {
        return String::new();
    };
    let caveat = if signature.beyond_chance < signature.dimensions {
        format!(
            "\nOnly {} of these are more than chance: the songs have little in common in the network's embedding.",
            signature.beyond_chance
        )
    } else {
        String::new()
    };
    format!(
        "They agree in {} of {} embedding dimensions, where their variance is {:.2} times that of all tracks.{caveat}",
        signature.dimensions, signature.of, signature.variance_ratio
    )
}

fn last_step(report: &SimilarReport) -> String {
    let end = report.songs.last().map_or("", |song| &song.title);
    let step = |near| format!("\nThe last step, to {}: {}", clip(end), words(near));
    report.last_step.as_ref().map(step).unwrap_or_default()
}
