//! Out-of-distribution score of a song.

/// Small, so that the smallest playlist counts as a neighbourhood.
const NEAREST: usize = 5;

/// 1 minus the mean cosine with the five nearest training tracks (k-NN OOD; Sun, Ming, Zhu and Li,
/// "Out-of-Distribution Detection with Deep Nearest Neighbors", 2022), 0 to 2; 1 without training tracks.
/// `similarities` are the cosines with all training tracks.
pub fn ood_score(similarities: &[f32]) -> f32 {
    let mut nearest = similarities.to_vec();
    let count = nearest.len().min(NEAREST);
    if count == 0 {
        return 1.0;
    }
    let order = |left: &f32, right: &f32| right.total_cmp(left);
    nearest.select_nth_unstable_by(count - 1, order);
    1.0 - nearest[..count].iter().sum::<f32>() / count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_nearest_decide_and_the_rest_do_not() {
        let near = [0.9, 0.8, 0.7, 0.6, 0.5];
        let with_the_rest = [&[0.1, -1.0][..], &near, &[0.2; 90]].concat();
        assert!((ood_score(&with_the_rest) - 0.3).abs() < 1e-6);
        assert!((ood_score(&[0.4, 0.6]) - 0.5).abs() < 1e-6);
        assert_eq!(ood_score(&[]), 1.0);
    }
}
