//! Generates `docs/presets.md` and the comments `#:` in the shipped presets from the doc comments of the types.
//!
//! `UPDATE_DOCS=1 cargo test -p playlist-fit -p playlist-fit-train --lib -- preset_docs` writes both; without the variable
//! the tests fail if a file is stale.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::{PRESETS, TrainConfig};

/// Columns of a comment in a preset.
const WIDTH: usize = 100;
const INTRO: &str = "\
# Presets

A preset is a TOML file with every setting of a training. `playlist-fit preset list` names the shipped ones, `playlist-fit
preset show NAME` prints one with a comment on every key, and `train --preset FILE` trains with an edited copy. An unknown
key or a value out of range is an error. The keys of older versions (`[network]`, `[head]`, `rotations`, `accumulate` ...)
are still read.

This file is generated from the types in `crates/train/src/config.rs` by
`UPDATE_DOCS=1 cargo test -p playlist-fit -p playlist-fit-train --lib -- preset_docs`.
";

/// The tables of a preset, each with the source file and the struct that document its keys.
const TABLES: [(&str, &str, &str); 13] = [
    ("", "crates/train/src/config.rs", "TrainConfig"),
    (
        "linear_probe",
        "crates/train/src/config.rs",
        "LinearProbeConfig",
    ),
    ("fine_tune", "crates/train/src/config.rs", "FineTuneConfig"),
    ("loss", "crates/train/src/loss.rs", "LossConfig"),
    ("adapter", "crates/inference/src/adapter.rs", "AdapterPlan"),
    (
        "patchout",
        "crates/inference/src/architecture.rs",
        "Patchout",
    ),
    ("augment", "crates/train/src/augment/mod.rs", "Augmentation"),
    (
        "augment.gain",
        "crates/train/src/augment/chance.rs",
        "Chance",
    ),
    (
        "augment.echo",
        "crates/train/src/augment/chance.rs",
        "EchoChance",
    ),
    (
        "augment.chain",
        "crates/train/src/augment/chain.rs",
        "EffectChain",
    ),
    (
        "augment.spec_augment",
        "crates/train/src/augment/spec_augment.rs",
        "SpecAugment",
    ),
    ("rows", "crates/catalogue/src/filter.rs", "Filter"),
    (
        "rows.rules",
        "crates/catalogue/src/rules.rs",
        "PlaylistRule",
    ),
];

/// Every table that a preset may have beside its required keys, with the required keys of each.
const OPTIONAL_TABLES: &str = r#"
[adapter]
kind = "lora"
rank = 8
alpha = 16.0
names = "query"
[augment]
gain = { p = 0.5, min = -1.0, max = 1.0 }
echo = { p = 0.5, min = 0.1, max = 0.2 }
chain = { p = 0.5 }
spec_augment = { p = 0.5, time_masks = 1, time_fraction = 0.1, band_masks = 1, band_fraction = 0.1 }
"#;

/// The documentation of one key.
struct Key {
    name: String,
    meaning: String,
    unit: String,
    range: String,
    default: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The keys of a struct from its source text as rustfmt formats it.
fn keys(source: &str, name: &str) -> Vec<Key> {
    let start = format!("pub struct {name} {{\n");
    let body = source.split(&start).nth(1).unwrap();
    let body = body.split("\n}").next().unwrap();
    let (mut found, mut docs, mut attributes) = (Vec::new(), Vec::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim());
        } else if let Some(field) = line.strip_prefix("pub ") {
            if !attributes.contains("skip)") {
                let field = field.split(':').next().unwrap();
                let renamed = attributes.split("rename = \"").nth(1);
                let renamed = renamed.map(|rest| rest.split('"').next().unwrap());
                found.push(key(renamed.unwrap_or(field), &docs.join(" ")));
            }
            docs.clear();
            attributes.clear();
        } else {
            attributes.push_str(line);
        }
    }
    found
}

/// Splits a doc comment `Meaning. Unit: … Range: … Default: ….`.
fn key(name: &str, docs: &str) -> Key {
    let docs = plain(docs);
    let (meaning, rest) = docs.split_once(" Unit: ").unwrap_or((&docs, ""));
    let (unit, rest) = rest.split_once(". Range: ").unwrap_or((rest, ""));
    let (range, default) = match rest.split_once(". Default: ") {
        Some((range, default)) => (range, Some(default.trim_end_matches('.').to_owned())),
        None => (rest, None),
    };
    Key {
        name: name.into(),
        meaning: meaning.trim().into(),
        unit: unit.into(),
        range: range.trim_end_matches('.').into(),
        default,
    }
}

/// Without the brackets and paths of rustdoc's links.
fn plain(docs: &str) -> String {
    let docs = docs.replace("[`", "`").replace("`]", "`");
    docs.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn all_keys() -> BTreeMap<&'static str, Vec<Key>> {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let tables = TABLES.into_iter();
    tables
        .map(|(table, path, name)| (table, keys(&read(path), name)))
        .collect()
}

fn at<'a>(table: &'a Table, path: &str, key: &str) -> Option<&'a Value> {
    let mut steps = path.split('.').filter(|step| !step.is_empty());
    steps
        .try_fold(table, |table, step| table.get(step)?.as_table())?
        .get(key)
}

/// The default of a key: what the parser adds to a preset of required keys.
fn default(table: &str, key: &Key) -> String {
    let text = format!("{}{OPTIONAL_TABLES}", PRESETS[0].toml);
    let written: Table = toml::from_str(&text).unwrap();
    let parsed = TrainConfig::parse("minimal", &text).unwrap();
    let parsed = Table::try_from(&parsed).unwrap();
    match (&key.default, at(&written, table, &key.name)) {
        (Some(stated), _) => stated.clone(),
        (None, Some(_)) if !matches!(table, "augment") => "required".into(),
        _ if table == "patchout" => "required".into(),
        _ => match at(&parsed, table, &key.name).filter(|_| table != "augment") {
            Some(Value::Array(rows)) if rows.len() > 2 => format!("{} entries", rows.len()),
            Some(value) => format!("`{value}`"),
            None => "none".into(),
        },
    }
}

fn markdown() -> String {
    let all = all_keys();
    let mut text = INTRO.to_owned();
    for (table, ..) in TABLES {
        let heading = match table {
            "" => "Top level".to_owned(),
            "rows.rules" => "[[rows.rules]]".to_owned(),
            "augment.gain" => {
                "[augment.EFFECT]: every effect but echo, chain and spec_augment".to_owned()
            }
            table => format!("[{table}]"),
        };
        let about = all[""].iter().find(|key| key.name == table);
        let about = about.map_or_else(String::new, |key| format!("{}\n\n", key.meaning));
        let _ = writeln!(
            text,
            "\n## {heading}\n\n{about}| key | unit | range | default | meaning |\n|---|---|---|---|---|"
        );
        let is_table = |key: &&Key| table.is_empty() && all.contains_key(key.name.as_str());
        for key in all[table].iter().filter(|key| !is_table(key)) {
            let default = match table {
                "rows.rules" => String::new(),
                table => default(table, key),
            };
            let cells = [&key.unit, &key.range, &default, &key.meaning];
            let cells = cells.map(|cell| {
                if cell.is_empty() {
                    "–"
                } else {
                    cell.as_str()
                }
            });
            let _ = writeln!(text, "| `{}` | {} |", key.name, cells.join(" | "));
        }
    }
    text
}

/// A preset with a comment `#:` above each key and table; other comments stay.
fn annotated(toml: &str) -> String {
    let all = all_keys();
    let (mut text, mut table) = (String::new(), String::new());
    for line in toml.lines().filter(|line| !line.starts_with("#:")) {
        let header = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let (path, name) = match (header, line.split_once(" = ")) {
            (Some(header), _) => {
                table = header.into();
                ("", header)
            }
            (None, Some((name, _))) if !line.starts_with('#') => (table.as_str(), name),
            _ => ("", ""),
        };
        let documented = all[path].iter().find(|key| key.name == name);
        if let Some(key) = documented {
            text.push_str(&comment(key));
        }
        assert!(
            name.is_empty() || documented.is_some(),
            "{path}.{name} has no doc comment"
        );
        let _ = writeln!(text, "{line}");
    }
    text
}

fn comment(key: &Key) -> String {
    let about = if key.unit.is_empty() {
        key.meaning.clone()
    } else {
        format!("{} Unit: {}. Range: {}.", key.meaning, key.unit, key.range)
    };
    let mut lines = vec!["#:".to_owned()];
    for word in about.split(' ') {
        let last = lines.last_mut().unwrap();
        if last.len() + word.len() < WIDTH {
            let _ = write!(last, " {word}");
        } else {
            lines.push(format!("#: {word}"));
        }
    }
    lines.join("\n") + "\n"
}

/// Compares a generated file with the one on disk, or writes it if `UPDATE_DOCS` is set.
fn check(path: &Path, wanted: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, wanted).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is stale; run UPDATE_DOCS=1 cargo test -p playlist-fit -p playlist-fit-train --lib -- preset_docs",
        path.display()
    );
}

#[test]
fn the_page_of_all_keys_is_fresh() {
    check(&root().join("docs/presets.md"), &markdown());
}

#[test]
fn the_comments_of_the_shipped_presets_are_fresh() {
    for preset in PRESETS {
        let path = root().join(format!("crates/train/src/presets/{}.toml", preset.name));
        check(&path, &annotated(&fs::read_to_string(&path).unwrap()));
    }
}

#[test]
fn every_key_states_unit_and_range_and_is_one_that_the_parser_knows() {
    let all = all_keys();
    for (table, keys) in all.iter().filter(|(table, _)| !table.starts_with("rows")) {
        for key in keys
            .iter()
            .filter(|key| !all.contains_key(key.name.as_str()))
        {
            let name = format!("{table}.{}", key.name);
            assert!(
                !key.meaning.is_empty() && !key.unit.is_empty() && !key.range.is_empty(),
                "{name}"
            );
            let text = format!("{}{OPTIONAL_TABLES}", PRESETS[0].toml);
            let mut preset: Table = toml::from_str(&text).unwrap();
            let tables = table.split('.').filter(|step| !step.is_empty());
            let inner = tables.fold(&mut preset, |inner, step| {
                let inner = inner.entry(step).or_insert(Value::Table(Table::new()));
                inner.as_table_mut().unwrap()
            });
            // Of the wrong type: the parser refuses the value of a key that it knows, by another message.
            inner.insert(key.name.clone(), Value::Array(vec![Value::Boolean(true)]));
            let reason = TrainConfig::parse(&name, &toml::to_string(&preset).unwrap());
            let reason = reason.unwrap_err().to_string();
            assert!(!reason.contains("unknown"), "{name}: {reason}");
        }
    }
}
