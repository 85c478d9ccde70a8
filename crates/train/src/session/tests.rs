//! Where a training begins.

use super::*;
use crate::Recordings;
use features::mel::FrontEnd;

/// Clips that nobody may hear.
struct Unheard(usize);

impl Recordings for Unheard {
    fn len(&self) -> usize {
        self.0
    }

    fn random_windows(&self, _: &[usize], _: &mut fastrand::Rng) -> Vec<f32> {
        unreachable!("a leaky split was trained on")
    }

    fn song_windows(&self, _: usize) -> Vec<f32> {
        unreachable!("a leaky split was listened to")
    }
}

#[test]
fn no_training_begins_on_a_split_that_leaks() {
    let config = TrainConfig::load("stern-cnn").unwrap();
    let tracks: Vec<StoredTrack> = (0..10)
        .map(|n| StoredTrack {
            title: format!("Song {n}"),
            artists: vec![format!("Artist {n}")],
            content: n.to_string(),
            playlists: vec![n % 2],
            ..StoredTrack::default()
        })
        .collect();
    let dataset = Dataset {
        front_end: FrontEnd::stern(),
        recordings: Box::new(Unheard(tracks.len())),
        truth: tracks.iter().map(|track| track.playlists.clone()).collect(),
        playlists: 2,
    };
    let session = Session {
        config: &config,
        dataset: &dataset,
        playlists: &["One".into(), "Two".into()],
        tracks: &tracks,
        plan: &SplitPlan {
            near_duplicates: vec![(4, 7)],
            test_after: None,
        },
        start: None,
        device: Device::Cpu,
        folder: PathBuf::new(),
        announce: &|_, _| (),
    };
    let deal = session.deal().unwrap();
    let leaky = Split {
        train: vec![0, 1, 7],
        validation: vec![2],
        test: vec![3, 4],
    };
    let never = |_: &str, _: &EpochRecord| ControlFlow::Break(());
    let refused = session.train("leaky", &leaky, &deal, &[], None, &never);
    let why = refused.map(|_| ()).unwrap_err();
    assert!(matches!(why, TrainError::Leak(_)));
    assert!(
        why.to_string().contains("near-duplicates of \"Song 4\""),
        "{why}"
    );
}
