//! Many songs: which song to pitch to which playlist and which songs are one recording ([`batch`]), playlists of tracks
//! like given songs ([`similar`]), and a network that serves many decoding threads ([`hear_all`]).

pub mod batch;
mod hearing_many;
mod share_out;
pub mod similar;

pub use hearing_many::hear_all;
pub use share_out::share_out;
