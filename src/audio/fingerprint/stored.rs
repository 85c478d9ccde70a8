//! Fingerprints on disk: `<hash>.fingerprint` beside the clip `<hash>.wav`, made when first asked for and gone with the
//! clip's folder.

use super::{Fingerprint, MOST_SECONDS, SAMPLE_RATE_HZ};
use crate::audio::{AudioError, ClipStore, resample};
use crate::disk;

impl ClipStore {
    /// The fingerprint of a clip, computed where it is not there, of another version or damaged. One that cannot be
    /// written, where the folder is read-only or full, is computed again next time.
    ///
    /// # Errors
    /// Where the clip is missing or is not what this store writes.
    pub fn fingerprint(&self, content: &str) -> Result<Fingerprint, AudioError> {
        let clip = self.path(content);
        let path = clip.with_extension("fingerprint");
        let stored = std::fs::read(&path).ok();
        if let Some(print) = stored.and_then(|bytes| Fingerprint::from_bytes(&bytes)) {
            return Ok(print);
        }
        let samples = self.open(content)?;
        let rate = self.sample_rate_hz();
        let mut heard = vec![0.0; samples.len().min(MOST_SECONDS * rate as usize)];
        samples.read(0, &mut heard);
        let heard =
            resample(&heard, rate, SAMPLE_RATE_HZ).map_err(|_| AudioError::Clip { path: clip })?;
        let print = Fingerprint::new(&heard);
        let _ = disk::write(&path, &print.to_bytes());
        Ok(print)
    }
}
