//! Echoes of echoes.

/// Usual loudness of each echo beside the one before it, and of the first beside the sound itself.
pub const ECHO_FEEDBACK: f64 = 0.3;
pub const ECHO_MIX: f64 = 0.4;
/// From 1 on the echoes would never die.
const MAX_FEEDBACK: f64 = 0.95;

/// Adds to the sound `mix` times its copy after `delay_seconds`, then copies of that, each `feedback` times the one
/// before. What comes after the last sample is cut.
pub fn echo(
    samples: &[f32],
    sample_rate_hz: u32,
    delay_seconds: f64,
    feedback: f64,
    mix: f64,
) -> Vec<f32> {
    // A delay of no sample would have to hear its own output.
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
