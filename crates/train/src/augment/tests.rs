//! What a preset's table does to windows.

use super::*;
use features::mel::apply_mask;

fn parse(text: &str) -> Augmentation {
    toml::from_str(text).unwrap()
}

fn wrong(text: &str) -> String {
    toml::from_str::<Augmentation>(text).map_or_else(
        |reason| reason.to_string(),
        |table| table.check().unwrap_err(),
    )
}

#[test]
fn each_mistake_is_named() {
    for (text, message) in [
        (
            "tempo = { p = 1.5, min = 0.9, max = 1.1 }",
            "augment.tempo: p is from 0 to 1",
        ),
        ("tempo = { p = 0.5, min = 0.9 }", "max"),
        (
            "tempo = { p = 0.5, min = 1.1, max = 0.9 }",
            "min 1.1 is above max 0.9",
        ),
        (
            "pitch = { p = 1, min = -40, max = 2 }",
            "the limits are -12 to 12 semitones",
        ),
        (
            "high_pass = { p = 1, min = 0, max = 200 }",
            "augment.high_pass: 0 to 200 is out of range",
        ),
        ("gain = { p = 1, min = nan, max = 2 }", "out of range"),
        (
            "echo = { p = 1, min = 0.1, max = 0.2, feedback = 1 }",
            "feedback is from 0 to 0.9",
        ),
        (
            "echo = { p = 1, min = 0.1, max = 0.2, mix = -1 }",
            "mix is from 0 to 1",
        ),
        ("chain = { p = 2 }", "augment.chain.p"),
        (
            "chain = { p = 1, low_pass = [100, 1e9] }",
            "augment.chain.low_pass: 100 to 1000000000",
        ),
        (
            "spec_augment = { p = 1, time_masks = 2, time_fraction = 0.9, band_masks = 0, band_fraction = 0 }",
            "time_fraction",
        ),
        ("tempi = { p = 0.5, min = 0.9, max = 1.1 }", "tempi"),
    ] {
        assert!(wrong(text).contains(message), "{text}: {}", wrong(text));
    }
}

#[test]
fn a_preset_with_every_effect_survives_printing() {
    let text = "
        tempo = { p = 0.5, min = 0.9, max = 1.1 }
        pitch = { p = 0.5, min = -2, max = 2 }
        high_pass = { p = 0.3, min = 40, max = 400 }
        low_pass = { p = 0.3, min = 3000, max = 12000 }
        echo = { p = 0.3, min = 0.05, max = 0.4, feedback = 0.3, mix = 0.4 }
        gain = { p = 1.0, min = -9, max = 6 }
        time_shift = { p = 1.0, min = -5, max = 5 }
        codec = { p = 0.2, min = 32, max = 128 }
        chain = { p = 0.2 }
        spec_augment = { p = 0.8, time_masks = 2, time_fraction = 0.1, band_masks = 2, band_fraction = 0.15 }
    ";
    let table = parse(text);
    table.check().unwrap();
    assert_eq!(table.chances().count(), EffectKind::ALL.len());
    assert!(table.chain.is_some() && table.spec_augment.is_some());
    assert_eq!(parse(&toml::to_string(&table).unwrap()), table);
    assert_eq!(parse(""), Augmentation::default());
}

#[test]
fn effects_happen_as_often_and_as_much_as_the_preset_says() {
    let table = parse(
        "tempo = { p = 0.25, min = 0.9, max = 1.1 }
         low_pass = { p = 1, min = 1000, max = 4000 }",
    );
    let mut random = fastrand::Rng::with_seed(2);
    let (mut tempi, mut below_two_kilohertz) = (Vec::new(), 0);
    for _ in 0..4_000 {
        for effect in table.draw(&mut random) {
            match effect {
                Effect::Tempo(times) => tempi.push(times),
                Effect::LowPass(hertz) => {
                    assert!((1_000.0..=4_000.0).contains(&hertz));
                    below_two_kilohertz += usize::from(hertz < 2_000.0);
                }
                other => panic!("{other} was not asked for"),
            }
        }
    }
    assert!(tempi.len().abs_diff(1_000) < 100, "{} tempi", tempi.len());
    assert!(tempi.iter().all(|times| (0.9..=1.1).contains(times)));
    assert!(tempi.iter().any(|times| *times < 0.92) && tempi.iter().any(|times| *times > 1.08));
    assert!(
        below_two_kilohertz.abs_diff(2_000) < 120,
        "evenly in octaves: {below_two_kilohertz}"
    );
}

#[test]
fn the_chain_is_all_five_or_none_and_no_effect_happens_twice() {
    let table = parse(
        "chain = { p = 0.5, tempo = [1.2, 1.2] }
         tempo = { p = 1, min = 0.8, max = 0.8 }
         gain = { p = 1, min = 3, max = 3 }",
    );
    let mut random = fastrand::Rng::with_seed(4);
    let mut chains = 0;
    for _ in 0..1_000 {
        let drawn = table.draw(&mut random);
        match drawn[0] {
            Effect::Tempo(1.2) => {
                chains += 1;
                assert_eq!(drawn.len(), 6);
                assert!(matches!(
                    drawn[1..5],
                    [
                        Effect::Pitch(_),
                        Effect::HighPass(_),
                        Effect::LowPass(_),
                        Effect::Echo { .. }
                    ]
                ));
            }
            _ => assert_eq!(drawn, [Effect::Tempo(0.8), Effect::Gain(3.0)]),
        }
    }
    assert!((400..600).contains(&chains), "{chains} chains");
}

#[test]
fn masks_cover_the_promised_shares_with_the_mean() {
    let (bands, frames) = (100, 400);
    let table = parse(
        "spec_augment = { p = 1, time_masks = 1, time_fraction = 0.2, band_masks = 1, band_fraction = 0.1 }",
    );
    let mut random = fastrand::Rng::with_seed(6);
    let (mut columns, mut rows, mut first_rows) = (0, 0, 0);
    for _ in 0..500 {
        let mut picture: Vec<f32> = (0..bands * frames).map(|n| n as f32).collect();
        let mean = (bands * frames - 1) as f32 / 2.0;
        let masks = table.draw_masks(bands, frames, &mut random);
        apply_mask(&mut picture, bands, &masks);
        let covered = |band: usize, frame: usize| picture[band * frames + frame] == mean;
        let wide = (0..frames)
            .filter(|&frame| (0..bands).all(|band| covered(band, frame)))
            .count();
        let high = (0..bands)
            .filter(|&band| (0..frames).all(|frame| covered(band, frame)))
            .count();
        assert!(wide <= 80 && high <= 10, "{wide} frames, {high} bands");
        let changed = (0..bands * frames)
            .filter(|&n| picture[n] != n as f32)
            .count();
        assert_eq!(changed, wide * bands + high * frames - wide * high);
        columns += wide;
        rows += high;
        first_rows += usize::from((0..frames).all(|frame| covered(0, frame)));
    }
    // Half of the most, on average; and the edge is reached too.
    assert!(
        (35.0..45.0).contains(&(columns as f64 / 500.0)),
        "{columns}"
    );
    assert!((4.5..5.5).contains(&(rows as f64 / 500.0)), "{rows}");
    assert!(first_rows > 0);
    let never = parse(
        "spec_augment = { p = 0, time_masks = 1, time_fraction = 0.2, band_masks = 1, band_fraction = 0.1 }",
    );
    assert!(never.draw_masks(bands, frames, &mut random).is_empty());
}
