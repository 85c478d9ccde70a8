use super::super::Reliability;
use super::super::bootstrap::Bootstrap;
use super::super::sigmoid;
use super::super::simulated::SimulatedScores;
use super::*;

/// The mean distance between fits and what was truly likely.
fn off_by(calibration: &Calibration, data: &SimulatedScores) -> f64 {
    let gaps = data.logits.iter().zip(&data.fits).enumerate();
    let gaps = gaps.map(|(place, (&logit, &fit))| {
        (calibration.fit(place % data.playlists, logit) - f64::from(fit)).abs()
    });
    super::super::mean(gaps)
}

fn learned(data: &SimulatedScores) -> Calibration {
    Calibration::learn(&data.scored(), &data.tracks(), &data.groups())
}

/// scikit-learn's logistic and isotonic regression, and SciPy's minimum with a prior; the optimisers stop
/// within 1e-6 of each other, isotonic regression has no optimiser and agrees to 1e-9.
#[test]
fn lines_and_steps_equal_scikit_learn() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../../fixtures/golden/calibration.json")).unwrap();
    let numbers =
        |name: &str| -> Vec<f64> { serde_json::from_value(golden[name].clone()).unwrap() };
    let pairs: Vec<Pair> = numbers("logits")
        .into_iter()
        .zip(numbers("truth"))
        .collect();
    let close = |line: Platt, wanted: &[f64]| {
        let gap = (line.slope - wanted[0]).abs() + (line.offset - wanted[1]).abs();
        assert!(gap < 1e-6, "{line:?} {wanted:?}");
    };
    let nothing = Prior {
        centre: Platt::default(),
        slope_deviation: f64::INFINITY,
        offset_deviation: f64::INFINITY,
    };
    close(Platt::learn(&pairs, &nothing), &numbers("platt"));
    let prior = Prior {
        centre: Platt {
            slope: 1.0,
            offset: -0.5,
        },
        slope_deviation: 0.3,
        offset_deviation: 0.3,
    };
    close(Platt::learn(&pairs, &prior), &numbers("believed"));
    // The prior that keeps separable data finite moves the slope by its weight against that of 120 pairs.
    let temperature = Platt::temperature(&pairs);
    let wanted = golden["temperature"].as_f64().unwrap();
    assert!((temperature.slope - wanted).abs() < 1e-4 && temperature.offset == 0.0);
    let isotonic = Isotonic::learn(&pairs);
    for (probe, wanted) in numbers("probes").into_iter().zip(numbers("isotonic")) {
        let fit = isotonic.fit(probe).unwrap();
        assert!((fit - wanted).abs() < 1e-9, "{probe}: {fit} {wanted}");
    }
}

#[test]
fn the_known_line_is_found_and_lists_that_are_alike_stay_alike() {
    let data = SimulatedScores::new(7, 600, 10, |_, logit| sigmoid(0.5 * logit - 1.0));
    let learned = learned(&data);
    let Platt { slope, offset } = learned.shared;
    assert!(
        (slope - 0.5).abs() < 0.05 && (offset + 1.0).abs() < 0.12,
        "{learned:?}"
    );
    let before = off_by(&Calibration::default(), &data);
    assert!(off_by(&learned, &data) < 0.01 && before > 0.05, "{before}");
}

#[test]
fn different_playlists_get_own_lines_and_small_ones_the_shared_line() {
    let shift = |playlist: usize| [-1.5, 0.0, 1.5, -9.0][playlist % 4];
    let data = SimulatedScores::new(3, 500, 8, |list, logit| sigmoid(logit + shift(list)));
    let learned = learned(&data);
    let positives = |list: usize| data.truth.iter().filter(|own| own.contains(&list)).count();
    for list in 0..8 {
        let has_own = learned.playlists.contains_key(&list);
        assert_eq!(has_own, positives(list) >= ENOUGH_FOR_LINE.0, "{list}");
    }
    let own = learned.playlists[&2].platt.offset - learned.playlists[&0].platt.offset;
    assert!((own - 3.0).abs() < 0.8, "{own}");
    let shared = Calibration {
        playlists: BTreeMap::new(),
        ..learned.clone()
    };
    assert!(off_by(&learned, &data) < 0.6 * off_by(&shared, &data));
}

#[test]
fn many_positives_may_have_any_shape_that_rises() {
    let stairs = |_: usize, logit: f64| if logit > 1.0 { 0.9 } else { 0.3 };
    let data = SimulatedScores::new(5, 600, 3, stairs);
    let learned = learned(&data);
    for list in 0..3 {
        assert!(learned.playlists[&list].isotonic.is_some(), "{list}");
        let fits: Vec<f64> = (-80..80)
            .map(|tenth| learned.fit(list, tenth as f32 / 10.0))
            .collect();
        assert!(fits.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(fits[0] > 0.0 && fits[159] < 1.0);
    }
    let lines = Calibration {
        playlists: BTreeMap::new(),
        ..learned.clone()
    };
    assert!(off_by(&learned, &data) < 0.5 * off_by(&lines, &data));
}

#[test]
fn few_artists_give_one_temperature_and_no_truth_gives_nothing() {
    let few = SimulatedScores::new(1, MIN_ARTISTS - 1, 4, |_, logit| sigmoid(0.5 * logit - 1.0));
    let of_few = learned(&few);
    assert!(of_few.playlists.is_empty() && of_few.shared.offset == 0.0);
    assert!(of_few.shared.slope > 0.0);
    for chance in [0.0, 1.0] {
        let one_sided = SimulatedScores::new(1, 40, 4, |_, _| chance);
        assert_eq!(learned(&one_sided), Calibration::default());
    }
    assert_eq!(
        Calibration::learn(&few.scored(), &[], &few.groups()),
        Calibration::default()
    );
}

#[test]
fn separable_reversed_and_broken_logits_leave_finite_rising_curves() {
    let separable = SimulatedScores::new(2, 60, 4, |_, logit| f64::from(u8::from(logit > 0.0)));
    let reversed = SimulatedScores::new(2, 60, 4, |_, logit| sigmoid(-logit));
    let mut broken = SimulatedScores::new(2, 60, 4, |_, logit| sigmoid(logit));
    broken.logits[0] = f32::NAN;
    for data in [separable, reversed, broken] {
        let learned = learned(&data);
        for list in 0..data.playlists {
            let (low, high) = (learned.fit(list, -2.0), learned.fit(list, 2.0));
            assert!((0.0..=1.0).contains(&low) && low < high && high <= 1.0);
        }
    }
}

#[test]
fn older_bundles_read_and_newer_ones_read_back() {
    let old: Calibration = serde_json::from_str(r#"{"slope": 0.9, "offset": -0.4}"#).unwrap();
    assert_eq!(old.fit(3, 1.0), sigmoid(0.5));
    let data = SimulatedScores::new(5, 600, 3, |_, logit| if logit > 1.0 { 0.9 } else { 0.3 });
    let learned = learned(&data);
    let text = serde_json::to_string(&learned).unwrap();
    let back: Calibration = serde_json::from_str(&text).unwrap();
    for place in 0..300 {
        let (list, logit) = (place % 3, place as f32 / 25.0 - 6.0);
        assert!((back.fit(list, logit) - learned.fit(list, logit)).abs() < 1e-12);
    }
}

#[test]
fn bins_hold_equal_mass_and_equal_fits_share_their_truth() {
    let artists: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let truth: Vec<Vec<usize>> = (0..20).map(|n| vec![0; usize::from(n < 10)]).collect();
    let fits: Vec<f32> = (0..20).map(|n| 0.025 + 0.05 * n as f32).collect();
    let scored = ScoredLabels {
        scores: &fits,
        truth: &truth,
        artists: &artists,
        playlists: 1,
    };
    let reliability =
        |fits: &[f32]| Reliability::new("simulated", fits, &scored, &Bootstrap::new(&artists));
    let equal = reliability(&[0.5; 20]);
    assert_eq!((equal.ece.value, equal.brier.value), (0.0, 0.25));
    let reversed = reliability(&fits);
    let rates: Vec<(f64, usize)> = reversed
        .bins
        .iter()
        .map(|bin| (bin.rate, bin.pairs))
        .collect();
    assert_eq!(rates, [[(1.0, 2); 5], [(0.0, 2); 5]].concat());
    assert!((reversed.ece.value - 0.75).abs() < 1e-6);
    let squares =
        (0..20).map(|n| (0.025 + 0.05 * f64::from(n) - f64::from(u8::from(n < 10))).powi(2));
    assert!((reversed.brier.value - squares.sum::<f64>() / 20.0).abs() < 1e-6);
}
