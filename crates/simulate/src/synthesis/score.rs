//! What is played when: rhythm, chords and a melody in bars of sixteen steps.

use fastrand::Rng;

use crate::sound::Sound;

const STEPS: usize = 16;
/// Which steps a drum takes first.
const KICK_STEPS: [usize; STEPS] = [0, 8, 4, 12, 10, 6, 14, 2, 7, 11, 3, 15, 5, 9, 13, 1];
const SNARE_STEPS: [usize; STEPS] = [4, 12, 10, 7, 15, 14, 2, 6, 0, 8, 1, 3, 5, 9, 11, 13];
const HAT_STEPS: [usize; STEPS] = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15];
const BASS_STEPS: [usize; 4] = [0, 6, 8, 14];
/// Degrees of the scale, a bar each, in four bars.
const PROGRESSIONS: [[i32; 4]; 5] = [
    [0, 4, 5, 3],
    [0, 5, 3, 4],
    [0, 3, 4, 3],
    [0, 3, 0, 4],
    [5, 3, 0, 4],
];
/// Semitones of the major scale over its tonic, and the degrees that a minor one flattens.
const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const FLATTENED: [usize; 3] = [2, 5, 6];
/// How far the melody goes from the tonic, in degrees.
const REACH: i32 = 7;

/// One tone; times in samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    pub start: usize,
    pub length: usize,
    pub hertz: f64,
}

/// All of a track; hits by the sample at which they begin.
#[derive(Debug, Default)]
pub struct Score {
    pub kicks: Vec<usize>,
    pub snares: Vec<usize>,
    pub hats: Vec<usize>,
    pub bass: Vec<Note>,
    pub chords: Vec<Note>,
    pub melody: Vec<Note>,
}

impl Score {
    /// Bars until `length` samples are filled; the last one may begin late and be cut.
    pub fn new(sound: &Sound, length: usize, rate: f64, random: &mut Rng) -> Score {
        let step = rate * 60.0 / sound.tempo_bpm / 4.0;
        let progression = random.choice(PROGRESSIONS).unwrap_or(PROGRESSIONS[0]);
        let mut melody_steps: [usize; STEPS] = std::array::from_fn(|step| step);
        random.shuffle(&mut melody_steps);
        let mut degree = 0;
        let mut score = Score::default();
        let bars = (length as f64 / (step * STEPS as f64)).ceil() as usize;
        for bar in 0..bars {
            let at = |place: usize| {
                let late = if place % 2 == 1 { sound.swing } else { 0.0 };
                (((bar * STEPS + place) as f64 + late) * step) as usize
            };
            let mut hits = |order: &[usize; STEPS], count| -> Vec<usize> {
                first(order, count, random)
                    .iter()
                    .map(|&place| at(place))
                    .collect()
            };
            score.kicks.extend(hits(&KICK_STEPS, sound.kicks));
            score.snares.extend(hits(&SNARE_STEPS, sound.snares));
            score.hats.extend(hits(&HAT_STEPS, sound.hats));
            let tone = |start, steps: f64, octave: f64, degree, random: &mut Rng| Note {
                start,
                length: (steps * step) as usize,
                hertz: sound.tonic_hz
                    * octave
                    * (semitones(degree, sound.major, random) / 12.0).exp2(),
            };
            let chord = progression[bar % progression.len()];
            for place in BASS_STEPS {
                score.bass.push(tone(at(place), 2.0, 1.0, chord, random));
            }
            for third in [0, 2, 4] {
                score
                    .chords
                    .push(tone(at(0), STEPS as f64, 2.0, chord + third, random));
            }
            for &place in first(&melody_steps, sound.notes, random) {
                degree = (degree + random.i32(-2..=2)).clamp(-REACH, REACH);
                score.melody.push(tone(at(place), 3.0, 4.0, degree, random));
            }
        }
        score
    }
}

/// The first `count` steps; the rest of a broken number is the chance of one more.
fn first<'a>(order: &'a [usize; STEPS], count: f64, random: &mut Rng) -> &'a [usize] {
    let more = usize::from(random.f64() < count.fract());
    &order[..(count as usize + more).min(STEPS)]
}

/// Over the tonic, of a degree of the scale that is major with this probability.
fn semitones(degree: i32, major: f64, random: &mut Rng) -> f64 {
    let place = degree.rem_euclid(7) as usize;
    let flat = FLATTENED.contains(&place) && random.f64() >= major;
    f64::from(12 * degree.div_euclid(7) + MAJOR[place] - i32::from(flat))
}
