//! Many songs: which song to pitch to which playlist and which songs are one recording ([`batch`]), playlists of tracks
//! like given songs ([`similar`]), and a network that serves many decoding threads ([`analyse_all`]).

mod analyse_all;
pub mod batch;
mod par_for_each;
pub mod similar;

pub use analyse_all::analyse_all;
pub use par_for_each::par_for_each;
