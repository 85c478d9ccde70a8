//! The fit differences of two songs.

use super::names::{and, playlist_name, shorten};
use super::numbers::percent;
use analysis::FitDelta;

/// Playlists named for each direction.
const MAX_NAMED: usize = 3;

/// The differences beyond the robustness range, in one sentence.
pub fn comparison(deltas: &[FitDelta]) -> String {
    if deltas
        .iter()
        .any(|delta| delta.exceeds_robustness.is_none())
    {
        return "The robustness of these fits was not measured, so the differences may be noise."
            .into();
    }
    let clear = || {
        deltas
            .iter()
            .filter(|delta| delta.exceeds_robustness == Some(true))
    };
    let named = |verb: &str, selects: fn(f64) -> bool| {
        let playlists = clear().filter(|delta| selects(delta.difference));
        let playlists: Vec<String> = playlists.take(MAX_NAMED).map(from_to).collect();
        (!playlists.is_empty()).then(|| format!("the second {verb} {}", and(&playlists)))
    };
    let directions = [
        named("gains in", |difference| difference > 0.0),
        named("loses in", |difference| difference < 0.0),
    ];
    let directions: Vec<String> = directions.into_iter().flatten().collect();
    let sentence = if directions.is_empty() {
        "No fit differs by more than its robustness range.".into()
    } else {
        format!(
            "By more than the robustness range, {}.",
            directions.join(", and ")
        )
    };
    shorten(&sentence, 500)
}

fn from_to(delta: &FitDelta) -> String {
    let [from, to] = delta.fits.map(percent);
    format!("{} ({from} to {to})", playlist_name(&delta.playlist))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(playlist: &str, fits: [f64; 2], exceeds_robustness: Option<bool>) -> FitDelta {
        FitDelta {
            playlist: playlist.into(),
            fits,
            ranks: [1, 2],
            difference: fits[1] - fits[0],
            exceeds_robustness,
        }
    }

    fn said(deltas: &[FitDelta]) -> String {
        comparison(deltas).replace('\u{202f}', " ")
    }

    #[test]
    fn clear_gains_and_losses_are_named() {
        let clear = delta("ambient", [0.44, 0.30], Some(true));
        let within = delta("piano", [0.20, 0.28], Some(false));
        let gain = delta("epic", [0.10, 0.40], Some(true));
        assert_eq!(
            said(&[clear, within.clone(), gain]),
            "By more than the robustness range, the second gains in Epic (10 % to 40 %), and the second loses in Ambient \
             (44 % to 30 %)."
        );
        assert!(said(&[within]).starts_with("No fit differs"));
        assert!(said(&[delta("piano", [0.1, 0.9], None)]).contains("not measured"));
    }
}
