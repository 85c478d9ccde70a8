use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use bundle::AllowedSource;
use catalogue::{SourceClaim, terms};

fn claim(source: &str, licence: &str) -> SourceClaim {
    SourceClaim {
        source: source.into(),
        licence: licence.into(),
        may_train: Some(terms::may_train(source, licence)),
        retrieved: Timestamp::from_second(1_763_700_000).ok(),
        quality_flag: None,
    }
}

/// The demo bundle with these claims on its first tracks; all others are the author's own.
fn bundle(claims: &[&[SourceClaim]]) -> Bundle {
    let mut bundle = Bundle::open(None).unwrap();
    for (number, track) in bundle.neighbours.tracks.iter_mut().enumerate() {
        let own = vec![claim("files", "CC0-1.0")];
        track.claims = claims.get(number).map_or(own, |claims| claims.to_vec());
    }
    bundle
}

#[test]
fn a_bundle_without_dates_is_audited_as_far_as_possible() {
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
        "not recorded",
        "train it again",
        "Excluded:",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn each_track_of_the_demo_bundle_may_train() {
    let audit = audit_bundle(&Bundle::open(None).unwrap());
    assert_eq!(audit.warnings, [""; 0]);
    let may_train = audit.sources.iter().map(|source| source.audit.may_train);
    assert_eq!(may_train.sum::<Option<usize>>(), Some(audit.tracks));
}

#[test]
fn weights_trained_by_a_decision_have_a_warning_with_its_date() {
    let claims = [claim("spotify", ""), claim("files", "CC0-1.0")];
    let mut bundle = bundle(&[&claims]);
    assert_eq!(audit_bundle(&bundle).warnings, [""; 0]);
    bundle.manifest.allowed_sources = vec![AllowedSource {
        source: "spotify".into(),
        on: date(2026, 11, 21),
    }];
    let audit = audit_bundle(&bundle);
    assert!(audit.warnings[0].contains("tracks of spotify (1) by a decision of 2026-11-21"));
    let text = audit.as_text();
    assert!(
        text.contains("0 (terms forbid; allowed by the bundle's author on 2026-11-21)"),
        "{text}"
    );
    let json = serde_json::to_value(&audit).unwrap();
    assert_eq!(json["sources"][1]["allowed_on"], "2026-11-21");
    assert_eq!(json["sources"][1]["terms_forbid"], true);
}

#[test]
fn tracks_without_a_decision_are_counted() {
    let bundle = bundle(&[&[claim("spotify", "")], &[claim("deezer", "")]]);
    let audit = audit_bundle(&bundle);
    assert!(
        audit.warnings[0].starts_with("2 tracks come only from"),
        "{audit:?}"
    );
}

#[test]
fn a_source_cannot_move_the_cursor() {
    let bundle = bundle(&[&[claim("fi\x1b[2Jles\n", "CC0\r")]]);
    let text = audit_bundle(&bundle).as_text();
    assert!(!text.contains(['\x1b', '\r']) && text.contains("fi [2Jles"));
}
