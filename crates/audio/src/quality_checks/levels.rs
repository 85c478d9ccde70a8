//! Loudness and true peak, as services that even out loudness would play them.

use super::{Finding, Severity, tenths};
use crate::StreamInfo;

/// Where Spotify plays a track, and how far it turns up a quiet one at most: until its true peak reaches -1 dB
/// (Spotify for Artists, "Loudness normalization").
const PLAYED_LUFS: f64 = -14.0;
/// The highest true peak of a production by EBU R 128 (2020) and, for streaming, by AES TD1008 (2021).
const ADVISED_PEAK_DBTP: f64 = -1.0;
/// Played so far below the others a song sounds weak beside them. Ours.
const WARN_BELOW_DB: f64 = 10.0;
/// Decoding what was coded with loss adds to the peaks: of 376 excerpts in Vorbis one in nine reaches over this. Ours.
const LOSSY_MARGIN: f64 = 3.0;

/// No loudness is turned back; the finding says what becomes of it.
pub fn loudness(lufs: Option<f64>, peak: Option<f64>) -> Finding {
    const NAME: &str = "Loudness";
    let (Some(lufs), Some(peak)) = (lufs, peak) else {
        return Finding::ok(NAME, "too quiet or too short to measure".into());
    };
    let measured = format!("{} LUFS", tenths(lufs));
    let wanted = PLAYED_LUFS - lufs;
    if wanted <= 0.0 {
        let turned = tenths(-wanted);
        return Finding::ok(
            NAME,
            format!("{measured}: Spotify turns it down by {turned} dB"),
        );
    }
    let up = wanted.min((ADVISED_PEAK_DBTP - peak).max(0.0));
    let below = wanted - up;
    let measured = format!(
        "{measured}: Spotify turns it up by {} dB, {} dB below most",
        tenths(up),
        tenths(below)
    );
    if below < WARN_BELOW_DB {
        return Finding::ok(NAME, measured);
    }
    let advice = "Peaks keep it from being turned up: if that is not meant, master it louder with a limiter.";
    Finding::new(NAME, Severity::Warning, measured, advice)
}

pub fn true_peak(peak: Option<f64>, facts: &StreamInfo) -> Finding {
    const NAME: &str = "True peak";
    let Some(peak) = peak else {
        return Finding::ok(NAME, "nothing to measure".into());
    };
    let measured = format!("{} dBTP", tenths(peak));
    let over = if facts.is_lossless() {
        0.0
    } else {
        LOSSY_MARGIN
    };
    let advice = format!(
        "Set the limiter's ceiling to {} dBTP before you export.",
        tenths(ADVISED_PEAK_DBTP)
    );
    if peak > over {
        Finding::new(
            NAME,
            Severity::Warning,
            format!("{measured}, over full scale between the samples"),
            advice,
        )
    } else if peak > ADVISED_PEAK_DBTP {
        Finding::new(NAME, Severity::Ok, measured, advice)
    } else {
        Finding::ok(NAME, measured)
    }
}
