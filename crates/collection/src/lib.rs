//! Many songs: which song to pitch to which playlist and which songs are one recording ([`batch`]), playlists of tracks
//! like given songs ([`similar`]), one cache of what the network predicted for them ([`AnalysisCache`]), and a network that
//! serves many decoding threads ([`share_predictor`]).

pub mod batch;
mod cache;
mod par_for_each;
mod share_predictor;
pub mod similar;

pub use cache::{AnalysisCache, CacheError, SongOutputs};
pub use par_for_each::par_for_each;
pub use share_predictor::share_predictor;
