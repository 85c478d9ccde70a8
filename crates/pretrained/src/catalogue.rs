//! The published weights that are known by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PretrainedError;

/// One file of weights at its official address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Name on the command line and in the folder.
    pub name: String,
    /// Description of one line.
    pub what: String,
    /// Name of the architecture that can be initialised with them.
    pub architecture: String,
    /// Address of the file.
    pub address: String,
    /// SPDX name of the licence; in `catalogue.toml` the key of a licence.
    pub licence: String,
    /// The notice that must accompany the weights.
    #[serde(skip)]
    pub notice: String,
    /// Length of the file, if known.
    pub bytes: Option<u64>,
    /// SHA-256 of the correct file, complete or its first digits; hexadecimal.
    pub sha256: Option<String>,
    /// Hash of its tensors, see [`super::contents_hash`].
    pub contents: Option<String>,
    /// Who states the hashes; `None` if the first file that is downloaded is pinned.
    pub pinned_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    licences: BTreeMap<String, Licence>,
    weights: Vec<Weights>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Licence {
    name: String,
    text: String,
}

/// All known weights, the smallest of a family first.
///
/// # Errors
/// An invalid `catalogue.toml`, which the tests exclude.
pub fn weights() -> Result<Vec<Weights>, PretrainedError> {
    let invalid = |reason: String| PretrainedError::Refused {
        path: "catalogue.toml".into(),
        reason,
        next: "report it".into(),
    };
    let document: Document = toml::from_str(include_str!("catalogue.toml"))
        .map_err(|reason| invalid(reason.to_string()))?;
    let Document { licences, weights } = document;
    let with_licence = |row: Weights| {
        let licence = licences.get(&row.licence);
        let licence = licence.ok_or_else(|| invalid(format!("no licence {}", row.licence)))?;
        Ok(Weights {
            licence: licence.name.clone(),
            notice: licence.text.trim().to_owned(),
            ..row
        })
    };
    weights.into_iter().map(with_licence).collect()
}

/// The names of weights, separated by commas, for messages.
pub(super) fn names(weights: &[Weights]) -> String {
    let names = weights.iter().map(|weights| weights.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn every_row_has_an_address_and_a_pin_that_can_be_checked() {
        let weights = weights().unwrap();
        assert!(weights.len() > 5);
        for (index, known) in weights.iter().enumerate() {
            let name = &known.name;
            assert!(!weights[..index].iter().any(|other| other.name == *name));
            assert_eq!(Url::parse(&known.address).unwrap().scheme(), "https");
            assert!(known.notice.contains("Copyright"), "{name}");
            let hashes = [&known.sha256, &known.contents];
            let hashes: Vec<&String> = hashes.into_iter().flatten().collect();
            assert_eq!(known.pinned_by.is_some(), !hashes.is_empty(), "{name}");
            for hash in hashes {
                let is_digit = |sign: char| sign.is_ascii_digit() || ('a'..='f').contains(&sign);
                assert!(hash.len() >= 8 && hash.chars().all(is_digit), "{name}");
            }
        }
    }
}
