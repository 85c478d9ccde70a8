//! Loudness after EBU R 128, measured while a song streams by.

use ebur128::{EbuR128, Mode};

/// Integrated loudness and true peak of everything added so far.
pub struct Loudness {
    meter: EbuR128,
    channels: u32,
}

impl Loudness {
    /// None where the meter does not know such a rate or number of channels.
    pub fn new(channels: usize, sample_rate_hz: u32) -> Option<Self> {
        Self::measuring(channels, sample_rate_hz, Mode::I | Mode::TRUE_PEAK)
    }

    /// Of one channel and without its true peak, which takes most of the time.
    pub fn mono(sample_rate_hz: u32) -> Option<Self> {
        Self::measuring(1, sample_rate_hz, Mode::I)
    }

    fn measuring(channels: usize, sample_rate_hz: u32, mode: Mode) -> Option<Self> {
        let channels = u32::try_from(channels).ok()?;
        let meter = EbuR128::new(channels, sample_rate_hz, mode | Mode::HISTOGRAM).ok()?;
        Some(Self { meter, channels })
    }

    /// Takes interleaved samples of whole frames.
    pub fn add(&mut self, interleaved: &[f32]) {
        // The meter refuses only what is not whole frames; a decoder gives nothing else.
        let _ = self.meter.add_frames_f32(interleaved);
    }

    /// LUFS; none for silence and for less than 0.4 s.
    pub fn integrated_lufs(&self) -> Option<f64> {
        self.meter
            .loudness_global()
            .ok()
            .filter(|lufs| lufs.is_finite())
    }

    /// dB over full scale, of the loudest channel; none for silence.
    pub fn true_peak_dbtp(&self) -> Option<f64> {
        let peaks = (0..self.channels).filter_map(|channel| self.meter.true_peak(channel).ok());
        let decibels = 20.0 * peaks.fold(0.0, f64::max).log10();
        decibels.is_finite().then_some(decibels)
    }
}
