//! Delivery format: stores require at least 44.1 kHz and 16 bits (the format of the Red Book; Apple's and Spotify's
//! delivery specifications begin there).

use super::{Finding, Measurement, Severity};
use crate::StreamInfo;

const MIN_SAMPLE_RATE_HZ: u32 = 44_100;
const MIN_BIT_DEPTH: u32 = 16;

/// Below the minimum a distributor rejects the file.
pub fn sample_rate(facts: &StreamInfo) -> Finding {
    let severity = if facts.sample_rate_hz >= MIN_SAMPLE_RATE_HZ {
        Severity::Ok
    } else {
        Severity::Error
    };
    Finding::new(
        severity,
        Measurement::SampleRate {
            sample_rate_hz: facts.sample_rate_hz,
        },
    )
}

/// Lossy coding is fine for a demo, so it is reported but not flagged.
pub fn bit_depth(facts: &StreamInfo) -> Finding {
    let is_lossless = facts.is_lossless();
    let severity = match facts.bits_per_sample {
        Some(bits) if is_lossless && bits < MIN_BIT_DEPTH => Severity::Error,
        _ => Severity::Ok,
    };
    Finding::new(
        severity,
        Measurement::BitDepth {
            bits: facts.bits_per_sample,
            is_lossless,
            codec: facts.codec.clone(),
        },
    )
}
