//! How likely so little error is by chance.

/// The p-value of "the expected loss is more than `risk`", where `count` independent losses between 0 and 1 have this
/// mean (Angelopoulos et al. 2021, after Bates et al. 2021): the lesser of Hoeffding's and Bentkus's bounds. 1 where there is no loss.
pub fn hoeffding_bentkus(mean: f64, count: usize, risk: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    let losses = count as f64;
    let hoeffding = (-losses * divergence(mean.min(risk), risk)).exp();
    // Sums of shares that should be whole are not quite.
    let wrong = (losses * mean - 1e-9).ceil().max(0.0) as usize;
    let bentkus = std::f64::consts::E * at_most(wrong, count, risk);
    hoeffding.min(bentkus).min(1.0)
}

/// Kullback and Leibler's, between two coins.
fn divergence(seen: f64, stated: f64) -> f64 {
    let part = |seen: f64, stated: f64| {
        if seen > 0.0 {
            seen * (seen / stated).ln()
        } else {
            0.0
        }
    };
    part(seen, stated) + part(1.0 - seen, 1.0 - stated)
}

/// Binomial cumulative distribution: the probability of at most `most` successes in `count` trials with probability `p`.
pub fn at_most(most: usize, count: usize, p: f64) -> f64 {
    if most >= count {
        return 1.0;
    }
    let odds = (p / (1.0 - p)).ln();
    let mut logarithm = count as f64 * (-p).ln_1p();
    let mut sum = logarithm.exp();
    for heads in 0..most {
        logarithm += ((count - heads) as f64 / (heads + 1) as f64).ln() + odds;
        sum += logarithm.exp();
    }
    sum.min(1.0)
}
