//! Delay with feedback.

/// Default amplitude of each echo relative to the one before.
pub const ECHO_FEEDBACK: f64 = 0.3;
/// Default amplitude of the first echo relative to the sound.
pub const ECHO_MIX: f64 = 0.4;
/// From 1 on the echoes would not decay.
const MAX_FEEDBACK: f64 = 0.95;

/// Adds a copy delayed by `delay_seconds` with amplitude `mix`, and copies of the copy, each with `feedback` times the
/// amplitude of the one before. Echoes after the last sample are cut off.
#[must_use]
pub fn echo(
    samples: &[f32],
    sample_rate_hz: u32,
    delay_seconds: f64,
    feedback: f64,
    mix: f64,
) -> Vec<f32> {
    // With a delay of 0 samples the filter would have no past output to read.
    let delay = ((delay_seconds * f64::from(sample_rate_hz)).round() as usize).max(1);
    let feedback = feedback.clamp(0.0, MAX_FEEDBACK) as f32;
    let mix = mix as f32;
    let mut echoes = vec![0.0; samples.len()];
    for n in delay..samples.len() {
        echoes[n] = samples[n - delay] + feedback * echoes[n - delay];
    }
    let both = samples.iter().zip(&echoes);
    both.map(|(sample, echo)| sample + mix * echo).collect()
}
