//! Loudness after EBU R 128 of a stream of samples.

use ebur128::{EbuR128, Mode};

/// Meter of integrated loudness and true peak.
pub struct Loudness {
    meter: EbuR128,
    channels: u32,
}

impl Loudness {
    /// A meter of all channels; `None` if it does not support this rate or number of channels.
    #[must_use]
    pub fn new(channels: usize, sample_rate_hz: u32) -> Option<Self> {
        Self::with_mode(channels, sample_rate_hz, Mode::I | Mode::TRUE_PEAK)
    }

    /// A meter of one channel without true peak, which takes most of the time.
    #[must_use]
    pub fn mono(sample_rate_hz: u32) -> Option<Self> {
        Self::with_mode(1, sample_rate_hz, Mode::I)
    }

    fn with_mode(channels: usize, sample_rate_hz: u32, mode: Mode) -> Option<Self> {
        let channels = u32::try_from(channels).ok()?;
        let meter = EbuR128::new(channels, sample_rate_hz, mode | Mode::HISTOGRAM).ok()?;
        Some(Self { meter, channels })
    }

    /// Adds interleaved samples of complete frames.
    pub fn add(&mut self, interleaved: &[f32]) {
        // Fails only on incomplete frames, which a decoder does not return.
        let _ = self.meter.add_frames_f32(interleaved);
    }

    /// Integrated loudness in LUFS; `None` for silence and for less than 0.4 s.
    #[must_use]
    pub fn integrated_lufs(&self) -> Option<f64> {
        self.meter
            .loudness_global()
            .ok()
            .filter(|lufs| lufs.is_finite())
    }

    /// True peak of the loudest channel in dBTP; `None` for silence.
    #[must_use]
    pub fn true_peak_dbtp(&self) -> Option<f64> {
        let peaks = (0..self.channels).filter_map(|channel| self.meter.true_peak(channel).ok());
        let decibels = 20.0 * peaks.fold(0.0, f64::max).log10();
        decibels.is_finite().then_some(decibels)
    }
}
