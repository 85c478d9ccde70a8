use super::super::sigmoid;
use super::super::simulated::SimulatedScores;
use super::*;

const SEEDS: u64 = 20;

/// The false discovery proportion, mean over the artists with a selection, and the fraction of songs with a selection.
fn outcome(risk_control: &RiskControl, data: &SimulatedScores, fits: &[f32]) -> (f64, f64) {
    let mut losses: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (track, fits) in fits.chunks_exact(data.playlists).enumerate() {
        let wrong =
            false_discovery_proportion(&selected(fits, risk_control.threshold), &data.truth[track]);
        let artist = losses.entry(&data.artists[track]).or_default();
        artist.extend(wrong);
    }
    let mean = |losses: &Vec<f64>| super::super::mean(losses.iter().copied());
    let songs = losses.values().map(Vec::len).sum::<usize>();
    let artists = losses.values().filter(|losses| !losses.is_empty());
    (
        super::super::mean(artists.map(mean)),
        songs as f64 / data.truth.len() as f64,
    )
}

fn sharpened(data: &SimulatedScores, by: f64) -> Vec<f32> {
    let fit = |&fit: &f32| {
        let fit = f64::from(fit);
        sigmoid(by * (fit / (1.0 - fit)).ln()) as f32
    };
    data.fits.iter().map(fit).collect()
}

/// On 20 simulated data sets, with calibrated and with overconfident fits: the bound holds on 1,000 other artists in as
/// many cases as the stated confidence requires, and songs with a strong signal get a selection.
#[test]
fn the_bound_holds_over_twenty_seeds_and_selections_are_not_empty() {
    let chance = |_: usize, logit: f64| sigmoid(logit);
    let data = |seed, artists| SimulatedScores::new(seed, artists, 8, chance);
    let data_sets: Vec<_> = (0..SEEDS)
        .map(|seed| (data(seed, 300), data(1_000 + seed, 1_000)))
        .collect();
    for (sharper, risk) in [(1.0, 0.1), (1.0, 0.2), (1.0, 0.3), (1.5, 0.2)] {
        let mut outcomes = Vec::new();
        for (known, fresh) in &data_sets {
            let fits = sharpened(known, sharper);
            let risk_control = RiskControl::learn(&known.scored_with(&fits), &known.tracks(), risk);
            outcomes.extend(
                risk_control
                    .map(|risk_control| outcome(&risk_control, fresh, &sharpened(fresh, sharper))),
            );
        }
        let error = super::super::mean(outcomes.iter().map(|outcome| outcome.0));
        let broken = outcomes.iter().filter(|outcome| outcome.0 > risk).count();
        let selected = outcomes.iter().map(|outcome| outcome.1).sum::<f64>() / SEEDS as f64;
        eprintln!(
            "simulated, {sharper} times as sure: risk {risk}, error {error:.4}, {broken} above, selected {selected:.3}, {} thresholds",
            outcomes.len()
        );
        assert!(error <= risk, "{error} {risk}");
        // So many of 20 fail with a probability of 1 % where each fails with 10 %.
        assert!(broken <= 5, "{broken}");
        assert!(selected > 0.3, "{selected}");
    }
}

#[test]
fn a_weak_network_promises_nothing_that_it_cannot_keep() {
    let mut proven = 0;
    for seed in 0..SEEDS {
        let chance = |_: usize, logit: f64| 0.1 + 0.2 * sigmoid(logit);
        let data = SimulatedScores::new(seed, 300, 8, chance);
        // Raw sigmoids, as sure as if every second name were right.
        let fits: Vec<f32> = data
            .logits
            .iter()
            .map(|&logit| sigmoid(logit.into()) as f32)
            .collect();
        let risk_controls =
            RISKS.map(|risk| RiskControl::learn(&data.scored_with(&fits), &data.tracks(), risk));
        proven += risk_controls.iter().flatten().count();
    }
    assert_eq!(proven, 0);
}

/// A loss of 0 for songs without a name would let this pass: one song in twenty is named, each time wrongly.
#[test]
fn rare_names_that_are_all_wrong_are_not_hidden_by_songs_without_any() {
    let artists: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
    let fits: Vec<f32> = (0..2_000)
        .map(|n| if n % 20 == 0 { 0.95 } else { 0.001 })
        .collect();
    let truth = vec![vec![]; 2_000];
    let scored = ScoredLabels {
        scores: &fits,
        truth: &truth,
        artists: &artists,
        playlists: 1,
    };
    let all: Vec<usize> = (0..2_000).collect();
    assert!(
        RISKS
            .iter()
            .all(|&risk| RiskControl::learn(&scored, &all, risk).is_none())
    );
    let right = vec![vec![0]; 2_000];
    let scored = ScoredLabels {
        truth: &right,
        ..scored
    };
    let risk_control = RiskControl::learn(&scored, &all, 0.1).unwrap();
    assert!(risk_control.selects(0.95) && risk_control.threshold <= 0.95);
}

#[test]
fn the_error_is_of_artists_not_of_songs() {
    let truth = [vec![0], vec![0], vec![1], vec![1], vec![0]];
    let artists = ["a", "a", "a", "b", "c"].map(String::from);
    let scored = ScoredLabels {
        scores: &[0.0; 10],
        truth: &truth,
        artists: &artists,
        playlists: 2,
    };
    let selected = [vec![0], vec![0], vec![0], vec![0, 1], vec![]];
    let scores = scores(0.3, &scored, &selected);
    // Artist a has one of three songs wrong, b half of one; c has none named.
    assert!((scores.measured.value - (1.0 / 3.0 + 0.5) / 2.0).abs() < 1e-12);
    assert_eq!(
        (scores.measured.n, scores.playlists, scores.empty),
        (4, 1.0, 0.2)
    );
    assert!(scores.holds);
    let nothing = super::scores(0.1, &scored, &vec![vec![]; 5]);
    assert!(nothing.holds && nothing.empty == 1.0 && nothing.measured.value == 0.0);
}

#[test]
fn an_error_far_above_the_promise_does_not_hold() {
    let measured = |value| Estimate {
        value,
        low: 0.0,
        high: 1.0,
        n: 100,
    };
    // 16 of 100 is the upper end of the binomial interval of 10 %.
    assert!(is_plausible(&measured(0.16), 100, 0.1));
    assert!(!is_plausible(&measured(0.17), 100, 0.1));
}

/// SciPy's binomial tails, and the p-values of the authors' formula, to one millionth of each.
#[test]
fn tails_and_p_values_equal_scipy() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../../fixtures/golden/calibration.json")).unwrap();
    let rows =
        |name: &str| -> Vec<[f64; 4]> { serde_json::from_value(golden[name].clone()).unwrap() };
    let close =
        |value: f64, wanted: f64| assert!((value / wanted - 1.0).abs() < 1e-6, "{value} {wanted}");
    for [most, count, share, wanted] in rows("at_most") {
        close(at_most(most as usize, count as usize, share), wanted);
    }
    for [mean, count, risk, wanted] in rows("hoeffding_bentkus") {
        close(hoeffding_bentkus(mean, count as usize, risk), wanted);
    }
}
