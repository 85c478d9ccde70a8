//! What the sources say of tracks, track by track and summed by source: the audit of a catalogue or of a bundle.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Catalogue, Licence, Provenance, terms};

/// One source's word on one track: a [`Provenance`] that stands beside its track.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub source: String,
    /// As the source writes it; empty where it says nothing.
    pub licence: String,
    /// None where nobody kept it.
    pub may_train: Option<bool>,
    pub retrieved: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// What came from one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceAudit {
    pub source: String,
    pub tracks: usize,
    /// As the source writes them, with the tracks under each; an empty name where it states none.
    pub licences: BTreeMap<String, usize>,
    /// Tracks on which it allows training; none where nobody kept it.
    pub may_train: Option<usize>,
    /// Whether its terms forbid training, whatever a licence says.
    pub terms_forbid: bool,
    /// Tracks on which its word is not to be relied on.
    pub in_doubt: usize,
    /// Of the rows that are there now; none where nobody kept it.
    pub first_retrieved: Option<Timestamp>,
    pub last_retrieved: Option<Timestamp>,
}

impl Catalogue {
    /// The rows on each track, by its id.
    #[must_use]
    pub fn provenance_by_track(&self) -> HashMap<&str, Vec<&Provenance>> {
        let mut rows: HashMap<&str, Vec<&Provenance>> = HashMap::new();
        for row in &self.provenance {
            rows.entry(&row.track).or_default().push(row);
        }
        rows
    }

    /// What came from each source.
    #[must_use]
    pub fn by_source(&self) -> Vec<SourceAudit> {
        let statements: Vec<Statement> = self.provenance.iter().map(Statement::from).collect();
        by_source(&statements)
    }
}

impl Statement {
    /// The one that the licence of the recording rests on: the strictest licence that is stated. Where several state
    /// the same, or none states any, one that allows training.
    #[must_use]
    pub fn strictest(statements: &[Statement]) -> Option<&Statement> {
        statements.iter().max_by_key(|statement| {
            let licence = &statement.licence;
            (
                Licence::parse(licence),
                licence,
                statement.may_train,
                &statement.source,
            )
        })
    }
}

impl From<&Provenance> for Statement {
    fn from(row: &Provenance) -> Statement {
        Statement {
            source: row.source.clone(),
            licence: row.licence.clone(),
            may_train: Some(row.may_train),
            retrieved: Some(row.retrieved),
            doubt: row.doubt.clone(),
        }
    }
}

/// Sums statements, one a track and source, by source; in the order of their names.
#[must_use]
pub fn by_source<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> Vec<SourceAudit> {
    let mut audits: BTreeMap<&str, SourceAudit> = BTreeMap::new();
    for statement in statements {
        audits
            .entry(&statement.source)
            .or_insert_with(|| SourceAudit::of(&statement.source))
            .add(statement);
    }
    audits.into_values().collect()
}

impl SourceAudit {
    fn of(source: &str) -> SourceAudit {
        SourceAudit {
            source: source.to_owned(),
            terms_forbid: terms::forbids(source),
            may_train: Some(0),
            ..SourceAudit::default()
        }
    }

    fn add(&mut self, statement: &Statement) {
        self.tracks += 1;
        *self.licences.entry(statement.licence.clone()).or_default() += 1;
        self.in_doubt += usize::from(statement.doubt.is_some());
        let both = self.may_train.zip(statement.may_train);
        self.may_train = both.map(|(sum, one)| sum + usize::from(one));
        let known = [self.first_retrieved, statement.retrieved];
        self.first_retrieved = known.into_iter().flatten().min();
        self.last_retrieved = self.last_retrieved.max(statement.retrieved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(source: &str, licence: &str, day: i64) -> Statement {
        Statement {
            source: source.into(),
            licence: licence.into(),
            may_train: Some(terms::may_train(source, licence)),
            retrieved: Timestamp::from_second(day * 86_400).ok(),
            doubt: None,
        }
    }

    #[test]
    fn the_strictest_licence_that_is_stated_decides() {
        let source_of = |statements: &[Statement]| {
            let decides = Statement::strictest(statements);
            decides.map(|statement| statement.source.clone())
        };
        let [free, strict, silent] = [
            statement("files", "CC0-1.0", 1),
            statement("jamendo", "CC-BY-SA-3.0", 1),
            statement("spotify", "", 1),
        ];
        let all = [silent.clone(), strict, free.clone()];
        assert_eq!(source_of(&all).as_deref(), Some("jamendo"));
        assert_eq!(source_of(&[silent.clone(), free]).as_deref(), Some("files"));
        let own = statement("files", "", 1);
        assert_eq!(source_of(&[own, silent]).as_deref(), Some("files"));
        assert_eq!(source_of(&[]), None);
    }

    #[test]
    fn each_source_is_summed_with_its_licences_and_dates() {
        let statements = [
            statement("jamendo", "CC-BY-4.0", 3),
            statement("spotify", "", 2),
            statement("jamendo", "CC-BY-NC-4.0", 1),
            statement("jamendo", "CC-BY-4.0", 2),
        ];
        let audits = by_source(&statements);
        let [jamendo, spotify] = &audits[..] else {
            panic!("{audits:?}");
        };
        assert_eq!((jamendo.tracks, jamendo.may_train), (3, Some(2)));
        assert_eq!(jamendo.licences["CC-BY-4.0"], 2);
        assert_eq!(jamendo.first_retrieved, statements[2].retrieved);
        assert_eq!(jamendo.last_retrieved, statements[0].retrieved);
        assert!(spotify.terms_forbid && !jamendo.terms_forbid);
    }

    #[test]
    fn what_nobody_kept_is_not_made_up() {
        let unkept = Statement {
            source: "files".into(),
            ..Statement::default()
        };
        let audits = by_source(&[statement("files", "", 1), unkept]);
        assert_eq!((audits[0].tracks, audits[0].may_train), (2, None));
        assert!(audits[0].first_retrieved.is_some());
    }
}
