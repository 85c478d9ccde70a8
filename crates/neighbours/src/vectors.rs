//! Arithmetic on embeddings: windows become a song, rows become a cosine.

const LANES: usize = 8;

/// The mean over windows of an embedding `[windows, width]`, each window of unit length, scaled to unit length.
pub fn song_embedding(windows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for window in windows.chunks_exact(width.max(1)) {
        let length = norm(window);
        if length > 0.0 {
            sum.iter_mut()
                .zip(window)
                .for_each(|(sum, value)| *sum += value / length);
        }
    }
    let length = norm(&sum);
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    sum
}

/// The mean of `[rows, width]` over its rows: `[width]`. A song's logits are the mean over its windows.
pub fn mean_rows(rows: &[f32], width: usize) -> Vec<f32> {
    let count = (rows.len() / width.max(1)).max(1) as f32;
    let mut mean = vec![0.0; width];
    for row in rows.chunks_exact(width.max(1)) {
        mean.iter_mut()
            .zip(row)
            .for_each(|(mean, value)| *mean += value / count);
    }
    mean
}

/// Eight sums at a time: a single one, whose order is fixed, keeps the processor from adding side by side.
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (eights, rest) = left.as_chunks::<LANES>();
    let (other_eights, other_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (left, right) in eights.iter().zip(other_eights) {
        for (sum, (left, right)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += left * right;
        }
    }
    let rest = rest
        .iter()
        .zip(other_rest)
        .map(|(left, right)| left * right);
    sums.iter().sum::<f32>() + rest.sum::<f32>()
}

/// Euclidean length of a vector.
pub fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_song_is_the_direction_that_its_windows_share() {
        let song = song_embedding(&[3.0, 0.0, 0.0, 0.5], 2);
        assert!((song[0] - song[1]).abs() < 1e-6 && (norm(&song) - 1.0).abs() < 1e-6);
        assert_eq!(song_embedding(&[0.0, 0.0], 2), [0.0, 0.0]);
    }

    #[test]
    fn every_number_of_a_row_counts_in_a_dot_product() {
        let row: Vec<f32> = (1..=19_u8).map(f32::from).collect();
        assert_eq!(dot(&row, &row), 2470.0);
        assert_eq!(dot(&row[..3], &[1.0, 1.0, 1.0]), 6.0);
    }
}
