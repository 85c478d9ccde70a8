//! What sources state about tracks, per track and summed per source.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Catalogue, Licence, Provenance, terms};

/// What one source states about one track: a [`Provenance`] without the track's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceClaim {
    /// The source's name.
    pub source: String,
    /// As the source writes it; empty if it states none.
    pub licence: String,
    /// Whether the source permits training; `None` if not recorded.
    pub may_train: Option<bool>,
    /// When it was read; `None` if not recorded.
    pub retrieved: Option<Timestamp>,
    /// Why the claim is not reliable; `None` if nothing is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "doubt")]
    pub quality_flag: Option<String>,
}

/// The sum of the claims of one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceAudit {
    /// The source's name.
    pub source: String,
    /// Number of tracks from it.
    pub tracks: usize,
    /// Licences as the source writes them, with the number of tracks; the empty name is for none stated.
    pub licences: BTreeMap<String, usize>,
    /// Number of tracks on which it permits training; `None` if not recorded.
    pub may_train: Option<usize>,
    /// Whether its terms forbid training, whatever a licence says.
    pub terms_forbid: bool,
    /// Number of its rows with a [`Provenance::quality_flag`].
    pub flagged: usize,
    /// The earliest retrieval of the present rows; `None` if not recorded.
    pub first_retrieved: Option<Timestamp>,
    /// The latest retrieval; `None` if not recorded.
    pub last_retrieved: Option<Timestamp>,
}

impl Catalogue {
    /// The provenance rows of each track, by its id.
    #[must_use]
    pub fn provenance_by_track(&self) -> HashMap<&str, Vec<&Provenance>> {
        let mut rows: HashMap<&str, Vec<&Provenance>> = HashMap::new();
        for row in &self.provenance {
            rows.entry(&row.track).or_default().push(row);
        }
        rows
    }

    /// The sums per source, by name.
    #[must_use]
    pub fn by_source(&self) -> Vec<SourceAudit> {
        let claims: Vec<SourceClaim> = self.provenance.iter().map(SourceClaim::from).collect();
        by_source(&claims)
    }
}

impl SourceClaim {
    /// The claim with the most restrictive licence that is stated. If several state the same, or none states any, one
    /// that permits training. `None` if `claims` is empty.
    #[must_use]
    pub fn most_restrictive(claims: &[SourceClaim]) -> Option<&SourceClaim> {
        claims.iter().max_by_key(|claim| {
            let licence = &claim.licence;
            (
                Licence::parse(licence),
                licence,
                claim.may_train,
                &claim.source,
            )
        })
    }
}

impl From<&Provenance> for SourceClaim {
    fn from(row: &Provenance) -> SourceClaim {
        SourceClaim {
            source: row.source.clone(),
            licence: row.licence.clone(),
            may_train: Some(row.may_train),
            retrieved: Some(row.retrieved),
            quality_flag: row.quality_flag.clone(),
        }
    }
}

/// Sums claims (one per track and source) per source, sorted by name.
#[must_use]
pub fn by_source<'a>(claims: impl IntoIterator<Item = &'a SourceClaim>) -> Vec<SourceAudit> {
    let mut audits: BTreeMap<&str, SourceAudit> = BTreeMap::new();
    for claim in claims {
        audits
            .entry(&claim.source)
            .or_insert_with(|| SourceAudit::new(&claim.source))
            .add(claim);
    }
    audits.into_values().collect()
}

impl SourceAudit {
    fn new(source: &str) -> SourceAudit {
        SourceAudit {
            source: source.to_owned(),
            terms_forbid: terms::forbids(source),
            may_train: Some(0),
            ..SourceAudit::default()
        }
    }

    fn add(&mut self, claim: &SourceClaim) {
        self.tracks += 1;
        *self.licences.entry(claim.licence.clone()).or_default() += 1;
        self.flagged += usize::from(claim.quality_flag.is_some());
        let both = self.may_train.zip(claim.may_train);
        self.may_train = both.map(|(sum, one)| sum + usize::from(one));
        let known = [self.first_retrieved, claim.retrieved];
        self.first_retrieved = known.into_iter().flatten().min();
        self.last_retrieved = self.last_retrieved.max(claim.retrieved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(source: &str, licence: &str, day: i64) -> SourceClaim {
        SourceClaim {
            source: source.into(),
            licence: licence.into(),
            may_train: Some(terms::may_train(source, licence)),
            retrieved: Timestamp::from_second(day * 86_400).ok(),
            quality_flag: None,
        }
    }

    #[test]
    fn the_strictest_licence_that_is_stated_decides() {
        let source_of = |claims: &[SourceClaim]| {
            let decides = SourceClaim::most_restrictive(claims);
            decides.map(|claim| claim.source.clone())
        };
        let [free, strict, silent] = [
            claim("files", "CC0-1.0", 1),
            claim("jamendo", "CC-BY-SA-3.0", 1),
            claim("spotify", "", 1),
        ];
        let all = [silent.clone(), strict, free.clone()];
        assert_eq!(source_of(&all).as_deref(), Some("jamendo"));
        assert_eq!(source_of(&[silent.clone(), free]).as_deref(), Some("files"));
        let own = claim("files", "", 1);
        assert_eq!(source_of(&[own, silent]).as_deref(), Some("files"));
        assert_eq!(source_of(&[]), None);
    }

    #[test]
    fn each_source_is_summed_with_its_licences_and_dates() {
        let claims = [
            claim("jamendo", "CC-BY-4.0", 3),
            claim("spotify", "", 2),
            claim("jamendo", "CC-BY-NC-4.0", 1),
            claim("jamendo", "CC-BY-4.0", 2),
        ];
        let audits = by_source(&claims);
        let [jamendo, spotify] = &audits[..] else {
            panic!("{audits:?}");
        };
        assert_eq!((jamendo.tracks, jamendo.may_train), (3, Some(2)));
        assert_eq!(jamendo.licences["CC-BY-4.0"], 2);
        assert_eq!(jamendo.first_retrieved, claims[2].retrieved);
        assert_eq!(jamendo.last_retrieved, claims[0].retrieved);
        assert!(spotify.terms_forbid && !jamendo.terms_forbid);
    }

    #[test]
    fn what_is_not_recorded_is_not_invented() {
        let unrecorded = SourceClaim {
            source: "files".into(),
            ..SourceClaim::default()
        };
        let audits = by_source(&[claim("files", "", 1), unrecorded]);
        assert_eq!((audits[0].tracks, audits[0].may_train), (2, None));
        assert!(audits[0].first_retrieved.is_some());
    }
}
