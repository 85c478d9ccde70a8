//! `provenance`: where the tracks of a bundle or of a catalogue come from, and what their sources allow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::cli::ExitStatus;
use crate::cli::output::print;
use crate::cli::table::table;
use bundle::Bundle;
use catalogue::{Exclusion, Filter, SourceAudit, SourceClaim, by_source};

const SCHEMA_VERSION: u32 = 1;
/// Of what was left out, and of warnings.
const LINES_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub struct Provenance {
    /// Folder with a bundle, or with track lists (Parquet); without it the demo bundle inside the program
    #[arg(value_name = "BUNDLE|DIR")]
    folder: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The JSON of `provenance`.
#[derive(Debug, PartialEq, Serialize)]
struct Audit {
    schema_version: u32,
    /// The bundle's id; none for a catalogue.
    bundle: Option<String>,
    tracks: usize,
    sources: Vec<Source>,
    /// What taught nothing, or would not with the settings as they ship; and why.
    #[serde(rename = "left_out")]
    excluded: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Source {
    #[serde(flatten)]
    audit: SourceAudit,
    /// The day on which the maker of a bundle decided to train on it although its terms forbid it.
    allowed_on: Option<Date>,
}

impl Provenance {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let audit = match &self.folder {
            Some(folder) if !folder.join("bundle.json").is_file() => audit_catalogue(folder)?,
            bundle => audit_bundle(&Bundle::open(bundle.as_deref())?),
        };
        print(&if self.json {
            serde_json::to_string(&audit)?
        } else {
            audit.as_text()
        });
        Ok(ExitStatus::Success)
    }
}

fn audit_catalogue(folder: &Path) -> anyhow::Result<Audit> {
    if !folder.join("tracks.parquet").is_file() {
        anyhow::bail!(
            "{}: neither a bundle (a folder with bundle.json, from `playlist-fit train`) nor track lists (a folder with \
             tracks.parquet, from `playlist-fit import`)",
            folder.display()
        );
    }
    let catalogue = store::read(folder)?;
    let trainable = catalogue.trainable(&Filter::default());
    let source = |audit| Source {
        audit,
        allowed_on: None,
    };
    Ok(Audit {
        schema_version: SCHEMA_VERSION,
        bundle: None,
        tracks: catalogue.tracks.len(),
        sources: catalogue.by_source().into_iter().map(source).collect(),
        excluded: trainable
            .excluded
            .iter()
            .map(Exclusion::to_string)
            .collect(),
        warnings: Vec::new(),
    })
}

fn audit_bundle(bundle: &Bundle) -> Audit {
    let tracks: Vec<Vec<SourceClaim>> = bundle
        .neighbours
        .tracks
        .iter()
        .map(|track| track.stated())
        .collect();
    let allowed: BTreeMap<&str, Date> = bundle
        .manifest
        .allowed_sources
        .iter()
        .map(|allowed| (allowed.source.as_str(), allowed.on))
        .collect();
    let sources: Vec<Source> = by_source(tracks.iter().flatten())
        .into_iter()
        .map(|audit| Source {
            allowed_on: allowed.get(audit.source.as_str()).copied(),
            audit,
        })
        .collect();
    Audit {
        schema_version: SCHEMA_VERSION,
        bundle: Some(bundle.id()),
        tracks: tracks.len(),
        excluded: bundle.manifest.excluded.clone(),
        warnings: warnings(&sources, &tracks),
        sources,
    }
}

fn warnings(sources: &[Source], tracks: &[Vec<SourceClaim>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Source { audit, allowed_on } in sources {
        if let Some(day) = allowed_on {
            warnings.push(format!(
                "the weights were trained on tracks of {source} ({count}) by a decision of {day}, though the terms of \
                 {source} forbid it",
                source = one_line(&audit.source),
                count = audit.tracks,
            ));
        }
    }
    let is_undecided = |stated: &SourceClaim| {
        let of = |source: &&Source| source.audit.source == stated.source;
        sources
            .iter()
            .find(of)
            .is_some_and(|source| source.audit.terms_forbid && source.allowed_on.is_none())
    };
    let undecided = tracks
        .iter()
        .filter(|stated| stated.iter().all(is_undecided))
        .count();
    if undecided > 0 {
        warnings.push(format!(
            "{undecided} tracks come from sources alone whose terms forbid training, and nobody's decision stands in \
             the bundle"
        ));
    }
    if sources
        .iter()
        .any(|source| source.audit.may_train.is_none())
    {
        warnings.push(
            "the bundle was made before dates and permissions were kept; train it again to have them".to_owned(),
        );
    }
    warnings
}

impl Audit {
    fn as_text(&self) -> String {
        let what = self.bundle.as_ref().map_or_else(
            || "Track lists".to_owned(),
            |id| format!("Bundle {}", one_line(id)),
        );
        let rows: Vec<Vec<String>> = self.sources.iter().map(Source::row).collect();
        let heading = ["source", "tracks", "may train", "retrieved", "licences"];
        let mut parts = vec![
            format!(
                "{what}: {} tracks from {} source{}",
                self.tracks,
                self.sources.len(),
                if self.sources.len() == 1 { "" } else { "s" }
            ),
            table(&heading, &rows),
        ];
        let lists = [("Left out", &self.excluded), ("Warnings", &self.warnings)];
        for (title, lines) in lists {
            if !lines.is_empty() {
                let more = lines.len().saturating_sub(LINES_SHOWN);
                let shown = lines.iter().take(LINES_SHOWN).map(|line| one_line(line));
                let more = (more > 0).then(|| format!("and {more} more; --json holds all"));
                let lines: Vec<String> = shown.chain(more).collect();
                parts.push(format!("{title}:\n  {}", lines.join("\n  ")));
            }
        }
        parts.join("\n\n")
    }
}

impl Source {
    fn row(&self) -> Vec<String> {
        let audit = &self.audit;
        let may_train = audit
            .may_train
            .map_or_else(|| "not kept".to_owned(), |tracks| tracks.to_string());
        let terms = match self.allowed_on {
            Some(day) => format!(" (terms forbid; allowed by its maker on {day})"),
            None if audit.terms_forbid => " (terms forbid)".to_owned(),
            None => String::new(),
        };
        let licences: Vec<String> = audit
            .licences
            .iter()
            .map(|(licence, tracks)| {
                let name = match licence.as_str() {
                    "" => "not stated",
                    stated => stated,
                };
                format!("{} ({tracks})", one_line(name))
            })
            .collect();
        vec![
            one_line(&audit.source),
            audit.tracks.to_string(),
            may_train + &terms,
            retrieved(audit.first_retrieved, audit.last_retrieved),
            licences.join(", "),
        ]
    }
}

fn retrieved(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    let day = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
    match first.map(day).zip(last.map(day)) {
        None => "not kept".to_owned(),
        Some((first, last)) if first == last => first.to_string(),
        Some((first, last)) => format!("{first} to {last}"),
    }
}

/// What stands in a catalogue came from outside, and may hold what moves a terminal's cursor.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use bundle::AllowedSource;
    use catalogue::terms;

    fn stated(source: &str, licence: &str) -> SourceClaim {
        SourceClaim {
            source: source.into(),
            licence: licence.into(),
            may_train: Some(terms::may_train(source, licence)),
            retrieved: Timestamp::from_second(1_763_700_000).ok(),
            quality_flag: None,
        }
    }

    /// The demo bundle with these words on its first tracks; all others are the maker's own.
    fn bundle(words: &[&[SourceClaim]]) -> Bundle {
        let mut bundle = Bundle::open(None).unwrap();
        for (number, track) in bundle.neighbours.tracks.iter_mut().enumerate() {
            let own = vec![stated("files", "CC0-1.0")];
            track.claims = words.get(number).map_or(own, |words| words.to_vec());
        }
        bundle
    }

    #[test]
    fn a_bundle_made_before_dates_were_kept_is_audited_as_far_as_it_goes() {
        let mut bundle = bundle(&[]);
        let tracks = bundle.neighbours.tracks.iter_mut();
        tracks.for_each(|track| track.claims.clear());
        let audit = audit_bundle(&bundle);
        let counted: usize = audit.sources.iter().map(|source| source.audit.tracks).sum();
        assert_eq!(
            (audit.tracks, counted),
            (bundle.neighbours.tracks.len(), audit.tracks)
        );
        assert_eq!(audit.warnings.len(), 1);
        let text = audit.as_text();
        for part in [
            "github:",
            "CC-BY-SA-4.0 (",
            "not kept",
            "train it again",
            "Left out:",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn every_track_of_the_demo_bundle_may_train() {
        let audit = audit_bundle(&Bundle::open(None).unwrap());
        assert_eq!(audit.warnings, [""; 0]);
        let may_train = audit.sources.iter().map(|source| source.audit.may_train);
        assert_eq!(may_train.sum::<Option<usize>>(), Some(audit.tracks));
    }

    #[test]
    fn weights_that_learned_by_a_decision_carry_a_warning_with_its_date() {
        let words = [stated("spotify", ""), stated("files", "CC0-1.0")];
        let mut bundle = bundle(&[&words]);
        assert_eq!(audit_bundle(&bundle).warnings, [""; 0]);
        bundle.manifest.allowed_sources = vec![AllowedSource {
            source: "spotify".into(),
            on: date(2026, 11, 21),
        }];
        let audit = audit_bundle(&bundle);
        assert!(audit.warnings[0].contains("tracks of spotify (1) by a decision of 2026-11-21"));
        let text = audit.as_text();
        assert!(
            text.contains("0 (terms forbid; allowed by its maker on 2026-11-21)"),
            "{text}"
        );
        let json = serde_json::to_value(&audit).unwrap();
        assert_eq!(json["sources"][1]["allowed_on"], "2026-11-21");
        assert_eq!(json["sources"][1]["terms_forbid"], true);
    }

    #[test]
    fn tracks_that_nobody_allowed_are_counted() {
        let bundle = bundle(&[&[stated("spotify", "")], &[stated("deezer", "")]]);
        let audit = audit_bundle(&bundle);
        assert!(
            audit.warnings[0].starts_with("2 tracks come from"),
            "{audit:?}"
        );
    }

    #[test]
    fn a_source_cannot_move_the_cursor() {
        let bundle = bundle(&[&[stated("fi\x1b[2Jles\n", "CC0\r")]]);
        let text = audit_bundle(&bundle).as_text();
        assert!(!text.contains(['\x1b', '\r']) && text.contains("fi [2Jles"));
    }
}
