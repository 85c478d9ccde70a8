//! Cross-fitted calibration: the shipped one is fitted to all held-out scores, the reported figures come from five folds
//! of artists, each with the calibration of the other four.

use rayon::prelude::*;

use super::bootstrap::Bootstrap;
use super::calibration::{MIN_ARTISTS, without};
use super::risk_control::{RISKS, scores, selected};
use super::{
    Calibration, Evaluation, HeldOutScores, Reliability, RiskControl, RiskControlScores,
    ScoredLabels, folds_of_artists,
};

/// Fifths of the artists.
const GROUPS: usize = 5;
const SEED: u64 = 1_999;

/// Calibrated fits with their reliability.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// Fitted to all held-out scores, or the one of the bundle.
    pub calibration: Calibration,
    /// `None` if no threshold can be proven.
    pub risk_control: Option<RiskControl>,
    /// `[tracks, playlists]`, each from a calibration that did not see the track's artist.
    pub fits: Vec<f32>,
    /// Of the plain sigmoid, and of `fits`.
    pub reliability: Vec<Reliability>,
    /// Measured on artists that it was not fitted to.
    pub risk_control_scores: Option<RiskControlScores>,
}

/// Fits calibration and risk control, and measures both by cross-fitting over artists.
pub fn calibrate(held_out_scores: &HeldOutScores) -> Calibrated {
    let scored = held_out_scores.scored();
    let groups = groups(&scored);
    let all: Vec<usize> = (0..scored.truth.len()).collect();
    let fits = cross_fits(&scored, &all, &groups);
    let risk_control = RISKS
        .into_iter()
        .find_map(|risk| risk_control(&held_out_scores.scored_with(&fits), &all, risk));
    let risk_control_scores = risk_control.as_ref().map(|shipped| {
        let selected = cross_selected(held_out_scores, &fits, &groups, shipped.risk);
        scores(shipped.risk, &scored, &selected)
    });
    Calibrated {
        calibration: Calibration::learn(&scored, &all, &groups),
        risk_control,
        reliability: reliability(held_out_scores, &fits),
        risk_control_scores,
        fits,
    }
}

impl Calibrated {
    /// Measures a bundle's own calibration and risk control on tracks that neither was fitted to.
    pub fn of_bundle(
        held_out_scores: &HeldOutScores,
        calibration: &Calibration,
        risk_control: Option<&RiskControl>,
    ) -> Self {
        let fits = held_out_scores.fits(calibration);
        let risk_control_scores = risk_control.map(|risk_control| {
            let selected = rows(&fits, held_out_scores.playlists.len())
                .map(|fits| selected(fits, risk_control.threshold))
                .collect::<Vec<_>>();
            scores(risk_control.risk, &held_out_scores.scored(), &selected)
        });
        Self {
            calibration: calibration.clone(),
            risk_control: risk_control.copied(),
            reliability: reliability(held_out_scores, &fits),
            risk_control_scores,
            fits,
        }
    }

    /// The evaluation of the held-out scores with these fits.
    pub fn evaluation(&self, method: String, held_out_scores: &HeldOutScores) -> Evaluation {
        Evaluation {
            reliability: self.reliability.clone(),
            risk_control: self.risk_control_scores.clone(),
            ..Evaluation::new(method, held_out_scores, &self.fits)
        }
    }
}

fn reliability(held_out_scores: &HeldOutScores, fits: &[f32]) -> Vec<Reliability> {
    let scored = &held_out_scores.scored();
    let bootstrap = &Bootstrap::new(scored.artists);
    let sigmoids = held_out_scores.fits(&Calibration::default());
    vec![
        Reliability::new("before calibration", &sigmoids, scored, bootstrap),
        Reliability::new("after calibration", fits, scored, bootstrap),
    ]
}

/// The fold of each track, grouped by artist.
fn groups(scored: &ScoredLabels) -> Vec<usize> {
    folds_of_artists(scored.artists, scored.truth, scored.playlists, GROUPS, SEED)
}

/// `[tracks, playlists]`: the fits of each fold by the calibration of the other folds of `tracks`. Other rows are 0.
fn cross_fits(scored: &ScoredLabels, tracks: &[usize], groups: &[usize]) -> Vec<f32> {
    let playlists = scored.playlists;
    let of_group = |group: usize| {
        let (own, rest) = without(tracks, groups, group);
        (!own.is_empty()).then(|| (own, Calibration::learn(scored, &rest, groups)))
    };
    let learned: Vec<(Vec<usize>, Calibration)> =
        (0..GROUPS).into_par_iter().filter_map(of_group).collect();
    let mut fits = vec![0.0; scored.scores.len()];
    for (own, calibration) in learned {
        for track in own {
            for playlist in 0..playlists {
                let place = track * playlists + playlist;
                fits[place] = calibration.fit(playlist, scored.scores[place]) as f32;
            }
        }
    }
    fits
}

/// The playlists that risk control of this level selects for each track, with calibration and threshold of the other folds.
fn cross_selected(
    held_out_scores: &HeldOutScores,
    fits: &[f32],
    groups: &[usize],
    risk: f64,
) -> Vec<Vec<usize>> {
    let scored = held_out_scores.scored();
    let all: Vec<usize> = (0..scored.truth.len()).collect();
    let of_group = |group: usize| {
        let (_, rest) = without(&all, groups, group);
        let inner = cross_fits(&scored, &rest, groups);
        risk_control(&held_out_scores.scored_with(&inner), &rest, risk)
    };
    let risk_controls: Vec<Option<RiskControl>> =
        (0..GROUPS).into_par_iter().map(of_group).collect();
    rows(fits, scored.playlists)
        .zip(groups)
        .map(|(fits, &group)| match &risk_controls[group] {
            Some(risk_control) => selected(fits, risk_control.threshold),
            None => Vec::new(),
        })
        .collect()
}

fn risk_control(scored: &ScoredLabels, tracks: &[usize], risk: f64) -> Option<RiskControl> {
    let artists: std::collections::HashSet<&String> =
        tracks.iter().map(|&track| &scored.artists[track]).collect();
    (artists.len() >= MIN_ARTISTS)
        .then(|| RiskControl::learn(scored, tracks, risk))
        .flatten()
}

fn rows(fits: &[f32], playlists: usize) -> std::slice::ChunksExact<'_, f32> {
    fits.chunks_exact(playlists.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::sigmoid;
    use super::super::simulated::SimulatedScores;
    use super::*;

    /// Logits twice too sure, and lists that differ.
    fn distorted(seed: u64, artists: usize) -> SimulatedScores {
        let shift = |list: usize| [-0.8, 0.0, 0.8][list % 3];
        SimulatedScores::new(seed, artists, 9, |list, logit| {
            sigmoid(0.5 * logit - 0.5 + shift(list))
        })
    }

    #[test]
    fn fits_are_calibrated_on_held_out_artists() {
        let data = distorted(4, 300);
        let held_out_scores = data.held_out_scores();
        let calibrated = calibrate(&held_out_scores);
        let [before, after] = &calibrated.reliability[..] else {
            panic!("{:?}", calibrated.reliability);
        };
        eprintln!(
            "simulated: ECE {:.4} before, {:.4} after",
            before.ece.value, after.ece.value
        );
        assert!(before.ece.value > 0.06 && after.ece.value < 0.02);
        assert!(after.brier.value < before.brier.value);
        let (risk_control, scores) = (
            calibrated.risk_control.unwrap(),
            calibrated.risk_control_scores.unwrap(),
        );
        assert_eq!(scores.risk, risk_control.risk);
        assert!(
            scores.holds && scores.empty < 0.9,
            "{risk_control:?} {scores:?}"
        );
        // The shipped calibration holds on newly simulated artists.
        let fresh = distorted(5, 300).held_out_scores();
        let shipped = Calibrated::of_bundle(&fresh, &calibrated.calibration, Some(&risk_control));
        assert!(shipped.reliability[1].ece.value < 0.02);
        assert!(shipped.risk_control_scores.unwrap().holds);
    }

    #[test]
    fn the_labels_of_a_fold_do_not_change_its_own_fits() {
        let mut data = distorted(6, 60);
        let (all, groups) = (data.tracks(), data.groups());
        let before = cross_fits(&data.scored(), &all, &groups);
        for (truth, &group) in data.truth.iter_mut().zip(&groups) {
            if group == 2 {
                *truth = vec![0, 1, 2];
            }
        }
        let after = cross_fits(&data.scored(), &all, &groups);
        let unchanged = |group: usize| {
            let rows = rows(&before, 9).zip(rows(&after, 9)).zip(&groups);
            rows.filter(|row| *row.1 == group)
                .all(|(rows, _)| rows.0 == rows.1)
        };
        assert!(unchanged(2) && !unchanged(1));
        assert!(before.iter().all(|fit| (0.0..=1.0).contains(fit)));
    }

    #[test]
    fn few_artists_get_no_risk_control() {
        for artists in [0, 1, MIN_ARTISTS - 1] {
            let calibrated = calibrate(&distorted(2, artists).held_out_scores());
            assert_eq!(
                (calibrated.risk_control, calibrated.risk_control_scores),
                (None, None)
            );
            assert!(calibrated.calibration.playlists.is_empty());
        }
    }
}
