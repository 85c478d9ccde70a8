//! What holds for every architecture; the reference outputs are those of `scripts/golden/architectures.py`.

use std::path::Path as FilePath;

use tch::nn::OptimizerConfig;
use tch::{Reduction, Tensor, nn};

use super::*;
use crate::golden::{assert_near, fill_deterministically, golden, uniform};

const GOLDEN: &[u8] = include_bytes!("../../../../fixtures/golden/architectures.safetensors");
/// The place in the rule of the golden input.
const INPUT: u64 = 1 << 20;

/// The golden inputs `[batch, 1, n_mels, frames]`.
const REFERENCES: [(Architecture, [i64; 4]); 5] = [
    (Architecture::ShortChunkCnn, [4, 1, 128, 231]),
    (Architecture::Resnet18, [4, 1, 64, 87]),
    (Architecture::ConvEncoder, [4, 1, 70, 200]),
    (Architecture::Musicnn, [4, 1, 96, 50]),
    (Architecture::Fcn, [4, 1, 96, 1300]),
];

fn network(
    architecture: Architecture,
    window: [usize; 2],
    playlists: usize,
) -> Result<Network, ModelError> {
    let shape = NetworkConfig::new(architecture, [window[0], window[1]], playlists);
    Network::new(shape, Device::Cpu)
}

fn reference(architecture: Architecture, shape: [i64; 4]) -> (Network, Tensor) {
    let window = [shape[2] as usize, shape[3] as usize];
    let network = network(architecture, window, 5).unwrap();
    fill_deterministically(network.variables());
    (network, uniform(INPUT, &shape).to_kind(Kind::Float))
}

#[test]
fn a_twin_hears_the_same_on_another_thread_with_the_same_weights() {
    for (architecture, shape) in REFERENCES {
        let (network, windows) = reference(architecture, shape);
        let shared = network.share_weights().unwrap();
        for (name, weights) in shared.variables() {
            assert_eq!(weights.data_ptr(), network.variables()[&name].data_ptr());
        }
        let windows = Vec::<f32>::try_from(windows.reshape(-1)).unwrap();
        let prediction = network.predict(&windows).unwrap();
        let there = std::thread::spawn(move || shared.predict(&windows).unwrap());
        assert_eq!(there.join().unwrap(), prediction);
    }
}

/// Tolerance 1e-4 of each tensor's largest value.
#[test]
fn logits_embedding_and_reconstruction_equal_the_references() {
    for (architecture, shape) in REFERENCES {
        let (network, windows) = reference(architecture, shape);
        let near = |ours: &Tensor, what: &str| {
            let name = format!("{}.{what}", architecture.name());
            assert_near(ours, &golden(GOLDEN, &name), 1e-4, &name);
        };
        let (features, logits, again) = tch::no_grad(|| {
            let features = network.features(&windows, false);
            let logits = network.head().forward(&features.hidden, false);
            let again = network.reconstruct(&features, false);
            (features, logits, again)
        });
        near(&logits, "logits");
        near(&features.embedding, "embedding");
        assert_eq!(again.is_some(), architecture == Architecture::ConvEncoder);
        if let Some(again) = again {
            assert_eq!(again.size(), windows.size());
            near(&again.narrow(0, 0, 1), "reconstruction");
        }
    }
}

/// Tolerance 1e-3 of the norm: a training step divides by the spread of few values. And 1e-5 of the running statistics.
#[test]
fn gradients_and_running_statistics_of_a_training_step_equal_the_references() {
    for (architecture, shape) in REFERENCES {
        let (network, windows) = reference(architecture, shape);
        let near = |ours: f64, place: i64, what: &str, tolerance: f64| {
            let name = format!("{}.{what}", architecture.name());
            let theirs = golden(GOLDEN, &name).double_value(&[place]);
            let off = (ours - theirs).abs();
            assert!(
                off <= tolerance * theirs.abs().max(1.0),
                "{name}: {ours} against {theirs}"
            );
        };
        joint_loss(&network, &windows).backward();
        let variables = network.variables();
        let square =
            |variable: &Tensor| variable.grad().square().sum(Kind::Double).double_value(&[]);
        let learning = variables
            .values()
            .filter(|variable| variable.requires_grad());
        near(
            learning.map(square).sum::<f64>().sqrt(),
            0,
            "gradient_norm",
            1e-3,
        );
        for (place, end) in [(0, "running_mean"), (1, "running_var")] {
            let of_kind: Vec<&Tensor> = variables
                .iter()
                .filter_map(|(name, variable)| name.ends_with(end).then_some(variable))
                .collect();
            let mean = Tensor::cat(&of_kind, 0)
                .mean(Kind::Double)
                .double_value(&[]);
            near(mean, place, "running", 1e-5);
        }
    }
}

/// Cross-entropy against every second playlist, and the mean square error of what the decoder makes.
fn joint_loss(network: &Network, windows: &Tensor) -> Tensor {
    let features = network.features(windows, true);
    let logits = network.head().forward(&features.hidden, true);
    let targets = every_second(&logits.size());
    let loss =
        logits.binary_cross_entropy_with_logits::<Tensor>(&targets, None, None, Reduction::Mean);
    match network.reconstruct(&features, true) {
        Some(again) => loss + again.mse_loss(windows, Reduction::Mean),
        None => loss,
    }
}

fn every_second(size: &[i64]) -> Tensor {
    let places = |count| Tensor::arange(count, (Kind::Float, Device::Cpu));
    let sum = places(size[0]).unsqueeze(1) + places(size[1]);
    sum.remainder(2.0).eq(0.0).to_kind(Kind::Float)
}

/// Published weights, tolerance 1e-4 of the largest value.
#[test]
#[ignore = "needs PLAYLIST_FIT_DATA"]
fn musicnn_and_fcn_equal_the_references_with_their_own_weights() {
    let data = std::env::var_os("PLAYLIST_FIT_DATA").expect("PLAYLIST_FIT_DATA names a folder");
    for (architecture, frames, name) in [
        (Architecture::Musicnn, 188, "jamendo-musicnn"),
        (Architecture::Fcn, 1813, "jamendo-fcn"),
        (Architecture::Fcn, 1813, "msd-fcn"),
    ] {
        let file = format!("../weights/minzwon-sota-{name}.safetensors");
        let path = FilePath::new(&data).join(file);
        let mut network = network(architecture, [96, frames], 50).unwrap();
        network.load(&std::fs::read(&path).unwrap(), &path).unwrap();
        let windows = uniform(INPUT, &[2, 1, 96, frames as i64]) * 20.0 - 40.0;
        let windows = Vec::<f32>::try_from(windows.flatten(0, -1).to_kind(Kind::Float)).unwrap();
        let prediction = network.predict(&windows).unwrap();
        for (ours, what) in [
            (prediction.logits, "logits"),
            (prediction.embeddings, "embedding"),
        ] {
            let name = format!("real.{name}.{what}");
            let ours = Tensor::from_slice(&ours).view([2, -1]);
            assert_near(&ours, &golden(GOLDEN, &name), 1e-4, &name);
        }
    }
}

const ALL: [Architecture; 7] = [
    Architecture::Mn04,
    Architecture::SternCnn,
    Architecture::ShortChunkCnn,
    Architecture::Resnet18,
    Architecture::ConvEncoder,
    Architecture::Musicnn,
    Architecture::Fcn,
];

#[test]
fn any_window_that_is_not_refused_is_heard() {
    for architecture in ALL {
        let min = min_window(architecture);
        for window in [min, [min[0] + 36, min[1] + 17]] {
            let network = network(architecture, window, 3).unwrap();
            let prediction = network.predict(&vec![0.5; window[0] * window[1]]).unwrap();
            assert_eq!((prediction.windows, prediction.logits.len()), (1, 3));
            let finite = prediction
                .logits
                .iter()
                .chain(&prediction.embeddings)
                .all(|value| value.is_finite());
            assert!(finite, "{architecture:?} {window:?}");
        }
    }
}

#[test]
fn a_window_that_pooling_would_swallow_is_refused_with_the_length_that_it_needs() {
    let refused = network(Architecture::Fcn, [96, 1279], 3)
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("fcn") && refused.contains("x1280 (mel bands"),
        "{refused}"
    );
    assert!(refused.contains("window_seconds"), "{refused}");
    assert!(network(Architecture::Musicnn, [64, 188], 3).is_err());
    for architecture in ALL {
        assert!(network(architecture, [128, 0], 3).is_err());
        assert!(network(architecture, [0, 2000], 3).is_err());
    }
}

/// A last batch of one window must not make the running statistics infinite, which every later prediction uses.
#[test]
fn training_on_a_single_window_leaves_a_network_that_still_hears() {
    for architecture in ALL {
        let window = min_window(architecture);
        let network = network(architecture, window, 3).unwrap();
        let windows = Tensor::ones(
            [1, 1, window[0] as i64, window[1] as i64],
            (Kind::Float, Device::Cpu),
        );
        joint_loss(&network, &windows).backward();
        let prediction = network.predict(&vec![0.5; window[0] * window[1]]).unwrap();
        assert!(
            prediction.logits.iter().all(|logit| logit.is_finite()),
            "{architecture:?}"
        );
    }
}

/// Learning rates that differ by layer are told by these prefixes.
#[test]
fn every_variable_of_a_trunk_belongs_to_one_layer() {
    for architecture in ALL {
        let network = network(architecture, [96, 1300], 3).unwrap();
        let layers = network.layers();
        for name in network
            .variables()
            .keys()
            .filter(|name| !network.is_head(name))
        {
            let homes = layers
                .iter()
                .filter(|&layer| name.starts_with(layer))
                .count();
            assert_eq!(homes, 1, "{architecture:?}: {name}");
        }
    }
}

#[test]
fn weights_too_small_for_full_precision_count_as_zero_and_faulty_ones_stay_visible() {
    let mut network = network(Architecture::SternCnn, [64, 87], 5).unwrap();
    let mut stored = network.variables();
    let biases = [1e-40_f32, -1e-40, 1e-37, f32::NAN, 0.5];
    stored.insert("linear.bias".into(), Tensor::from_slice(&biases));
    let file = weights::save(&stored, HashMap::new()).unwrap();
    network.load(&file, FilePath::new("stored")).unwrap();
    let loaded = Vec::<f32>::try_from(&network.variables()["linear.bias"]).unwrap();
    assert_eq!(
        (loaded[0], loaded[1], loaded[2], loaded[4]),
        (0.0, 0.0, 1e-37, 0.5)
    );
    assert!(loaded[3].is_nan());
}

#[test]
fn an_imagenet_file_of_three_colours_fits_resnet18() {
    let mut colours = Vec::new();
    let mut grey = network(Architecture::Resnet18, [64, 50], 5).unwrap();
    for (name, variable) in grey.variables() {
        let stored = match name.as_str() {
            "conv1.weight" => uniform(7, &[64, 3, 7, 7]).to_kind(Kind::Float),
            name if grey.is_head(name) => Tensor::zeros([1000], (Kind::Float, Device::Cpu)),
            _ => variable,
        };
        colours.push((name, stored));
    }
    let file = weights::save(&colours.into_iter().collect(), HashMap::new()).unwrap();
    grey.load_backbone(&file, FilePath::new("imagenet"))
        .unwrap();
    let wanted = uniform(7, &[64, 3, 7, 7]).sum_dim_intlist([1_i64].as_slice(), true, Kind::Float);
    assert_near(&grey.variables()["conv1.weight"], &wanted, 1e-6, "conv1");
    // The whole file, for a network that this program saved itself, has one channel and stays as it is.
    assert!(grey.load(&file, FilePath::new("imagenet")).is_err());
}

/// The study could not train its decoder. Six windows in decibels, each with its own stripes and its own playlists.
#[test]
fn encoder_predictor_and_decoder_learn_together() {
    tch::manual_seed(3);
    let network = network(Architecture::ConvEncoder, [48, 96], 4).unwrap();
    let windows = stripes(6, 48, 96);
    let spread = windows.var(false).double_value(&[]);
    let targets = every_second(&[6, 4]);
    let losses = || {
        let features = network.features(&windows, true);
        let logits = network.head().forward(&features.hidden, true);
        let fit = logits.binary_cross_entropy_with_logits::<Tensor>(
            &targets,
            None,
            None,
            Reduction::Mean,
        );
        let again = network.reconstruct(&features, true).unwrap();
        [fit, again.mse_loss(&windows, Reduction::Mean) / spread]
    };
    let mut optimiser = nn::AdamW::default().build(&network.store, 3e-3).unwrap();
    let mut course: Vec<[f64; 2]> = Vec::new();
    for _ in 0..60 {
        let [fit, unexplained] = losses();
        course.push([fit.double_value(&[]), unexplained.double_value(&[])]);
        optimiser.backward_step(&(fit + unexplained));
    }
    let (first, last) = (course[0], course[course.len() - 1]);
    assert!(
        last[0] < 0.3 * first[0],
        "the fit went from {} to {}",
        first[0],
        last[0]
    );
    assert!(
        last[1] < 0.4,
        "{} of the windows' variance is not made again",
        last[1]
    );
}

/// `[count, 1, bands, frames]`, -40 dB on average, each with waves of its own length and direction.
fn stripes(count: i64, bands: i64, frames: i64) -> Tensor {
    let places = |count| Tensor::arange(count, (Kind::Float, Device::Cpu));
    let number = (places(count) + 1.0).view([-1, 1, 1, 1]);
    let up = places(bands).view([1, 1, -1, 1]) * 0.05;
    let along = places(frames).view([1, 1, 1, -1]) * 0.03;
    let phase = &number * up + (&number * 2.3).sin() * along * 2.0;
    phase.sin() * 20.0 - 40.0
}
