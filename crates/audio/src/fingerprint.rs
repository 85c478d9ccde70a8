//! What a clip sounds like in a few kilobytes: samples in, one 32-bit word each 0.124 s out (chromaprint, Lukas
//! Lalinsky, 2011, as AcoustID has it), which stays nearly the same whatever level, codec or sample rate a recording
//! went through. `duplicates` says which clips are one recording by them, `stored` keeps them beside the clips.
//!
//! Only this file knows rusty-chromaprint.

mod duplicates;
#[cfg(test)]
mod tests;

pub use duplicates::{Duplicate, duplicates};

use rusty_chromaprint::{Configuration, Fingerprinter};

use super::Resampler;

/// Raised when the same samples give other words; what an older version wrote is then computed again.
const VERSION: u32 = 1;
/// The first bytes of a stored fingerprint.
const MAGIC: &[u8; 8] = b"pf-print";
/// Samples go in at this rate.
pub const SAMPLE_RATE_HZ: u32 = 11_025;
/// Samples between two words.
const HOP: usize = 1_365;
/// So much of a longer clip is looked at: a mix of hours would be of every recording in it.
pub const MAX_SECONDS: usize = 600;

/// The words of a clip, `[time]`, one each [`Fingerprint::SUB_FINGERPRINT_SECONDS`]; empty where the clip is too short for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<u32>);

impl Fingerprint {
    pub const SUB_FINGERPRINT_SECONDS: f64 = HOP as f64 / SAMPLE_RATE_HZ as f64;

    /// Of mono samples at [`SAMPLE_RATE_HZ`], about ±1; of more than [`MAX_SECONDS`] the first.
    #[must_use]
    pub fn new(samples: &[f32]) -> Self {
        // The printer's own rate needs no filter, so that there is nothing to refuse.
        let printing = StreamFingerprinter::new(SAMPLE_RATE_HZ);
        let printed = printing.map(|mut printing| {
            printing.push(samples);
            printing.finish()
        });
        printed.unwrap_or_default()
    }

    /// As it is stored: magic, version, words, all little-endian, and a check over them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.0.iter().flat_map(|word| word.to_le_bytes()));
        let check = blake3::hash(&bytes);
        bytes.extend(&check.as_bytes()[..CHECK]);
        bytes
    }

    /// None where the bytes are of another version, or are damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
        let words = body.strip_prefix(MAGIC)?;
        let words = words.strip_prefix(&VERSION.to_le_bytes())?;
        let (words, rest) = words.as_chunks::<4>();
        let whole = rest.is_empty() && blake3::hash(body).as_bytes()[..CHECK] == *check;
        whole.then(|| Self(words.iter().copied().map(u32::from_le_bytes).collect()))
    }
}

/// Bytes of the check at the end of a stored fingerprint.
const CHECK: usize = 8;

/// A fingerprint in the making, of samples that come block by block.
pub struct StreamFingerprinter {
    resampler: Resampler,
    printer: Fingerprinter,
    /// Samples at [`SAMPLE_RATE_HZ`] on their way to the printer.
    ready: Vec<f32>,
    /// Samples that the printer still takes.
    room: usize,
}

impl StreamFingerprinter {
    /// Of mono samples at this rate.
    ///
    /// # Errors
    /// In rubato's words, where it cannot serve the rate.
    pub fn new(sample_rate_hz: u32) -> Result<Self, String> {
        let resampler = Resampler::new(sample_rate_hz, SAMPLE_RATE_HZ)?;
        let mut printer = Fingerprinter::new(&Configuration::preset_test2());
        // One channel at the printer's own rate, which it cannot refuse.
        let started = printer.start(SAMPLE_RATE_HZ, 1);
        started.map_err(|reason| format!("{reason:?}"))?;
        Ok(Self {
            resampler,
            printer,
            ready: Vec::new(),
            room: MAX_SECONDS * SAMPLE_RATE_HZ as usize,
        })
    }

    /// Takes samples, about ±1; those beyond [`MAX_SECONDS`] are passed over.
    pub fn push(&mut self, samples: &[f32]) {
        if self.room > 0 {
            let resampled = self.resampler.push(samples, &mut self.ready);
            self.feed(resampled.is_ok());
        }
    }

    #[must_use]
    pub fn finish(mut self) -> Fingerprint {
        let resampled = self.resampler.finish(&mut self.ready);
        self.feed(resampled.is_ok());
        self.printer.finish();
        Fingerprint(self.printer.fingerprint().to_vec())
    }

    /// Feeds the buffered samples to chromaprint. Stops for good after a resampler error.
    fn feed(&mut self, goes_on: bool) {
        let most = self.ready.len().min(self.room);
        let whole = |sample: &f32| (sample * 32_767.0) as i16;
        let samples: Vec<i16> = self.ready[..most].iter().map(whole).collect();
        self.printer.consume(&samples);
        self.ready.clear();
        self.room = if goes_on { self.room - most } else { 0 };
    }
}
