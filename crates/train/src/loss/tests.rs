//! Golden numbers of `scripts/golden/losses.py` by PyTorch 2.11; tolerance 1e-5, of losses and of gradients.

use super::*;

const LOGITS: [f32; 6] = [2.0, -1.0, 0.5, -3.0, 0.0, 1.5];
const TARGETS: [f32; 6] = [1.0, 0.0, 0.0, 0.0, 0.25, 1.0];

fn assert_golden(loss: &Tensor, variable: &Tensor, wanted: f32, gradient: [f32; 6]) {
    loss.backward();
    let found = Vec::<f32>::try_from(variable.grad().flatten(0, -1)).unwrap();
    let loss = loss.double_value(&[]) as f32;
    assert!((loss - wanted).abs() < 1e-5, "{loss}, not {wanted}");
    let near = |(found, wanted): (&f32, &f32)| (found - wanted).abs() < 1e-5;
    assert!(
        found.iter().zip(&gradient).all(near),
        "{found:?}, not {gradient:?}"
    );
}

fn assert_classification(
    config: &LossConfig,
    pos_weight_power: f64,
    wanted: f32,
    gradient: [f32; 6],
) {
    let loss = Loss::new(config, pos_weight_power, &[1, 2, 3], 4, Device::Cpu);
    let logits = Tensor::from_slice(&LOGITS)
        .view([2, 3])
        .set_requires_grad(true);
    let targets = Tensor::from_slice(&TARGETS).view([2, 3]);
    let number = loss.classification(&logits, &targets).unwrap();
    assert_golden(&number, &logits, wanted, gradient);
}

#[test]
fn cross_entropy_equals_pytorch() {
    let plain = LossConfig::default();
    assert_classification(
        &plain,
        0.0,
        0.392_902,
        [-0.019867, 0.044824, 0.103743, 0.007904, 0.041667, -0.030404],
    );
    assert_classification(
        &plain,
        0.5,
        0.394_201,
        [-0.034411, 0.044824, 0.103743, 0.007904, 0.041667, -0.017554],
    );
}

#[test]
fn smoothed_and_lighter_negatives_equal_pytorch() {
    let smoothed = LossConfig {
        label_smoothing: 0.1,
        ..LossConfig::default()
    };
    assert_classification(
        &smoothed,
        0.0,
        0.451_236,
        [
            -0.019867, 0.028157, 0.087077, -0.008762, 0.029167, -0.030404,
        ],
    );
    let missing = LossConfig {
        negative_weight: 0.5,
        negative_power: 1.0,
        ..LossConfig::default()
    };
    assert_classification(
        &missing,
        0.0,
        0.212_412,
        [-0.019867, 0.014941, 0.051872, 0.001317, 0.0, -0.030404],
    );
}

#[test]
fn asymmetric_loss_equals_pytorch() {
    let asymmetric = |gamma_negative, gamma_positive, margin| LossConfig {
        gamma_negative,
        gamma_positive,
        asl_margin: margin,
        ..LossConfig::default()
    };
    assert_classification(
        &asymmetric(4.0, 1.0, 0.05),
        0.0,
        0.041_454,
        [-0.004589, 0.000436, 0.034812, 0.0, -0.008497, -0.010553],
    );
    assert_classification(
        &asymmetric(2.0, 2.0, 0.0),
        0.0,
        0.096_995,
        [-0.000812, 0.008764, 0.087692, 5.2e-05, 0.024857, -0.002839],
    );
}

#[test]
fn the_contrastive_term_equals_pytorch() {
    let config = LossConfig {
        contrastive: 1.0,
        temperature: 0.2,
        ..LossConfig::default()
    };
    let loss = Loss::new(&config, 0.0, &[1, 2, 3], 4, Device::Cpu);
    let tracks = Tensor::from_slice(&[1.0_f32, 2.0, -0.5, 1.0, 0.3, -0.2]).view([3, 2]);
    let playlists = Tensor::from_slice(&[0.5_f32, 1.0, 1.0, -1.0, -2.0, 0.1])
        .view([3, 2])
        .set_requires_grad(true);
    let on = Tensor::from_slice(&[1.0_f32, 0.0, 1.0, 0.0, 0.25, 0.75, 0.0, 0.0, 0.0]).view([3, 3]);
    let number = loss.contrast(&tracks, &playlists, &on).unwrap();
    assert_golden(
        &number,
        &playlists,
        2.102_95,
        [
            -0.67459, 0.337295, -0.064715, -0.064715, -0.032848, -0.65696,
        ],
    );
}

#[test]
fn the_reconstruction_term_is_the_weighed_mean_squared_error() {
    let config = LossConfig {
        reconstruction: 0.5,
        ..LossConfig::default()
    };
    let loss = Loss::new(&config, 0.0, &[1], 2, Device::Cpu);
    let number = |again: Option<&Tensor>| {
        let features = BackboneOutput {
            hidden: Tensor::zeros([1, 1], (Kind::Float, Device::Cpu)),
            embedding: Tensor::zeros([1, 1], (Kind::Float, Device::Cpu)),
        };
        let one = Tensor::ones([1, 1], (Kind::Float, Device::Cpu));
        let windows = Tensor::from_slice(&[1.0_f32, 2.0]).view([1, 1, 1, 2]);
        let loss = loss.batch_loss(&features, &one, again, &windows, &one);
        loss.unwrap().double_value(&[])
    };
    let again = Tensor::from_slice(&[1.0_f32, 5.0]).view([1, 1, 1, 2]);
    assert!((number(Some(&again)) - number(None) - 0.5 * 9.0 / 2.0).abs() < 1e-6);
}

/// Certain logits, right and wrong, in the corners where a naive formula divides by nought or takes its logarithm.
#[test]
fn no_number_is_lost_at_the_ends() {
    for gamma in [0.5, 4.0] {
        for margin in [0.0, 0.05] {
            let config = LossConfig {
                gamma_negative: gamma,
                gamma_positive: gamma,
                asl_margin: margin,
                ..LossConfig::default()
            };
            let loss = Loss::new(&config, 0.0, &[1], 2, Device::Cpu);
            let logits = Tensor::from_slice(&[200.0_f32, -200.0, 200.0, -200.0])
                .view([4, 1])
                .set_requires_grad(true);
            let targets = Tensor::from_slice(&[1.0_f32, 0.0, 0.0, 1.0]).view([4, 1]);
            let number = loss.classification(&logits, &targets).unwrap();
            number.backward();
            assert!(number.double_value(&[]).is_finite());
            assert!(logits.grad().isfinite().all().int64_value(&[]) == 1);
        }
    }
}

/// A constant equal to the starting bias has no gradient on the training tracks.
#[test]
fn the_start_bias_is_where_the_loss_is_least() {
    for (pos_weight_power, label_smoothing, negative_weight) in
        [(0.0, 0.0, 1.0), (0.5, 0.0, 1.0), (0.3, 0.05, 0.4)]
    {
        let config = LossConfig {
            label_smoothing,
            negative_weight,
            negative_power: 0.5,
            ..LossConfig::default()
        };
        let loss = Loss::new(&config, pos_weight_power, &[1, 2, 3], 4, Device::Cpu);
        let bias = loss.initial_bias().copy().set_requires_grad(true);
        let rows = [
            1.0_f32, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0,
        ];
        let targets = Tensor::from_slice(&rows).view([4, 3]);
        let logits = bias.unsqueeze(0).expand([4, 3], false);
        loss.classification(&logits, &targets).unwrap().backward();
        let slope = bias.grad().abs().max().double_value(&[]);
        assert!(slope < 1e-6, "{slope}");
    }
}
