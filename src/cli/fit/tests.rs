use super::*;
use analysis::{
    BundleFacts, FitRange, Highlight, NeighbourTrack, OodFacts, RiskControlFacts, SongFacts,
    Spectrogram, Timeline, Verdict, VerdictLevel,
};
use features::descriptors::Descriptors;

/// A song that two lists were asked for, with no evidence but the fits.
fn report() -> FitReport {
    let list = |name: &str, rank, fit| PlaylistFit {
        name: name.into(),
        rank,
        fit,
        range: None,
        selected: false,
        note: None,
        tracks: 20,
    };
    FitReport {
        schema_version: 1,
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
            sentence: "A good fit for Jazz.".into(),
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
        summary_500: String::new(),
        spectrogram: Spectrogram::default(),
    }
}

#[test]
fn without_evidence_the_table_is_as_it_was() {
    let text = as_table(&report());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..3], ["demo.wav (1:01)", "A good fit for Jazz.", ""]);
    assert!(lines[3].ends_with("fit   nearest tracks inside it, with their similarity"));
    assert_eq!(lines[4], "1  jazz      71 %  Sea by Ann 0.83");
    assert_eq!(lines.len(), 6);
}

#[test]
fn evidence_stands_beside_the_fits() {
    let mut report = report();
    report.playlists[0].range = Some(FitRange {
        low: 0.66,
        high: 0.75,
    });
    report.playlists[0].selected = true;
    report.playlists[1].note = Some("added without training".into());
    report.risk_control = Some(RiskControlFacts {
        risk: 0.1,
        sentence: "Wrong for at most 10 of 100 songs.".into(),
    });
    report.ood = Some(OodFacts {
        share: 0.99,
        is_out_of_distribution: true,
        false_alarms: 0.05,
        sentence: "it is speech.".into(),
    });
    report.neighbours[0].percentile = Some(98.7);
    let finding = |severity, name: &str| Finding {
        name: name.into(),
        severity,
        measured: "32 kHz".into(),
        advice: "Export again.".into(),
    };
    report.song.quality_checks = vec![
        finding(Severity::Error, "Sample rate"),
        finding(Severity::Ok, "Loudness"),
    ];
    let text = as_table(&report);
    for part in [
        "\nDo not rely on these fits: it is speech.\n",
        "\nReject: Sample rate: 32 kHz. Export again.\n",
        "1  jazz *    71 %           66 to 75 %  Sea by Ann (98 of 100)",
        "\n* Wrong for at most 10 of 100 songs.\n",
        "\npiano: added without training\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Loudness"), "{text}");
}

#[test]
fn the_best_part_and_the_reason_stand_below_the_table() {
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
        "1  demo.wav: A good fit for Jazz.",
        "2  Louder: A good fit",
        "jazz       71 %    50 %   −21.0                           –",
        "–  −9.0 LUFS           –",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn every_song_gets_a_folder_of_its_own_inside_the_folder() {
    let mut taken = HashSet::new();
    let mut name = |song: &str| folder_name(Path::new(song), &mut taken);
    assert_eq!(name("a/Demo.mp3"), "Demo");
    assert_eq!(name("b/demo.wav"), "demo-2");
    assert_eq!(name("..wav"), "song");
    assert_eq!(name("x/<script>:|.ogg"), "_script___");
    assert!(name(&format!("{}.mp3", "é".repeat(5_000))).len() <= 2 * 80);
}
