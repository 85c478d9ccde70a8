//! Loudness and true peak, as services that even out loudness would play them.

use super::{Finding, Severity, tenths};
use crate::StreamFacts;

/// Where Spotify plays a track, and how far it turns up a quiet one at most: until its true peak reaches -1 dB
/// (Spotify for Artists, "Loudness normalization").
const PLAYED_LUFS: f64 = -14.0;
/// The highest true peak of a production by EBU R 128 (2020) and, for streaming, by AES TD1008 (2021).
const ADVISED_PEAK_DBTP: f64 = -1.0;
/// Played so far below the others a song sounds weak beside them. Ours.
const LOOK_BELOW_DECIBELS: f64 = 10.0;
/// Decoding what was coded with loss adds to the peaks: of 376 excerpts in Vorbis one in nine reaches over this. Ours.
const LOSSY_MARGIN: f64 = 3.0;

/// No loudness is turned back; the finding says what becomes of it.
pub fn loudness(lufs: Option<f64>, peak: Option<f64>) -> Finding {
    const NAME: &str = "Loudness";
    let (Some(lufs), Some(peak)) = (lufs, peak) else {
        return Finding::fine(NAME, "too quiet or too short to measure".into());
    };
    let measured = format!("{} LUFS", tenths(lufs));
    let wanted = PLAYED_LUFS - lufs;
    if wanted <= 0.0 {
        let turned = tenths(-wanted);
        return Finding::fine(
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
    if below < LOOK_BELOW_DECIBELS {
        return Finding::fine(NAME, measured);
    }
    let advice = "Peaks keep it from being turned up: if that is not meant, master it louder with a limiter.";
    Finding::new(NAME, Severity::Look, measured, advice)
}

pub fn true_peak(peak: Option<f64>, facts: &StreamFacts) -> Finding {
    const NAME: &str = "True peak";
    let Some(peak) = peak else {
        return Finding::fine(NAME, "nothing to measure".into());
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
            Severity::Look,
            format!("{measured}, over full scale between the samples"),
            advice,
        )
    } else if peak > ADVISED_PEAK_DBTP {
        Finding::new(NAME, Severity::Fine, measured, advice)
    } else {
        Finding::fine(NAME, measured)
    }
}
