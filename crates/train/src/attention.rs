//! Attention pooling over windows (Ilse et al. 2018), trained on a finished, frozen network.

use model::tch;
use model::tch::{Device, Kind, Reduction, Tensor};

use super::{AdamW, TrainError};
use inference::Prediction;
use model::AttentionPooling;

const EPOCHS: usize = 20;
/// Songs in a step.
const BATCH: usize = 32;
const LEARNING_RATE: f64 = 1e-3;
const WEIGHT_DECAY: f64 = 0.01;

/// Trains attention on a network's predictions for each song's windows and the truth `[songs, playlists]` of 0 and 1, by
/// the binary cross-entropy of the pooled logits. `None` if there are no windows.
///
/// The head is frozen. If it is linear, the weighted mean of its logits equals its output for the weighted mean of the
/// hidden units, as in the paper.
///
/// # Errors
/// Returns an error if libtorch fails.
pub fn train_attention(
    predicted: &[Prediction],
    truth: &[f32],
    device: Device,
    seed: u64,
) -> Result<Option<AttentionPooling>, TrainError> {
    let Some(first) = predicted.iter().find(|song| song.windows > 0) else {
        return Ok(None);
    };
    tch::manual_seed(seed as i64);
    let mut random = fastrand::Rng::with_seed(seed);
    let playlists = truth.len() / predicted.len();
    let attention = AttentionPooling::new(first.embeddings.len() / first.windows, device);
    let mut optimiser = AdamW::new(&attention.variables(), WEIGHT_DECAY, |_| LEARNING_RATE);
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    for _ in 0..EPOCHS {
        random.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            let songs: Vec<&Prediction> = batch.iter().map(|&song| &predicted[song]).collect();
            let logits = pooled(&attention, &songs, playlists, device)?;
            let rows = batch
                .iter()
                .flat_map(|&song| &truth[song * playlists..(song + 1) * playlists]);
            let targets = Tensor::f_from_slice(&rows.copied().collect::<Vec<f32>>())?
                .f_view(logits.size().as_slice())?
                .f_to_device(device)?;
            let none: Option<&Tensor> = None;
            let loss =
                logits.f_binary_cross_entropy_with_logits(&targets, none, none, Reduction::Mean)?;
            optimiser.zero_grad()?;
            loss.f_backward()?;
            optimiser.step(1.0)?;
        }
    }
    Ok(Some(attention))
}

/// The logits `[songs, playlists]` of some songs, pooled with the attention weights.
fn pooled(
    attention: &AttentionPooling,
    songs: &[&Prediction],
    playlists: usize,
    device: Device,
) -> Result<Tensor, tch::TchError> {
    let most = songs.iter().map(|song| song.windows).max().unwrap_or(0);
    // One batch: shorter songs are padded with windows of weight 0.
    let side_by_side = |of: fn(&Prediction) -> &[f32], width: usize| {
        let mut rows = vec![0.0; songs.len() * most * width];
        for (row, song) in rows.chunks_exact_mut((most * width).max(1)).zip(songs) {
            row[..of(song).len()].copy_from_slice(of(song));
        }
        Tensor::f_from_slice(&rows)?
            .f_view([songs.len() as i64, most as i64, width as i64])?
            .f_to_device(device)
    };
    let embeddings = side_by_side(|song| &song.embeddings, attention.width())?;
    let logits = side_by_side(|song| &song.logits, playlists)?;
    let counts: Vec<i64> = songs
        .iter()
        .map(|song| song.windows.max(1) as i64)
        .collect();
    let counts = Tensor::f_from_slice(&counts)?
        .f_to_device(device)?
        .unsqueeze(1);
    let filled = Tensor::arange(most as i64, (Kind::Int64, device)).ge_tensor(&counts);
    let exponents = attention
        .exponents(&embeddings)
        .f_masked_fill(&filled, f64::NEG_INFINITY)?;
    let weights = exponents.softmax(-1, Kind::Float).unsqueeze(1);
    weights.f_matmul(&logits)?.f_squeeze_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::Pooling;

    const WIDTH: usize = 8;

    /// A song on one of 2 playlists: some windows show its playlist, more are noise, and the embedding tells which.
    fn song(list: usize, random: &mut fastrand::Rng) -> Prediction {
        let windows = random.usize(8..16);
        let mut predicted = Prediction {
            windows,
            ..Prediction::default()
        };
        for window in 0..windows {
            let knows = window == 0;
            let mut embedding: Vec<f32> = (0..WIDTH).map(|_| random.f32() - 0.5).collect();
            embedding[0] = if knows { 2.0 } else { -2.0 };
            predicted.embeddings.extend(embedding);
            predicted.logits.extend(if knows {
                [[4.0, -4.0], [-4.0, 4.0]][list]
            } else {
                [random.f32() * 8.0 - 4.0, random.f32() * 8.0 - 4.0]
            });
        }
        predicted
    }

    fn right(songs: &[Prediction], exponents: impl Fn(&Prediction) -> Vec<f32>) -> usize {
        let pooled =
            |song: &Prediction| Pooling::Attention.scores(&song.logits, &exponents(song), 2);
        let own = |(place, song): &(usize, &Prediction)| {
            let scores = pooled(song);
            scores[place % 2] > scores[1 - place % 2]
        };
        songs.iter().enumerate().filter(own).count()
    }

    #[test]
    fn it_learns_to_hear_the_windows_that_know_and_not_the_noise() {
        let mut random = fastrand::Rng::with_seed(5);
        let songs: Vec<Prediction> = (0..400).map(|place| song(place % 2, &mut random)).collect();
        let (taught, unknown) = songs.split_at(300);
        let truth: Vec<f32> = (0..300)
            .flat_map(|place| [[1.0, 0.0], [0.0, 1.0]][place % 2])
            .collect();
        let attention = train_attention(taught, &truth, Device::Cpu, 3)
            .unwrap()
            .unwrap();
        let exponents = |song: &Prediction| {
            let embeddings = Tensor::from_slice(&song.embeddings).view([-1, WIDTH as i64]);
            Vec::<f32>::try_from(tch::no_grad(|| attention.exponents(&embeddings))).unwrap()
        };
        let (mean, attended) = (right(unknown, |_| Vec::new()), right(unknown, exponents));
        assert!(
            mean < 90 && attended >= 98,
            "mean {mean}, attention {attended} of 100"
        );
    }

    #[test]
    fn an_untrained_attention_is_the_mean_and_nothing_heard_teaches_nothing() {
        let mut random = fastrand::Rng::with_seed(7);
        let songs = [song(0, &mut random), song(1, &mut random)];
        let attention = AttentionPooling::new(WIDTH, Device::Cpu);
        let logits = pooled(&attention, &songs.each_ref(), 2, Device::Cpu).unwrap();
        let ours = Vec::<f32>::try_from(logits.flatten(0, -1)).unwrap();
        let mean = songs
            .iter()
            .flat_map(|song| Pooling::Mean.scores(&song.logits, &[], 2));
        assert!(
            ours.iter()
                .zip(mean)
                .all(|(left, right)| (left - right).abs() < 1e-5)
        );
        assert!(train_attention(&[], &[], Device::Cpu, 1).unwrap().is_none());
    }
}
