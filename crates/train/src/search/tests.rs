//! The search on functions instead of trainings, which are known to be least at a learning rate of 1e-4 and a dropout of
//! 0.3; the batch does not matter.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use super::*;

const SPACE: &str = "
    dropout = { low = 0.0, high = 0.6 }
    fine_tune.learning_rate = { low = 1e-6, high = 1e-1, log = true }
    fine_tune.batch = { one_of = [8, 16, 32] }
    fine_tune.warmup_ratio = { low = 0.0, high = 0.6 }
";

fn preset(seed: u64) -> TrainConfig {
    TrainConfig {
        seed,
        ..TrainConfig::load("stern-cnn").unwrap()
    }
}

/// 0 at the best place; each decade and each 0.1 of dropout away from it costs more.
fn loss_of(config: &TrainConfig) -> f64 {
    let decades = config.fine_tune.learning_rate.log10() + 4.0;
    let dropout = (config.dropout - 0.3) / 0.1;
    0.1 * decades * decades + 0.05 * dropout * dropout
}

fn epoch(number: usize, loss: f64) -> EpochRecord {
    let validation = Validation {
        loss,
        top_1: 0.5,
        top_3: 0.7,
        top_5: 0.8,
    };
    EpochRecord {
        epoch: number,
        train_loss: loss,
        validation: Some(validation),
    }
}

fn one_epoch(
    _: u64,
    config: &TrainConfig,
    watch: &dyn Fn(&EpochRecord) -> ControlFlow<()>,
) -> Result<(), TrainError> {
    let _ = watch(&epoch(1, loss_of(config)));
    Ok(())
}

fn search_in(
    folder: &Path,
    seed: u64,
    trials: u64,
    training: &mut Training,
) -> Result<Vec<Trial>, SearchError> {
    let preset = preset(seed);
    let space = Space::parse(SPACE, &preset)?;
    search(&preset, &space, folder).run(trials, training, &|_| ())
}

fn search<'a>(preset: &'a TrainConfig, space: &'a Space, folder: &Path) -> Search<'a> {
    Search {
        preset,
        space,
        training_set: "three tracks",
        log: folder.join("trials.jsonl"),
    }
}

fn least(trials: &[Trial]) -> f64 {
    trials
        .iter()
        .filter_map(Trial::loss)
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn it_comes_nearer_to_the_best_than_chance_does() {
    let mut found = Vec::new();
    let mut by_chance = Vec::new();
    for seed in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let trials = search_in(folder.path(), seed, 40, &mut one_epoch).unwrap();
        found.push(least(&trials));
        let mut random = fastrand::Rng::with_seed(seed);
        let draws = (0..40).map(|_| {
            let mut config = preset(seed);
            config.dropout = 0.6 * random.f64();
            config.fine_tune.learning_rate = 10f64.powf(-6.0 + 5.0 * random.f64());
            loss_of(&config)
        });
        by_chance.push(draws.fold(f64::INFINITY, f64::min));
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    assert!(
        mean(&found) < mean(&by_chance) && median(&found) < 0.1 * median(&by_chance),
        "{found:?} {by_chance:?}"
    );
}

#[test]
fn what_matters_is_told_from_what_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let preset = preset(5);
    let space = Space::parse(SPACE, &preset).unwrap();
    let search = search(&preset, &space, folder.path());
    search.run(9, &mut one_epoch, &|_| ()).unwrap();
    assert_eq!(search.importance().unwrap(), None);
    search.run(40, &mut one_epoch, &|_| ()).unwrap();
    let importance = search.importance().unwrap().unwrap();
    let share = |path: &str| {
        let mut alone = importance.alone.iter();
        alone.find(|setting| setting.0 == path).unwrap().1
    };
    assert!(
        share("fine_tune.learning_rate") > 4.0 * share("fine_tune.batch"),
        "{importance:?}"
    );
    assert!(
        share("dropout") > share("fine_tune.batch"),
        "{importance:?}"
    );
    let sum: f64 = importance.alone.iter().map(|setting| setting.1).sum();
    assert!((sum + importance.together - 1.0).abs() < 1e-9);
}

#[test]
fn a_broken_search_goes_on_as_if_it_had_not_been() {
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let unbroken = search_in(whole.path(), 3, 25, &mut one_epoch).unwrap();
    search_in(broken.path(), 3, 14, &mut one_epoch).unwrap();
    // Killed in the middle of a trial, and once in the middle of a line.
    let log = broken.path().join("trials.jsonl");
    let mut text = fs::read_to_string(&log).unwrap();
    text.push_str("{\"id\":14,\"params\":{\"0\":{\"Flo");
    fs::write(&log, text).unwrap();
    let resumed = search_in(broken.path(), 3, 25, &mut one_epoch).unwrap();
    assert_eq!(resumed, unbroken);
    assert_eq!(resumed.len(), 25);
    let nothing = &mut |number: u64,
                        _: &TrainConfig,
                        _: &dyn Fn(&EpochRecord) -> ControlFlow<()>|
     -> Result<(), TrainError> { panic!("trial {number} is there already") };
    assert_eq!(search_in(broken.path(), 3, 20, nothing).unwrap(), unbroken);
    let other = tempfile::tempdir().unwrap();
    assert_ne!(
        search_in(other.path(), 4, 25, &mut one_epoch).unwrap(),
        unbroken
    );
}

#[test]
fn a_log_of_another_search_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    search_in(folder.path(), 3, 2, &mut one_epoch).unwrap();
    let preset = preset(3);
    let space = Space::parse(SPACE, &preset).unwrap();
    let refused = |search: Search| {
        let refused = search.run(3, &mut one_epoch, &|_| ()).unwrap_err();
        refused.to_string()
    };
    let same = || search(&preset, &space, folder.path());
    let narrower = Space::parse(&SPACE.replace("0.6", "0.5"), &preset).unwrap();
    let other = preset_with_patience(&preset);
    for (other, thing) in [
        (
            Search {
                space: &narrower,
                ..same()
            },
            "another space",
        ),
        (
            Search {
                preset: &other,
                ..same()
            },
            "another preset",
        ),
        (
            Search {
                training_set: "four tracks",
                ..same()
            },
            "another data set",
        ),
    ] {
        let reason = refused(other);
        assert!(
            reason.contains(thing) && reason.contains("trials.jsonl"),
            "{reason}"
        );
    }
    fs::write(folder.path().join("trials.jsonl"), "no log\n").unwrap();
    let reason = refused(same());
    assert!(reason.contains("cannot read this log"), "{reason}");
}

fn preset_with_patience(preset: &TrainConfig) -> TrainConfig {
    let mut other = preset.clone();
    other.fine_tune.patience += 1;
    other
}

#[test]
fn what_is_worse_than_half_of_the_others_ends_early() {
    let folder = tempfile::tempdir().unwrap();
    let mut epochs = 0;
    let mut training =
        |number: u64, _: &TrainConfig, watch: &dyn Fn(&EpochRecord) -> ControlFlow<()>| {
            // Each falls by a tenth an epoch; the seventh begins far off.
            let start = if number == 7 { 9.0 } else { number as f64 };
            for at in 1..=4 {
                epochs += 1;
                if watch(&epoch(at, start - 0.1 * at as f64)).is_break() {
                    return Ok(());
                }
            }
            Ok(())
        };
    let trials = search_in(folder.path(), 1, 8, &mut training).unwrap();
    let endings: Vec<TrialOutcome> = trials.iter().map(|trial| trial.outcome).collect();
    assert_eq!(endings[..5], [TrialOutcome::Finished; 5]);
    assert_eq!(endings[6], TrialOutcome::Pruned);
    let pruned = trials[6].best.clone().unwrap();
    assert_eq!((pruned.epoch, trials[6].loss()), (2, Some(8.8)));
    assert!(epochs < 8 * 4, "{epochs}");
}

#[test]
fn a_trial_that_fails_is_logged_and_the_search_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut training =
        |number: u64, config: &TrainConfig, watch: &dyn Fn(&EpochRecord) -> ControlFlow<()>| {
            match number {
                2 => Err(TrainError::Diverged { epoch: 1 }),
                3 => panic!("CUDA out of memory"),
                4 => {
                    let _ = watch(&epoch(1, f64::NAN));
                    Ok(())
                }
                _ => one_epoch(number, config, watch),
            }
        };
    let trials = search_in(folder.path(), 2, 6, &mut training).unwrap();
    let endings: Vec<bool> = trials
        .iter()
        .map(|trial| trial.outcome == TrialOutcome::Failed)
        .collect();
    assert_eq!(endings, [false, true, true, true, false, false]);
    let reason = |number: usize| trials[number - 1].reason.clone().unwrap();
    assert!(reason(2).contains("after epoch 1") && reason(3).contains("out of memory"));
    assert!(reason(4).contains("validation loss"));
    assert_eq!(trials[1].loss(), None);
    // The same again from the log alone.
    assert_eq!(
        search_in(folder.path(), 2, 6, &mut training).unwrap(),
        trials
    );
    // A full disk would fail every other trial too.
    let mut full = |_: u64,
                    _: &TrainConfig,
                    _: &dyn Fn(&EpochRecord) -> ControlFlow<()>|
     -> Result<(), TrainError> {
        Err(TrainError::Save {
            path: "checkpoint".into(),
            reason: "disk full".into(),
        })
    };
    let reason = search_in(folder.path(), 2, 7, &mut full).unwrap_err();
    assert!(reason.to_string().contains("disk full"));
}

#[test]
fn a_space_is_checked_before_the_first_trial() {
    let preset = preset(1);
    for (text, part) in [
        ("dropuot = { low = 0.0, high = 0.5 }", "dropuot"),
        ("netwrok.batch = { low = 1, high = 5 }", "netwrok"),
        (
            "fine_tune.lerning_rate = { low = 0.1, high = 0.5 }",
            "lerning_rate",
        ),
        (
            "dropout = { low = 0.0, high = 1.5 }",
            "dropout is from 0 to below 1",
        ),
        (
            "fine_tune.batch = { one_of = [8, 0] }",
            "batch is at least 1",
        ),
        (
            "fine_tune.batch = { low = 1.5, high = 3.5 }",
            "fine_tune.batch",
        ),
        (
            "architecture = { one_of = [\"mn04\", \"x\"] }",
            "cannot be compared",
        ),
        (
            "fine_tune.pos_weight_power = { low = 0.0, high = 1.0 }",
            "cannot be compared",
        ),
        ("dropout = 0.5", "one_of"),
        ("dropout = { low = 0.5 }", "one_of"),
        ("dropout = { low = 0.5, high = 0.1 }", "not below"),
        ("dropout = { low = 0.0, high = 0.5, log = true }", "log"),
        ("dropout = { low = 0.0, high = 0.5, step = 0.1 }", "step"),
        ("dropout = { low = \"a\", high = \"b\" }", "not a number"),
        ("dropout = { one_of = [0.5] }", "one_of"),
        ("dropout = ", "the file"),
        ("", "no setting"),
    ] {
        let reason = Space::parse(text, &preset).unwrap_err().to_string();
        assert!(
            reason.contains(part) && !reason.contains('\n') || part == "the file",
            "{text}: {reason}"
        );
    }
    let missing = Space::load(Some(&"no-such.toml".into()), &preset).unwrap_err();
    assert!(missing.to_string().contains("no-such.toml"));
}

#[test]
fn the_study_s_space_fits_presets_with_and_without_adapters() {
    let plain = preset(1);
    let space = Space::load(None, &plain).unwrap();
    assert_eq!(space.skipped, ["adapter.alpha", "adapter.rank"]);
    assert_eq!(space.dimensions.len(), 6);
    let adapter = "kind = 'dora'\nrank = 8\nalpha = 16.0\nnames = 'attention'";
    let adapted = TrainConfig {
        adapter: Some(toml::from_str(adapter).unwrap()),
        ..plain
    };
    let space = Space::load(None, &adapted).unwrap();
    assert_eq!((space.skipped.len(), space.dimensions.len()), (0, 8));
    let folder = tempfile::tempdir().unwrap();
    let search = search(&adapted, &space, folder.path());
    let trials = search.run(3, &mut one_epoch, &|_| ()).unwrap();
    let best = evaluation::best_trials(&trials)[0];
    let path = folder.path().join("best.toml");
    fs::write(&path, search.preset_toml(best).unwrap()).unwrap();
    let preset = TrainConfig::load(path.to_str().unwrap()).unwrap();
    assert_eq!(best.values["dropout"].as_float(), Some(preset.dropout));
    let rank = preset.adapter.unwrap().rank as i64;
    assert_eq!(best.values["adapter.rank"].as_integer(), Some(rank));
    assert!((0.0..=0.3).contains(&preset.fine_tune.warmup_ratio));
}

#[test]
fn a_space_with_keys_of_older_versions_is_read() {
    let preset = TrainConfig::load("ast").unwrap();
    let space = Space::parse(
        "
        network.learning_rate = { low = 1e-6, high = 1e-3, log = true }
        network.warm_up = { low = 0.0, high = 0.3 }
        network.average = { one_of = [0.0, 0.99] }
        head.epochs = { one_of = [0, 30] }
        augment.tempo.probability = { low = 0.0, high = 1.0 }
        augment.bundle.probability = { low = 0.0, high = 1.0 }
        ",
        &preset,
    )
    .unwrap();
    let paths = space.dimensions.iter().map(|found| found.path.as_str());
    let mut paths: Vec<&str> = paths.collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "augment.chain.p",
            "augment.tempo.p",
            "fine_tune.ema_decay",
            "fine_tune.learning_rate",
            "fine_tune.warmup_ratio",
            "linear_probe.epochs",
        ]
    );
    let values = BTreeMap::from([("fine_tune.warmup_ratio".to_owned(), 0.25.into())]);
    let patched = space.patch(&preset, &values).unwrap();
    assert_eq!(patched.fine_tune.warmup_ratio, 0.25);
}
