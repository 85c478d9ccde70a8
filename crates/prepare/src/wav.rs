//! Samples as mono 16-bit WAV.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

/// Full scale of 16-bit samples.
const FULL_SCALE: f32 = 32_768.0;

/// A complete mono 16-bit WAV file of samples of about ±1; louder samples are clipped.
///
/// # Errors
/// In hound's words, if the file would be larger than WAV allows (4 GB).
pub fn wav(samples: &[f32], sample_rate_hz: u32) -> Result<Vec<u8>, String> {
    let mut file = Cursor::new(Vec::new());
    let failed = |reason: hound::Error| reason.to_string();
    let mut writer = WavWriter::new(&mut file, spec(sample_rate_hz)).map_err(failed)?;
    for &sample in samples {
        writer.write_sample(to_16_bit(sample)).map_err(failed)?;
    }
    writer.finalize().map_err(failed)?;
    Ok(file.into_inner())
}

/// The format of every clip.
pub(crate) fn spec(sample_rate_hz: u32) -> WavSpec {
    WavSpec {
        channels: 1,
        sample_rate: sample_rate_hz,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    }
}

pub(crate) fn to_16_bit(sample: f32) -> i16 {
    (sample * FULL_SCALE)
        .round()
        .clamp(-FULL_SCALE, FULL_SCALE - 1.0) as i16
}

/// The inverse of [`to_16_bit`].
pub(crate) fn from_16_bit(sample: i16) -> f32 {
    f32::from(sample) / FULL_SCALE
}
