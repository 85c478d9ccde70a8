//! The `k` highest scores under a rule, such as one track per artist.

/// Indices of `scores` from the highest to the lowest; of equal scores the lower index comes first.
pub fn argsort_descending(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&left, &right| scores[right].total_cmp(&scores[left]));
    order
}

/// Up to `k` indices with the highest scores among those that `admit` accepts, highest first.
///
/// `admit` is called once per index in descending order of the scores until `k` are accepted, so that it can depend on
/// the indices that it accepted before.
pub fn top_k(scores: &[f64], k: usize, admit: impl FnMut(&usize) -> bool) -> Vec<usize> {
    let order = argsort_descending(scores).into_iter();
    order.filter(admit).take(k).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_keep_their_order_and_the_rule_sees_no_more_than_it_must() {
        let scores = [0.2, 0.9, 0.9, 0.5, 0.1];
        assert_eq!(argsort_descending(&scores), [1, 2, 3, 0, 4]);
        let mut asked = Vec::new();
        let found = top_k(&scores, 2, |&index| {
            asked.push(index);
            index != 2
        });
        assert_eq!((found, asked), (vec![1, 3], vec![1, 2, 3]));
        assert!(top_k(&scores, 0, |_| true).is_empty());
        assert_eq!(top_k(&scores, 9, |_| true).len(), 5);
    }
}
