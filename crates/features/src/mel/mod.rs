//! Mono samples (`[samples]`, about ±1) to log-mel spectrograms (`[n_mels, frames]`, band-major).
//!
//! Invariants: reads no files, knows no tensors and no network. The front end belongs to the model: a bundle contains it,
//! and everything computed with it carries its hash.

mod filterbank;
mod front_end;
mod log_mel;
mod mask;
mod presets;
mod spectra;
mod windows;

pub use filterbank::Filterbank;
pub use front_end::{Compression, FrontEnd, MelScale, Padding, ShortInput, WindowFunction};
pub use log_mel::LogMel;
pub use mask::{Mask, apply_mask};
pub use presets::UnknownFrontEnd;
pub use spectra::Spectra;
pub use windows::{Segmenter, Window, segment_at};
