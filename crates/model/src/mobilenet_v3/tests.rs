use std::path::{Path as FilePath, PathBuf};

use safetensors::SafeTensors;
use tch::Device;
use tch::nn::VarStore;

use super::*;
use crate::head::Head;
use crate::{Network, golden, weights};
use inference::Architecture;

const MN04: &[u8] = include_bytes!("../../../../fixtures/golden/mn04.safetensors");
const MN05: &[u8] = include_bytes!("../../../../fixtures/golden/mn05.safetensors");
/// Of each value, beside the largest of its tensor: single precision over 17 blocks, summed in another order.
const TOLERANCE: f64 = 1e-4;
const CLASSES: usize = 527;

fn network(architecture: Architecture, width: Width) -> (VarStore, MobileNetV3, Head) {
    let store = VarStore::new(Device::Cpu);
    let shape = NetworkConfig {
        dropout: 0.2,
        ..NetworkConfig::new(architecture, [128, 200], CLASSES)
    };
    let root = store.root();
    let network = MobileNetV3::new(&root, &shape, width);
    let head = Head::new(&root / "classifier" / 5, network.hidden_width(), &shape);
    (store, network, head)
}

fn assert_near(file: &[u8], ours: &Tensor, name: &str) {
    golden::assert_near(ours, &golden::golden(file, name), TOLERANCE, name);
}

fn assert_every_layer(
    file: &[u8],
    log_mel: &Tensor,
    network: &MobileNetV3,
    head: &Head,
    prefix: &str,
) {
    let mut map = network.stem.forward(log_mel);
    for n in 0..=16 {
        match n {
            0 => {}
            16 => map = network.last.forward(&map),
            _ => map = network.blocks[n - 1].forward(&map),
        }
        assert_near(
            file,
            &map.flatten(0, -1).narrow(0, 0, 64),
            &format!("{prefix}.features.{n}.head"),
        );
        let spread = Tensor::stack(&[map.mean(Kind::Float), map.std(false)], 0);
        assert_near(file, &spread, &format!("{prefix}.features.{n}.mean_std"));
    }
    assert_near(file, &map, &format!("{prefix}.features.16"));
    let features = network.features(log_mel, false);
    assert_near(file, &features.embedding, &format!("{prefix}.pooled"));
    assert_near(file, &features.hidden, &format!("{prefix}.hidden"));
    assert_near(
        file,
        &head.forward(&features.hidden, false),
        &format!("{prefix}.logits"),
    );
}

#[test]
fn every_layer_equals_the_reference_with_made_up_weights() {
    let log_mel = golden::golden(MN04, "log_mel");
    for (architecture, width, file) in [
        (Architecture::Mn04, Width(0.4), MN04),
        (Architecture::Mn05, Width(0.5), MN05),
    ] {
        let (store, network, head) = network(architecture, width);
        golden::fill_deterministically(store.variables());
        assert_every_layer(file, &log_mel, &network, &head, "rule");
        tch::no_grad(|| assert_every_layer(file, &log_mel, &network, &head, "rule"));
    }
}

#[test]
#[ignore = "needs PLAYLIST_FIT_DATA"]
fn every_layer_equals_the_reference_with_the_audioset_weights() {
    let data = std::env::var_os("PLAYLIST_FIT_DATA").expect("PLAYLIST_FIT_DATA names a folder");
    let path: PathBuf = FilePath::new(&data).join("../weights/efficientat-mn04-as.safetensors");
    let (store, network, head) = network(Architecture::Mn04, Width(0.4));
    weights::load(
        &store.variables(),
        &std::fs::read(&path).unwrap(),
        &path,
        |_| false,
        |_| Vec::new(),
        |_, stored, _| stored,
    )
    .unwrap();
    let log_mel = golden::golden(MN04, "log_mel");
    assert_every_layer(MN04, &log_mel, &network, &head, "real");
    tch::no_grad(|| assert_every_layer(MN04, &log_mel, &network, &head, "real"));
}

/// So that the published file of every width loads by name: EfficientAT's own state dicts, name by name.
#[test]
fn every_width_has_the_names_and_sizes_of_the_reference() {
    let (_, metadata) = SafeTensors::read_metadata(MN05).unwrap();
    let names = metadata.metadata().as_ref().unwrap()["names"].clone();
    let names: Vec<&str> = names.split(' ').collect();
    for architecture in [
        Architecture::Mn04,
        Architecture::Mn05,
        Architecture::Mn10,
        Architecture::Mn20,
        Architecture::Mn30,
        Architecture::Mn40,
    ] {
        let shape = NetworkConfig::new(architecture, [128, 200], CLASSES);
        let network = Network::new(shape, Device::Cpu).unwrap();
        let mut ours: Vec<(String, Vec<i64>)> = network
            .variables()
            .into_iter()
            .map(|(name, variable)| (name, variable.size()))
            .collect();
        ours.sort();
        // A row a tensor, filled up with zeros.
        let sizes = golden::golden(MN05, &format!("sizes.{}", architecture.name()));
        let sizes = Vec::<Vec<f64>>::try_from(sizes.to_kind(Kind::Double)).unwrap();
        assert_eq!((ours.len(), sizes.len()), (names.len(), names.len()));
        for (((name, ours), their_name), theirs) in ours.iter().zip(&names).zip(sizes) {
            let theirs = theirs.into_iter().filter(|&side| side > 0.0);
            let theirs: Vec<i64> = theirs.map(|side| side as i64).collect();
            assert_eq!(
                (name.as_str(), ours),
                (*their_name, &theirs),
                "{architecture:?}"
            );
        }
    }
}
