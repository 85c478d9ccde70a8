//! A whole evaluation, on made-up evidence.

use super::*;
use neighbours::{Neighbours, StoredTrack};

fn track(artist: usize, playlist: usize, audio_hash: String) -> StoredTrack {
    StoredTrack {
        artists: vec![format!("Artist {artist}")],
        artist_group: format!("Artist {artist}"),
        playlists: vec![playlist],
        audio_hash,
        ..StoredTrack::default()
    }
}

/// Each artist has three tracks, all on one of four lists, in the direction of this list. The first artists are tested
/// and the others taught; where it leaks, every tested artist taught too. The network's logits know nothing.
fn held_out_scores(leaks: bool) -> HeldOutScores {
    const PLAYLISTS: usize = 4;
    let embedding = |playlist: usize| {
        let mut embedding = [0.0; PLAYLISTS];
        embedding[playlist] = 1.0;
        embedding
    };
    let mut stored = Neighbours {
        width: PLAYLISTS,
        ..Neighbours::default()
    };
    let training_artists = if leaks { 0..60 } else { 20..60 };
    for artist in training_artists {
        for song in 0..2 {
            let audio_hash = format!("{artist} {song}");
            stored
                .tracks
                .push(track(artist, artist % PLAYLISTS, audio_hash));
            stored.embeddings.extend(embedding(artist % PLAYLISTS));
        }
    }
    let training_tracks = TrainingTracks::new(&stored, PLAYLISTS);
    let mut held_out_scores = HeldOutScores {
        playlists: (0..PLAYLISTS).map(|list| format!("List {list}")).collect(),
        ..HeldOutScores::default()
    };
    for artist in 0..20 {
        let tested = HeldOutTrack {
            track: &track(artist, artist % PLAYLISTS, format!("{artist} 2")),
            artist: &artist.to_string(),
            logits: vec![0.1, 0.0, -0.1, -0.2],
            pooled: Vec::new(),
            embedding: &embedding(artist % PLAYLISTS),
        };
        held_out_scores.add(tested, &training_tracks);
    }
    held_out_scores
}

fn evaluation(held_out_scores: &HeldOutScores) -> Evaluation {
    let fits = held_out_scores.fits(&Calibration::default());
    Evaluation::new("A test.".into(), held_out_scores, &fits)
}

#[test]
fn the_alarm_rings_on_a_leaky_split() {
    let evaluation = evaluation(&held_out_scores(true));
    let leak = evaluation.leak.unwrap();
    assert!(leak.leaks && leak.tracks == 20, "{leak:?}");
    let (oracle, prior) = (evaluation.artist_majority.unwrap(), evaluation.popularity);
    assert_eq!(oracle.top_1.value, 1.0);
    assert!(oracle.top_1.low > prior.top_1.high);
}

#[test]
fn the_alarm_is_silent_on_a_clean_split_and_the_oracle_knows_no_more_than_the_prior() {
    let evaluation = evaluation(&held_out_scores(false));
    let leak = evaluation.leak.unwrap();
    assert!(!leak.leaks && leak.tracks == 0, "{leak:?}");
    assert_eq!(evaluation.artist_majority, Some(evaluation.popularity));
}

#[test]
fn an_evaluation_holds_what_was_compared_and_no_more() {
    let held_out_scores = held_out_scores(false);
    let whole = evaluation(&held_out_scores);
    assert_eq!(whole.centroid.unwrap().top_1.value, 1.0);
    assert_eq!(whole.knn.top_1.value, 1.0);
    assert_eq!((whole.model.top_1.value, whole.macro_top_1), (0.25, 0.25));
    assert_eq!(whole.confusion[3], [1.0, 0.0, 0.0, 0.0]);
    let metrics = whole.metrics.as_ref().unwrap();
    assert_eq!(metrics.macro_averages.roc_auc.value, 0.5);
    assert_eq!(whole.ece, metrics.micro_averages.ece);
    assert!(
        whole
            .playlists
            .iter()
            .all(|list| list.n == 5 && list.roc_auc == Some(0.5))
    );
    let json = serde_json::to_value(&whole).unwrap();
    assert_eq!(json["metrics"]["macro"]["roc_auc"]["value"], 0.5);
    assert_eq!(json["leak"]["rings"], false);
    let bare = evaluation(&HeldOutScores {
        centroid: Vec::new(),
        artist_majority: Vec::new(),
        leaks: Vec::new(),
        tracks: Vec::new(),
        ..held_out_scores
    });
    assert_eq!(
        (bare.centroid, bare.artist_majority, bare.leak),
        (None, None, None)
    );
    assert_eq!(bare.model, whole.model);
}

/// `cargo test --lib fourteen_thousand -- --ignored --nocapture` says how long an evaluation takes.
#[test]
#[ignore = "a measurement, not a test"]
fn fourteen_thousand_tracks_on_82_playlists() {
    const TRACKS: usize = 14_000;
    const PLAYLISTS: usize = 82;
    let mut random = fastrand::Rng::with_seed(1);
    let mut scores = || -> Vec<f32> { (0..TRACKS * PLAYLISTS).map(|_| random.f32()).collect() };
    let (logits, knn, centroid, artist_majority) = (scores(), scores(), scores(), scores());
    let pooled = Pooling::ALL.map(|pooling| (pooling, scores())).to_vec();
    let held_out_scores = HeldOutScores {
        playlists: (0..PLAYLISTS).map(|list| format!("List {list}")).collect(),
        tracks: vec![track(0, 0, String::new()); TRACKS],
        truth: (0..TRACKS)
            .map(|_| vec![random.usize(..PLAYLISTS)])
            .collect(),
        artists: (0..TRACKS).map(|track| (track / 2).to_string()).collect(),
        popularity: (0..PLAYLISTS)
            .map(|list| list as f32)
            .collect::<Vec<_>>()
            .repeat(TRACKS),
        leaks: vec![false; TRACKS],
        logits,
        pooled,
        knn,
        centroid,
        artist_majority,
        ood: vec![0.0; TRACKS],
    };
    let fits = held_out_scores.fits(&Calibration::default());
    let start = std::time::Instant::now();
    let evaluation = Evaluation::new(String::new(), &held_out_scores, &fits);
    println!(
        "{:.1} s for {} tracks",
        start.elapsed().as_secs_f64(),
        evaluation.tracks
    );
    assert!((evaluation.model.top_5.value - 5.0 / 82.0).abs() < 0.01);
}
