//! From logits to fits, honestly: what ships learns from all the evidence, what is reported comes from five groups of
//! artists, each judged by what was learned on the other four.

use rayon::prelude::*;

use super::bootstrap::Draws;
use super::calibration::{LEAST_ARTISTS, without};
use super::promise::{RISKS, named, scores};
use super::{
    Calibration, Evaluation, Evidence, Judged, Promise, PromiseScores, Reliability,
    folds_of_artists,
};

/// Fifths of the artists.
const GROUPS: usize = 5;
const SEED: u64 = 1_999;

/// Fits and what may be said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// Learned from all the evidence, or brought by the bundle.
    pub calibration: Calibration,
    pub promise: Option<Promise>,
    /// `[tracks, playlists]`, each from a calibration that did not see the track's artist.
    pub fits: Vec<f32>,
    /// Of the plain sigmoid, and of `fits`.
    pub reliability: Vec<Reliability>,
    /// On artists that the promise was not made from.
    pub promise_scores: Option<PromiseScores>,
}

/// Learns a calibration and a promise, and measures both on artists that they were not learned from.
pub fn calibrate(evidence: &Evidence) -> Calibrated {
    let judged = evidence.judged();
    let groups = groups(&judged);
    let all: Vec<usize> = (0..judged.truth.len()).collect();
    let fits = cross_fits(&judged, &all, &groups);
    let promise = RISKS
        .into_iter()
        .find_map(|risk| promise(&evidence.judge(&fits), &all, risk));
    let promise_scores = promise.as_ref().map(|shipped| {
        let named = cross_named(evidence, &fits, &groups, shipped.risk);
        scores(shipped.risk, &judged, &named)
    });
    Calibrated {
        calibration: Calibration::learn(&judged, &all, &groups),
        promise,
        reliability: reliability(evidence, &fits),
        promise_scores,
        fits,
    }
}

impl Calibrated {
    /// What a bundle's own calibration and promise come to on tracks that neither was learned from.
    pub fn of_bundle(
        evidence: &Evidence,
        calibration: &Calibration,
        promise: Option<&Promise>,
    ) -> Self {
        let fits = evidence.fits(calibration);
        let promise_scores = promise.map(|promise| {
            let named = rows(&fits, evidence.playlists.len())
                .map(|fits| named(fits, promise.threshold))
                .collect::<Vec<_>>();
            scores(promise.risk, &evidence.judged(), &named)
        });
        Self {
            calibration: calibration.clone(),
            promise: promise.cloned(),
            reliability: reliability(evidence, &fits),
            promise_scores,
            fits,
        }
    }

    /// The evidence judged by these fits.
    pub fn evaluation(&self, method: String, evidence: &Evidence) -> Evaluation {
        Evaluation {
            reliability: self.reliability.clone(),
            promise: self.promise_scores.clone(),
            ..Evaluation::new(method, evidence, &self.fits)
        }
    }
}

fn reliability(evidence: &Evidence, fits: &[f32]) -> Vec<Reliability> {
    let judged = &evidence.judged();
    let draws = &Draws::new(judged.artists);
    let sigmoids = evidence.fits(&Calibration::default());
    vec![
        Reliability::new("before calibration", &sigmoids, judged, draws),
        Reliability::new("after calibration", fits, judged, draws),
    ]
}

/// One group's number a track; artists stay whole.
fn groups(judged: &Judged) -> Vec<usize> {
    folds_of_artists(judged.artists, judged.truth, judged.playlists, GROUPS, SEED)
}

/// `[tracks, playlists]`: each group's fits from what the other groups of `tracks` teach; other rows stay 0.
fn cross_fits(judged: &Judged, tracks: &[usize], groups: &[usize]) -> Vec<f32> {
    let playlists = judged.playlists;
    let of_group = |group: usize| {
        let (own, rest) = without(tracks, groups, group);
        (!own.is_empty()).then(|| (own, Calibration::learn(judged, &rest, groups)))
    };
    let learned: Vec<(Vec<usize>, Calibration)> =
        (0..GROUPS).into_par_iter().filter_map(of_group).collect();
    let mut fits = vec![0.0; judged.scores.len()];
    for (own, calibration) in learned {
        for track in own {
            for playlist in 0..playlists {
                let place = track * playlists + playlist;
                fits[place] = calibration.fit(playlist, judged.scores[place]) as f32;
            }
        }
    }
    fits
}

/// What a promise of this risk would name of each track, made on the other groups alone, fits and all.
fn cross_named(evidence: &Evidence, fits: &[f32], groups: &[usize], risk: f64) -> Vec<Vec<usize>> {
    let judged = evidence.judged();
    let all: Vec<usize> = (0..judged.truth.len()).collect();
    let of_group = |group: usize| {
        let (_, rest) = without(&all, groups, group);
        let inner = cross_fits(&judged, &rest, groups);
        promise(&evidence.judge(&inner), &rest, risk)
    };
    let promises: Vec<Option<Promise>> = (0..GROUPS).into_par_iter().map(of_group).collect();
    rows(fits, judged.playlists)
        .zip(groups)
        .map(|(fits, &group)| match &promises[group] {
            Some(promise) => named(fits, promise.threshold),
            None => Vec::new(),
        })
        .collect()
}

fn promise(judged: &Judged, tracks: &[usize], risk: f64) -> Option<Promise> {
    let artists: std::collections::HashSet<&String> =
        tracks.iter().map(|&track| &judged.artists[track]).collect();
    (artists.len() >= LEAST_ARTISTS)
        .then(|| Promise::learn(judged, tracks, risk))
        .flatten()
}

fn rows(fits: &[f32], playlists: usize) -> std::slice::ChunksExact<'_, f32> {
    fits.chunks_exact(playlists.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::sigmoid;
    use super::super::simulated::World;
    use super::*;

    /// Logits twice too sure, and lists that differ.
    fn distorted(seed: u64, artists: usize) -> World {
        let shift = |list: usize| [-0.8, 0.0, 0.8][list % 3];
        World::new(seed, artists, 9, |list, logit| {
            sigmoid(0.5 * logit - 0.5 + shift(list))
        })
    }

    #[test]
    fn a_fit_means_what_it_says_on_artists_that_taught_it_nothing() {
        let world = distorted(4, 300);
        let evidence = world.evidence();
        let calibrated = calibrate(&evidence);
        let [before, after] = &calibrated.reliability[..] else {
            panic!("{:?}", calibrated.reliability);
        };
        eprintln!(
            "simulated: ECE {:.4} before, {:.4} after",
            before.ece.value, after.ece.value
        );
        assert!(before.ece.value > 0.06 && after.ece.value < 0.02);
        assert!(after.brier.value < before.brier.value);
        let (promise, scores) = (
            calibrated.promise.unwrap(),
            calibrated.promise_scores.unwrap(),
        );
        assert_eq!(scores.risk, promise.risk);
        assert!(scores.holds && scores.empty < 0.9, "{promise:?} {scores:?}");
        // What ships does as well on artists of other worlds.
        let fresh = distorted(5, 300).evidence();
        let shipped = Calibrated::of_bundle(&fresh, &calibrated.calibration, Some(&promise));
        assert!(shipped.reliability[1].ece.value < 0.02);
        assert!(shipped.promise_scores.unwrap().holds);
    }

    #[test]
    fn what_is_true_of_an_artist_never_touches_its_own_fits() {
        let mut world = distorted(6, 60);
        let (all, groups) = (world.tracks(), world.groups());
        let before = cross_fits(&world.judged(), &all, &groups);
        for (truth, &group) in world.truth.iter_mut().zip(&groups) {
            if group == 2 {
                *truth = vec![0, 1, 2];
            }
        }
        let after = cross_fits(&world.judged(), &all, &groups);
        let unchanged = |group: usize| {
            let rows = rows(&before, 9).zip(rows(&after, 9)).zip(&groups);
            rows.filter(|row| *row.1 == group)
                .all(|(rows, _)| rows.0 == rows.1)
        };
        assert!(unchanged(2) && !unchanged(1));
        assert!(before.iter().all(|fit| (0.0..=1.0).contains(fit)));
    }

    #[test]
    fn few_artists_get_no_promise_and_none_no_panic() {
        for artists in [0, 1, LEAST_ARTISTS - 1] {
            let calibrated = calibrate(&distorted(2, artists).evidence());
            assert_eq!(
                (calibrated.promise, calibrated.promise_scores),
                (None, None)
            );
            assert!(calibrated.calibration.playlists.is_empty());
        }
    }
}
