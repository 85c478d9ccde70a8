//! A table of ranges comes in, settings of a preset go out: which of them a search may change, and how far.

use std::collections::BTreeMap;
use std::path::PathBuf;

use optimizer::sampler::CompletedTrial;
use toml::{Table, Value};

use super::SearchError;
use super::dimension::Dimension;
use crate::TrainConfig;

/// The space that is searched where none is given.
const STUDY: &str = include_str!("../spaces/study.toml");
/// What trials must have in common: their data, the network that the starting weights fit, and the measure by which
/// they are compared (`class_weight` is a part of the loss).
const FIXED: [&str; 9] = [
    "name",
    "disclaimer",
    "seed",
    "architecture",
    "front_end",
    "n_folds",
    "rows",
    "loss",
    "fine_tune.pos_weight_power",
];

/// What a search may change, in the order in which it is drawn.
#[derive(Clone, Debug)]
pub struct Space {
    pub dimensions: Vec<Dimension>,
    /// Paths that the preset has no table for.
    pub skipped: Vec<String>,
}

impl Space {
    /// The file, else the study's space, for `preset`: both ends of each range, and each choice, are tried in it.
    ///
    /// # Errors
    /// Where the file cannot be read, a range is none, or the preset does not know a path or refuses a value.
    pub fn load(file: Option<&PathBuf>, preset: &TrainConfig) -> Result<Self, SearchError> {
        let Some(path) = file else {
            return Self::parse(STUDY, preset);
        };
        let text = std::fs::read_to_string(path).map_err(|source| SearchError::Read {
            path: path.clone(),
            source,
        })?;
        Self::parse(&text, preset)
    }

    /// As [`Space::load`].
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn parse(text: &str, preset: &TrainConfig) -> Result<Self, SearchError> {
        let wrong = |path: &str, reason: String| SearchError::Space {
            path: path.into(),
            reason,
        };
        let table: Table =
            toml::from_str(text).map_err(|reason| wrong("the file", reason.to_string()))?;
        let mut written = Vec::new();
        leaves(&table, "", &mut written);
        let preset = as_table(preset)?;
        let mut space = Self {
            dimensions: Vec::new(),
            skipped: Vec::new(),
        };
        for (path, value) in written {
            let is_under = |fixed: &&str| {
                path.strip_prefix(*fixed)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if FIXED.iter().any(is_under) {
                let reason =
                    "trials that differ in it cannot be compared; leave it out of the space";
                return Err(wrong(&path, reason.into()));
            }
            let dimension = Dimension::new(&path, value).map_err(|reason| wrong(&path, reason))?;
            match fits(&dimension, &preset) {
                Ok(()) => space.dimensions.push(dimension),
                // Of a table that the preset may have but has not, a field alone is not enough.
                Err(reason)
                    if parent(&preset, &path).is_none() && reason.contains("missing field") =>
                {
                    space.skipped.push(path);
                }
                Err(reason) => return Err(wrong(&path, reason)),
            }
        }
        if space.dimensions.is_empty() {
            return Err(wrong("the file", "no setting of this preset in it".into()));
        }
        Ok(space)
    }

    /// What a trial drew, as it stands in a preset.
    pub fn values(&self, trial: &CompletedTrial) -> BTreeMap<String, Value> {
        let values = self.dimensions.iter().filter_map(|dimension| {
            let drawn = trial.params.get(&dimension.id)?;
            Some((dimension.path.clone(), dimension.value(drawn)?))
        });
        values.collect()
    }

    /// The preset with these values at their paths.
    ///
    /// # Errors
    /// Where the preset refuses them together.
    pub fn patch(
        &self,
        preset: &TrainConfig,
        values: &BTreeMap<String, Value>,
    ) -> Result<TrainConfig, SearchError> {
        let mut table = as_table(preset)?;
        for (path, value) in values {
            set(&mut table, path, value.clone());
        }
        read(&table).map_err(|reason| SearchError::Space {
            path: "the drawn values".into(),
            reason,
        })
    }

    /// Says what is searched, so that a log of another space is known by it.
    pub fn describe(&self) -> String {
        let lines: Vec<String> = self.dimensions.iter().map(Dimension::describe).collect();
        lines.join("\n")
    }
}

/// Whether the preset takes both ends of the range, or each choice.
fn fits(dimension: &Dimension, preset: &Table) -> Result<(), String> {
    for value in dimension.boundary_values() {
        let mut table = preset.clone();
        set(&mut table, &dimension.path, value.clone());
        read(&table).map_err(|reason| format!("with {value} {reason}"))?;
    }
    Ok(())
}

/// Every range with its dotted path; a table that is none is looked into.
fn leaves<'a>(table: &'a Table, before: &str, found: &mut Vec<(String, &'a Value)>) {
    for (key, value) in table {
        let path = match before {
            "" => key.clone(),
            before => format!("{before}.{key}"),
        };
        let is_range = |inner: &Table| {
            ["low", "high", "one_of"]
                .iter()
                .any(|word| inner.contains_key(*word))
        };
        match value {
            Value::Table(inner) if !is_range(inner) && !inner.is_empty() => {
                leaves(inner, &path, found);
            }
            _ => found.push((renamed(&path), value)),
        }
    }
}

fn as_table(preset: &TrainConfig) -> Result<Table, SearchError> {
    Table::try_from(preset).map_err(|reason| SearchError::Space {
        path: preset.name.clone(),
        reason: reason.to_string(),
    })
}

/// Reads the table as a preset; the error is in one line.
fn read(table: &Table) -> Result<TrainConfig, String> {
    let text = toml::to_string(table).map_err(|reason| reason.to_string())?;
    TrainConfig::parse("the patched preset", &text).map_err(|reason| {
        let words = reason.to_string();
        let lines = words.lines().filter(|line| !line.contains('|'));
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    })
}

/// A path with the keys of older versions replaced: a preset reads both, a patched one must not have both.
fn renamed(path: &str) -> String {
    let (table, rest) = path.split_once('.').unwrap_or((path, ""));
    let table = match table {
        "network" => "fine_tune",
        "head" => "linear_probe",
        table => table,
    };
    let key = match (table, rest) {
        ("fine_tune", "accumulate") => "gradient_accumulation_steps",
        ("fine_tune", "average") => "ema_decay",
        ("fine_tune", "balance") => "sampling_power",
        ("fine_tune", "class_weight") => "pos_weight_power",
        ("fine_tune", "warm_up") => "warmup_ratio",
        (_, rest) => rest,
    };
    if key.is_empty() {
        return if path == "rotations" { "n_folds" } else { path }.into();
    }
    if table != "augment" {
        return format!("{table}.{key}");
    }
    let keys = key.split('.').map(|key| match key {
        "bundle" => "chain",
        "probability" => "p",
        "least" => "min",
        "most" => "max",
        "time_share" => "time_fraction",
        "band_share" => "band_fraction",
        key => key,
    });
    format!("augment.{}", keys.collect::<Vec<_>>().join("."))
}

/// The table that holds the last part of a path; none where the preset has no such table.
fn parent<'a>(preset: &'a Table, path: &str) -> Option<&'a Table> {
    let tables = path.rsplit_once('.').map_or("", |(tables, _)| tables);
    let mut steps = tables.split('.').filter(|step| !step.is_empty());
    steps.try_fold(preset, |table, step| table.get(step)?.as_table())
}

/// Sets the value at a path, making the tables on the way.
fn set(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.into(), value);
        }
        Some((step, rest)) => {
            let inner = table
                .entry(step)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
