//! The audit of a catalogue or of a bundle: its tracks by source, and what the user should know before using it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::{Catalogue, SourceAudit, SourceClaim, by_source};

/// Where tracks come from, and whether their sources allow training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// Number of tracks.
    pub tracks: usize,
    /// By source name.
    pub sources: Vec<AuditedSource>,
    /// Empty for a catalogue: a catalogue by itself trains nothing.
    pub warnings: Vec<AuditWarning>,
}

/// One source of a catalogue or bundle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditedSource {
    /// Its tracks, licences and dates.
    #[serde(flatten)]
    pub audit: SourceAudit,
    /// The day on which the author of a bundle decided to train on it although its terms forbid it.
    pub allowed_on: Option<Date>,
}

/// What is questionable about a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditWarning {
    /// The bundle was trained on a source whose terms forbid it, by a recorded decision of its author.
    TermsOverridden {
        /// The source's name.
        source: String,
        /// Number of tracks from it.
        tracks: usize,
        /// The day of the decision.
        on: Date,
    },
    /// Tracks whose sources all forbid training, without a recorded decision: how many.
    NoDecision(usize),
    /// The bundle is older than the record of dates and permissions.
    NoPermissionsRecorded,
}

impl Catalogue {
    /// The catalogue's tracks by source.
    #[must_use]
    pub fn audit(&self) -> Audit {
        let source = |audit| AuditedSource {
            audit,
            allowed_on: None,
        };
        Audit {
            tracks: self.tracks.len(),
            sources: self.by_source().into_iter().map(source).collect(),
            warnings: Vec::new(),
        }
    }
}

impl Audit {
    /// The audit of a bundle's training tracks, each with the claims of its sources. `allowed` holds the sources that
    /// the author decided to train on although their terms forbid it, with the day of the decision.
    #[must_use]
    pub fn from_claims(tracks: &[Vec<SourceClaim>], allowed: &BTreeMap<&str, Date>) -> Audit {
        let sources: Vec<AuditedSource> = by_source(tracks.iter().flatten())
            .into_iter()
            .map(|audit| AuditedSource {
                allowed_on: allowed.get(audit.source.as_str()).copied(),
                audit,
            })
            .collect();
        let overridden = sources.iter().filter_map(AuditedSource::terms_overridden);
        let undecided = undecided(&sources, tracks);
        let is_unrecorded = sources
            .iter()
            .any(|source| source.audit.may_train.is_none());
        Audit {
            tracks: tracks.len(),
            warnings: overridden
                .chain((undecided > 0).then_some(AuditWarning::NoDecision(undecided)))
                .chain(is_unrecorded.then_some(AuditWarning::NoPermissionsRecorded))
                .collect(),
            sources,
        }
    }
}

impl AuditedSource {
    fn terms_overridden(&self) -> Option<AuditWarning> {
        Some(AuditWarning::TermsOverridden {
            source: self.audit.source.clone(),
            tracks: self.audit.tracks,
            on: self.allowed_on?,
        })
    }
}

/// The number of tracks whose sources all forbid training without a decision.
fn undecided(sources: &[AuditedSource], tracks: &[Vec<SourceClaim>]) -> usize {
    let is_undecided = |claim: &SourceClaim| {
        sources
            .iter()
            .find(|source| source.audit.source == claim.source)
            .is_some_and(|source| source.audit.terms_forbid && source.allowed_on.is_none())
    };
    tracks
        .iter()
        .filter(|claims| claims.iter().all(is_undecided))
        .count()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::terms;

    fn claim(source: &str, licence: &str) -> SourceClaim {
        SourceClaim {
            source: source.into(),
            licence: licence.into(),
            may_train: Some(terms::may_train(source, licence)),
            ..SourceClaim::default()
        }
    }

    #[test]
    fn a_decision_is_a_warning_with_its_date() {
        let tracks = [vec![claim("spotify", ""), claim("files", "CC0-1.0")]];
        let audit = Audit::from_claims(&tracks, &BTreeMap::new());
        assert_eq!(audit.warnings, []);
        let on = date(2026, 11, 21);
        let audit = Audit::from_claims(&tracks, &[("spotify", on)].into());
        assert_eq!(audit.sources[1].allowed_on, Some(on));
        let expected = AuditWarning::TermsOverridden {
            source: "spotify".into(),
            tracks: 1,
            on,
        };
        assert_eq!(audit.warnings, [expected]);
    }

    #[test]
    fn tracks_without_a_decision_are_counted() {
        let tracks = [
            vec![claim("spotify", "")],
            vec![claim("deezer", "")],
            vec![claim("files", "")],
        ];
        let audit = Audit::from_claims(&tracks, &BTreeMap::new());
        assert_eq!(audit.warnings, [AuditWarning::NoDecision(2)]);
    }

    #[test]
    fn missing_permissions_are_a_warning() {
        let unrecorded = SourceClaim {
            source: "files".into(),
            ..SourceClaim::default()
        };
        let audit = Audit::from_claims(&[vec![unrecorded]], &BTreeMap::new());
        assert_eq!(audit.warnings, [AuditWarning::NoPermissionsRecorded]);
    }
}
