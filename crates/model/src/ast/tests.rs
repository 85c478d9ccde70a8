use std::collections::HashMap;
use std::path::Path as FilePath;

use tch::nn::VarStore;
use tch::{Device, Reduction};

use super::*;
use crate::golden::{assert_near, fill_deterministically, golden};
use crate::head::Head;
use crate::{Network, weights};
use inference::Architecture;

const GOLDEN: &[u8] = include_bytes!("../../../../fixtures/golden/ast.safetensors");
/// Of each value, beside the largest of its tensor: single precision, summed in another order.
const TOLERANCE: f64 = 1e-5;
/// As `scripts/golden/spectrogram_transformer.py` has it.
const TINY: Size = Size {
    layers: 2,
    width: 48,
    heads: 3,
    inner: 192,
};

fn shape(frames: usize) -> NetworkConfig {
    NetworkConfig::new(Architecture::AstSmall, [128, frames], 5)
}

fn tiny(shape: &NetworkConfig) -> (VarStore, Ast, Head) {
    let store = VarStore::new(Device::Cpu);
    let root = store.root();
    let ast = Ast::new(&root, shape, TINY).unwrap();
    let head = Head::new(&root / "classifier" / "dense", ast.hidden_width(), shape);
    fill_deterministically(store.variables());
    (store, ast, head)
}

fn assert_golden(ours: &Tensor, name: &str) {
    assert_near(ours, &golden(GOLDEN, name), TOLERANCE, name);
}

#[test]
fn every_layer_equals_the_reference() {
    let (_store, ast, head) = tiny(&shape(64));
    let windows = golden(GOLDEN, "windows");
    let mut words = ast.embed(&windows, false);
    assert_golden(&words, "embedded");
    for (n, block) in ast.blocks.iter().enumerate() {
        words = block.forward(&words, words.size()[1]);
        assert_golden(&words, &format!("layer.{n}"));
    }
    let features = ast.features(&windows, false);
    assert_golden(&features.embedding, "pooled");
    assert_golden(&features.hidden, "hidden");
    assert_golden(&head.forward(&features.hidden, false), "logits");
}

#[test]
fn names_and_gradients_equal_the_reference() {
    let (store, ast, head) = tiny(&shape(64));
    let hidden = ast.features(&golden(GOLDEN, "windows"), true).hidden;
    let none: Option<&Tensor> = None;
    let loss = head
        .forward(&hidden, true)
        .binary_cross_entropy_with_logits(&golden(GOLDEN, "targets"), none, none, Reduction::Mean);
    loss.backward();
    let mut variables: Vec<(String, Tensor)> = store.variables().into_iter().collect();
    variables.sort_by(|left, right| left.0.cmp(&right.0));
    let (_, metadata) = safetensors::SafeTensors::read_metadata(GOLDEN).unwrap();
    let theirs = metadata.metadata().as_ref().unwrap()["names"].clone();
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, theirs.split(' ').collect::<Vec<_>>());
    let norms = golden(GOLDEN, "gradient_norms");
    for (n, (name, variable)) in variables.iter().enumerate() {
        let ours = variable.grad().norm().double_value(&[]);
        let theirs = norms.double_value(&[n as i64]);
        // A bias of all keys changes nothing, so its gradient is what rounding leaves.
        assert!(
            (ours - theirs).abs() < 1e-4 * theirs + 1e-6,
            "{name}: {ours}, not {theirs}"
        );
    }
}

#[test]
fn positions_are_cut_and_interpolated_like_the_papers() {
    for columns in [3, 8] {
        let grid = Grid { rows: 12, columns };
        let ours = positions::fit(golden(GOLDEN, "positions.5"), grid);
        assert_golden(&ours, &format!("positions.{columns}"));
    }
}

#[test]
fn weights_of_another_length_and_other_classes_load() {
    let origin = FilePath::new("test");
    let bytes = Network::new(shape(64), Device::Cpu)
        .unwrap()
        .save()
        .unwrap();
    for (frames, columns) in [(44, 3), (94, 8)] {
        let other = NetworkConfig {
            playlists: 3,
            ..shape(frames)
        };
        let mut network = Network::new(other, Device::Cpu).unwrap();
        network.load_backbone(&bytes, origin).unwrap();
        let positions =
            &network.variables()["audio_spectrogram_transformer.embeddings.position_embeddings"];
        assert_eq!(positions.size(), [1, 2 + 12 * columns, 192]);
        let windows = Tensor::zeros([1, 1, 128, frames as i64], (Kind::Float, Device::Cpu));
        assert_eq!(network.features(&windows, false).hidden.size(), [1, 192]);
    }
}

/// As `ASTModel` of the paper's code has them, saved out of `DataParallel` or not.
#[test]
fn weights_under_the_names_of_the_papers_code_load() {
    let origin = FilePath::new("test");
    let wanted = Network::new(shape(44), Device::Cpu).unwrap();
    fill_deterministically(wanted.variables());
    let ours = wanted.variables();
    let backbone = "audio_spectrogram_transformer";
    for before in ["", "module."] {
        let mut theirs: HashMap<String, Tensor> = HashMap::new();
        let mut add = |name: &str, tensor: Tensor| {
            theirs.insert(format!("{before}{name}"), tensor);
        };
        let of = |name: &str| ours[&format!("{backbone}.{name}")].shallow_clone();
        add("v.cls_token", of("embeddings.cls_token"));
        add("v.dist_token", of("embeddings.distillation_token"));
        add("v.pos_embed", of("embeddings.position_embeddings"));
        for end in ["weight", "bias"] {
            let named = |name: &str| of(&format!("{name}.{end}"));
            let projection = named("embeddings.patch_embeddings.projection");
            add(&format!("v.patch_embed.proj.{end}"), projection);
            add(&format!("v.norm.{end}"), named("layernorm"));
            let head_norm = ours[&format!("classifier.layernorm.{end}")].shallow_clone();
            add(&format!("mlp_head.0.{end}"), head_norm);
            for n in 0..6 {
                let of = |name: &str| named(&format!("encoder.layer.{n}.{name}"));
                let together = ["query", "key", "value"]
                    .map(|part| of(&format!("attention.attention.{part}")));
                let together = Tensor::cat(&together, 0);
                let block = format!("v.blocks.{n}");
                add(&format!("{block}.attn.qkv.{end}"), together);
                add(
                    &format!("{block}.attn.proj.{end}"),
                    of("attention.output.dense"),
                );
                add(&format!("{block}.norm1.{end}"), of("layernorm_before"));
                add(&format!("{block}.norm2.{end}"), of("layernorm_after"));
                add(&format!("{block}.mlp.fc1.{end}"), of("intermediate.dense"));
                add(&format!("{block}.mlp.fc2.{end}"), of("output.dense"));
            }
        }
        // Further tensors of their files, which are not loaded; the head is of other classes.
        add(
            "v.head.weight",
            Tensor::zeros([1000, 192], (Kind::Float, Device::Cpu)),
        );
        add(
            "mlp_head.1.weight",
            Tensor::zeros([527, 192], (Kind::Float, Device::Cpu)),
        );
        let file = weights::save(&theirs, HashMap::new()).unwrap();
        let mut network = Network::new(shape(44), Device::Cpu).unwrap();
        network.load_backbone(&file, origin).unwrap();
        for (name, loaded) in network.variables() {
            assert!(network.is_head(&name) || loaded == ours[&name], "{name}");
        }
        theirs.remove(&format!("{before}v.blocks.5.attn.qkv.bias"));
        let file = weights::save(&theirs, HashMap::new()).unwrap();
        let reason = network
            .load_backbone(&file, origin)
            .unwrap_err()
            .to_string();
        assert!(reason.contains("layer.5.attention.attention"), "{reason}");
    }
}

#[test]
fn patchout_leaves_out_whole_rows_and_columns_in_training_alone() {
    let out = Patchout {
        frequency: 4,
        time: 2,
    };
    let (_store, ast, _head) = tiny(&NetworkConfig {
        patchout: Some(out),
        ..shape(64)
    });
    tch::manual_seed(5);
    let kept_patches = Vec::<i64>::try_from(ast.kept_patches(&out)).unwrap();
    let mut rows: Vec<i64> = kept_patches.iter().map(|place| place / 5).collect();
    let mut columns: Vec<i64> = kept_patches[..3].iter().map(|place| place % 5).collect();
    rows.dedup();
    columns.dedup();
    assert_eq!((kept_patches.len(), rows.len(), columns.len()), (24, 8, 3));
    for row in kept_patches.chunks(3) {
        let own: Vec<i64> = row.iter().map(|place| place % 5).collect();
        assert_eq!(own, columns);
    }
    let windows = golden(GOLDEN, "windows");
    let hidden = |seed, training| {
        tch::manual_seed(seed);
        ast.features(&windows, training).hidden
    };
    assert_eq!(ast.embed(&windows, true).size(), [2, 2 + 24, 48]);
    // libtorch has one generator for all tests that run side by side: one of them may draw in between.
    assert!((0..10).any(|_| hidden(5, true) == hidden(5, true)));
    assert_ne!(hidden(5, true), hidden(6, true));
    assert_golden(&hidden(5, false), "hidden");
}

#[test]
fn windows_without_a_patch_are_refused_with_words() {
    let refused = |shape: NetworkConfig| {
        let reason = Network::new(shape, Device::Cpu).err().unwrap();
        reason.to_string()
    };
    assert!(refused(shape(15)).contains("at least 16x16 (mel bands x frames)"));
    let patchout = Some(Patchout {
        frequency: 0,
        time: 5,
    });
    let shape = NetworkConfig {
        patchout,
        ..shape(64)
    };
    assert!(refused(shape).contains("12 by 5 patches; lower [patchout]"));
}
