//! What a training makes small.

use serde::{Deserialize, Serialize};

/// Binary cross-entropy by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossConfig {}
