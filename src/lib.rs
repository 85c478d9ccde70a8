//! Which editorial playlists would this song fit, how sure are we, and what is the evidence?
//!
//! ```text
//! playlists   what is on which list            files, services  -> Catalogue (Parquet)
//! pretrained  weights of other people          a name, a file   -> safetensors, licence
//! audio       track -> clip                    files            -> mono samples, loudness, tags
//! mel         clip -> log-mel                  samples          -> [n_mels, frames]
//! traits      samples -> tempo, loudness       and what else is measured of how a track sounds
//! model       log-mel -> logits, embedding     windows          -> [playlists], [embedding]
//! neighbours  embedding -> nearest tracks
//! evaluate    logits and truth -> top-k        beside chance, popularity and the nearest neighbour
//! simulate    a catalogue's graph -> a made-up world whose best possible judge is known
//! train       catalogue and clips -> weights
//! bundle      everything that `fit` needs, in one folder
//! fit         one song -> FitReport
//! similar     songs or a history -> a playlist of tracks like them
//! batch       many FitReports -> which song to pitch to which list, and which songs are one recording
//! report      FitReport -> HTML, PNG, JSON
//! serve       the same report in a local web page
//! cli         one small file a verb; the only module that knows all the others
//! ```
//!
//! A module may use those above it and none below; `disk` serves all that write.

#[cfg(not(any(feature = "lists", feature = "torch")))]
compile_error!("choose at least one of the features `lists` and `torch`");

pub mod audio;
#[cfg(feature = "lists")]
pub mod batch;
pub mod bundle;
pub mod cli;
pub mod disk;
pub mod evaluate;
pub mod fit;
pub mod mel;
pub mod model;
pub mod neighbours;
pub mod playlists;
#[cfg(feature = "lists")]
pub mod pretrained;
pub mod report;
#[cfg(feature = "lists")]
pub mod serve;
#[cfg(feature = "lists")]
pub mod similar;
#[cfg(feature = "lists")]
pub mod simulate;
#[cfg(feature = "torch")]
pub mod train;
pub mod traits;
