use model::tch::Device;

use super::*;
use crate::PRESETS;
use model::Network;

#[test]
fn every_preset_is_complete_and_survives_printing() {
    for preset in PRESETS {
        let config = TrainConfig::load(preset.name).unwrap();
        let printed = config.to_toml().unwrap();
        assert_eq!(TrainConfig::parse("printed", &printed).unwrap(), config);
    }
}

/// The bundle is older than some of the keys.
#[test]
fn the_preset_in_a_bundle_can_be_read() {
    let manifest = include_str!("../../../../fixtures/default-bundle/bundle.json");
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
    let training = manifest["training"].as_str().unwrap();
    let config = TrainConfig::parse("bundle", training).unwrap();
    assert_eq!(config.loss, LossConfig::default());
}

#[test]
fn every_preset_gives_its_network_windows_of_a_valid_size() {
    for preset in PRESETS {
        let config = TrainConfig::load(preset.name).unwrap();
        let front_end = config.front_end();
        let network = config.network(&front_end, 3);
        assert_eq!(config.architecture.name(), preset.name);
        Network::new(network, Device::Cpu).unwrap();
    }
}

#[test]
fn an_unknown_key_or_a_number_out_of_range_is_named() {
    let text = PRESETS[0].toml;
    let misspelt = text.replace("dropout", "drop_out");
    assert!(
        TrainConfig::parse("x", &misspelt)
            .unwrap_err()
            .to_string()
            .contains("drop_out")
    );
    let mad = format!("{text}[loss]\ntemperature = 0.0\n");
    let refused = TrainConfig::parse("x", &mad).unwrap_err().to_string();
    assert!(refused.contains("temperature is above 0"), "{refused}");
    let mad = text.replace("n_folds = ", "n_folds = 7 # ");
    assert!(
        TrainConfig::parse("x", &mad)
            .unwrap_err()
            .to_string()
            .contains("n_folds is 1 or 5")
    );
    let misplaced = format!("{text}\n[patchout]\nfrequency = 1\ntime = 1\n");
    assert!(
        TrainConfig::parse("x", &misplaced)
            .unwrap_err()
            .to_string()
            .contains("patchout is for ast")
    );
    let adapter = "\n[adapter]\nkind = \"dora\"\nrank = 8\nalpha = 16.0\nnames = \"query\"\n";
    for (right, wrong, named) in [
        ("rank = 8", "rank = 0", "adapter.rank is from 1"),
        ("\"query\"", "\"quer(y\"", "unclosed group"),
        ("alpha = 16.0", "alpha = nan", "adapter.alpha"),
        (
            "alpha = 16.0",
            "alpha = 1.0\nlayers = [5, 3]",
            "5 is after 3",
        ),
        ("dora", "mora", "unknown variant"),
    ] {
        assert!(TrainConfig::parse("x", &format!("{text}{adapter}")).is_ok());
        let mad = format!("{text}{}", adapter.replace(right, wrong));
        let reason = TrainConfig::parse("x", &mad).unwrap_err().to_string();
        assert!(reason.contains(named), "{reason}");
    }
    assert!(
        TrainConfig::load("no-such")
            .unwrap_err()
            .to_string()
            .contains("mn04")
    );
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_key() {
    for (from, to, nearest) in [
        ("n_folds = 1", "nfolds = 1", "n_folds"),
        ("warmup_ratio =", "warm_up_ratio =", "warmup_ratio"),
        ("[fine_tune]", "[finetune]", "fine_tune"),
    ] {
        let text = PRESETS[0].toml.replace(from, to);
        let line = text.lines().position(|line| line.contains(to)).unwrap() + 1;
        let reason = TrainConfig::parse("mine.toml", &text).unwrap_err();
        let key = to.trim_matches(['[', ']']).split(' ').next().unwrap();
        let wanted = format!(
            "--preset mine.toml: unknown key `{key}` in line {line}; nearest known key: `{nearest}`"
        );
        assert_eq!(reason.to_string(), wanted);
    }
}

/// Bundles and edited presets of older versions have the old keys.
#[test]
fn old_keys_are_read_as_the_new_ones() {
    const NEW: &str = r#"
        name = "x"
        disclaimer = "Demo."
        architecture = "mn04"
        seed = 1
        dropout = 0.5
        n_folds = 5
        [linear_probe]
        epochs = 1
        batch = 1
        learning_rate = 1e-3
        weight_decay = 0.0
        [fine_tune]
        epochs = 1
        batch = 8
        gradient_accumulation_steps = 2
        windows_per_track = 1
        sampling_power = 0.5
        learning_rate = 1e-5
        head_learning_rate = 1e-5
        weight_decay = 0.0
        warmup_ratio = 0.1
        mixup = 0.0
        pos_weight_power = 0.25
        ema_decay = 0.9
        patience = 1
        [loss]
        asl_margin = 0.05
        label_smoothing = 0.1
        [augment]
        gain = { p = 0.5, min = -1.0, max = 1.0 }
        chain = { p = 0.5 }
        spec_augment = { p = 0.5, time_masks = 1, time_fraction = 0.1, band_masks = 1, band_fraction = 0.1 }
    "#;
    let renamed = [
        ("disclaimer", "notice"),
        ("n_folds", "rotations"),
        ("[linear_probe]", "[head]"),
        ("[fine_tune]", "[network]"),
        ("gradient_accumulation_steps", "accumulate"),
        ("sampling_power", "balance"),
        ("warmup_ratio", "warm_up"),
        ("pos_weight_power", "class_weight"),
        ("ema_decay", "average"),
        ("asl_margin", "margin"),
        ("label_smoothing", "smoothing"),
        ("{ p =", "{ probability ="),
        ("min =", "least ="),
        ("max =", "most ="),
        ("chain =", "bundle ="),
        ("time_fraction", "time_share"),
        ("band_fraction", "band_share"),
    ];
    let old = renamed
        .into_iter()
        .fold(NEW.to_owned(), |text, (new, old)| {
            assert!(text.contains(new), "{new}");
            text.replace(new, old)
        });
    assert_eq!(
        TrainConfig::parse("old", &old).unwrap(),
        TrainConfig::parse("new", NEW).unwrap()
    );
}
