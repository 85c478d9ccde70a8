//! A training of adapters and a head of two layers, interrupted and resumed. Alone in its process, because torch has one
//! generator for all threads.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use model::tch;
use std::ops::ControlFlow;
use std::path::Path;

use evaluation::Split;
use features::mel::FrontEnd;
use inference::{Architecture, NetworkConfig};
use model::Network;
use model::tch::Device;
use playlist_fit_train::{Dataset, Fold, TrainConfig, WindowSource};

const PRESET: &str = r#"
name = "adapted"
architecture = "mn04"
seed = 1
dropout = 0.1
mlp_head = 200
rotations = 1

[head]
epochs = 0
batch = 1
learning_rate = 0.0
weight_decay = 0.0

[network]
epochs = 2
batch = 4
windows_per_track = 1
learning_rate = 1e-3
head_learning_rate = 1e-3
weight_decay = 0.01
warm_up = 0.0
mixup = 0.0
class_weight = 0.0
average = 0.5
patience = 2

[adapter]
kind = "dora"
rank = 2
alpha = 4.0
names = "fc1|classifier.2"
"#;

const FRAMES: usize = 32;
const TRACKS: usize = 8;

/// Noise, louder on the second list.
struct Noise;

impl WindowSource for Noise {
    fn len(&self) -> usize {
        TRACKS
    }

    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
        let loudness = |track: &usize| 0.5 + (track % 2) as f32;
        let window = |loudness: f32, random: &mut fastrand::Rng| -> Vec<f32> {
            let drawn = (0..128 * FRAMES).map(|_| (random.f32() - 0.5) * loudness);
            drawn.collect()
        };
        tracks
            .iter()
            .flat_map(|track| window(loudness(track), random))
            .collect()
    }

    fn song_windows(&self, track: usize) -> Vec<f32> {
        self.random_windows(&[track], &mut fastrand::Rng::with_seed(track as u64))
    }
}

fn network(config: &TrainConfig) -> Network {
    tch::manual_seed(3);
    let shape = NetworkConfig {
        dropout: config.dropout,
        mlp_head: config.mlp_head,
        adapter: config.adapter.clone(),
        ..NetworkConfig::new(Architecture::Mn04, [128, FRAMES], 2)
    };
    Network::new(shape, Device::Cpu).unwrap()
}

fn train(config: &TrainConfig, folder: &Path, flow: ControlFlow<()>) -> Network {
    let dataset = Dataset {
        front_end: FrontEnd {
            window_seconds: FRAMES as f64 * 0.01,
            ..FrontEnd::efficientat()
        },
        source: Box::new(Noise),
        truth: (0..TRACKS).map(|track| vec![track % 2]).collect(),
        playlists: 2,
    };
    let network = network(config);
    let split = Split {
        train: (0..TRACKS - 2).collect(),
        validation: vec![TRACKS - 2, TRACKS - 1],
        ..Split::default()
    };
    let run = Fold {
        config,
        dataset: &dataset,
        split: &split,
        artists: &(0..TRACKS)
            .map(|track| track.to_string())
            .collect::<Vec<_>>(),
        units: &[],
        seed: 1,
        stop_after: None,
        checkpoint: folder.join("checkpoint.safetensors"),
        announce: &|_| flow,
    };
    run.run(&network).unwrap();
    network
}

#[test]
fn adapters_and_a_head_of_two_layers_learn_and_a_broken_run_ends_the_same() {
    let config: TrainConfig = toml::from_str(PRESET).unwrap();
    let [whole, broken] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let unbroken = train(&config, whole.path(), ControlFlow::Continue(()));
    train(&config, broken.path(), ControlFlow::Break(()));
    let resumed = train(&config, broken.path(), ControlFlow::Continue(()));
    let (began, unbroken, resumed) = (network(&config), unbroken.variables(), resumed.variables());
    for (name, first) in began.variables() {
        assert_eq!(unbroken[&name], resumed[&name], "{name}");
        let learns = began.is_head(&name) || began.is_adapter(&name);
        assert_eq!(unbroken[&name] != first, learns, "{name}");
    }
}
