//! The pause that a service asked for, stored on the disk so that the next run respects it too.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::CollectError;

/// The longest pause; a longer one is a mistake of the service.
const MAX_BACKOFF: Duration = Duration::from_secs(30 * 24 * 3600);

/// The pause of a service, in the file `cool-down.json` of its cache folder.
pub(super) struct Backoff {
    file: PathBuf,
    source_name: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Pause {
    until: Timestamp,
}

impl Backoff {
    pub(super) fn below(folder: &Path, source_name: &'static str) -> Backoff {
        Backoff {
            file: folder.join("cool-down.json"),
            source_name,
        }
    }

    /// Returns an error until the pause is over.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), CollectError> {
        let pause = std::fs::read(&self.file).ok();
        let pause = pause.and_then(|text| serde_json::from_slice::<Pause>(&text).ok());
        match pause {
            Some(Pause { until }) if until > now => Err(self.error(until)),
            _ => Ok(()),
        }
    }

    /// Starts a pause and returns its error.
    pub(super) fn start(&self, now: Timestamp, pause: Duration) -> CollectError {
        let pause =
            SignedDuration::try_from(pause.min(MAX_BACKOFF)).unwrap_or(SignedDuration::ZERO);
        let until = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        // Rounded up to a second for the message; never earlier than requested.
        let until = until
            .round(
                jiff::TimestampRound::new()
                    .smallest(Unit::Second)
                    .mode(jiff::RoundMode::Ceil),
            )
            .unwrap_or(until);
        let stored = serde_json::to_vec(&Pause { until })
            .map_err(Into::into)
            .and_then(|text| files::write(&self.file, &text));
        match stored {
            Ok(()) => self.error(until),
            Err(source) => CollectError::Disk {
                path: self.file.clone(),
                source,
            },
        }
    }

    fn error(&self, until: Timestamp) -> CollectError {
        CollectError::RateLimited {
            source_name: self.source_name,
            until,
        }
    }
}
