//! Synthetic reports for the tests and for visual checks.

mod evident;

pub use evident::{evident, full_evaluation, unlike};

use analysis::{
    BundleFacts, CardFacts, FitCurve, FitReport, Highlight, NeighbourTrack, Occlusion, OodFacts,
    Perturbation, PerturbationKind, PlaylistFit, SCHEMA_VERSION, SongFacts, Spectrogram, Timeline,
    TrackCount, Verdict, VerdictLevel,
};
use audio::Warning;
use audio::quality_checks::{Finding, Measurement, Severity};
use evaluation::{Estimate, Evaluation, PooledScores, RankingScores, RiskControl};
use features::descriptors::Descriptors;

const PLAYLISTS: [(&str, f64, usize); 15] = [
    ("orchestral_epic", 0.71, 118),
    ("ambient", 0.44, 203),
    ("horror_dark", 0.29, 64),
    ("piano", 0.17, 9),
    ("folk_medieval", 0.12, 71),
    ("classical", 0.09, 88),
    ("nature", 0.06, 10),
    ("electronic", 0.05, 240),
    ("cheerful_game", 0.03, 96),
    ("latin_world", 0.02, 31),
    ("lofi", 0.012, 27),
    ("jazz_blues", 0.009, 33),
    ("rock_metal", 0.006, 84),
    ("chiptune", 0.003, 121),
    ("hiphop", 0.001, 19),
];

const TRACKS: [(&str, &str); 15] = [
    ("Rise of the Northern Fleet", "Marta Lindqvist"),
    ("The Last Stand at Kelmoor", "Brass & Bone Collective"),
    ("A Crown of Ash", "Yusuf Adeyemi"),
    ("Still Water, Slow Light", "Field Notes"),
    ("Glass Horizon", "Ana Teixeira"),
    ("Nocturne for a Sleeping City", "Ilya Voronin"),
    ("Cellar Door", "The Hollow Choir"),
    (
        "What Moves Beneath the Ice and Does Not Come Up Again",
        "Ingrid Sæther",
    ),
    ("Thirteen Steps Down", "M. Okafor"),
    ("Prelude in Grey", "Clara Beaumont"),
    ("Letters I Never Sent", "Tomás Rivera"),
    ("Rain on Felt", "Yuki Tanabe"),
    ("The Miller’s Reel", "Hearth & Hound"),
    ("Lanterns at Midsummer", "Oona Kelly"),
    ("Tavern by the Ford", "Gwilym Price"),
];

/// A plausible song, judged by a bundle that was made before it could promise, warn or tell its sources.
pub fn report() -> FitReport {
    let playlists: Vec<_> = PLAYLISTS.iter().zip(1..).map(playlist).collect();
    FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: bundle(),
        front_end: "3fa9c17be02d".into(),
        song: song(),
        verdict: Verdict {
            level: VerdictLevel::GoodFit,
            good: vec![0],
            possible: vec![1],
        },
        neighbours: neighbours(&playlists),
        timeline: timeline(&playlists, 192.4),
        risk_control: None,
        ood: None,
        robustness: Vec::new(),
        playlist_contexts: Vec::new(),
        explanation: None,
        highlight: None,
        playlists,
        spectrogram: spectrogram(960),
    }
}

fn playlist((list, rank): (&(&str, f64, usize), usize)) -> PlaylistFit {
    PlaylistFit {
        name: list.0.into(),
        rank,
        fit: list.1,
        range: None,
        selected: false,
        few_shot: None,
        tracks: list.2,
    }
}

fn song() -> SongFacts {
    SongFacts {
        file: "03 - Embers Over Varn (demo mix 4).mp3".into(),
        title: Some("Embers Over Varn".into()),
        artists: Some("Lena Ortiz, The Quiet Engine".into()),
        duration_seconds: 192.4,
        sample_rate_hz: 44_100,
        channels: 2,
        codec: "mp3".into(),
        loudness_lufs: Some(-11.3),
        true_peak_dbtp: Some(-0.4),
        audio_hash: "9b1c".repeat(16),
        descriptors: Descriptors::default(),
        quality_checks: Vec::new(),
        warnings: vec![Warning::DamagedPackets { packets: 2 }],
    }
}

fn bundle() -> BundleFacts {
    BundleFacts {
        id: "house-2026-11-3fa9c17b".into(),
        name: "House playlists".into(),
        disclaimer: "These are demo playlists made from freely licensed music, not Spotify's. The fit says how such a \
                 list sounds, not whether a Spotify editor would take the song."
            .into(),
        architecture: "mn04".into(),
        tracks: 1213,
        artists: 304,
        playlists: 15,
        evaluation: Some(evaluation()),
        card: None,
    }
}

fn estimate(value: f64) -> Estimate {
    Estimate {
        value,
        low: (value - 0.1).max(0.0),
        high: (value + 0.09).min(1.0),
        n: 88,
    }
}

fn scores(top: [f64; 3], mean_average_precision: f64) -> RankingScores {
    let [top_1, top_3, top_5] = top.map(estimate);
    RankingScores {
        top_1,
        top_3,
        top_5,
        mean_average_precision: estimate(mean_average_precision),
    }
}

fn pooled(name: &str, top: [f64; 3], average: f64) -> PooledScores {
    PooledScores {
        name: name.into(),
        scores: scores(top, average),
    }
}

fn evaluation() -> Evaluation {
    Evaluation {
        schema_version: 1,
        method: "Five-fold cross-validation by artist; the score of a song is the mean over its windows.".into(),
        tracks: 88,
        artists: 41,
        model: scores([0.545, 0.761, 0.875], 0.43),
        macro_top_1: 0.41,
        macro_top_3: 0.66,
        macro_top_5: 0.79,
        ece: Estimate { value: 0.061, low: 0.041, high: 0.092, n: 88 },
        chance: scores([0.092, 0.263, 0.419], 0.11),
        popularity: scores([0.330, 0.648, 0.761], 0.15),
        knn: scores([0.466, 0.682, 0.795], 0.33),
        centroid: None,
        artist_majority: None,
        leak: None,
        metrics: None,
        reliability: Vec::new(),
        risk_control: None,
        groups: Vec::new(),
        confusion: Vec::new(),
        pooling: vec![
            pooled("mean", [0.545, 0.761, 0.875], 0.43),
            pooled("majority", [0.523, 0.716, 0.841], 0.40),
            pooled("attention", [0.557, 0.772, 0.864], 0.44),
        ],
        playlists: Vec::new(),
    }
}

fn neighbours(playlists: &[PlaylistFit]) -> Vec<NeighbourTrack> {
    let near = |(index, (title, artists)): (usize, &(&str, &str))| NeighbourTrack {
        playlist: playlists[index / 3].name.clone(),
        title: (*title).into(),
        artists: (*artists).into(),
        similarity: 0.91 - index as f64 * 0.023,
        percentile: None,
        licence: ["CC BY 4.0", "CC0 1.0", "CC BY-SA 3.0"][index % 3].into(),
        source: format!("https://example.org/content/track-{index}"),
    };
    TRACKS.iter().enumerate().map(near).collect()
}

fn timeline(playlists: &[PlaylistFit], duration_seconds: f64) -> Timeline {
    let starts_seconds: Vec<f64> = (0..)
        .map(|index| f64::from(index) * 5.0)
        .take_while(|start| start + 10.0 <= duration_seconds)
        .collect();
    let curve = |(index, list): (usize, &PlaylistFit)| FitCurve {
        playlist: list.name.clone(),
        fit: starts_seconds
            .iter()
            .map(|start| wave(*start, index, list.fit))
            .collect(),
    };
    let curves = playlists.iter().take(5).enumerate().map(curve).collect();
    Timeline {
        window_seconds: 10.0,
        starts_seconds,
        curves,
    }
}

fn wave(seconds: f64, index: usize, fit: f64) -> f64 {
    let swing = (seconds / (17.0 + 5.0 * index as f64) + index as f64).sin() * 0.35
        + (seconds / 7.3).cos() * 0.12;
    (fit * (1.0 + swing)).clamp(0.0, 1.0)
}

/// Four parts of different loudness, with harmonics, beats and a little noise.
fn spectrogram(columns: usize) -> Spectrogram {
    let bands = 128;
    let level = |column: usize, band: usize| {
        let part = [0.45, 0.8, 0.6, 1.0][column * 4 / columns];
        let beat = 1.0 - 0.35 * ((column % 12) as f64 / 12.0);
        let note = [18, 22, 25, 20, 15][column / 24 % 5];
        let harmonic = if band % note < 2 { 90.0 } else { 0.0 };
        let noise = ((column * 7919 + band * 104_729) % 97) as f64 / 97.0 * 38.0;
        (part * beat * (165.0 * (1.0 - band as f64 / 150.0) + harmonic) + noise - 20.0)
            .clamp(0.0, 255.0) as u8
    };
    let levels = (0..columns)
        .flat_map(|column| (0..bands).map(move |band| level(column, band)))
        .collect();
    Spectrogram {
        bands,
        columns,
        levels,
        fmax: 15_000.0,
    }
}

/// 0.2 s of silence, judged by a bundle without an evaluation.
pub fn silence() -> FitReport {
    let mut report = report();
    report.song = SongFacts {
        file: "silence.wav".into(),
        title: None,
        artists: None,
        duration_seconds: 0.2,
        loudness_lufs: None,
        true_peak_dbtp: None,
        warnings: vec![Warning::ShortSong {
            seconds: 0.2,
            window_seconds: 10.0,
        }],
        ..song()
    };
    report.bundle.evaluation = None;
    for list in &mut report.playlists {
        list.fit *= 0.04;
    }
    report.verdict = Verdict {
        level: VerdictLevel::NoGoodFit,
        good: Vec::new(),
        possible: Vec::new(),
    };
    report.neighbours.clear();
    report.timeline = Timeline::default();
    report.spectrogram = Spectrogram::default();
    report
}

/// Tags that try to break out of the page, and to burst it.
pub fn hostile() -> FitReport {
    let mut report = report();
    report.song.title = Some(format!(
        "<script>alert('1')</script> \"🎸🔥\" \u{202e}{}",
        "Wörld".repeat(2000)
    ));
    report.song.artists = Some(format!(
        "</title><img src=http://example.org/x onerror=alert(1)> 東京 {}",
        "🎤".repeat(9000)
    ));
    report.song.file = "a".repeat(10_000);
    report.song.warnings = vec![
        Warning::Truncated {
            seconds: f64::INFINITY
        };
        500
    ];
    (report.verdict.good, report.verdict.possible) = ((0..400).collect(), vec![usize::MAX; 400]);
    report.bundle.disclaimer = "<u>These</u> are demo playlists, not Spotify's. ".repeat(200);
    for list in &mut report.playlists {
        list.name = format!("<h1>{}</h1>{}", list.name, "x".repeat(10_000));
    }
    let markup = "<b>odd</b> ".repeat(2000);
    report.risk_control = Some(RiskControl {
        risk: f64::NAN,
        threshold: f64::INFINITY,
        artists: usize::MAX,
        confidence: -1.0,
    });
    report.ood = Some(OodFacts {
        fraction_below: 2.0,
        is_out_of_distribution: true,
        false_alarms: -1.0,
    });
    report.song.quality_checks = vec![
        Finding {
            severity: Severity::Ok,
            measurement: Measurement::BitDepth {
                bits: None,
                is_lossless: false,
                codec: markup.clone(),
            },
        };
        200
    ];
    report.playlist_contexts = evident().playlist_contexts;
    for list in &mut report.playlist_contexts {
        list.playlist.clone_from(&markup);
        for context in &mut list.descriptors {
            (context.song, context.p10) = (f64::NAN, f64::NEG_INFINITY);
        }
    }
    report.robustness = vec![
        Perturbation {
            kind: PerturbationKind::Tempo { ratio: f64::NAN },
            max_fit_change: f64::INFINITY,
        };
        500
    ];
    let count = TrackCount {
        name: markup.clone(),
        tracks: 9,
    };
    report.bundle.card = Some(CardFacts {
        sources: vec![count.clone(); 1000],
        licences: vec![count; 1000],
        ..CardFacts::default()
    });
    if let Some(evaluation) = &mut report.bundle.evaluation {
        *evaluation = full_evaluation(90);
        for list in &mut evaluation.playlists {
            list.name.clone_from(&markup);
        }
        for group in &mut evaluation.groups {
            group.by.clone_from(&markup);
            group.name.clone_from(&markup);
        }
    }
    report.neighbours[0].source = "javascript:alert(1)".into();
    report.neighbours[1].source = "https://example.org/\" onclick=\"alert(1)".into();
    report.highlight = Some(Highlight {
        playlist: markup.clone(),
        start_seconds: f64::NAN,
        end_seconds: f64::INFINITY,
        fit: f64::NAN,
    });
    report.explanation = evident().explanation.map(|explanation| Occlusion {
        playlist: markup.clone(),
        start_seconds: f64::NAN,
        spectrogram: Spectrogram::default(),
        ..explanation
    });
    for track in &mut report.neighbours {
        track.title = "<script src='https://example.org/a.js'></script>".repeat(200);
        track.artists = "🎸".repeat(10_000);
    }
    report
}

/// One window only, and no picture.
pub fn one_window() -> FitReport {
    let mut report = report();
    report.song.duration_seconds = 6.0;
    report.verdict.level = VerdictLevel::PossibleFit;
    report.timeline = timeline(&report.playlists, 14.0);
    report.spectrogram = spectrogram(30);
    report
}

pub fn all() -> [(&'static str, FitReport); 6] {
    [
        ("evident", evident()),
        ("unlike", unlike()),
        ("song", report()),
        ("silence", silence()),
        ("hostile", hostile()),
        ("one-window", one_window()),
    ]
}
