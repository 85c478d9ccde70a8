//! Samples to log-mel spectrograms `[n_mels, frames]` ([`mel`]) and to descriptors of how a track sounds ([`traits`]).

pub mod mel;
pub mod traits;
