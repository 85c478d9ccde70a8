//! A [`FitReport`] comes in, one self-contained HTML page goes out.
//!
//! Its charts are a few elements of inline SVG in the template, so that they take the page's colours, light and dark,
//! and stretch with it. askama escapes every text.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::axes::{Tick, pitch_ticks, time_ticks};
use super::card_section::{CardSection, card_section};
use super::curves::{Curve, Curves, curves};
use super::inside_lists::{InsideCard, inside_cards};
use super::link::web_address;
use super::quality::{Quality, quality};
use super::technical::{TechnicalRow, technical_rows};
use super::trust::trust;
use super::why_section::{WhySection, why_section};
use super::words::{
    clock, facts, is_weak, length, level, list_name, nearness, of_hundred, percent, points, range,
    shorten, song_artists, song_title, thousands,
};
use super::{ReportError, fonts, picture};
use analysis::{
    Excerpt, FitReport, HarmlessChange, NearTrack, NoveltyFacts, PlaylistFit, VerdictLevel,
};

/// How many playlists stand as bars.
const TOP: usize = 5;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a FitReport,
    verdict: String,
    notice: String,
    trust: String,
    file: String,
    content: String,
    warnings: Vec<String>,
    bundle_name: String,
    bundle_id: String,
    tracks: String,
    artist_count: String,
    list_count: String,
    regular: String,
    semi_bold: String,
    title: String,
    artists: Option<String>,
    level: &'static str,
    level_class: &'static str,
    facts: Vec<(&'static str, String)>,
    top: Vec<Bar>,
    further: Vec<Bar>,
    weak: Vec<String>,
    curves: Curves,
    excerpt: Option<Best>,
    why: Option<WhySection>,
    sheet: &'a str,
    duration: String,
    picture: Option<String>,
    times: Vec<Tick>,
    pitches: Vec<Tick>,
    near: Vec<NearList>,
    inside: Vec<InsideCard>,
    technical: Vec<TechnicalRow>,
    quality: Option<Quality>,
    promise: Option<String>,
    novelty: Option<Novelty>,
    /// Whether the bars carry how far small changes move them.
    has_ranges: bool,
    stability: Vec<(String, String)>,
    /// Whether nearness is told by pairs of tracks; by the cosine otherwise.
    has_percentiles: bool,
    card: Option<CardSection>,
}

/// How unlike everything that was learned the song is.
struct Novelty {
    is_unlike: bool,
    sentence: String,
    /// How often songs of the bundle's own kind are flagged by mistake.
    false_alarms: String,
}

/// One playlist with its fit.
struct Bar {
    rank: usize,
    name: String,
    percent: String,
    /// Of the bar's full width, 0 to 100.
    width: f64,
    tracks: String,
    is_weak: bool,
    range: Option<Range>,
    is_promised: bool,
    note: Option<String>,
}

/// How far small changes move a fit.
struct Range {
    words: String,
    /// Of the bar's full width, 0 to 100.
    left: f64,
    width: f64,
}

/// The excerpt to pitch.
struct Best {
    list: String,
    /// `30 seconds`, or the whole of a shorter song.
    length: String,
    from: String,
    to: String,
    fit: String,
    /// On the time line, from 0 to 1.
    left: f64,
    width: f64,
}

/// The nearest tracks inside one playlist.
struct NearList {
    playlist: String,
    tracks: Vec<Near>,
}

struct Near {
    title: String,
    artists: String,
    nearness: String,
    licence: String,
    source: String,
    /// The source, where it is an address of the web.
    link: Option<String>,
}

/// The whole page as text.
///
/// # Errors
/// Only where the template or the encoding of the picture fails, which would be a bug.
pub fn html(report: &FitReport) -> Result<String, ReportError> {
    let picture = picture::png(&report.spectrogram)
        .map_err(|error| ReportError::Picture(error.to_string()))?;
    let (top, further) = report.playlists.split_at(report.playlists.len().min(TOP));
    let bundle = &report.bundle;
    let page = Page {
        verdict: shorten(&report.verdict.sentence, 200),
        notice: shorten(&bundle.notice, 600),
        trust: trust(report),
        file: shorten(&report.song.file, 200),
        content: shorten(&report.song.content, 64),
        warnings: report
            .song
            .warnings
            .iter()
            .take(20)
            .map(|warning| shorten(warning, 300))
            .collect(),
        bundle_name: shorten(&bundle.name, 60),
        bundle_id: shorten(&bundle.id, 80),
        tracks: thousands(bundle.tracks),
        artist_count: thousands(bundle.artists),
        list_count: thousands(bundle.playlists),
        regular: BASE64.encode(fonts::REGULAR_WOFF2),
        semi_bold: BASE64.encode(fonts::SEMI_BOLD_WOFF2),
        title: song_title(&report.song),
        artists: song_artists(&report.song),
        level: level(report.verdict.level),
        level_class: level_class(report.verdict.level),
        facts: facts(&report.song),
        top: top.iter().map(bar).collect(),
        further: further.iter().map(bar).collect(),
        weak: report
            .playlists
            .iter()
            .filter(|list| is_weak(list.tracks))
            .map(|list| list_name(&list.name))
            .collect(),
        curves: curves(&report.timeline, report.song.duration_seconds),
        excerpt: report
            .excerpt
            .as_ref()
            .map(|excerpt| best(excerpt, report.song.duration_seconds)),
        why: report.why.as_ref().map(why_section).transpose()?,
        sheet: &report.pitch_sheet,
        duration: length(report.song.duration_seconds),
        picture: picture.map(|file| BASE64.encode(file)),
        times: time_ticks(report.song.duration_seconds),
        pitches: pitch_ticks(report.spectrogram.highest_hz),
        near: near_lists(&report.neighbours),
        inside: inside_cards(&report.inside),
        technical: technical_rows(&report.song.technical),
        quality: bundle.evaluation.as_ref().map(quality),
        promise: report
            .promise
            .as_ref()
            .map(|promise| shorten(&promise.sentence, 400)),
        novelty: report.novelty.as_ref().map(novelty),
        has_ranges: report.playlists.iter().any(|list| list.range.is_some()),
        stability: report.stability.iter().take(20).map(change).collect(),
        has_percentiles: report
            .neighbours
            .iter()
            .any(|near| near.percentile.is_some()),
        card: card_section(bundle),
        report,
    };
    Ok(page.render()?)
}

fn level_class(level: VerdictLevel) -> &'static str {
    match level {
        VerdictLevel::GoodFit => "good",
        VerdictLevel::PossibleFit => "possible",
        VerdictLevel::NoGoodFit => "none",
    }
}

fn bar(list: &PlaylistFit) -> Bar {
    Bar {
        rank: list.rank,
        name: list_name(&list.name),
        percent: percent(list.fit),
        width: per_cent_of_bar(list.fit),
        tracks: thousands(list.tracks),
        is_weak: is_weak(list.tracks),
        range: list.range.as_ref().map(|moved| {
            let [left, right] = [moved.low, moved.high].map(per_cent_of_bar);
            Range {
                words: range(moved),
                left,
                width: (right - left).max(0.0),
            }
        }),
        is_promised: list.promised,
        note: list.note.as_ref().map(|note| shorten(note, 200)),
    }
}

fn per_cent_of_bar(fit: f64) -> f64 {
    if fit.is_finite() {
        fit.clamp(0.0, 1.0) * 100.0
    } else {
        0.0
    }
}

fn best(excerpt: &Excerpt, duration_seconds: f64) -> Best {
    let place = |seconds: f64| per_cent_of_bar(seconds / duration_seconds) / 100.0;
    let [left, right] = [excerpt.start_seconds, excerpt.end_seconds].map(place);
    Best {
        list: list_name(&excerpt.playlist),
        length: excerpt.length(),
        from: clock(excerpt.start_seconds),
        to: clock(excerpt.end_seconds),
        fit: percent(excerpt.fit),
        left,
        width: (right - left).max(0.0),
    }
}

fn novelty(facts: &NoveltyFacts) -> Novelty {
    Novelty {
        is_unlike: facts.is_unlike,
        sentence: shorten(&facts.sentence, 400),
        false_alarms: of_hundred(facts.false_alarms),
    }
}

fn change(change: &HarmlessChange) -> (String, String) {
    (shorten(&change.name, 80), points(change.moved))
}

fn near_lists(tracks: &[NearTrack]) -> Vec<NearList> {
    let near_list = |tracks: &[NearTrack]| NearList {
        playlist: list_name(&tracks[0].playlist),
        tracks: tracks.iter().map(near).collect(),
    };
    tracks
        .chunk_by(|one, other| one.playlist == other.playlist)
        .map(near_list)
        .collect()
}

fn near(track: &NearTrack) -> Near {
    Near {
        title: shorten(&track.title, 90),
        artists: shorten(&track.artists, 90),
        nearness: nearness(track),
        licence: shorten(&track.licence, 60),
        source: shorten(&track.source, 100),
        link: web_address(&track.source).map(str::to_owned),
    }
}

impl Bar {
    fn tracks_learned(&self) -> String {
        format!(
            "{} {}",
            self.tracks,
            if self.tracks == "1" {
                "track"
            } else {
                "tracks"
            }
        )
    }
}

/// What the template calls to write a number.
pub(super) mod filters {
    use super::super::words;

    #[askama::filter_fn]
    pub fn share(fit: &f64, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(words::percent(*fit))
    }

    #[askama::filter_fn]
    pub fn minutes(seconds: &f64, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(words::clock(*seconds))
    }

    /// A length of CSS.
    #[askama::filter_fn]
    pub fn percentage(position: &f64, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(format!("{:.2}%", position * 100.0))
    }
}

impl Curve {
    /// The curve as an SVG path in a box of 1000 x 100.
    fn path(&self) -> String {
        let points = self.points.iter();
        let points = points.map(|(x, y)| format!("{:.1} {:.1}", x * 1000.0, 100.0 - y * 100.0));
        format!("M{}", points.collect::<Vec<_>>().join("L"))
    }
}

#[cfg(test)]
mod tests;
