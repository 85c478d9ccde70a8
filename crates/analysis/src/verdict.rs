//! The verdict on a song: its level and the playlists it rests on.

use super::{PlaylistFit, Verdict, VerdictLevel};

/// The lowest good fit, if the bundle has no risk control.
const MIN_GOOD_FIT: f64 = 0.5;
/// The lowest fit that is called possible.
pub const MIN_POSSIBLE_FIT: f64 = 0.25;
/// Playlists that a verdict names.
const MAX_GOOD: usize = 3;
const MAX_POSSIBLE: usize = 2;

/// The verdict on playlists in the order of their rank. With risk control, the selected playlists are the good ones; a
/// song that is out of distribution fits none, whatever its numbers.
pub fn verdict(
    ranked: &[PlaylistFit],
    has_risk_control: bool,
    is_out_of_distribution: bool,
) -> Verdict {
    let is_good = |playlist: &PlaylistFit| {
        if has_risk_control {
            playlist.selected
        } else {
            playlist.fit >= MIN_GOOD_FIT
        }
    };
    let is_possible =
        |playlist: &PlaylistFit| playlist.fit >= MIN_POSSIBLE_FIT && !is_good(playlist);
    let first = |most: usize, belongs: &dyn Fn(&PlaylistFit) -> bool| -> Vec<usize> {
        let found = ranked.iter().enumerate();
        let found = found.filter(|(_, playlist)| !is_out_of_distribution && belongs(playlist));
        found.map(|(index, _)| index).take(most).collect()
    };
    let (good, possible) = (first(MAX_GOOD, &is_good), first(MAX_POSSIBLE, &is_possible));
    let level = match (good.is_empty(), possible.is_empty()) {
        (false, _) => VerdictLevel::GoodFit,
        (true, false) => VerdictLevel::PossibleFit,
        (true, true) => VerdictLevel::NoGoodFit,
    };
    Verdict {
        level,
        good,
        possible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(fits: &[f64], threshold: f64) -> Vec<PlaylistFit> {
        let playlist = |(index, &fit): (usize, &f64)| PlaylistFit {
            name: format!("playlist {index}"),
            rank: index + 1,
            fit,
            range: None,
            selected: fit >= threshold,
            few_shot: None,
            tracks: 9,
        };
        fits.iter().enumerate().map(playlist).collect()
    }

    fn found(fits: &[f64], threshold: Option<f64>) -> (VerdictLevel, Vec<usize>, Vec<usize>) {
        let ranked = ranked(fits, threshold.unwrap_or(2.0));
        let verdict = verdict(&ranked, threshold.is_some(), false);
        (verdict.level, verdict.good, verdict.possible)
    }

    #[test]
    fn without_risk_control_fixed_thresholds_decide() {
        for (fits, level, good, possible) in [
            (
                &[0.71, 0.44, 0.1][..],
                VerdictLevel::GoodFit,
                &[0][..],
                &[1][..],
            ),
            (
                &[0.9, 0.8, 0.7, 0.6],
                VerdictLevel::GoodFit,
                &[0, 1, 2],
                &[],
            ),
            (&[0.3, 0.1], VerdictLevel::PossibleFit, &[], &[0]),
            (&[0.2, 0.1], VerdictLevel::NoGoodFit, &[], &[]),
            (&[], VerdictLevel::NoGoodFit, &[], &[]),
        ] {
            let expected = (level, good.to_vec(), possible.to_vec());
            assert_eq!(found(fits, None), expected, "{fits:?}");
        }
    }

    #[test]
    fn risk_control_decides_what_is_good() {
        let control = Some(0.7);
        assert_eq!(
            found(&[0.8, 0.6], control),
            (VerdictLevel::GoodFit, vec![0], vec![1])
        );
        assert_eq!(
            found(&[0.6, 0.1], control),
            (VerdictLevel::PossibleFit, vec![], vec![0])
        );
        assert_eq!(found(&[0.1], control).0, VerdictLevel::NoGoodFit);
    }

    #[test]
    fn a_song_out_of_distribution_fits_nothing() {
        let verdict = verdict(&ranked(&[0.9], 0.5), false, true);
        assert_eq!(verdict.level, VerdictLevel::NoGoodFit);
        assert!(verdict.good.is_empty() && verdict.possible.is_empty());
    }
}
