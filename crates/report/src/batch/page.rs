//! The page of a batch: one self-contained HTML file with a table of the songs, their assignment and their duplicates.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::caution;
use crate::words::{
    length, level, percent, playlist_name, shorten, signed, song_artists, song_title, thousands,
};
use crate::{ReportError, fonts};
use analysis::VerdictLevel;
use collection::batch::{BatchReport, BatchSong, Pitch};

const SCRIPT: &str = include_str!("../../templates/batch.js");

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage<'a> {
    regular: String,
    semi_bold: String,
    script: &'static str,
    /// By which the policy knows the one script that may run.
    script_hash: String,
    bundle: String,
    disclaimer: String,
    heading: String,
    lists: Vec<String>,
    songs: Vec<SongRow>,
    failed: Vec<(String, String)>,
    pitches: Vec<PitchRow>,
    /// How many of them come with a caution.
    cautions: usize,
    best: String,
    greedy: String,
    /// Where the greedy way pitches another song or none.
    differing: usize,
    groups: Vec<Duplicates<'a>>,
    picture: String,
}

/// A song, or a pitch of one, as a link to its report.
struct SongLink {
    title: String,
    artists: Option<String>,
    target: String,
}

struct SongRow {
    song: SongLink,
    file: String,
    /// Orders the verdicts: 3 is good.
    level_order: u8,
    level: &'static str,
    level_class: &'static str,
    is_out_of_distribution: bool,
    best: String,
    percent: String,
    /// 0 to 1; what its column is sorted by.
    fit: f64,
    pitch: Option<(String, String, &'static str)>,
    pitch_fit: f64,
    seconds: f64,
    length: String,
    loudness: Option<f64>,
    loudness_words: String,
    group: Option<usize>,
    /// To each list in thousandths, between spaces: what the script filters by.
    fits: String,
}

struct PitchRow {
    list: String,
    song: SongLink,
    percent: String,
    caution: &'static str,
}

struct Duplicates<'a> {
    songs: Vec<(SongLink, String)>,
    what: &'a str,
}

/// The whole page as text; `picture` is the heat map.
///
/// # Errors
/// Only where the template fails, which would be a bug.
pub fn html(batch: &BatchReport, picture: &[u8]) -> Result<String, ReportError> {
    let pitches = batch.pitches();
    let mut order: Vec<usize> = (0..batch.songs.len()).collect();
    let best = |song: usize| batch.songs[song].best().map_or(0.0, |best| best.1);
    order.sort_by(|&left, &right| best(right).total_cmp(&best(left)));
    let assignment = &batch.assignment;
    let [best, greedy] = assignment.expected();
    let page = BatchPage {
        regular: BASE64.encode(fonts::REGULAR_WOFF2),
        semi_bold: BASE64.encode(fonts::SEMI_BOLD_WOFF2),
        script: SCRIPT,
        script_hash: BASE64.encode(Sha256::digest(SCRIPT)),
        bundle: shorten(&batch.bundle, 80),
        disclaimer: shorten(&batch.disclaimer, 600),
        heading: heading(batch),
        lists: batch
            .lists
            .iter()
            .map(|list| playlist_name(&list.name))
            .collect(),
        songs: order
            .into_iter()
            .map(|song| row(batch, song, pitches[song].as_ref()))
            .collect(),
        failed: batch
            .failed
            .iter()
            .map(|failed| {
                (
                    shorten(&failed.path.display().to_string(), 300),
                    shorten(&failed.reason, 400),
                )
            })
            .collect(),
        pitches: assignment
            .best
            .iter()
            .map(|pitch| pitch_row(batch, pitch))
            .collect(),
        cautions: assignment
            .best
            .iter()
            .filter_map(|pitch| batch.caution(pitch))
            .count(),
        best: signed(best, 2),
        greedy: signed(greedy, 2),
        differing: differing(&assignment.best, &assignment.greedy),
        groups: groups(batch),
        picture: BASE64.encode(picture),
    };
    Ok(page.render()?)
}

fn heading(batch: &BatchReport) -> String {
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{} {one}s", thousands(count)),
    };
    let songs = count(batch.songs.len(), "song");
    format!("{songs}, {}", count(batch.lists.len(), "playlist"))
}

fn link(song: &BatchSong) -> SongLink {
    SongLink {
        title: song_title(&song.facts),
        artists: song_artists(&song.facts),
        // A folder's name holds no `/`, `?`, `#`, `%` or `:`; the dot keeps it a path whatever it begins with.
        target: format!("./{}/report.html", song.folder),
    }
}

fn row(batch: &BatchReport, place: usize, pitch: Option<&Pitch>) -> SongRow {
    let song = &batch.songs[place];
    let list = |list: usize| playlist_name(&batch.lists[list].name);
    let (best, fit) = song.best().unzip();
    let fit = fit.unwrap_or_default();
    let (level_order, level_class) = match song.verdict.level {
        VerdictLevel::GoodFit => (3, "good"),
        VerdictLevel::PossibleFit => (2, "possible"),
        VerdictLevel::NoGoodFit => (1, "none"),
    };
    let cautious = |pitch: &Pitch| batch.caution(pitch).map_or("", caution);
    let fits = song.fits.iter();
    let fits: Vec<String> = fits.map(|fit| signed(fit.fit * 1000.0, 0)).collect();
    SongRow {
        song: link(song),
        file: shorten(&song.path.display().to_string(), 300),
        level_order,
        level: level(song.verdict.level),
        level_class,
        is_out_of_distribution: song.is_out_of_distribution,
        best: best.map(list).unwrap_or_default(),
        percent: percent(fit),
        fit,
        pitch: pitch.map(|pitch| (list(pitch.list), percent(pitch.fit), cautious(pitch))),
        pitch_fit: pitch.map_or(0.0, |pitch| pitch.fit),
        seconds: song.facts.duration_seconds,
        length: length(song.facts.duration_seconds),
        loudness: song.facts.loudness_lufs.filter(|level| level.is_finite()),
        loudness_words: song
            .facts
            .loudness_lufs
            .map_or_else(|| "–".into(), |level| signed(level, 1)),
        group: batch.group_of(place),
        fits: fits.join(" "),
    }
}

fn pitch_row(batch: &BatchReport, pitch: &Pitch) -> PitchRow {
    PitchRow {
        list: playlist_name(&batch.lists[pitch.list].name),
        song: link(&batch.songs[pitch.song]),
        percent: percent(pitch.fit),
        caution: batch.caution(pitch).map_or("", caution),
    }
}

fn differing(best: &[Pitch], greedy: &[Pitch]) -> usize {
    best.iter().filter(|pitch| !greedy.contains(pitch)).count()
}

fn groups(batch: &BatchReport) -> Vec<Duplicates<'static>> {
    let song = |&place: &usize| {
        let song = &batch.songs[place];
        (link(song), shorten(&song.path.display().to_string(), 300))
    };
    let group = |group: &collection::batch::DuplicateGroup| Duplicates {
        songs: group.songs.iter().map(song).collect(),
        what: if group.is_same_audio {
            "the same file"
        } else {
            "the same recording"
        },
    };
    batch.groups.iter().map(group).collect()
}
