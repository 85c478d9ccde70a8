//! How long a service wants to be left alone, kept on the disk: the next run must know it too.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::CollectError;

/// No service means more, whatever it writes.
const MAX_BACKOFF: Duration = Duration::from_secs(30 * 24 * 3600);

/// A service's pause, in `cool-down.json` of its folder.
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

    /// An error while the service wants to be left alone.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), CollectError> {
        let pause = std::fs::read(&self.file).ok();
        let pause = pause.and_then(|text| serde_json::from_slice::<Pause>(&text).ok());
        match pause {
            Some(Pause { until }) if until > now => Err(self.error(until)),
            _ => Ok(()),
        }
    }

    /// Leaves the service alone from now on, and says so.
    pub(super) fn start(&self, now: Timestamp, pause: Duration) -> CollectError {
        let pause =
            SignedDuration::try_from(pause.min(MAX_BACKOFF)).unwrap_or(SignedDuration::ZERO);
        let until = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        // Up to the full second, for the message; never earlier than asked.
        let until = until
            .round(
                jiff::TimestampRound::new()
                    .smallest(Unit::Second)
                    .mode(jiff::RoundMode::Ceil),
            )
            .unwrap_or(until);
        let kept = serde_json::to_vec(&Pause { until })
            .map_err(Into::into)
            .and_then(|text| files::write(&self.file, &text));
        match kept {
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
