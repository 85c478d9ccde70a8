//! Loudness and true peak, as services with loudness normalisation play them.

use super::{Finding, Measurement, Severity};
use crate::StreamInfo;

/// Loudness at which Spotify plays a track; it turns a quiet one up at most until its true peak reaches -1 dB
/// (Spotify for Artists, "Loudness normalization").
const PLAYED_LUFS: f64 = -14.0;
/// The highest true peak of a production, in dBTP, by EBU R 128 (2020) and, for streaming, by AES TD1008 (2021).
pub const ADVISED_TRUE_PEAK_DBTP: f64 = -1.0;
/// A song played this far below the others sounds weak next to them. Our own choice.
const WARN_BELOW_DB: f64 = 10.0;
/// Decoding lossy files raises the peaks: one in nine of 376 Vorbis excerpts exceeds this. Our own choice.
const LOSSY_MARGIN_DB: f64 = 3.0;

/// Never an error: services accept every loudness.
pub fn loudness(lufs: Option<f64>, peak: Option<f64>) -> Finding {
    let (Some(lufs), Some(peak)) = (lufs, peak) else {
        return Finding::ok(Measurement::Loudness {
            integrated_lufs: None,
            gain_db: None,
            below_target_db: None,
        });
    };
    let wanted = PLAYED_LUFS - lufs;
    let gain = if wanted <= 0.0 {
        wanted
    } else {
        wanted.min((ADVISED_TRUE_PEAK_DBTP - peak).max(0.0))
    };
    let below = (wanted > 0.0).then_some(wanted - gain);
    let severity = match below {
        Some(below) if below >= WARN_BELOW_DB => Severity::Warning,
        _ => Severity::Ok,
    };
    Finding::new(
        severity,
        Measurement::Loudness {
            integrated_lufs: Some(lufs),
            gain_db: Some(gain),
            below_target_db: below,
        },
    )
}

/// Above full scale the peaks clip in players.
pub fn true_peak(peak: Option<f64>, facts: &StreamInfo) -> Finding {
    let limit = if facts.is_lossless() {
        0.0
    } else {
        LOSSY_MARGIN_DB
    };
    let severity = if peak.is_some_and(|peak| peak > limit) {
        Severity::Warning
    } else {
        Severity::Ok
    };
    Finding::new(
        severity,
        Measurement::TruePeak {
            true_peak_dbtp: peak,
        },
    )
}
