//! The weights that are known by name.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PretrainedError;

/// One file of weights at its official address.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub name: String,
    /// What it is, in one line.
    pub what: String,
    /// The architecture that begins with it.
    pub architecture: String,
    pub address: String,
    pub licence: Licence,
    /// Length of the file, where it is known.
    pub bytes: Option<u64>,
    pub pin: Option<Pin>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// By SPDX.
    pub name: String,
    /// The notice that must go with the weights.
    pub text: String,
}

/// By what the right file is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Of the file: whole, or its first digits; hexadecimal.
    pub sha256: Option<String>,
    /// Of its numbers, as [`super::contents_hash`] takes it.
    pub contents: Option<String>,
    /// Who states it.
    pub by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    licences: BTreeMap<String, Licence>,
    weights: Vec<CatalogueRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueRow {
    name: String,
    what: String,
    architecture: String,
    address: String,
    licence: String,
    bytes: Option<u64>,
    sha256: Option<String>,
    contents: Option<String>,
    pinned_by: Option<String>,
}

/// All of them, the smallest of a family first.
///
/// # Errors
/// None but a mistake in the program's own list, which a test would find first.
pub fn weights() -> Result<Vec<Weights>, PretrainedError> {
    let wrong = |reason: String| PretrainedError::Refused {
        path: "catalogue.toml".into(),
        reason,
        next: "report it".into(),
    };
    let written: Written = toml::from_str(include_str!("catalogue.toml"))
        .map_err(|reason| wrong(reason.to_string()))?;
    let Written { licences, weights } = written;
    let whole = |row: CatalogueRow| {
        let licence = licences.get(&row.licence).cloned();
        Ok(Weights {
            licence: licence.ok_or_else(|| wrong(format!("no licence {}", row.licence)))?,
            pin: row.pinned_by.map(|by| Pin {
                sha256: row.sha256,
                contents: row.contents,
                by,
            }),
            name: row.name,
            what: row.what,
            architecture: row.architecture,
            address: row.address,
            bytes: row.bytes,
        })
    };
    weights.into_iter().map(whole).collect()
}

/// Their names, for messages.
pub(super) fn names(weights: &[Weights]) -> String {
    let names: Vec<&str> = weights
        .iter()
        .map(|weights| weights.name.as_str())
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn every_row_has_an_address_and_a_pin_that_can_be_checked() {
        let weights = weights().unwrap();
        assert!(weights.len() > 5);
        for (at, known) in weights.iter().enumerate() {
            assert!(!weights[..at].iter().any(|other| other.name == known.name));
            assert_eq!(
                Url::parse(&known.address).unwrap().scheme(),
                "https",
                "{}",
                known.name
            );
            assert!(known.licence.text.contains("Copyright"), "{}", known.name);
            if let Some(pin) = &known.pin {
                let hashes = [&pin.sha256, &pin.contents];
                let hashes: Vec<&String> = hashes.into_iter().flatten().collect();
                assert!(!hashes.is_empty() && !pin.by.is_empty(), "{}", known.name);
                let is_digit = |sign: char| sign.is_ascii_digit() || ('a'..='f').contains(&sign);
                assert!(
                    hashes
                        .iter()
                        .all(|hash| hash.len() >= 8 && hash.chars().all(is_digit))
                );
            }
        }
    }
}
