//! Samples as a WAV file: mono, 16 bits.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

/// A whole WAV file of samples of about ±1; what lies beyond is clipped, as in any player.
///
/// # Errors
/// In hound's words, where a WAV file cannot be so long (4 GB).
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

pub fn spec(sample_rate_hz: u32) -> WavSpec {
    WavSpec {
        channels: 1,
        sample_rate: sample_rate_hz,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    }
}

pub fn to_16_bit(sample: f32) -> i16 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}
