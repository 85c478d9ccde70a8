//! Fingerprints on disk: `<hash>.fingerprint` beside the clip `<hash>.wav`, made when first asked for and gone with the
//! clip's folder.

use crate::ClipStore;
use audio::fingerprint::{Fingerprint, MAX_SECONDS, SAMPLE_RATE_HZ};
use audio::{AudioError, resample};

impl ClipStore {
    /// The fingerprint of a clip, computed where it is not there, of another version or damaged. One that cannot be
    /// written, where the folder is read-only or full, is computed again next time.
    ///
    /// # Errors
    /// Where the clip is missing or is not what this store writes.
    pub fn fingerprint(&self, audio_hash: &str) -> Result<Fingerprint, AudioError> {
        let clip = self.path(audio_hash);
        let path = clip.with_extension("fingerprint");
        let stored = std::fs::read(&path).ok();
        if let Some(fingerprint) = stored.and_then(|bytes| Fingerprint::from_bytes(&bytes)) {
            return Ok(fingerprint);
        }
        let samples = self.open(audio_hash)?;
        let rate = self.sample_rate_hz();
        let mut heard = vec![0.0; samples.len().min(MAX_SECONDS * rate as usize)];
        samples.read(0, &mut heard);
        let heard =
            resample(&heard, rate, SAMPLE_RATE_HZ).map_err(|_| AudioError::Clip { path: clip })?;
        let fingerprint = Fingerprint::new(&heard);
        let _ = files::write(&path, &fingerprint.to_bytes());
        Ok(fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_computed_once_and_again_when_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let tone = |n: u32| (n as f32 * 0.05 * (1.0 + n as f32 / 40_000.0)).sin();
        let song: Vec<f32> = (0..10 * SAMPLE_RATE_HZ).map(tone).collect();
        let store = ClipStore::new(folder.path(), SAMPLE_RATE_HZ);
        store.add_samples("abc", &song).unwrap();
        let fingerprint = store.fingerprint("abc").unwrap();
        let file = store.path("abc").with_extension("fingerprint");
        let other = Fingerprint::new(&song[..5 * SAMPLE_RATE_HZ as usize]);
        std::fs::write(&file, other.to_bytes()).unwrap();
        assert_eq!(
            store.fingerprint("abc").unwrap(),
            other,
            "what is stored is used"
        );
        std::fs::write(&file, &fingerprint.to_bytes()[..20]).unwrap();
        assert_eq!(store.fingerprint("abc").unwrap(), fingerprint);
        assert_eq!(std::fs::read(&file).unwrap(), fingerprint.to_bytes());
        assert!(store.fingerprint("gone").is_err());
    }
}
