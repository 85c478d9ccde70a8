//! Why the song fits its best list, as the page shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::axes::{Tick, pitch_ticks, time_ticks_from};
use super::words::{clock, list_name, shorten, signed};
use super::{ReportError, heat};
use analysis::WhyFacts;

pub struct WhySection {
    pub list: String,
    /// From and to.
    pub window: [String; 2],
    pub sentence: String,
    /// A PNG in Base64; none in a report that was read back from its JSON.
    pub picture: Option<String>,
    pub times: Vec<Tick>,
    pub pitches: Vec<Tick>,
    /// The logit at which the colours are strongest.
    pub scale: String,
}

pub fn why_section(why: &WhyFacts) -> Result<WhySection, ReportError> {
    let picture = heat::png(why).map_err(|error| ReportError::Picture(error.to_string()))?;
    Ok(WhySection {
        list: list_name(&why.playlist),
        window: [why.start_seconds, why.start_seconds + why.seconds].map(clock),
        sentence: shorten(&why.sentence, 400),
        picture: picture.map(|file| BASE64.encode(file)),
        times: time_ticks_from(why.start_seconds, why.seconds),
        pitches: pitch_ticks(why.picture.highest_hz),
        scale: signed(f64::from(heat::scale(why)), 1),
    })
}
