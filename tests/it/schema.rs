//! `docs/report.schema.json` describes the output of `--json`: generated from the types, and checked against real output.

use std::path::Path;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

const FILE: &str = "docs/report.schema.json";

/// The types of `fit`, `batch`, `fit --compare`, `similar` and `evaluate`, as definitions of one schema.
fn generated() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut generator = SchemaGenerator::new(settings);
    let commands = [
        generator.subschema_for::<analysis::FitReport>(),
        generator.subschema_for::<analysis::Comparison>(),
        generator.subschema_for::<collection::similar::SimilarReport>(),
        generator.subschema_for::<report::Evaluated>(),
    ];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Output of playlist-fit with --json",
        "description": "FitReport: `fit` (one line a song) and `batch` (one line a song). Comparison: `fit --compare`. \
                        SimilarReport: `similar`. Evaluated: `evaluate`.",
        "anyOf": commands,
        "$defs": generator.take_definitions(true),
    })
}

/// Fails with every violation if the document is not valid for a definition of the committed schema.
pub fn assert_valid(definition: &str, document: &Value) {
    let mut schema: Value = serde_json::from_slice(&std::fs::read(FILE).unwrap()).unwrap();
    schema.as_object_mut().unwrap().remove("anyOf");
    schema["$ref"] = format!("#/$defs/{definition}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{definition}: {errors:#?}");
}

/// `UPDATE_DOCS=1 cargo test --test it schema` writes the file.
#[test]
fn the_committed_schema_is_that_of_the_types() {
    let text = format!("{}\n", serde_json::to_string_pretty(&generated()).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        Path::new(FILE).is_file() && committed == text,
        "{FILE} is not up to date; run `UPDATE_DOCS=1 cargo test --test it schema`"
    );
}

#[test]
fn the_schema_refuses_what_is_not_a_report() {
    let schema = generated();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(!validator.is_valid(&json!({"schema_version": 2})));
    assert!(!validator.is_valid(&json!("text")));
}
