//! The occlusion analysis of the best playlist, and the part of the song to pitch.

use super::names::{playlist_name, shorten};
use super::numbers::{clock, frequency_range, percent, signed};
use analysis::{Highlight, Occlusion};

/// The region whose occlusion lowers the logit most, or that no region does so clearly.
pub fn explanation(occlusion: &Occlusion) -> String {
    let playlist = playlist_name(&occlusion.playlist);
    let (from, to) = (
        clock(occlusion.start_seconds),
        clock(occlusion.start_seconds + occlusion.seconds),
    );
    let sentence = match &occlusion.top_region {
        None => format!(
            "No single part of {from} to {to}, the window with the highest fit for {playlist}, contributes clearly more \
             than the rest."
        ),
        Some(region) => {
            let (before, after) = (percent(occlusion.fit), percent(region.fit_without));
            let drop = if before == after {
                String::new()
            } else {
                format!(
                    " With its strongest block masked, the fit of {from} to {to} drops from {before} to {after}."
                )
            };
            format!(
                "What contributed most to {playlist}: {}, {} to {}.{drop}",
                frequency_range(region.low_hz, region.high_hz),
                clock(region.from_seconds.floor()),
                clock(region.to_seconds.ceil()),
            )
        }
    };
    shorten(&sentence, 400)
}

/// `30 seconds`, or as many as a shorter song has.
pub fn highlight_length(highlight: &Highlight) -> String {
    match signed(highlight.end_seconds - highlight.start_seconds, 0).as_str() {
        "1" => "second".into(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::{Spectrogram, TopRegion};

    #[test]
    fn sentences_name_the_region_or_say_that_there_is_none() {
        let mut occlusion = Occlusion {
            playlist: "orchestral_epic".into(),
            start_seconds: 60.0,
            seconds: 10.0,
            fit: 0.71,
            top_region: Some(TopRegion {
                low_hz: 61.3,
                high_hz: 1_234.0,
                from_seconds: 62.4,
                to_seconds: 64.2,
                fit_without: 0.55,
            }),
            logit_drops: Vec::new(),
            spectrogram: Spectrogram::default(),
        };
        assert_eq!(
            explanation(&occlusion).replace('\u{202f}', " "),
            "What contributed most to Orchestral epic: 61 Hz to 1.2 kHz, 1:02 to 1:05. With its strongest block masked, \
             the fit of 1:00 to 1:10 drops from 71 % to 55 %."
        );
        occlusion.top_region = None;
        assert!(explanation(&occlusion).contains("No single part of 1:00 to 1:10"));
    }
}
