//! Acoustic fingerprints (chromaprint, Lukas Lalinsky, 2011, as in AcoustID): mono samples to one 32-bit sub-fingerprint
//! per 0.124 s, which hardly depends on level, codec or sample rate. [`duplicates`] finds clips of the same recording.
//!
//! Only this module uses rusty-chromaprint.

mod duplicates;
#[cfg(test)]
mod tests;

pub use duplicates::{Duplicate, duplicates};

use rusty_chromaprint::{Configuration, Fingerprinter};

use super::Resampler;

/// Increased when the same samples give other sub-fingerprints; stored ones of older versions are then recomputed.
const VERSION: u32 = 1;
/// The first bytes of a stored fingerprint.
const MAGIC: &[u8; 8] = b"pf-print";
/// Sample rate of the input in Hz.
pub const SAMPLE_RATE_HZ: u32 = 11_025;
/// Only the first seconds of a longer clip are used: a mix of hours would match every recording in it.
pub const MAX_SECONDS: usize = 600;

/// The sub-fingerprints of a clip, `[time]`, one per 1365 samples (0.124 s); empty if the clip is too short for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<u32>);

impl Fingerprint {
    /// Fingerprint of mono samples at [`SAMPLE_RATE_HZ`], about ±1; of the first [`MAX_SECONDS`].
    #[must_use]
    pub fn new(samples: &[f32]) -> Self {
        // No resampling at this rate, so nothing can fail.
        let stream = StreamFingerprinter::new(SAMPLE_RATE_HZ);
        let fingerprint = stream.map(|mut stream| {
            stream.push(samples);
            stream.finish()
        });
        fingerprint.unwrap_or_default()
    }

    /// Stored form: magic, version, sub-fingerprints, all little-endian, and a checksum of them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(
            self.0
                .iter()
                .flat_map(|sub_fingerprint| sub_fingerprint.to_le_bytes()),
        );
        let check = blake3::hash(&bytes);
        bytes.extend(&check.as_bytes()[..CHECKSUM_BYTES]);
        bytes
    }

    /// Reads the stored form; `None` if it is of another version or damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
        let sub_fingerprints = body.strip_prefix(MAGIC)?;
        let sub_fingerprints = sub_fingerprints.strip_prefix(&VERSION.to_le_bytes())?;
        let (sub_fingerprints, rest) = sub_fingerprints.as_chunks::<4>();
        let is_valid = rest.is_empty() && blake3::hash(body).as_bytes()[..CHECKSUM_BYTES] == *check;
        is_valid.then(|| {
            Self(
                sub_fingerprints
                    .iter()
                    .copied()
                    .map(u32::from_le_bytes)
                    .collect(),
            )
        })
    }
}

/// Bytes of the checksum at the end of a stored fingerprint.
const CHECKSUM_BYTES: usize = 8;

/// Computes a fingerprint of samples that arrive in blocks.
pub struct StreamFingerprinter {
    resampler: Resampler,
    fingerprinter: Fingerprinter,
    /// Samples at [`SAMPLE_RATE_HZ`] that chromaprint has not consumed.
    ready: Vec<f32>,
    /// Samples until [`MAX_SECONDS`].
    remaining: usize,
}

impl StreamFingerprinter {
    /// For mono samples at this rate in Hz.
    ///
    /// # Errors
    /// With rubato's message, if it does not support the rate.
    pub fn new(sample_rate_hz: u32) -> Result<Self, String> {
        let resampler = Resampler::new(sample_rate_hz, SAMPLE_RATE_HZ)?;
        let mut fingerprinter = Fingerprinter::new(&Configuration::preset_test2());
        // One channel at its own rate: cannot fail.
        let started = fingerprinter.start(SAMPLE_RATE_HZ, 1);
        started.map_err(|reason| format!("{reason:?}"))?;
        Ok(Self {
            resampler,
            fingerprinter,
            ready: Vec::new(),
            remaining: MAX_SECONDS * SAMPLE_RATE_HZ as usize,
        })
    }

    /// Takes samples, about ±1; those after [`MAX_SECONDS`] are ignored.
    pub fn push(&mut self, samples: &[f32]) {
        if self.remaining > 0 {
            let resampled = self.resampler.push(samples, &mut self.ready);
            self.feed(resampled.is_ok());
        }
    }

    /// The fingerprint of all samples.
    #[must_use]
    pub fn finish(mut self) -> Fingerprint {
        let resampled = self.resampler.finish(&mut self.ready);
        self.feed(resampled.is_ok());
        self.fingerprinter.finish();
        Fingerprint(self.fingerprinter.fingerprint().to_vec())
    }

    /// Feeds the buffered samples to chromaprint. Stops for good after a resampler error.
    fn feed(&mut self, is_resampled: bool) {
        let count = self.ready.len().min(self.remaining);
        let to_16_bit = |sample: &f32| (sample * 32_767.0) as i16;
        let samples: Vec<i16> = self.ready[..count].iter().map(to_16_bit).collect();
        self.fingerprinter.consume(&samples);
        self.ready.clear();
        self.remaining = if is_resampled {
            self.remaining - count
        } else {
            0
        };
    }
}
