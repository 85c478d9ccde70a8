//! Trainings of the study's network on tiny windows: each of four playlists sounds in bands of its own.

use model::tch;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::tch::Device;

use super::*;
use crate::{LossConfig, WindowSource};
use features::mel::FrontEnd;
use inference::NetworkConfig;
use model::Precision;

const PLAYLISTS: usize = 4;
const TRACKS: usize = 72;
const BANDS: usize = 8;
const FRAMES: usize = 16;
const EPOCHS: usize = 5;

/// Noise, and more of it in the bands of the track's playlists.
#[derive(Default)]
struct Bands {
    truth: Vec<Vec<usize>>,
    /// Batches made so far, and that at which it fails.
    made: AtomicUsize,
    fails_at: Option<usize>,
    broken: bool,
}

impl Bands {
    fn window(&self, track: usize, random: &mut fastrand::Rng) -> Vec<f32> {
        let sounds = |band: usize| {
            self.truth[track]
                .iter()
                .any(|list| list * 2 == band / 2 * 2)
        };
        let loud = |band| if sounds(band) { 1.5 } else { 0.0 };
        let bands = (0..BANDS).flat_map(|band| [loud(band); FRAMES]);
        let noisy = bands.map(|loud| loud + 2.0 * random.f32() - 1.0);
        let nothing = if self.broken { f32::NAN } else { 0.0 };
        noisy.map(|value| value + nothing).collect()
    }
}

impl WindowSource for Bands {
    fn len(&self) -> usize {
        self.truth.len()
    }

    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
        let made = self.made.fetch_add(1, Ordering::SeqCst);
        if self.fails_at == Some(made) {
            // A panic whose message does not disturb the tests' output.
            std::panic::resume_unwind(Box::new("the clip is gone"));
        }
        let windows = tracks.iter().map(|&track| self.window(track, random));
        windows.collect::<Vec<_>>().concat()
    }

    fn song_windows(&self, track: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(track as u64);
        [0; 2].map(|_| self.window(track, &mut random)).concat()
    }
}

/// Playlists of falling size; every sixth track is on two.
fn dataset(change: impl FnOnce(&mut Bands)) -> Dataset {
    let list = |track: usize| [0, 0, 0, 1, 1, 2, 3][track % 7];
    let truth: Vec<Vec<usize>> = (0..TRACKS)
        .map(|track| match track % 6 {
            0 => vec![list(track), (list(track) + 1) % PLAYLISTS],
            _ => vec![list(track)],
        })
        .collect();
    let mut bands = Bands {
        truth: truth.clone(),
        ..Bands::default()
    };
    change(&mut bands);
    Dataset {
        front_end: FrontEnd::stern(),
        source: Box::new(bands),
        truth,
        playlists: PLAYLISTS,
    }
}

fn config(change: impl FnOnce(&mut TrainConfig)) -> TrainConfig {
    let mut config = TrainConfig::load("stern-cnn").unwrap();
    // The generator behind dropout is one for all threads, so also for tests beside this one.
    config.dropout = 0.0;
    config.fine_tune.epochs = EPOCHS;
    config.fine_tune.windows_per_track = 4;
    config.fine_tune.learning_rate = 1e-2;
    config.fine_tune.head_learning_rate = 1e-2;
    config.fine_tune.pos_weight_power = 0.0;
    change(&mut config);
    config
}

/// The same weights whenever it is called.
fn network(config: &TrainConfig) -> Network {
    let shape = NetworkConfig {
        dropout: config.dropout,
        ..NetworkConfig::new(config.architecture, [BANDS, FRAMES], PLAYLISTS)
    };
    let network = Network::new(shape, Device::Cpu).unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    let mut variables: Vec<(String, Tensor)> = network.variables().into_iter().collect();
    variables.sort_by(|left, right| left.0.cmp(&right.0));
    for (_, mut variable) in variables {
        let inputs: i64 = variable.size()[1..].iter().product();
        let most = if variable.dim() == 1 {
            0.0
        } else {
            (6.0 / inputs as f32).sqrt()
        };
        let uniform = |_| most * (2.0 * random.f32() - 1.0);
        let values: Vec<f32> = (0..variable.numel()).map(uniform).collect();
        let values = Tensor::from_slice(&values).view(variable.size().as_slice());
        tch::no_grad(|| variable.copy_(&values));
    }
    network
}

fn weights(network: &Network) -> Vec<(String, Vec<f32>)> {
    let mut variables: Vec<(String, Tensor)> = network.variables().into_iter().collect();
    variables.sort_by(|left, right| left.0.cmp(&right.0));
    let flat = |tensor: Tensor| Vec::try_from(tensor.detach().flatten(0, -1)).unwrap();
    variables
        .into_iter()
        .map(|(name, tensor)| (name, flat(tensor)))
        .collect()
}

type Ran = Result<(Vec<EpochRecord>, Vec<(String, Vec<f32>)>), TrainError>;

/// A run from fresh weights on two thirds of the tracks, with its checkpoint in this folder; ends after `until` epochs.
fn run_in(
    folder: &tempfile::TempDir,
    config: &TrainConfig,
    dataset: &Dataset,
    until: usize,
) -> Ran {
    // The windows are too small to share, and tests beside this one want the cores.
    tch::set_num_threads(1);
    let (validation, train) = (0..TRACKS).partition(|track| track % 3 == 0);
    let split = Split {
        train,
        validation,
        test: Vec::new(),
    };
    let artists: Vec<String> = (0..TRACKS).map(|track| track.to_string()).collect();
    let network = network(config);
    let fold = Fold {
        config,
        dataset,
        split: &split,
        artists: &artists,
        units: &[],
        seed: 1,
        stop_after: None,
        checkpoint: folder.path().join("checkpoint.safetensors"),
        announce: &|epoch| {
            if epoch.epoch == until {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    };
    let history = fold.run(&network)?;
    Ok((history, weights(&network)))
}

fn run(config: &TrainConfig, dataset: &Dataset) -> Ran {
    run_in(&tempfile::tempdir().unwrap(), config, dataset, EPOCHS)
}

/// It learns, ranks held-out tracks far better than by chance (about 0.4), and a run that was broken after
/// its second epoch ends bit for bit as the unbroken one.
fn assert_learns_and_resumes(what: &str, change: impl FnOnce(&mut TrainConfig)) {
    let (config, dataset) = (config(change), dataset(|_| ()));
    let (history, weights) = run(&config, &dataset).unwrap();
    let (first, last) = (&history[0], history.last().unwrap());
    assert!(last.train_loss < first.train_loss, "{what}: {history:?}");
    let top_1 = last.validation.unwrap().top_1;
    println!(
        "{what}: {:.4} to {:.4}, top-1 {top_1:.2}",
        first.train_loss, last.train_loss
    );
    assert!(top_1 > 0.7, "{what}: {history:?}");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(&folder, &config, &dataset, 2).unwrap().0.len(), 2);
    let resumed = run_in(&folder, &config, &dataset, EPOCHS).unwrap();
    assert!(resumed == (history, weights), "{what}: resumed otherwise");
}

#[test]
fn plain_cross_entropy_learns_and_resumes() {
    assert_learns_and_resumes("plain", |_| ());
    assert_learns_and_resumes("class weight", |config| {
        config.fine_tune.pos_weight_power = 0.5;
    });
    assert_learns_and_resumes("mixup", |config| config.fine_tune.mixup = 0.3);
}

#[test]
fn every_loss_learns_and_resumes() {
    let losses = [
        (
            "asymmetric",
            LossConfig {
                gamma_negative: 2.0,
                gamma_positive: 1.0,
                asl_margin: 0.05,
                ..LossConfig::default()
            },
        ),
        (
            "missing labels",
            LossConfig {
                label_smoothing: 0.05,
                negative_weight: 0.5,
                negative_power: 0.5,
                ..LossConfig::default()
            },
        ),
        (
            "contrastive",
            LossConfig {
                contrastive: 0.5,
                ..LossConfig::default()
            },
        ),
    ];
    for (what, loss) in losses {
        assert_learns_and_resumes(what, |config| config.loss = loss);
    }
}

#[test]
fn every_way_of_stepping_learns_and_resumes() {
    assert_learns_and_resumes("balance", |config| config.fine_tune.sampling_power = 0.5);
    assert_learns_and_resumes("parts", |config| {
        config.fine_tune.gradient_accumulation_steps = 3;
    });
    assert_learns_and_resumes("clipped", |config| config.fine_tune.clip_norm = 0.5);
    assert_learns_and_resumes("layer decay", |config| config.fine_tune.layer_decay = 0.7);
    assert_learns_and_resumes("average", |config| config.fine_tune.ema_decay = 0.8);
    assert_learns_and_resumes("bf16", |config| {
        config.fine_tune.precision = Precision::Bf16;
    });
}

#[test]
fn a_frozen_backbone_stays_as_it_was_while_its_head_learns_and_resumes() {
    let freeze = |config: &mut TrainConfig| {
        config.fine_tune.learning_rate = 0.0;
        config.fine_tune.head_learning_rate = 3e-2;
    };
    assert_learns_and_resumes("frozen", freeze);
    let config = config(freeze);
    let before = weights(&network(&config));
    let (_, after) = run(&config, &dataset(|_| ())).unwrap();
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        assert_eq!(before != after, name.starts_with("linear."), "{name}");
    }
}

/// It fails in the third of its epochs, which is done again.
#[test]
fn a_run_broken_inside_an_epoch_ends_like_an_unbroken_one() {
    let config = config(|_| ());
    let folder = tempfile::tempdir().unwrap();
    let failing = dataset(|bands| bands.fails_at = Some(30));
    let failed = run_in(&folder, &config, &failing, EPOCHS).unwrap_err();
    assert!(failed.to_string().contains("the clip is gone"), "{failed}");
    let whole = dataset(|_| ());
    let resumed = run_in(&folder, &config, &whole, EPOCHS).unwrap();
    assert!(resumed == run(&config, &whole).unwrap());
}

/// Of a loss with all its terms, to the rounding of sums in another order: 1e-5 of the largest.
#[test]
fn the_gradients_of_parts_equal_those_of_the_whole() {
    let dataset = dataset(|_| ());
    let gradients = |accumulate| {
        let config = config(|config| {
            config.dropout = 0.0;
            config.fine_tune.gradient_accumulation_steps = accumulate;
            config.fine_tune.mixup = 0.3;
            config.loss.contrastive = 0.5;
            config.loss.gamma_negative = 1.0;
        });
        let network = network(&config);
        let split = Split {
            train: (0..TRACKS).collect(),
            ..Split::default()
        };
        let fold = Fold {
            config: &config,
            dataset: &dataset,
            split: &split,
            artists: &[],
            units: &[],
            seed: 1,
            stop_after: None,
            checkpoint: PathBuf::new(),
            announce: &|_| ControlFlow::Continue(()),
        };
        let learner = Learner {
            network: &network,
            loss: fold.loss(&network).unwrap(),
            frozen: false,
        };
        let tracks: Vec<usize> = (0..16).collect();
        let mut random = fastrand::Rng::with_seed(2);
        let batch = TrainingBatch {
            number: 0,
            windows: dataset.source.random_windows(&tracks, &mut random),
            tracks,
            random,
        };
        let total = fold.backward(&learner, batch).unwrap();
        let mut variables = network.variables();
        variables.extend(learner.loss.variables());
        let named = variables.into_iter();
        let gradients = named.map(|(name, variable)| (name, variable.grad()));
        let gradients: std::collections::BTreeMap<_, _> = gradients.collect();
        (total.double_value(&[]), gradients)
    };
    let (whole, parts) = (gradients(1), gradients(3));
    assert!((whole.0 - parts.0).abs() < 1e-4, "{} {}", whole.0, parts.0);
    for ((name, whole), (_, parts)) in whole.1.iter().zip(&parts.1) {
        let largest = whole.abs().max().double_value(&[]);
        let off = (whole - parts).abs().max().double_value(&[]);
        assert!(
            largest > 0.0 && off < 1e-5 * largest.max(1.0),
            "{name}: {off} of {largest}"
        );
    }
}

#[test]
fn a_loss_that_is_no_number_is_said() {
    let broken = dataset(|bands| bands.broken = true);
    let failed = run(&config(|_| ()), &broken).unwrap_err();
    assert!(
        matches!(failed, TrainError::Diverged { epoch: 1 }),
        "{failed}"
    );
}

#[test]
fn windows_cannot_be_made_again_without_a_decoder() {
    let asked = config(|config| config.loss.reconstruction = 1.0);
    let refused = run(&asked, &dataset(|_| ())).unwrap_err().to_string();
    assert!(refused.contains("stern-cnn has no decoder"), "{refused}");
}
