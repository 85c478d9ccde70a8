//! `provenance`: where the tracks of a bundle or of a catalogue come from, and what their sources allow.

#[cfg(test)]
mod tests;
mod text;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::ExitStatus;
use crate::cli::output::print;
use bundle::Bundle;
use catalogue::{Audit, AuditedSource, Filter};
use report::exclusion_text;

const SCHEMA_VERSION: u32 = 2;

#[derive(Debug, Args)]
pub struct Provenance {
    /// Folder with a bundle, or with playlists (Parquet); the built-in demo bundle if none is given
    #[arg(value_name = "BUNDLE|DIR")]
    folder: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The JSON of `provenance`.
#[derive(Debug, PartialEq, Serialize)]
struct Document {
    schema_version: u32,
    /// The bundle's id; `None` for a catalogue.
    bundle: Option<String>,
    tracks: usize,
    sources: Vec<AuditedSource>,
    /// What was not trained on, or would not be with the default settings, and why.
    excluded: Vec<String>,
    warnings: Vec<String>,
}

impl Provenance {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let document = match &self.folder {
            Some(folder) if !folder.join("bundle.json").is_file() => audit_catalogue(folder)?,
            bundle => audit_bundle(&Bundle::open(bundle.as_deref())?),
        };
        print(&if self.json {
            serde_json::to_string(&document)?
        } else {
            document.as_text()
        });
        Ok(ExitStatus::Success)
    }
}

fn audit_catalogue(folder: &Path) -> anyhow::Result<Document> {
    if !folder.join("tracks.parquet").is_file() {
        anyhow::bail!(
            "{}: neither a bundle (a folder with bundle.json, from `playlist-fit train`) nor playlists (a folder with \
             tracks.parquet, from `playlist-fit import`)",
            folder.display()
        );
    }
    let catalogue = store::read(folder)?;
    let excluded = catalogue.trainable(&Filter::default()).excluded;
    let excluded = excluded.iter().map(exclusion_text).collect();
    Ok(Document::new(None, catalogue.audit(), excluded))
}

fn audit_bundle(bundle: &Bundle) -> Document {
    let manifest = &bundle.manifest;
    let tracks = bundle.neighbours.tracks.iter();
    let claims: Vec<_> = tracks.map(|track| track.stated()).collect();
    let allowed = manifest.allowed_sources.iter();
    let allowed = allowed
        .map(|allowed| (allowed.source.as_str(), allowed.on))
        .collect();
    let audit = Audit::from_claims(&claims, &allowed);
    Document::new(Some(bundle.id()), audit, manifest.excluded.clone())
}

impl Document {
    fn new(bundle: Option<String>, audit: Audit, excluded: Vec<String>) -> Document {
        Document {
            schema_version: SCHEMA_VERSION,
            bundle,
            tracks: audit.tracks,
            sources: audit.sources,
            excluded,
            warnings: audit.warnings.iter().map(text::warning).collect(),
        }
    }
}
