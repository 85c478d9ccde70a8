//! Many songs: which song to pitch to which playlist and which songs are one recording ([`batch`]), playlists of tracks
//! like given songs ([`similar`]), and one cache of what the network predicted for them ([`AnalysisCache`]).

mod analyse_all;
pub mod batch;
mod cache;
mod par_for_each;
pub mod similar;

pub use analyse_all::analyse_all;
pub use cache::{AnalysisCache, CacheError, SongOutputs};
pub use par_for_each::par_for_each;
