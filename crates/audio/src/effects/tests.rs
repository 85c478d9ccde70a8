//! The audible result of each effect.

use std::f64::consts::TAU;

use super::*;

const RATE: u32 = 32_000;

fn tone(hertz: f64, seconds: f64) -> Vec<f32> {
    (0..(seconds * f64::from(RATE)) as usize)
        .map(|n| ((hertz * n as f64 / f64::from(RATE) * TAU).sin() * 0.5) as f32)
        .collect()
}

/// Short knocks, so many a second.
fn knocks(per_second: f64, seconds: f64) -> Vec<f32> {
    (0..(seconds * f64::from(RATE)) as usize)
        .map(|n| {
            let since = (n as f64 / f64::from(RATE) * per_second).fract() / per_second;
            ((-since * 200.0).exp() * (since * 900.0 * TAU).sin() * 0.8) as f32
        })
        .collect()
}

/// Amplitude of one frequency, away from the edges.
fn amplitude(samples: &[f32], hertz: f64) -> f64 {
    let inner = &samples[samples.len() / 10..samples.len() * 9 / 10];
    let (mut cosine, mut sine, mut weight) = (0.0, 0.0, 0.0);
    for (n, &sample) in inner.iter().enumerate() {
        // A Hann window keeps neighbouring frequencies apart.
        let hann = 0.5 - 0.5 * (n as f64 / inner.len() as f64 * TAU).cos();
        let phase = hertz * n as f64 / f64::from(RATE) * TAU;
        cosine += hann * f64::from(sample) * phase.cos();
        sine += hann * f64::from(sample) * phase.sin();
        weight += hann;
    }
    2.0 * cosine.hypot(sine) / weight
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// Of a tone: how often it rises through zero in a second.
fn frequency(samples: &[f32]) -> f64 {
    let rises: Vec<f64> = (1..samples.len())
        .filter(|&n| samples[n - 1] < 0.0 && samples[n] >= 0.0)
        .map(|n| n as f64 - f64::from(samples[n] / (samples[n] - samples[n - 1])))
        .collect();
    let seconds = (rises[rises.len() - 1] - rises[0]) / f64::from(RATE);
    (rises.len() - 1) as f64 / seconds
}

/// Knocks a second: the delay at which the loudness, every 2 ms, is most like itself; over four periods, then over
/// twelve, as single knocks may move by 12 ms.
fn pulse(samples: &[f32], near: f64) -> f64 {
    const STEP: usize = 64;
    let loudness: Vec<f64> = samples
        .chunks(STEP)
        .map(|chunk| {
            let power = chunk.iter().map(|&sample| f64::from(sample).powi(2));
            power.sum::<f64>().sqrt()
        })
        .collect();
    let alike = |delay: &usize| -> f64 {
        let both = loudness.iter().zip(loudness.iter().skip(*delay));
        both.map(|(now, then)| now * then).sum()
    };
    let best = |near: f64, periods: f64, within: f64| {
        let delay = periods / near * f64::from(RATE) / STEP as f64;
        let delays = (delay * (1.0 - within)) as usize..(delay * (1.0 + within)) as usize;
        let best = delays.max_by(|one, other| alike(one).total_cmp(&alike(other)));
        periods * f64::from(RATE) / STEP as f64 / best.unwrap() as f64
    };
    best(best(near, 4.0, 0.2), 12.0, 0.02)
}

#[test]
fn tempo_moves_the_pulse_and_leaves_the_pitch() {
    for times in [0.8, 0.9, 1.1, 1.25] {
        let faster = tempo(&knocks(2.0, 10.0), RATE, times);
        assert_eq!(faster.len(), (320_000.0 / times).round() as usize);
        let out = pulse(&faster, 2.0 * times) / (2.0 * times);
        assert!((out - 1.0).abs() < 0.01, "{times}: pulse off by {out}");
        let sung = tempo(&tone(440.0, 3.0), RATE, times);
        assert!((frequency(&sung) - 440.0).abs() < 0.5, "{times}");
        // Pieces meet in phase: the tone stays as loud, and the rest is 30 dB below it.
        let level = decibels(amplitude(&sung, 440.0) / 0.5);
        assert!(level.abs() < 0.2, "{times}: {level} dB");
        let power = sung
            .iter()
            .map(|&sample| f64::from(sample).powi(2))
            .sum::<f64>();
        let rest = power / sung.len() as f64 - amplitude(&sung, 440.0).powi(2) / 2.0;
        assert!(rest < 0.125 * 1e-2, "{times}: {rest} beside the tone");
    }
}

#[test]
fn pitch_moves_the_pitch_and_leaves_the_pulse() {
    for semitones in [-4.0, -1.0, 0.5, 3.0] {
        let wanted = 440.0 * f64::powf(2.0, semitones / 12.0);
        let sung = pitch(&tone(440.0, 3.0), RATE, semitones);
        assert_eq!(sung.len(), 96_000);
        let out = frequency(&sung);
        let end = &sung[95_000..];
        assert!(
            end.iter().any(|sample| *sample > 0.4),
            "the end is not silent"
        );
        assert!(
            (out / wanted - 1.0).abs() < 1e-3,
            "{semitones}: {out}, not {wanted}"
        );
        let power: f64 = sung.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        let level = decibels((power / 96_000.0).sqrt() / 0.5_f64.powf(1.5));
        assert!(level.abs() < 0.3, "{semitones}: {level} dB");
        let out = pulse(&pitch(&knocks(2.0, 10.0), RATE, semitones), 2.0);
        assert!(
            (out - 2.0).abs() < 0.02,
            "{semitones}: {out} knocks a second"
        );
    }
    assert_eq!(pitch(&tone(440.0, 0.1), RATE, 0.0), tone(440.0, 0.1));
}

/// Within half a decibel of the Butterworth curve, 10 log10(1 + (f / cut-off)^4), far below half the rate.
#[test]
fn the_filters_fall_by_twelve_decibels_an_octave() {
    let left = |filter: fn(&[f32], u32, f64) -> Vec<f32>, hertz: f64| {
        decibels(amplitude(&filter(&tone(hertz, 1.0), RATE, 1_000.0), hertz) / 0.5)
    };
    for (octaves, wanted) in [(-2, 0.0), (-1, -0.3), (0, -3.0), (1, -12.3)] {
        let step = f64::powi(2.0, octaves);
        for (name, out) in [
            ("low-pass", left(low_pass, 1_000.0 * step)),
            ("high-pass", left(high_pass, 1_000.0 / step)),
        ] {
            assert!(
                (out - wanted).abs() < 0.5,
                "{name}, {octaves} octaves: {out} dB"
            );
        }
    }
    assert!(left(high_pass, 125.0) < -35.0);
    let sound = tone(440.0, 0.1);
    assert_eq!(
        low_pass(&sound, RATE, 20_000.0),
        sound,
        "nothing lies above half the rate"
    );
    assert_eq!(high_pass(&sound, RATE, 20_000.0), vec![0.0; 3_200]);
}

#[test]
fn an_echo_comes_after_its_delay_softer_each_time() {
    let mut knock = vec![0.0; 32_000];
    knock[100] = 1.0;
    let out = echo(&knock, RATE, 0.25, 0.5, 0.4);
    let echoes: Vec<(usize, f32)> = out
        .iter()
        .enumerate()
        .filter(|(_, sample)| **sample != 0.0)
        .map(|(place, &sample)| (place, sample))
        .collect();
    assert_eq!(
        echoes,
        [(100, 1.0), (8_100, 0.4), (16_100, 0.2), (24_100, 0.1)]
    );
    assert_eq!(
        echo(&knock, RATE, 9.0, 0.5, 0.4),
        knock,
        "longer than the sound"
    );
}

#[test]
fn gain_is_in_decibels_and_a_shift_goes_round() {
    let sound = tone(440.0, 1.0);
    let level = |by: f64| decibels(amplitude(&gain(&sound, by), 440.0) / 0.5);
    assert!((level(6.0) - 6.0).abs() < 1e-3 && (level(-20.0) + 20.0).abs() < 1e-3);
    let ramp: Vec<f32> = (0..10).map(|n| n as f32).collect();
    assert_eq!(shift(&ramp, 10, 0.3)[..5], [7.0, 8.0, 9.0, 0.0, 1.0]);
    assert_eq!(shift(&ramp, 10, -0.2)[..3], [2.0, 3.0, 4.0]);
    assert_eq!(shift(&ramp, 10, 7.0), ramp, "seven times round");
}

#[test]
fn a_low_bit_rate_leaves_nothing_above_its_cut_off_and_noise_below() {
    let mut random = fastrand::Rng::with_seed(1);
    let noise: Vec<f32> = (0..RATE).map(|_| random.f32() - 0.5).collect();
    let mut noises = Vec::new();
    for kilobits in [32.0, 64.0, 128.0, 320.0] {
        let coded = codec(&noise, RATE, kilobits);
        let cut_off = cut_off_hz(kilobits);
        // What a steep filter at this place would leave of the sound, and of what the coding took away.
        let above = |samples: &[f32]| {
            let bins = (0..50).map(|step| cut_off + 200.0 + f64::from(step) * 13.0);
            bins.map(|hertz| amplitude(samples, hertz).powi(2))
                .sum::<f64>()
        };
        if cut_off < 15_000.0 {
            let left = 0.5 * decibels(above(&coded) / above(&noise));
            assert!(
                left < -40.0,
                "{kilobits} kbit/s: {left} dB above {cut_off} Hz"
            );
        }
        let whole = tone(440.0, 1.0);
        let level = decibels(amplitude(&codec(&whole, RATE, kilobits), 440.0) / 0.5);
        assert!(level.abs() < 1.0, "{kilobits} kbit/s: {level} dB");
        // Below the lowest cut-off, where all of them keep the sound.
        let low = low_pass(&low_pass(&noise, RATE, 1_000.0), RATE, 1_000.0);
        let coded = codec(&low, RATE, kilobits);
        let power = |samples: &[f32]| samples.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let error: Vec<f32> = coded
            .iter()
            .zip(&low)
            .map(|(one, other)| one - other)
            .collect();
        noises.push(10.0 * (power(&error) / power(&low)).log10());
    }
    // LAME's cut-offs spend as many bits on a coefficient at 32 as at 64 kbit/s.
    assert!((noises[0] - noises[1]).abs() < 0.1, "{noises:?} dB");
    assert!(
        noises[1] > noises[2] + 1.0 && noises[2] > noises[3] + 5.0,
        "{noises:?} dB"
    );
    assert!(noises[0] < -3.0 && noises[3] < -15.0, "{noises:?} dB");
}

#[test]
fn any_sound_keeps_its_length_and_stays_finite() {
    let loud: Vec<f32> = (0..4_000)
        .map(|n| if n / 7 % 2 == 0 { 40.0 } else { -40.0 })
        .collect();
    for rate in [8_000, 16_000, 22_050, 44_100] {
        for sound in [&[][..], &[0.7], &[0.0; 5_000], &loud, &[0.1; 3]] {
            for kind in EffectKind::ALL {
                let [lowest, highest] = kind.limits();
                for amount in kind
                    .typical()
                    .into_iter()
                    .chain([lowest, highest, f64::MAX, -1e9])
                {
                    let effect = kind.by(amount);
                    let out = effect.apply(sound, rate);
                    assert!(
                        out.iter().all(|v| v.is_finite()) || amount.abs() > 1e6,
                        "{effect}"
                    );
                    if kind != EffectKind::Tempo {
                        assert_eq!(out.len(), sound.len(), "{effect}");
                    }
                }
            }
            let bundle = EffectKind::CHAIN.map(|kind| kind.by(kind.typical()[1]));
            let needed = samples_needed(&bundle, rate, sound.len());
            let longer: Vec<f32> = sound.iter().copied().cycle().take(needed).collect();
            let out = apply_all(&bundle, longer, rate, sound.len());
            assert_eq!(out.len(), sound.len());
            assert!(out.iter().all(|sample| sample.is_finite()));
        }
    }
}

#[test]
fn enough_samples_are_asked_for_and_the_end_is_no_silence() {
    for times in [0.5, 0.9, 1.1, 2.0] {
        let effects = [Effect::Tempo(times)];
        let needed = samples_needed(&effects, RATE, RATE as usize);
        let out = apply_all(&effects, vec![0.25; needed], RATE, RATE as usize);
        assert_eq!(out.len(), RATE as usize, "{times}");
        assert!(
            out.iter().all(|sample| (sample - 0.25).abs() < 1e-6),
            "{times}"
        );
    }
}
