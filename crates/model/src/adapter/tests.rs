//! One layer against PEFT, and whole networks: what learns, what is found, what is merged away.

use std::path::Path as FilePath;

use safetensors::SafeTensors;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::*;
use crate::linear::Linear;
use crate::{ModelError, Network};
use inference::{AdapterKind, Architecture, NetworkConfig, Predictor as _};

const GOLDEN: &[u8] = include_bytes!("../../../../fixtures/golden/adapters.safetensors");
/// Of each value, beside the largest of its tensor, or 1: single precision.
const TOLERANCE: f64 = 1e-5;
/// The same through 17 blocks.
const TOLERANCE_OF_NETWORKS: f64 = 1e-4;

fn golden(name: &str) -> Tensor {
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    let stored = file.tensor(name).unwrap();
    let shape: Vec<i64> = stored.shape().iter().map(|&side| side as i64).collect();
    Tensor::from_data_size(stored.data(), &shape, Kind::Float)
}

#[track_caller]
fn assert_near(ours: &Tensor, theirs: &Tensor, tolerance: f64, what: &str) {
    assert_eq!(ours.size(), theirs.size(), "{what}");
    let worst = (ours - theirs).abs().max().double_value(&[]);
    let largest = theirs.abs().max().double_value(&[]).max(1.0);
    assert!(
        worst <= tolerance * largest,
        "{what}: off by {worst}, largest value {largest}"
    );
}

fn plan(kind: AdapterKind, names: &str) -> AdapterPlan {
    AdapterPlan {
        kind,
        rank: 3,
        alpha: 6.0,
        names: names.into(),
        layers: None,
    }
}

fn shape(adapter: Option<AdapterPlan>) -> NetworkConfig {
    NetworkConfig {
        dropout: 0.1,
        mlp_head: Some(200),
        adapter,
        ..NetworkConfig::new(Architecture::Mn04, [128, 40], 3)
    }
}

fn network(adapter: Option<AdapterPlan>) -> Network {
    tch::manual_seed(5);
    Network::new(shape(adapter), Device::Cpu).unwrap()
}

fn windows() -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..2 * 128 * 40)
        .map(|_| random.f32() * 2.0 - 1.0)
        .collect()
}

/// Gives every adapter numbers as if it had learned.
fn learn(network: &Network) {
    tch::manual_seed(6);
    for (name, mut variable) in network.variables() {
        if network.is_adapter(&name) {
            let step = variable.randn_like() * 0.05;
            tch::no_grad(|| variable.copy_(&(&variable + step)));
        }
    }
}

fn layer_equals_peft(kind: AdapterKind, prefix: &str, learned: &[&str]) {
    let store = VarStore::new(Device::Cpu);
    let layer = Linear::new(store.root() / "0", 12, 8, &shape(Some(plan(kind, "^0$"))));
    let variables = store.variables();
    for (name, variable) in &variables {
        if let Some(part) = name.strip_prefix("0.").filter(|part| *part != "magnitude") {
            tch::no_grad(|| variable.shallow_clone().copy_(&golden(part)));
        }
    }
    if kind == AdapterKind::Dora {
        tch::no_grad(|| {
            let _ = variables["0.lora_b"].shallow_clone().zero_();
            init(&variables).unwrap();
            variables["0.lora_b"]
                .shallow_clone()
                .copy_(&golden("lora_b"));
        });
        let magnitude = &variables["0.magnitude"];
        assert_near(
            magnitude,
            &golden("dora.first_magnitude"),
            TOLERANCE,
            "first magnitude",
        );
        tch::no_grad(|| magnitude.shallow_clone().copy_(&golden("magnitude")));
    }
    let input = golden("input").set_requires_grad(true);
    let output = layer.forward(&input);
    assert_near(
        &output,
        &golden(&format!("{prefix}.output")),
        TOLERANCE,
        "output",
    );
    (output * golden("cotangent")).sum(Kind::Float).backward();
    let gradient = |name: &str| golden(&format!("{prefix}.gradient.{name}"));
    assert_near(
        &input.grad(),
        &gradient("input"),
        TOLERANCE,
        "gradient of the input",
    );
    for name in learned {
        assert_near(
            &variables[&format!("0.{name}")].grad(),
            &gradient(name),
            TOLERANCE,
            name,
        );
    }
    let merged = merge(variables, &plan(kind, "^0$"));
    assert_near(
        &merged["0.weight"],
        &golden(&format!("{prefix}.merged")),
        TOLERANCE,
        "merged",
    );
    let mut names: Vec<&String> = merged.keys().collect();
    names.sort();
    assert_eq!(names, ["0.bias", "0.weight"]);
}

#[test]
fn lora_equals_peft_forward_and_backward() {
    layer_equals_peft(AdapterKind::Lora, "lora", &["lora_a", "lora_b"]);
}

#[test]
fn dora_equals_peft_forward_and_backward() {
    layer_equals_peft(
        AdapterKind::Dora,
        "dora",
        &["lora_a", "lora_b", "magnitude"],
    );
}

#[test]
fn only_adapters_and_head_learn() {
    let adapted = network(Some(plan(AdapterKind::Dora, "fc1")));
    learn(&adapted);
    let input = adapted.windows_tensor(&windows()).unwrap();
    let hidden = adapted.features(&input, true).hidden;
    let logits = adapted.head().forward(&hidden, true);
    logits.square().sum(Kind::Float).backward();
    let mut learning = 0;
    for (name, variable) in adapted.variables() {
        let moves = variable.grad().defined();
        assert_eq!(
            moves,
            adapted.is_head(&name) || adapted.is_adapter(&name),
            "{name}"
        );
        learning += if moves { variable.numel() } else { 0 };
    }
    let [learn, all] = adapted.trainable();
    assert_eq!(learn, learning);
    assert!(learn < all / 2, "{learn} of {all}");
    let [learn, all] = network(None).trainable();
    assert_eq!(learn, all);
}

#[test]
fn names_and_layers_say_what_is_adapted() {
    let adapted = |names: &str, layers: Option<[usize; 2]>| {
        let plan = AdapterPlan {
            layers,
            ..plan(AdapterKind::Lora, names)
        };
        let variables = network(Some(plan)).variables();
        let names = variables
            .keys()
            .filter_map(|name| name.strip_suffix(".lora_a"));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(
        adapted("classifier", None),
        ["classifier.2"],
        "and never the head"
    );
    assert_eq!(
        adapted("fc1$", Some([5, 6])),
        [5, 6].map(|n| format!("features.{n}.block.2.conc_se_layers.0.fc1"))
    );
    let plain: Vec<String> = network(None).variables().into_keys().collect();
    let with = network(Some(plan(AdapterKind::Dora, "."))).variables();
    assert!(
        plain.iter().all(|name| with.contains_key(name)),
        "no name changes"
    );
}

#[test]
fn a_pattern_that_finds_nothing_is_refused_with_what_there_is() {
    let refused = |shape: NetworkConfig| match Network::new(shape, Device::Cpu) {
        Err(reason @ ModelError::Adapter(_)) => reason.to_string(),
        _ => panic!("not refused"),
    };
    let reason = refused(shape(Some(plan(AdapterKind::Lora, "query"))));
    assert!(
        reason.contains("\"query\" finds no linear layer of mn04"),
        "{reason}"
    );
    assert!(reason.contains("to features."), "{reason}");
    let far = AdapterPlan {
        layers: Some([30, 40]),
        ..plan(AdapterKind::Lora, "fc1")
    };
    let reason = refused(shape(Some(far)));
    assert!(reason.contains("among the layers 30 to 40"), "{reason}");
    let headless = NetworkConfig {
        architecture: Architecture::SternCnn,
        mlp_head: None,
        ..shape(Some(plan(AdapterKind::Lora, ".")))
    };
    let reason = refused(headless);
    assert!(reason.contains("none except its head"), "{reason}");
    let none = AdapterPlan {
        rank: 0,
        ..plan(AdapterKind::Lora, "fc1")
    };
    assert!(refused(shape(Some(none))).contains("rank"));
}

#[test]
fn what_is_saved_has_no_adapters_and_says_the_same() {
    for kind in [AdapterKind::Lora, AdapterKind::Dora] {
        let plain = network(None);
        let mut adapted = network(Some(plan(kind, "fc|classifier")));
        let bytes = plain.save().unwrap();
        adapted.load(&bytes, FilePath::new("plain")).unwrap();
        let say =
            |network: &Network| Tensor::from_slice(&network.predict(&windows()).unwrap().logits);
        assert_near(
            &say(&adapted),
            &say(&plain),
            TOLERANCE_OF_NETWORKS,
            "before it learned",
        );
        learn(&adapted);
        let learned = say(&adapted);
        assert!((&learned - say(&plain)).abs().max().double_value(&[]) > 1e-3);
        let saved = adapted.save().unwrap();
        let stored = SafeTensors::deserialize(&saved).unwrap();
        let mut names = stored.names();
        let mut plain_names: Vec<String> = plain.variables().into_keys().collect();
        names.sort();
        plain_names.sort();
        assert_eq!(names, plain_names);
        let mut merged = Network::new(adapted.saved_shape(), Device::Cpu).unwrap();
        assert_eq!(merged.shape().adapter, None);
        merged.load(&saved, FilePath::new("saved")).unwrap();
        assert_near(&say(&merged), &learned, TOLERANCE_OF_NETWORKS, "merged");
    }
}
