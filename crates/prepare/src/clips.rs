//! Clips on disk, ready to be cut into windows: mono 16-bit WAV, one file per clip, mapped into memory.
//!
//! `<folder>/<rate>/<first two of hash>/<hash>.wav`. A clip is written atomically, so an interrupted run resumes.

use std::fs::File;
use std::io::{BufWriter, Seek};
use std::path::{Path, PathBuf};

use files::AtomicFile;
use hound::{WavReader, WavSpec, WavWriter};
use memmap2::Mmap;

use super::wav::{from_16_bit, spec, to_16_bit};
use audio::{AudioError, MonoReader};

/// Clips of one sample rate.
#[derive(Clone, Debug)]
pub struct ClipStore {
    folder: PathBuf,
    sample_rate_hz: u32,
}

impl ClipStore {
    /// The clips of this rate below `folder`; nothing is read or created yet.
    #[must_use]
    pub fn new(folder: &Path, sample_rate_hz: u32) -> Self {
        Self {
            folder: folder.join(sample_rate_hz.to_string()),
            sample_rate_hz,
        }
    }

    pub(crate) fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// Path of the clip with this audio hash, whether it exists or not.
    #[must_use]
    pub fn path(&self, audio_hash: &str) -> PathBuf {
        self.folder
            .join(audio_hash.get(..2).unwrap_or("_"))
            .join(format!("{audio_hash}.wav"))
    }

    /// Whether the clip exists.
    #[must_use]
    pub fn holds(&self, audio_hash: &str) -> bool {
        self.path(audio_hash).is_file()
    }

    /// Decodes the file `audio` into the store and returns the clip's length in seconds.
    ///
    /// # Errors
    /// As [`MonoReader`], if the file has no samples, or if the clip cannot be written; then no clip is left.
    pub fn add(&self, audio_hash: &str, audio: &Path) -> Result<f64, AudioError> {
        let mut reader = MonoReader::open(audio, self.sample_rate_hz)?;
        let frames = self.write(audio_hash, |out| {
            let mut block = Vec::new();
            while reader.read(&mut block)? {
                out(&block)?;
                block.clear();
            }
            Ok(())
        })?;
        match frames {
            0 => Err(AudioError::Damaged(audio.into())),
            _ => Ok(f64::from(frames) / f64::from(self.sample_rate_hz)),
        }
    }

    /// Stores mono samples at the store's rate, about ±1.
    ///
    /// # Errors
    /// If the clip cannot be written; then no clip is left.
    pub fn add_samples(&self, audio_hash: &str, samples: &[f32]) -> Result<(), AudioError> {
        self.write(audio_hash, |out| out(samples)).map(|_| ())
    }

    /// Writes the blocks that `fill` passes on, measures them, and returns the number of samples. Of none no clip is made.
    fn write(
        &self,
        audio_hash: &str,
        fill: impl FnOnce(&mut dyn FnMut(&[f32]) -> Result<(), AudioError>) -> Result<(), AudioError>,
    ) -> Result<u32, AudioError> {
        let target = self.path(audio_hash);
        let failed = |reason: &dyn std::fmt::Display| AudioError::Write {
            path: target.clone(),
            reason: reason.to_string(),
        };
        let atomic = AtomicFile::create(&target).map_err(|reason| failed(&reason))?;
        let file = atomic
            .as_file()
            .try_clone()
            .map_err(|reason| failed(&reason))?;
        let mut writer = WavWriter::new(BufWriter::new(file), spec(self.sample_rate_hz))
            .map_err(|reason| failed(&reason))?;
        let mut meter = self.meter(audio_hash)?;
        let mut stored = Vec::new();
        fill(&mut |block| {
            stored.clear();
            for &sample in block {
                let sample = to_16_bit(sample);
                writer
                    .write_sample(sample)
                    .map_err(|reason| failed(&reason))?;
                stored.push(from_16_bit(sample));
            }
            meter.push(&stored);
            Ok(())
        })?;
        let frames = writer.len();
        writer.finalize().map_err(|reason| failed(&reason))?;
        if frames > 0 {
            let (fingerprint, descriptors) = meter.finish();
            self.store_measurements(audio_hash, &fingerprint, descriptors)
                .and_then(|()| atomic.commit())
                .map_err(|reason| failed(&reason))?;
        }
        Ok(frames)
    }

    /// Opens a stored clip.
    ///
    /// # Errors
    /// If the clip is missing or is not what this store writes.
    pub fn open(&self, audio_hash: &str) -> Result<Clip, AudioError> {
        Clip::open(&self.path(audio_hash), spec(self.sample_rate_hz))
    }
}

/// A clip mapped into memory.
pub struct Clip {
    map: Mmap,
    /// Offset of the samples in bytes.
    data: usize,
    frames: usize,
}

impl Clip {
    fn open(path: &Path, spec: WavSpec) -> Result<Self, AudioError> {
        let damaged = || AudioError::Clip { path: path.into() };
        let mut file = File::open(path).map_err(|source| AudioError::Open {
            path: path.into(),
            source,
        })?;
        let header = WavReader::new(&file).map_err(|_| damaged())?;
        let frames = header.duration() as usize;
        if header.spec() != spec {
            return Err(damaged());
        }
        // hound has read up to the first sample.
        let data = file.stream_position().map_err(|_| damaged())? as usize;
        // SAFETY: clips are written once, under another name, and never changed afterwards.
        let map = unsafe { Mmap::map(&file) }.map_err(|_| damaged())?;
        if map.len() < data + 2 * frames {
            return Err(damaged());
        }
        Ok(Self { map, data, frames })
    }

    /// Length in samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames
    }

    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Copies samples from index `start` into `out`, about ±1, and returns their number: less than `out` holds at the end.
    pub fn read(&self, start: usize, out: &mut [f32]) -> usize {
        let start = start.min(self.frames);
        let count = out.len().min(self.frames - start);
        let bytes = &self.map[self.data + 2 * start..self.data + 2 * (start + count)];
        for (sample, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *sample = from_16_bit(i16::from_le_bytes([pair[0], pair[1]]));
        }
        count
    }
}
