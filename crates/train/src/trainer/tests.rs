//! Where a training begins.

use super::*;
use crate::WindowSource;
use features::mel::FrontEnd;

/// Clips that nobody may hear.
struct UnreadableSource(usize);

impl WindowSource for UnreadableSource {
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
            audio_hash: n.to_string(),
            playlists: vec![n % 2],
            ..StoredTrack::default()
        })
        .collect();
    let dataset = Dataset {
        front_end: FrontEnd::stern(),
        source: Box::new(UnreadableSource(tracks.len())),
        truth: tracks.iter().map(|track| track.playlists.clone()).collect(),
        playlists: 2,
    };
    let trainer = Trainer {
        config: &config,
        dataset: &dataset,
        playlists: &["One".into(), "Two".into()],
        tracks: &tracks,
        plan: &SplitPlan {
            near_duplicates: vec![(4, 7)],
            test_after: None,
        },
        initial_weights: None,
        device: Device::Cpu,
        folder: PathBuf::new(),
        announce: &|_, _| (),
    };
    let splits = trainer.split().unwrap();
    let leaky = Split {
        train: vec![0, 1, 7],
        validation: vec![2],
        test: vec![3, 4],
    };
    let never = |_: &str, _: &EpochRecord| ControlFlow::Break(());
    let refused = trainer.train("leaky", &leaky, &splits, &[], None, &never);
    let reason = refused.map(|_| ()).unwrap_err();
    assert!(matches!(reason, TrainError::Leak(_)));
    assert!(
        reason.to_string().contains("near-duplicates of \"Song 4\""),
        "{reason}"
    );
}
