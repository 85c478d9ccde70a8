//! Every front end beside its reference.

use safetensors::{Dtype, SafeTensors};

use super::*;

const GOLDEN: &[u8] = include_bytes!("../../../../../fixtures/golden/log_mel.safetensors");
const FRONT_ENDS: &[u8] = include_bytes!("../../../../../fixtures/golden/front_ends.safetensors");

/// Numbers by their name in either file; those of 16 bits as they are.
fn golden(name: &str) -> Vec<f32> {
    let files = [GOLDEN, FRONT_ENDS].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
    let stored = files
        .iter()
        .find_map(|file| file.tensor(name).ok())
        .unwrap();
    match stored.dtype() {
        Dtype::I16 => {
            let pairs = stored.data().as_chunks::<2>().0.iter();
            pairs
                .map(|&two| f32::from(i16::from_le_bytes(two)))
                .collect()
        }
        _ => {
            let fours = stored.data().as_chunks::<4>().0.iter();
            fours.map(|&four| f32::from_le_bytes(four)).collect()
        }
    }
}

/// A signal as a WAV file of 16 bits holds it.
fn signal(name: &str) -> Vec<f32> {
    golden(name)
        .iter()
        .map(|sample| sample / 32_768.0)
        .collect()
}

/// Every preset with its sizes.
fn all() -> impl Iterator<Item = FrontEnd> {
    FrontEnd::PRESETS
        .into_iter()
        .map(|name| FrontEnd::preset(name).unwrap())
}

fn log_mel(front_end: &FrontEnd, samples: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    LogMel::new(front_end).append(samples, &mut out);
    out
}

fn worst(ours: &[f32], theirs: &[f32], scale: impl Fn(f32) -> f32) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter()
        .zip(theirs)
        .map(|(a, b)| (a - b).abs() / scale(*b))
        .fold(0.0, f32::max)
}

/// Tolerance 1e-4 in the network's units, which span about 5: a hundredth of a decibel.
#[test]
fn efficientat_equals_the_reference() {
    let front_end = FrontEnd::efficientat();
    for (signal, wanted) in [("signal", "log_mel"), ("short_signal", "short_log_mel")] {
        let ours = log_mel(&front_end, &golden(&format!("efficientat.{signal}")));
        let off = worst(&ours, &golden(&format!("efficientat.{wanted}")), |_| 1.0);
        assert!(off < 1e-4, "{signal}: off by {off}");
    }
}

/// Tolerance one part in 10,000 of each power, above a floor of a millionth of the loudest.
#[test]
fn stern_equals_torchaudio() {
    let front_end = FrontEnd::stern();
    for (signal, wanted) in [("signal", "mel"), ("short_signal", "short_mel")] {
        let ours = log_mel(&front_end, &golden(&format!("stern.{signal}")));
        let theirs = golden(&format!("stern.{wanted}"));
        let floor = 1e-6
            * theirs
                .iter()
                .fold(0.0_f32, |loudest, power| loudest.max(*power));
        let off = worst(&ours, &theirs, |power| power + floor);
        assert!(off < 1e-4, "{signal}: off by {off}");
    }
}

/// The worst distance of all values, and of those within 60 dB of the loudest. Single precision rounds the bands of a
/// frame by a fraction of its loudest, ours and the reference's alike: 100 dB below it, torchaudio itself is up to 0.12 dB
/// from double precision. `decibel` in the units of the values.
fn worst_of_all_and_of_loud(ours: &[f32], theirs: &[f32], decibel: f32) -> [f32; 2] {
    let loudest = theirs.iter().fold(f32::MIN, |most, value| most.max(*value));
    let loud = |value: f32| value > loudest - 60.0 * decibel;
    [
        worst(ours, theirs, |_| decibel),
        worst(ours, theirs, |value| {
            if loud(value) { decibel } else { f32::INFINITY }
        }),
    ]
}

/// Tolerance in decibels: 0.2 for all, 0.002 for what is not far below the loudest. In the network's units 0.2 dB are
/// 0.005.
#[test]
fn ast_equals_kaldi_and_leaves_a_short_song_blank_as_the_extractor_does() {
    // No window is shorter than one of no length, so nothing is left blank.
    let never_blank = FrontEnd::ast().with_window(0.0);
    let sixteen_frames = FrontEnd::ast().with_window(0.16);
    for (front_end, measured, wanted) in [
        (&never_blank, "16000.signal", "ast.log_mel"),
        (&never_blank, "16000.short_signal", "ast.short_log_mel"),
        (&sixteen_frames, "16000.short_signal", "ast.short_extracted"),
    ] {
        let decibel = std::f32::consts::LN_10 / 10.0 / front_end.divisor;
        let ours = log_mel(front_end, &signal(measured));
        let [all, loud] = worst_of_all_and_of_loud(&ours, &golden(wanted), decibel);
        assert!(
            all < 0.2 && loud < 0.002,
            "{wanted}: off by {all} dB, {loud} dB"
        );
    }
}

/// Tolerance in decibels: 0.2 for all, 0.002 for what is not far below the loudest.
#[test]
fn musicnn_equals_torchaudio() {
    for prefix in ["", "short_"] {
        let ours = log_mel(
            &FrontEnd::musicnn(),
            &signal(&format!("16000.{prefix}signal")),
        );
        let theirs = golden(&format!("musicnn.{prefix}log_mel"));
        let [all, loud] = worst_of_all_and_of_loud(&ours, &theirs, 1.0);
        assert!(
            all < 0.2 && loud < 0.002,
            "{prefix}signal: off by {all} dB, {loud} dB"
        );
    }
}

/// Tolerance in decibels: 0.01 for all, 0.002 for what is not far below the loudest.
#[test]
fn librosa_equals_librosa() {
    let front_end = FrontEnd::librosa();
    for prefix in ["", "short_"] {
        let ours = log_mel(&front_end, &signal(&format!("22050.{prefix}signal")));
        let decibels: Vec<f32> = ours
            .iter()
            .map(|value| value * front_end.divisor - front_end.shift)
            .collect();
        let theirs = golden(&format!("librosa.{prefix}log_mel"));
        let [all, loud] = worst_of_all_and_of_loud(&decibels, &theirs, 1.0);
        assert!(
            all < 0.01 && loud < 0.002,
            "{prefix}signal: off by {all} dB, {loud} dB"
        );
    }
}

/// A quarter of the loudness: decibels against the loudest of a window stay, and the reference falls by 12.04 dB.
#[test]
fn only_the_reference_tells_how_loud_a_window_was() {
    let front_end = FrontEnd::librosa();
    let mut log_mel = LogMel::new(&front_end);
    let loud = signal("22050.signal");
    let quiet: Vec<f32> = loud.iter().map(|sample| sample / 4.0).collect();
    let mut measured = |samples: &[f32]| {
        let mut spectrogram = Vec::new();
        log_mel.append(samples, &mut spectrogram);
        (spectrogram, log_mel.reference() * front_end.divisor)
    };
    let ((loud, loudest), (quiet, quietest)) = (measured(&loud), measured(&quiet));
    assert!(worst(&loud, &quiet, |_| 1.0) < 1e-3);
    assert!(
        (loudest - quietest - 12.04).abs() < 0.01,
        "{loudest} {quietest}"
    );
}

/// The filterbank of the reference, `[n_mels, bins]`.
fn reference_filterbank(front_end: &FrontEnd) -> Vec<f32> {
    let (name, bins) = (&front_end.name, front_end.n_fft / 2 + 1);
    if ["efficientat", "stern"].contains(&name.as_str()) {
        return golden(&format!("{name}.filterbank"));
    }
    let mut dense = vec![0.0; front_end.n_mels * bins];
    let places = golden(&format!("{name}.filterbank.places"));
    let weights = golden(&format!("{name}.filterbank.weights"));
    for (place, weight) in places.chunks_exact(2).zip(weights) {
        dense[place[0] as usize * bins + place[1] as usize] = weight;
    }
    dense
}

/// Tolerance 1e-4 of the largest weight: the references compute their filters in single precision.
#[test]
fn the_filterbanks_equal_the_references() {
    for front_end in all() {
        let wanted = reference_filterbank(&front_end);
        let largest = wanted
            .iter()
            .fold(0.0_f32, |most, weight| most.max(*weight));
        let bins = front_end.n_fft / 2 + 1;
        let filterbank = Filterbank::new(&front_end);
        let mut mel = vec![0.0; front_end.n_mels];
        for bin in 0..bins {
            let mut power = vec![0.0; bins];
            power[bin] = 1.0;
            filterbank.apply(&power, &mut mel);
            for (band, weight) in mel.iter().enumerate() {
                let off = (weight - wanted[band * bins + bin]).abs() / largest;
                assert!(
                    off < 1e-4,
                    "{}: band {band}, bin {bin}: off by {off}",
                    front_end.name
                );
            }
        }
    }
}

#[test]
fn any_number_of_samples_gives_finite_numbers_of_the_promised_shape() {
    for front_end in all() {
        let blank = front_end.short_input == ShortInput::ZeroPad;
        for samples in [0, 1, 2, 399, 400, 511, 512, 513, 1024, 4_001] {
            let spectrogram = log_mel(&front_end, &vec![0.5; samples]);
            let frames = if blank {
                front_end.window_frames()
            } else {
                front_end.frames(samples)
            };
            let name = &front_end.name;
            assert_eq!(
                spectrogram.len(),
                front_end.n_mels * frames,
                "{name}: {samples} samples"
            );
            assert!(spectrogram.iter().all(|value| value.is_finite()), "{name}");
        }
    }
}

#[test]
fn silence_comes_out_as_the_front_end_says() {
    for front_end in all() {
        let mut samples = vec![0.0; 2 * front_end.n_fft];
        // A click at the beginning: silence next to a loud sample.
        samples[front_end.n_fft / 2] = 1.0;
        let spectrogram = log_mel(&front_end, &samples);
        let (frames, measured) = (
            spectrogram.len() / front_end.n_mels,
            front_end.frames(samples.len()),
        );
        let last = spectrogram[front_end.n_mels / 2 * frames + measured - 1];
        let off = (last - front_end.silence()).abs();
        assert!(
            off < 1e-5,
            "{}: {last}, not {}",
            front_end.name,
            front_end.silence()
        );
    }
}

#[test]
fn a_window_has_the_shape_that_the_network_was_trained_on() {
    let shape = |front_end: FrontEnd| (front_end.n_mels, front_end.window_frames());
    assert_eq!(shape(FrontEnd::efficientat()), (128, 1000));
    assert_eq!(shape(FrontEnd::stern()), (64, 10_336));
    assert_eq!(shape(FrontEnd::ast()), (128, 1024));
    assert_eq!(shape(FrontEnd::musicnn()), (96, 188));
    assert_eq!(shape(FrontEnd::musicnn().with_window(29.0)), (96, 1813));
    assert_eq!(shape(FrontEnd::librosa()), (128, 1292));
}
