//! Clip to log-mel. Mono samples come in (`[samples]`, about ±1), pictures go out (`[n_mels, frames]`, band by band).
//!
//! Must not: read files, know tensors or a network. The front end belongs to the model: a bundle carries it, and its
//! hash stands on everything that was made with it.

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
