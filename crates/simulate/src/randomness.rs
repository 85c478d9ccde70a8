//! Generators that depend on what they are for, and not on when they are asked.

use std::f64::consts::TAU;

use fastrand::Rng;

/// A generator of its own for each purpose and id.
pub fn generator(seed: u64, purpose: &str, id: &str) -> Rng {
    let mut hash = blake3::Hasher::new();
    hash.update(&seed.to_le_bytes());
    hash.update(purpose.as_bytes());
    hash.update(&[0]);
    hash.update(id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize().as_bytes()[..8]);
    Rng::with_seed(u64::from_le_bytes(first))
}

/// One draw from the normal distribution of mean 0 and variance 1 (Box and Muller 1958).
pub fn gaussian(random: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (TAU * random.f64()).cos()
}

/// So many draws at once.
pub fn gaussians<const COUNT: usize>(random: &mut Rng) -> [f64; COUNT] {
    std::array::from_fn(|_| gaussian(random))
}
