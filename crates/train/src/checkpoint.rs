//! What lies on disk after each epoch: everything that the next one needs.

use std::collections::HashMap;
use std::path::PathBuf;

use model::tch::Tensor;
use serde::{Deserialize, Serialize};

use super::{TrainConfig, TrainError};
use evaluation::EpochRecord;
use model::{ModelError, weights};

/// The key of the record in the file's metadata.
const RECORD: &str = "record";

/// The part of a checkpoint that is no tensor; stored as TOML, which gives every number back as it was (serde_json may
/// miss by the last bit).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Hash of the tracks and their sides: a changed catalogue is another training.
    pub tracks: String,
    pub config: TrainConfig,
    pub history: Vec<EpochRecord>,
}

/// A file that is written whole or not at all.
pub struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// # Errors
    /// Where the disk is full or the folder cannot be made.
    pub fn save(
        &self,
        record: &Record,
        tensors: &HashMap<String, Tensor>,
    ) -> Result<(), TrainError> {
        let text = toml::to_string(record).map_err(|why| self.failed(&why))?;
        let bytes = weights::save(tensors, HashMap::from([(RECORD.to_owned(), text)]))?;
        files::write(&self.path, &bytes).map_err(|why| self.failed(&why))
    }

    /// Fills `tensors` and answers the history so far; none where nothing was saved yet.
    ///
    /// # Errors
    /// Where the file is damaged, or of a training with other settings or tracks.
    pub fn restore(
        &self,
        now: &Record,
        tensors: &HashMap<String, Tensor>,
    ) -> Result<Option<Vec<EpochRecord>>, TrainError> {
        let Ok(bytes) = std::fs::read(&self.path) else {
            return Ok(None);
        };
        let damaged = |why: String| ModelError::Weights {
            path: self.path.clone(),
            why,
        };
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes)
            .map_err(|why| damaged(why.to_string()))?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(RECORD))
            .cloned()
            .unwrap_or_default();
        let saved: Record = toml::from_str(&text).map_err(|why| damaged(why.to_string()))?;
        if saved.config != now.config || saved.tracks != now.tracks {
            return Err(TrainError::OtherTraining(
                self.path.parent().unwrap_or(&self.path).into(),
            ));
        }
        let as_stored = |_: &str, stored, _: &[i64]| stored;
        let nowhere_else = |_: &str| Vec::new();
        weights::load(
            tensors,
            &bytes,
            &self.path,
            |_| false,
            nowhere_else,
            as_stored,
        )?;
        Ok(Some(saved.history))
    }

    fn failed(&self, why: &dyn std::fmt::Display) -> TrainError {
        TrainError::Save {
            path: self.path.clone(),
            why: why.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::Validation;

    /// Numbers whose last bit the usual reader of JSON loses.
    #[test]
    fn a_record_comes_back_bit_for_bit() {
        let mut random = fastrand::Rng::with_seed(2);
        let mut epoch = |epoch| EpochRecord {
            epoch,
            train_loss: random.f64() * 1e-3,
            validation: (epoch % 2 == 0).then(|| Validation {
                loss: random.f64(),
                top_1: random.f64(),
                top_3: random.f64(),
                top_5: 1.0,
            }),
        };
        let mut config = TrainConfig::load("mn04").unwrap();
        config.network.learning_rate = 2.2e-5 / 3.0;
        let record = Record {
            tracks: "hash".into(),
            history: (1..200).map(&mut epoch).collect(),
            config,
        };
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::new(folder.path().join("checkpoint.safetensors"));
        let tensors = HashMap::from([("one".into(), Tensor::from_slice(&[1.0_f32]))]);
        checkpoint.save(&record, &tensors).unwrap();
        let history = checkpoint.restore(&record, &tensors).unwrap();
        assert_eq!(history, Some(record.history));
    }
}
