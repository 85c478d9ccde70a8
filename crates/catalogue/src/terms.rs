//! What each source permits; `playlists/SOURCES.md` documents the same.

use std::collections::BTreeSet;

use super::{Catalogue, Licence};

/// The source of the user's own files: their playlists are identified by name.
pub const OWN_FILES: &str = "files";

/// The source of synthetic playlists and tracks, from `simulate`.
pub const SIMULATED: &str = "simulated";

/// The sources whose terms forbid training on their data; for all others the recording's licence decides.
///
/// Spotify: Developer Policy III.14 and Developer Terms v9 IV.2.a.i. The archive, Exportify and the Million Playlist
/// Dataset pass on Spotify's content. Deezer: no licence to train is given. Apple Music: previews are for promotion.
/// Chartmetric: the customer's contract decides.
const FORBIDDING: [&str; 7] = [
    "apple-music",
    "archive",
    "chartmetric",
    "deezer",
    "exportify",
    "mpd",
    "spotify",
];

/// Why a source cannot be allowed by name.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum NotAllowable {
    /// The catalogue has no such source.
    #[error("--allow-source {name}: the catalogue has no such source; its sources are: {present}")]
    Absent {
        /// The name that was given.
        name: String,
        /// The sources of the catalogue, separated by commas.
        present: String,
    },
    /// The terms of the source do not forbid training.
    #[error(
        "--allow-source {0}: its terms do not forbid training, so there is nothing to allow; its excluded tracks have a \
         licence that forbids it or a quality flag"
    )]
    Permitting(String),
}

/// Whether the terms of `source` forbid training, whatever a recording's licence says.
#[must_use]
pub fn forbids(source: &str) -> bool {
    FORBIDDING.contains(&source)
}

/// Whether `source` permits training on a recording with this licence text; empty if none is stated.
#[must_use]
pub fn may_train(source: &str, licence: &str) -> bool {
    let licence = Licence::parse(licence);
    !forbids(source) && (licence == Licence::Unstated || licence.may_train())
}

/// Checks the sources that the user decides to train on although their terms forbid it.
///
/// # Errors
/// If the catalogue has no source of a name, or its terms do not forbid training.
pub fn allow(catalogue: &Catalogue, names: &[String]) -> Result<BTreeSet<String>, NotAllowable> {
    let rows = catalogue.provenance.iter();
    let present: BTreeSet<&str> = rows.map(|row| row.source.as_str()).collect();
    for name in names {
        if !present.contains(name.as_str()) {
            let listed: Vec<&str> = present.into_iter().collect();
            return Err(NotAllowable::Absent {
                name: name.clone(),
                present: if listed.is_empty() {
                    "none".to_owned()
                } else {
                    listed.join(", ")
                },
            });
        }
        if !forbids(name) {
            return Err(NotAllowable::Permitting(name.clone()));
        }
    }
    Ok(names.iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::Provenance;

    #[test]
    fn only_a_source_that_is_there_and_forbids_can_be_allowed() {
        let row = |source: &str| Provenance {
            track: "isrc:A".into(),
            source: source.into(),
            retrieved: Timestamp::UNIX_EPOCH,
            licence: String::new(),
            may_train: may_train(source, ""),
            quality_flag: None,
        };
        let catalogue = Catalogue {
            provenance: vec![row("spotify"), row("files")],
            ..Catalogue::default()
        };
        let allowed = |name: &str| allow(&catalogue, &[name.to_owned()]);
        assert_eq!(allowed("spotify"), Ok(["spotify".to_owned()].into()));
        let error = allowed("Spotify").unwrap_err().to_string();
        assert!(error.contains("its sources are: files, spotify"), "{error}");
        assert!(matches!(
            allowed("deezer"),
            Err(NotAllowable::Absent { .. })
        ));
        assert!(matches!(allowed("files"), Err(NotAllowable::Permitting(_))));
        assert_eq!(allow(&catalogue, &[]), Ok(BTreeSet::new()));
    }

    /// The first table of `playlists/SOURCES.md`: the source's name, and whether it permits training.
    fn documented() -> Vec<(&'static str, &'static str)> {
        let text = include_str!("../../../playlists/SOURCES.md");
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        rows.map(|(source, rest)| {
            (
                source,
                rest.trim_matches([' ', '|'])
                    .rsplit('|')
                    .next()
                    .unwrap_or_default()
                    .trim(),
            )
        })
        .collect()
    }

    #[test]
    fn the_documentation_agrees() {
        let rows = documented();
        for source in FORBIDDING
            .iter()
            .chain(&["files", "jamendo", "listenbrainz", SIMULATED])
        {
            assert!(
                rows.iter().any(|(row, _)| row == source),
                "{source} is not in the table"
            );
        }
        for (source, permission) in rows {
            let by_licence = may_train(source, "CC0") && !may_train(source, "CC-BY-NC-4.0");
            match permission {
                "no" => assert!(
                    !may_train(source, "") && !may_train(source, "CC0"),
                    "{source}"
                ),
                "by licence" => assert!(by_licence, "{source}"),
                other => panic!("{source}: `{other}`"),
            }
        }
    }
}
