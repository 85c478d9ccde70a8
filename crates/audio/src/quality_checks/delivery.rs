//! Whether a distributor takes the file as it is: 44.1 kHz and 16 bits are the least that stores ask for (the Red Book's
//! format; Apple's and Spotify's delivery specifications begin there).

use super::{Finding, Severity};
use crate::StreamInfo;

const MIN_SAMPLE_RATE_HZ: u32 = 44_100;
const MIN_BIT_DEPTH: u32 = 16;

pub fn sample_rate(facts: &StreamInfo) -> Finding {
    const NAME: &str = "Sample rate";
    let measured = format!("{} kHz", f64::from(facts.sample_rate_hz) / 1000.0);
    if facts.sample_rate_hz >= MIN_SAMPLE_RATE_HZ {
        return Finding::ok(NAME, measured);
    }
    Finding::new(
        NAME,
        Severity::Error,
        measured,
        "Distributors take 44.1 kHz and more: export from the session at its own rate; resampling this file adds nothing.",
    )
}

/// A demo may be coded with loss, a delivery may not: that is said, and nothing to look at.
pub fn bit_depth(facts: &StreamInfo) -> Finding {
    const NAME: &str = "Resolution";
    match facts.bits_per_sample {
        Some(bits) if facts.is_lossless() && bits < MIN_BIT_DEPTH => Finding::new(
            NAME,
            Severity::Error,
            format!("{bits} bits"),
            "Distributors take 16 and 24 bits: export again with 24.",
        ),
        Some(bits) if facts.is_lossless() => Finding::ok(NAME, format!("{bits} bits")),
        _ if facts.is_lossless() => Finding::ok(NAME, "lossless".into()),
        _ => Finding::new(
            NAME,
            Severity::Ok,
            format!("{}, coded with loss", facts.codec),
            "Good enough to pitch; a distributor wants WAV or FLAC.",
        ),
    }
}
