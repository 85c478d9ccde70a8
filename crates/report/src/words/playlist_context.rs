//! Measured differences between a song and the tracks of a playlist.

use super::numbers::signed;
use analysis::{DescriptorContext, Difference, Direction, PlaylistContext};
use features::descriptors::Descriptor;

/// One sentence a difference, in the order of the report.
pub fn differences(context: &PlaylistContext) -> Vec<String> {
    let sentence = |difference: &Difference| {
        let mut descriptors = context.descriptors.iter();
        let descriptor = descriptors.find(|found| found.name == difference.descriptor)?;
        Some(sentence(difference, descriptor))
    };
    context.differences.iter().filter_map(sentence).collect()
}

fn sentence(difference: &Difference, context: &DescriptorContext) -> String {
    let is_more = difference.direction == Direction::Higher;
    let usual = |decimals: usize, unit: &str| {
        let [low, high] = [context.p25, context.p75].map(|end| signed(end, decimals));
        format!("the middle half of its tracks ({low} to {high} {unit})")
    };
    let gap = |decimals: usize| signed(difference.gap, decimals);
    let song = |decimals: usize| signed(context.song, decimals);
    match difference.descriptor {
        Descriptor::Tempo => format!(
            "The song is {} BPM {} than {}, at {} BPM; half and double of it are unusual there too.",
            gap(0),
            if is_more { "faster" } else { "slower" },
            usual(0, "BPM"),
            song(0)
        ),
        Descriptor::Loudness => format!(
            "The song is {} dB {} than {}, at {} LUFS, both mixed to mono.",
            gap(1),
            if is_more { "louder" } else { "quieter" },
            usual(1, "LUFS"),
            song(1)
        ),
        Descriptor::SpectralCentroid => format!(
            "The song is {} than {}: its spectral centroid is {} Hz {}, at {} Hz.",
            if is_more { "brighter" } else { "darker" },
            usual(0, "Hz"),
            gap(0),
            if is_more { "higher" } else { "lower" },
            song(0)
        ),
        Descriptor::OnsetRate => format!(
            "The song has {} {} onsets a second than {}, with {}.",
            gap(1),
            if is_more { "more" } else { "fewer" },
            usual(1, "a second"),
            song(1)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(name: Descriptor, song: f64, middle: [f64; 2], gap: f64) -> PlaylistContext {
        let [p25, p75] = middle;
        PlaylistContext {
            playlist: "calm".into(),
            tracks: 20,
            turnover: None,
            descriptors: vec![DescriptorContext {
                name,
                song,
                tracks: 20,
                p10: p25 - 1.0,
                p25,
                median: p25,
                p75,
                p90: p75 + 1.0,
                percentile: 99.0,
            }],
            differences: vec![Difference {
                descriptor: name,
                direction: if song > p75 {
                    Direction::Higher
                } else {
                    Direction::Lower
                },
                gap,
            }],
        }
    }

    #[test]
    fn a_difference_is_told_with_its_numbers() {
        let tempo = context(Descriptor::Tempo, 150.0, [104.75, 114.25], 35.75);
        assert_eq!(
            differences(&tempo),
            [
                "The song is 36 BPM faster than the middle half of its tracks (105 to 114 BPM), at 150 BPM; half and double \
              of it are unusual there too."
            ]
        );
        let loudness = context(Descriptor::Loudness, -30.0, [-14.25, -4.75], 15.75);
        assert_eq!(
            differences(&loudness),
            [
                "The song is 15.8 dB quieter than the middle half of its tracks (−14.2 to −4.8 LUFS), at −30.0 LUFS, both \
              mixed to mono."
            ]
        );
    }
}
