//! Properties of a file, as name and value.

use super::names::codec;
use super::numbers::{THIN_SPACE, kilohertz, length, signed};
use analysis::SongFacts;

/// The fit for a playlist with fewer training tracks is unreliable.
const MIN_TRACKS: usize = 12;

/// Whether a playlist has too few training tracks to rely on its fit.
pub fn is_weak(tracks: usize) -> bool {
    tracks < MIN_TRACKS
}

/// Properties of the file, as name and value.
pub fn facts(song: &SongFacts) -> Vec<(&'static str, String)> {
    let measured = |value: Option<f64>, unit| {
        value.map_or_else(
            || "–".to_string(),
            |value| format!("{}{THIN_SPACE}{unit}", signed(value, 1)),
        )
    };
    vec![
        ("Length", length(song.duration_seconds)),
        ("Loudness", measured(song.loudness_lufs, "LUFS")),
        ("True peak", measured(song.true_peak_dbtp, "dBTP")),
        ("Sample rate", kilohertz(f64::from(song.sample_rate_hz))),
        ("Channels", channels(song.channels)),
        ("Codec", codec(&song.codec)),
    ]
}

fn channels(count: usize) -> String {
    match count {
        1 => "Mono".to_string(),
        2 => "Stereo".to_string(),
        _ => count.to_string(),
    }
}
