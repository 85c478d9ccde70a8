//! Many songs: which song to pitch to which playlist and which songs are one recording ([`batch`]), playlists of tracks
//! like given songs ([`similar`]), and a network that serves many decoding threads ([`share_predictor`]).

pub mod batch;
mod par_for_each;
mod share_predictor;
pub mod similar;

pub use par_for_each::par_for_each;
pub use share_predictor::share_predictor;
