//! Every track of a dataset as a clip in the store.

use rayon::prelude::*;

use super::randomness::generator;
use super::sound::Sound;
use super::style::Styles;
use super::synthesis::synthesise;
use super::{SimulationSettings, SyntheticDataset};
use audio::AudioError;
use catalogue::Catalogue;
use prepare::ClipStore;

/// Raised when the synthesis changes, so that old clips are not mistaken for new ones.
const GENERATOR: &str = "playlist-fit simulated audio 1";
/// Most bytes of a WAV header.
const HEADER_BYTES: u64 = 100;

/// The clips of a dataset: their sounds and their hashes.
pub struct SyntheticClips {
    sounds: Vec<Sound>,
    /// Ids of the tracks: they seed the generators.
    ids: Vec<String>,
    /// Hash of all inputs of a clip but the sample rate; in the order of [`SyntheticDataset::tracks`].
    pub contents: Vec<String>,
    seed: u64,
    seconds: f64,
    sample_rate_hz: u32,
}

impl SyntheticClips {
    /// The clips of all tracks of a dataset; nothing is synthesised yet.
    #[must_use]
    pub fn new(
        catalogue: &Catalogue,
        dataset: &SyntheticDataset,
        styles: &Styles,
        settings: &SimulationSettings,
        sample_rate_hz: u32,
    ) -> SyntheticClips {
        let ids: Vec<String> = dataset
            .tracks
            .iter()
            .map(|own| catalogue.tracks[own.track].id.clone())
            .collect();
        let audio_hash = |(id, style): (&String, &[f64; 13])| {
            let mut hash = blake3::Hasher::new();
            hash.update(GENERATOR.as_bytes());
            hash.update(&settings.seed.to_le_bytes());
            hash.update(&settings.seconds.to_le_bytes());
            for latent in style {
                hash.update(&latent.to_le_bytes());
            }
            hash.update(id.as_bytes());
            hash.finalize().to_hex().to_string()
        };
        SyntheticClips {
            sounds: styles.tracks.iter().map(Sound::from).collect(),
            contents: ids.iter().zip(&styles.tracks).map(audio_hash).collect(),
            ids,
            seed: settings.seed,
            seconds: settings.seconds,
            sample_rate_hz,
        }
    }

    /// The samples of one track: the same whenever and wherever they are made.
    #[must_use]
    pub fn samples(&self, track: usize) -> Vec<f32> {
        let mut random = generator(self.seed, "audio", &self.ids[track]);
        synthesise(
            &self.sounds[track],
            &mut random,
            self.seconds,
            self.sample_rate_hz,
        )
    }

    /// The tracks whose clip is not there, or not whole.
    #[must_use]
    pub fn missing(&self, store: &ClipStore) -> Vec<usize> {
        let length = (self.seconds * f64::from(self.sample_rate_hz)).round() as usize;
        let is_whole = |audio_hash: &String| {
            let opened = store.open(audio_hash);
            opened.is_ok_and(|clip| clip.len() == length)
        };
        (0..self.contents.len())
            .into_par_iter()
            .filter(|&track| !is_whole(&self.contents[track]))
            .collect()
    }

    /// What one clip takes on disk.
    #[must_use]
    pub fn bytes_each(&self) -> u64 {
        (2.0 * self.seconds * f64::from(self.sample_rate_hz)).ceil() as u64 + HEADER_BYTES
    }

    /// Synthesises the missing clips on all cores; `made` is called after each. Complete clips remain, so an interrupted
    /// run resumes.
    ///
    /// # Errors
    /// Where the store cannot be written to.
    pub fn make(
        &self,
        tracks: &[usize],
        store: &ClipStore,
        made: &(dyn Fn() + Sync),
    ) -> Result<(), AudioError> {
        tracks.par_iter().try_for_each(|&track| {
            store.add_samples(&self.contents[track], &self.samples(track))?;
            made();
            Ok(())
        })
    }
}
