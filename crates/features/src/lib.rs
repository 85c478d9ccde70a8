//! Samples to log-mel spectrograms `[n_mels, frames]` ([`mel`]) and to descriptors of how a track sounds ([`descriptors`]).

pub mod descriptors;
pub mod mel;
