//! Conditions of a file that do not stop its analysis.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something unusual about an analysed file: `{"code": …, …}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// The song is shorter than a window of the network and was padded.
    ShortSong {
        /// Duration of the song.
        seconds: f64,
        /// Duration of a window.
        window_seconds: f64,
    },
    /// The decoder skipped packets.
    DamagedPackets {
        /// How many.
        packets: u64,
    },
    /// NaN or infinite samples were replaced by silence.
    NonFiniteSamples {
        /// How many.
        samples: u64,
    },
    /// The file ends before its container says.
    Truncated {
        /// Decoded duration.
        seconds: f64,
    },
}
