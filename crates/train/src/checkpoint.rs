//! The checkpoint after each epoch: everything that the next epoch needs.

use std::collections::HashMap;
use std::path::PathBuf;

use model::tch::Tensor;
use serde::{Deserialize, Serialize};

use super::{TrainConfig, TrainError};
use evaluation::EpochRecord;
use model::{ModelError, weights};

/// Key of the header in the file's metadata.
const HEADER_KEY: &str = "record";

/// The part of a checkpoint that is not a tensor; stored as TOML, which keeps every bit of a number (serde_json may not).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointHeader {
    /// Hash of the tracks and their partitions: a changed catalogue is another training.
    pub tracks: String,
    pub config: TrainConfig,
    pub history: Vec<EpochRecord>,
}

/// A safetensors file that is written atomically.
pub struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    /// At this path; nothing is read or written.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// Returns an error if the disk is full or the folder cannot be created.
    pub fn save(
        &self,
        record: &CheckpointHeader,
        tensors: &HashMap<String, Tensor>,
    ) -> Result<(), TrainError> {
        let text = toml::to_string(record).map_err(|reason| self.failed(&reason))?;
        let bytes = weights::save(tensors, HashMap::from([(HEADER_KEY.to_owned(), text)]))?;
        files::write(&self.path, &bytes).map_err(|reason| self.failed(&reason))
    }

    /// Fills `tensors` and returns the history so far; `None` if there is no file.
    ///
    /// # Errors
    /// Returns an error if the file is damaged, or of a training with other settings or tracks.
    pub fn restore(
        &self,
        now: &CheckpointHeader,
        tensors: &HashMap<String, Tensor>,
    ) -> Result<Option<Vec<EpochRecord>>, TrainError> {
        let Ok(bytes) = std::fs::read(&self.path) else {
            return Ok(None);
        };
        let damaged = |reason: String| ModelError::Weights {
            path: self.path.clone(),
            reason,
        };
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes)
            .map_err(|reason| damaged(reason.to_string()))?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(HEADER_KEY))
            .cloned()
            .unwrap_or_default();
        let saved: CheckpointHeader =
            toml::from_str(&text).map_err(|reason| damaged(reason.to_string()))?;
        if saved.config != now.config || saved.tracks != now.tracks {
            return Err(TrainError::OtherTraining(
                self.path.parent().unwrap_or(&self.path).into(),
            ));
        }
        let as_stored = |_: &str, stored, _: &[i64]| stored;
        let no_alternatives = |_: &str| Vec::new();
        weights::load(
            tensors,
            &bytes,
            &self.path,
            |_| false,
            no_alternatives,
            as_stored,
        )?;
        Ok(Some(saved.history))
    }

    fn failed(&self, reason: &dyn std::fmt::Display) -> TrainError {
        TrainError::Save {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::Validation;

    /// Numbers whose last bit a JSON reader may lose.
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
        config.fine_tune.learning_rate = 2.2e-5 / 3.0;
        let record = CheckpointHeader {
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
