//! One song of a listening history.

use crate::Track;

/// A song and how often it was played.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listen {
    /// As the history states it; with the path of its audio if the file names one.
    pub track: Track,
    /// Above 0.
    pub plays: f64,
}
