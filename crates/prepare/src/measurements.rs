//! What is measured of a clip while it is written: its fingerprint and descriptors, stored beside it as
//! `<hash>.fingerprint` and `<hash>.json`. Both are recomputed from the clip if they are missing, damaged or of another
//! version.

use serde::{Deserialize, Serialize};

use crate::ClipStore;
use audio::AudioError;
use audio::fingerprint::{Fingerprint, StreamFingerprinter};
use features::descriptors::{DescriptorExtractor, Descriptors};

/// Increased when the same samples give other descriptors.
const VERSION: u32 = 1;
/// Samples per block when a stored clip is measured.
const BLOCK: usize = 1 << 16;

#[derive(Serialize, Deserialize)]
struct StoredDescriptors {
    version: u32,
    descriptors: Descriptors,
}

/// A clip's fingerprint and descriptors in the making.
pub(crate) struct Meter {
    fingerprint: StreamFingerprinter,
    descriptors: DescriptorExtractor,
}

impl Meter {
    /// # Errors
    /// In rubato's words, if it cannot convert the rate to that of the fingerprints.
    pub fn new(sample_rate_hz: u32) -> Result<Self, String> {
        Ok(Self {
            fingerprint: StreamFingerprinter::new(sample_rate_hz)?,
            descriptors: DescriptorExtractor::new(sample_rate_hz),
        })
    }

    /// Takes the next samples of the clip, as they are stored.
    pub fn push(&mut self, samples: &[f32]) {
        self.fingerprint.push(samples);
        self.descriptors.push(samples);
    }

    pub fn finish(self) -> (Fingerprint, Descriptors) {
        (self.fingerprint.finish(), self.descriptors.finish())
    }
}

impl ClipStore {
    /// The fingerprint of a clip.
    ///
    /// # Errors
    /// If the clip is missing or damaged.
    pub fn fingerprint(&self, audio_hash: &str) -> Result<Fingerprint, AudioError> {
        let stored = std::fs::read(self.path(audio_hash).with_extension("fingerprint")).ok();
        match stored.and_then(|bytes| Fingerprint::from_bytes(&bytes)) {
            Some(fingerprint) => Ok(fingerprint),
            None => Ok(self.measure(audio_hash)?.0),
        }
    }

    /// The descriptors of a clip.
    ///
    /// # Errors
    /// If the clip is missing or damaged.
    pub fn descriptors(&self, audio_hash: &str) -> Result<Descriptors, AudioError> {
        let stored = std::fs::read(self.path(audio_hash).with_extension("json")).ok();
        let stored: Option<StoredDescriptors> =
            stored.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match stored.filter(|stored| stored.version == VERSION) {
            Some(stored) => Ok(stored.descriptors),
            None => Ok(self.measure(audio_hash)?.1),
        }
    }

    /// Measures a stored clip. A result that cannot be stored, because the folder is read-only or the disk is full, is
    /// computed again next time.
    fn measure(&self, audio_hash: &str) -> Result<(Fingerprint, Descriptors), AudioError> {
        let clip = self.open(audio_hash)?;
        let mut meter = self.meter(audio_hash)?;
        let mut block = vec![0.0; BLOCK];
        for start in (0..clip.len()).step_by(BLOCK) {
            let count = clip.read(start, &mut block);
            meter.push(&block[..count]);
        }
        let measured = meter.finish();
        let _ = self.store_measurements(audio_hash, &measured.0, measured.1);
        Ok(measured)
    }

    pub(crate) fn meter(&self, audio_hash: &str) -> Result<Meter, AudioError> {
        Meter::new(self.sample_rate_hz()).map_err(|_| AudioError::Shape {
            path: self.path(audio_hash),
            rate: self.sample_rate_hz(),
            channels: 1,
        })
    }

    pub(crate) fn store_measurements(
        &self,
        audio_hash: &str,
        fingerprint: &Fingerprint,
        descriptors: Descriptors,
    ) -> std::io::Result<()> {
        let clip = self.path(audio_hash);
        let stored = StoredDescriptors {
            version: VERSION,
            descriptors,
        };
        files::write(&clip.with_extension("fingerprint"), &fingerprint.to_bytes())?;
        files::write(&clip.with_extension("json"), &serde_json::to_vec(&stored)?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use audio::resample;
    use tempfile::{TempDir, tempdir};

    const RATE: u32 = 16_000;

    /// A rising tone under clicks, two a second: 12 s.
    fn song() -> Vec<f32> {
        let sample = |n: u32| {
            let tone = (n as f32 * 0.05 * (1.0 + n as f32 / 40_000.0)).sin();
            0.3 * tone + if n % (RATE / 2) < 200 { 0.6 } else { 0.0 }
        };
        (0..12 * RATE).map(sample).collect()
    }

    fn store() -> (TempDir, ClipStore) {
        let folder = tempdir().unwrap();
        let store = ClipStore::new(folder.path(), RATE);
        store.add_samples("abc", &song()).unwrap();
        (folder, store)
    }

    #[test]
    fn what_is_measured_while_a_clip_is_written_equals_what_the_stored_clip_gives() {
        let (_folder, store) = store();
        let [fingerprint, descriptors] =
            ["fingerprint", "json"].map(|extension| store.path("abc").with_extension(extension));
        let written = (
            fs::read(&fingerprint).unwrap(),
            fs::read(&descriptors).unwrap(),
        );
        // Not even the clip is needed for them.
        let clip = store.path("abc");
        let away = clip.with_extension("away");
        fs::rename(&clip, &away).unwrap();
        let measured = (
            store.fingerprint("abc").unwrap(),
            store.descriptors("abc").unwrap(),
        );
        fs::rename(&away, &clip).unwrap();
        fs::remove_file(&fingerprint).unwrap();
        fs::remove_file(&descriptors).unwrap();
        assert_eq!(store.fingerprint("abc").unwrap(), measured.0);
        assert_eq!(store.descriptors("abc").unwrap(), measured.1);
        assert_eq!(fs::read(&fingerprint).unwrap(), written.0);
        assert_eq!(fs::read(&descriptors).unwrap(), written.1);
        assert!(measured.1.tempo_bpm.is_some() && measured.1.onset_rate.is_some());
    }

    #[test]
    fn the_measurements_are_those_of_the_samples() {
        let (_folder, store) = store();
        let clip = store.open("abc").unwrap();
        let mut samples = vec![0.0; clip.len()];
        clip.read(0, &mut samples);
        let mut extractor = DescriptorExtractor::new(RATE);
        extractor.push(&samples);
        assert_eq!(store.descriptors("abc").unwrap(), extractor.finish());
        let resampled = resample(&samples, RATE, audio::fingerprint::SAMPLE_RATE_HZ).unwrap();
        assert_eq!(
            store.fingerprint("abc").unwrap(),
            Fingerprint::new(&resampled)
        );
    }

    #[test]
    fn damaged_and_outdated_measurements_are_recomputed() {
        let (_folder, store) = store();
        let measured = (
            store.fingerprint("abc").unwrap(),
            store.descriptors("abc").unwrap(),
        );
        let file = store.path("abc").with_extension("fingerprint");
        fs::write(&file, &measured.0.to_bytes()[..20]).unwrap();
        assert_eq!(store.fingerprint("abc").unwrap(), measured.0);
        assert_eq!(fs::read(&file).unwrap(), measured.0.to_bytes());
        let file = store.path("abc").with_extension("json");
        for damaged in ["{", r#"{"version":0,"descriptors":{"tempo_bpm":1.0}}"#] {
            fs::write(&file, damaged).unwrap();
            assert_eq!(store.descriptors("abc").unwrap(), measured.1);
        }
        assert!(store.fingerprint("missing").is_err());
        assert!(store.descriptors("missing").is_err());
    }
}
