//! A [`FitReport`] as one self-contained HTML page.
//!
//! Its charts are a few elements of inline SVG in the template, so that they use the page's colours, light and dark, and
//! scale with it. askama escapes every text.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::axes::{Tick, pitch_ticks, time_ticks};
use super::card_section::{CardSection, card_section};
use super::curves::{Curve, Curves, curves};
use super::explanation_section::{ExplanationSection, explanation_section};
use super::link::web_address;
use super::playlist_context::{PlaylistContextCard, playlist_context_cards};
use super::quality::{Quality, quality};
use super::quality_checks::{QualityCheckRow, quality_check_rows};
use super::trust::trust;
use super::words::{
    self, clock, facts, is_weak, length, level, percent, playlist_name, points, proximity_words,
    range, shorten, song_artists, song_title, thousands, whole_percent,
};
use super::{ReportError, fonts, picture};
use analysis::{
    FitReport, Highlight, NeighbourTrack, OodFacts, Perturbation, PlaylistFit, VerdictLevel,
};

/// Playlists with bars.
const TOP: usize = 5;

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    report: &'a FitReport,
    verdict: String,
    disclaimer: String,
    trust: String,
    file: String,
    audio_hash: String,
    warnings: Vec<String>,
    bundle_name: String,
    bundle_id: String,
    tracks: String,
    artist_count: String,
    playlist_count: String,
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
    highlight: Option<Best>,
    explanation: Option<ExplanationSection>,
    summary: String,
    duration: String,
    picture: Option<String>,
    times: Vec<Tick>,
    pitches: Vec<Tick>,
    neighbours: Vec<PlaylistNeighbours>,
    playlist_contexts: Vec<PlaylistContextCard>,
    quality_checks: Vec<QualityCheckRow>,
    quality: Option<Quality>,
    risk_control: Option<String>,
    ood: Option<OodNotice>,
    /// Whether the bars have robustness ranges.
    has_ranges: bool,
    robustness: Vec<(String, String)>,
    /// Whether similarity is a percentile of pairs of tracks; otherwise it is the cosine.
    has_percentiles: bool,
    card: Option<CardSection>,
}

/// Distance of the song from the training tracks.
struct OodNotice {
    is_out_of_distribution: bool,
    sentence: String,
    /// In-distribution songs of 100 that are flagged by mistake.
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
    is_selected: bool,
    note: Option<String>,
}

/// Robustness range of a fit.
struct Range {
    text: String,
    /// Of the bar's full width, 0 to 100.
    left: f64,
    width: f64,
}

/// The part of the song to pitch.
struct Best {
    playlist: String,
    /// `30 seconds`, or as many as a shorter song has.
    length: String,
    from: String,
    to: String,
    fit: String,
    /// On the timeline, 0–1.
    left: f64,
    width: f64,
}

/// The nearest tracks of one playlist.
struct PlaylistNeighbours {
    name: String,
    tracks: Vec<NearestTrack>,
}

struct NearestTrack {
    title: String,
    artists: String,
    proximity: String,
    licence: String,
    source: String,
    /// The source, if it is a web address.
    link: Option<String>,
}

/// The complete page.
///
/// # Errors
/// If the template or the encoding of an image fails, which would be a bug.
pub fn html(report: &FitReport) -> Result<String, ReportError> {
    let picture = picture::png(&report.spectrogram)
        .map_err(|error| ReportError::Picture(error.to_string()))?;
    let (top, further) = report.playlists.split_at(report.playlists.len().min(TOP));
    let bundle = &report.bundle;
    let page = ReportPage {
        verdict: words::verdict(report),
        disclaimer: shorten(&bundle.disclaimer, 600),
        trust: trust(report),
        file: shorten(&report.song.file, 200),
        audio_hash: shorten(&report.song.audio_hash, 64),
        warnings: report
            .song
            .warnings
            .iter()
            .take(20)
            .map(words::warning)
            .collect(),
        bundle_name: shorten(&bundle.name, 60),
        bundle_id: shorten(&bundle.id, 80),
        tracks: thousands(bundle.tracks),
        artist_count: thousands(bundle.artists),
        playlist_count: thousands(bundle.playlists),
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
            .filter(|playlist| is_weak(playlist.tracks))
            .map(|playlist| playlist_name(&playlist.name))
            .collect(),
        curves: curves(&report.timeline, report.song.duration_seconds),
        highlight: report
            .highlight
            .as_ref()
            .map(|highlight| best(highlight, report.song.duration_seconds)),
        explanation: report
            .explanation
            .as_ref()
            .map(explanation_section)
            .transpose()?,
        summary: words::summary_500(report),
        duration: length(report.song.duration_seconds),
        picture: picture.map(|file| BASE64.encode(file)),
        times: time_ticks(report.song.duration_seconds),
        pitches: pitch_ticks(report.spectrogram.fmax),
        neighbours: neighbours(&report.neighbours),
        playlist_contexts: playlist_context_cards(&report.playlist_contexts),
        quality_checks: quality_check_rows(&report.song.quality_checks),
        quality: bundle.evaluation.as_ref().map(quality),
        risk_control: report
            .risk_control
            .as_ref()
            .map(|control| words::risk_control(control, &report.playlists)),
        ood: report.ood.as_ref().map(ood),
        has_ranges: report
            .playlists
            .iter()
            .any(|playlist| playlist.range.is_some()),
        robustness: report.robustness.iter().take(20).map(change).collect(),
        has_percentiles: report
            .neighbours
            .iter()
            .any(|track| track.percentile.is_some()),
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

fn bar(playlist: &PlaylistFit) -> Bar {
    Bar {
        rank: playlist.rank,
        name: playlist_name(&playlist.name),
        percent: percent(playlist.fit),
        width: percent_of_bar(playlist.fit),
        tracks: thousands(playlist.tracks),
        is_weak: is_weak(playlist.tracks),
        range: playlist.range.as_ref().map(|fits| {
            let [left, right] = [fits.low, fits.high].map(percent_of_bar);
            Range {
                text: range(fits),
                left,
                width: (right - left).max(0.0),
            }
        }),
        is_selected: playlist.selected,
        note: playlist.few_shot.as_ref().map(words::few_shot),
    }
}

fn percent_of_bar(fit: f64) -> f64 {
    if fit.is_finite() {
        fit.clamp(0.0, 1.0) * 100.0
    } else {
        0.0
    }
}

fn best(highlight: &Highlight, duration_seconds: f64) -> Best {
    let position = |seconds: f64| percent_of_bar(seconds / duration_seconds) / 100.0;
    let [left, right] = [highlight.start_seconds, highlight.end_seconds].map(position);
    Best {
        playlist: playlist_name(&highlight.playlist),
        length: words::highlight_length(highlight),
        from: clock(highlight.start_seconds),
        to: clock(highlight.end_seconds),
        fit: percent(highlight.fit),
        left,
        width: (right - left).max(0.0),
    }
}

fn ood(facts: &OodFacts) -> OodNotice {
    OodNotice {
        is_out_of_distribution: facts.is_out_of_distribution,
        sentence: words::ood(facts),
        false_alarms: whole_percent(facts.false_alarms),
    }
}

fn change(change: &Perturbation) -> (String, String) {
    (
        words::perturbation(change.kind),
        points(change.max_fit_change),
    )
}

fn neighbours(tracks: &[NeighbourTrack]) -> Vec<PlaylistNeighbours> {
    let of_playlist = |tracks: &[NeighbourTrack]| PlaylistNeighbours {
        name: playlist_name(&tracks[0].playlist),
        tracks: tracks.iter().map(neighbour).collect(),
    };
    tracks
        .chunk_by(|left, right| left.playlist == right.playlist)
        .map(of_playlist)
        .collect()
}

fn neighbour(track: &NeighbourTrack) -> NearestTrack {
    NearestTrack {
        title: shorten(&track.title, 90),
        artists: shorten(&track.artists, 90),
        proximity: proximity_words(track),
        licence: shorten(&track.licence, 60),
        source: shorten(&track.source, 100),
        link: web_address(&track.source).map(str::to_owned),
    }
}

impl Bar {
    fn training_tracks(&self) -> String {
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

/// Number formats for the templates.
pub(super) mod filters {
    use super::super::words;

    #[askama::filter_fn]
    pub fn percent(fit: &f64, _: &dyn askama::Values) -> askama::Result<String> {
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
