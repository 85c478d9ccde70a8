//! Measured differences in sentences.

use super::DescriptorContext;
use features::descriptors::Descriptor;

/// What sets the song apart, and what is usual in the list.
pub fn change(context: &DescriptorContext) -> String {
    let is_more = context.song > context.p75;
    let usual = |decimals: usize, unit: &str| {
        let [low, high] = [context.p25, context.p75].map(|end| number(end, decimals));
        format!("the middle half of its tracks ({low} to {high} {unit})")
    };
    let gap = |decimals: usize| number(context.gap(), decimals);
    let song = |decimals: usize| number(context.song, decimals);
    match context.name {
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
            "The song is {} than {}: its spectrum balances {} Hz {}, at {} Hz.",
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

/// With a real minus sign.
fn number(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−")
}
