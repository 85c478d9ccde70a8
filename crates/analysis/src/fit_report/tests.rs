use super::*;

/// A report written by the last program with schema version 1.
const VERSION_1: &str = include_str!("../../../../fixtures/report/version-1.json");

#[test]
fn a_report_of_schema_version_1_can_still_be_read() {
    let report: FitReport = serde_json::from_str(VERSION_1).unwrap();
    assert_eq!(report.schema_version, 1);
    let song = &report.song;
    assert!(song.audio_hash.starts_with("f8e6774c"));
    assert!(song.descriptors.spectral_centroid_hz.unwrap() > 1_000.0);
    assert!(song.descriptors.onset_rate.is_some());
    let ood = report.ood.unwrap();
    assert!(ood.fraction_below > 0.0 && !ood.is_out_of_distribution);
    let explanation = report.explanation.unwrap();
    assert!(!explanation.logit_drops.is_empty());
    assert_eq!(report.highlight.unwrap().start_seconds, 40.0);
    let context = &report.playlist_contexts[0];
    assert_eq!(context.descriptors.len(), 4);
    assert!(context.descriptors[0].p10 < context.descriptors[0].p90);
    assert!(report.bundle.disclaimer.contains("demo"));
    assert_eq!(report.playlists.len(), 15);
    // What has another structure now is dropped.
    assert!(report.robustness.is_empty() && song.quality_checks.is_empty());
}

#[test]
fn sentences_among_the_warnings_are_dropped() {
    let mut json: serde_json::Value = serde_json::from_str(VERSION_1).unwrap();
    json["song"]["warnings"] =
        serde_json::json!(["The file is odd.", {"code": "damaged_packets", "packets": 2}]);
    let report: FitReport = serde_json::from_value(json).unwrap();
    assert_eq!(
        report.song.warnings,
        [Warning::DamagedPackets { packets: 2 }]
    );
}
