use super::*;
use analysis::{
    BundleFacts, FitRange, Highlight, NeighbourTrack, OodFacts, SongFacts, Spectrogram, Timeline,
    Verdict, VerdictLevel,
};
use audio::quality_checks::Measurement;
use evaluation::{Estimate, FewShotFacts, FewShotQuality, RiskControl};
use features::descriptors::Descriptors;

/// A song that two lists were asked for, with no evidence but the fits.
fn report() -> FitReport {
    let list = |name: &str, rank, fit| PlaylistFit {
        name: name.into(),
        rank,
        fit,
        range: None,
        selected: false,
        few_shot: None,
        tracks: 20,
    };
    FitReport {
        schema_version: analysis::SCHEMA_VERSION,
        bundle: BundleFacts {
            id: "demo-1".into(),
            name: "demo".into(),
            disclaimer: String::new(),
            architecture: "mn04".into(),
            tracks: 40,
            artists: 20,
            playlists: 2,
            evaluation: None,
            card: None,
        },
        front_end: String::new(),
        song: SongFacts {
            file: "demo.wav".into(),
            title: None,
            artists: None,
            duration_seconds: 61.0,
            sample_rate_hz: 44_100,
            channels: 2,
            codec: "wav".into(),
            loudness_lufs: None,
            true_peak_dbtp: None,
            audio_hash: String::new(),
            descriptors: Descriptors::default(),
            quality_checks: Vec::new(),
            warnings: Vec::new(),
        },
        verdict: Verdict {
            level: VerdictLevel::GoodFit,
            good: vec![0],
            possible: Vec::new(),
        },
        playlists: vec![list("jazz", 1, 0.71), list("piano", 2, 0.2)],
        neighbours: vec![NeighbourTrack {
            playlist: "jazz".into(),
            title: "Sea".into(),
            artists: "Ann".into(),
            similarity: 0.83,
            percentile: None,
            licence: String::new(),
            source: String::new(),
        }],
        timeline: Timeline::default(),
        risk_control: None,
        ood: None,
        robustness: Vec::new(),
        playlist_contexts: Vec::new(),
        explanation: None,
        highlight: None,
        spectrogram: Spectrogram::default(),
    }
}

#[test]
fn a_report_without_optional_parts_has_a_short_table() {
    let text = as_table(&report());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..3],
        ["demo.wav (1:01)", "A good fit for Jazz (71\u{202f}%).", ""]
    );
    assert!(lines[3].ends_with("fit   nearest tracks with their similarity"));
    assert_eq!(lines[4], "1  jazz      71 %  Sea by Ann 0.83");
    assert_eq!(lines.len(), 6);
}

#[test]
fn ranges_selection_and_notes_are_in_the_table() {
    let mut report = report();
    report.playlists[0].range = Some(FitRange {
        low: 0.66,
        high: 0.75,
    });
    report.playlists[0].selected = true;
    let estimate = Estimate {
        value: 0.8,
        low: 0.6,
        high: 0.9,
        n: 20,
    };
    report.playlists[1].few_shot = Some(FewShotFacts {
        tracks: 20,
        artists: 9,
        unknown_artists: 0,
        quality: FewShotQuality {
            roc_auc: estimate,
            average_precision: estimate,
            chance: 0.1,
        },
    });
    report.risk_control = Some(RiskControl {
        risk: 0.1,
        threshold: 0.7,
        artists: 100,
        confidence: 0.9,
    });
    report.ood = Some(OodFacts {
        fraction_below: 0.99,
        is_out_of_distribution: true,
        false_alarms: 0.05,
    });
    report.neighbours[0].percentile = Some(98.7);
    report.song.quality_checks = vec![
        Finding {
            severity: Severity::Error,
            measurement: Measurement::SampleRate {
                sample_rate_hz: 32_000,
            },
        },
        Finding {
            severity: Severity::Ok,
            measurement: Measurement::DcOffset {
                offsets: vec![0.0; 2],
            },
        },
    ];
    let text = as_table(&report);
    for part in [
        "\nDo not rely on these fits. The song differs from the training tracks: 99\u{202f}% of",
        "\nError: Sample rate: 32 kHz. Distributors require at least 44.1 kHz",
        "1  jazz *    71 %        66 to 75 %  Sea by Ann (98 of 100)",
        "\n* Selected for this song: Jazz. A playlist is selected from a fit of 70\u{202f}% on",
        "\npiano: Added without training from 20 tracks by 9 artists",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("DC offset"), "{text}");
}

#[test]
fn the_highlight_is_below_the_table() {
    let mut report = report();
    report.highlight = Some(Highlight {
        playlist: "jazz".into(),
        start_seconds: 12.0,
        end_seconds: 42.0,
        fit: 0.8,
    });
    let text = as_table(&report);
    assert!(
        text.ends_with("Best 30 seconds to pitch: 0:12 to 0:42\n"),
        "{text}"
    );
}

#[test]
fn a_comparison_shows_both_songs_and_the_difference() {
    let mut second = report();
    second.song.title = Some("Louder\n".into());
    second.song.loudness_lufs = Some(-9.0);
    second.playlists[0].fit = 0.5;
    let text = compare::comparison_table(&analysis::compare(report(), second));
    for part in [
        "1  demo.wav: A good fit for Jazz (71\u{202f}%).",
        "2  Louder: A good fit",
        "jazz       71 %    50 %   −21.0                        –",
        "–  −9.0 LUFS           –",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn every_song_gets_a_unique_folder() {
    let mut taken = HashSet::new();
    let mut name = |song: &str| folder_name(Path::new(song), &mut taken);
    assert_eq!(name("a/Demo.mp3"), "Demo");
    assert_eq!(name("b/demo.wav"), "demo-2");
    assert_eq!(name("..wav"), "song");
    assert_eq!(name("x/<script>:|.ogg"), "_script___");
    assert!(name(&format!("{}.mp3", "é".repeat(5_000))).len() <= 2 * 80);
}
