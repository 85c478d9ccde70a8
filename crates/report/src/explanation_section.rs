//! The occlusion analysis as a section of the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::axes::{Tick, pitch_ticks, time_ticks_from};
use super::words::{self, clock, playlist_name, signed};
use super::{ReportError, heat};
use analysis::Occlusion;

pub struct ExplanationSection {
    pub playlist: String,
    /// From and to.
    pub window: [String; 2],
    pub sentence: String,
    /// A PNG in Base64; `None` for a report that was read from JSON.
    pub picture: Option<String>,
    pub times: Vec<Tick>,
    pub pitches: Vec<Tick>,
    /// The logit drop of the strongest colour.
    pub scale: String,
}

pub fn explanation_section(explanation: &Occlusion) -> Result<ExplanationSection, ReportError> {
    let picture =
        heat::png(explanation).map_err(|error| ReportError::Picture(error.to_string()))?;
    Ok(ExplanationSection {
        playlist: playlist_name(&explanation.playlist),
        window: [
            explanation.start_seconds,
            explanation.start_seconds + explanation.seconds,
        ]
        .map(clock),
        sentence: words::explanation(explanation),
        picture: picture.map(|file| BASE64.encode(file)),
        times: time_ticks_from(explanation.start_seconds, explanation.seconds),
        pitches: pitch_ticks(explanation.spectrogram.fmax),
        scale: signed(f64::from(heat::scale(explanation)), 1),
    })
}
