//! GTZAN's clips and its published lists in, a [`Split`] out. A training clip whose picture is also on the validation
//! or the test list is left out of training: GTZAN holds copies.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context as _, ensure};
use evaluation::Split;

use super::pictures;

/// All clips, by genre and name.
pub struct Clips {
    pub genres: Vec<String>,
    /// `blues.00000` and so on.
    pub names: Vec<String>,
    pub genre_of: Vec<usize>,
    /// `[bands, columns]` each.
    pub decibels: Vec<Vec<f32>>,
}

impl Clips {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let genres = entries(folder)?;
        let (mut names, mut genre_of, mut decibels) = (Vec::new(), Vec::new(), Vec::new());
        for (genre, name) in genres.iter().enumerate() {
            for file in entries(&folder.join(name))? {
                let Some(clip) = file.strip_suffix(".png") else {
                    continue;
                };
                decibels.push(pictures::read(&folder.join(name).join(&file))?);
                names.push(clip.to_owned());
                genre_of.push(genre);
            }
        }
        ensure!(!names.is_empty(), "{}: no pictures here", folder.display());
        Ok(Self {
            genres,
            names,
            genre_of,
            decibels,
        })
    }

    /// The lists `train_NAME.txt`, `valid_NAME.txt` and `test_NAME.txt`; clips that are not there are passed over.
    pub fn split(&self, folder: &Path, name: &str) -> anyhow::Result<Split> {
        let places: HashMap<&str, usize> = self
            .names
            .iter()
            .enumerate()
            .map(|(place, name)| (name.as_str(), place))
            .collect();
        let side = |side: &str| -> anyhow::Result<Vec<usize>> {
            let path = folder.join(format!("{side}_{name}.txt"));
            let text =
                std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let clip = |line: &str| {
                line.trim()
                    .rsplit('/')
                    .next()?
                    .strip_suffix(".wav")
                    .map(str::to_owned)
            };
            Ok(text
                .lines()
                .filter_map(clip)
                .filter_map(|clip| places.get(clip.as_str()).copied())
                .collect())
        };
        let (train, validation, test) = (side("train")?, side("valid")?, side("test")?);
        let bits = |clip: usize| {
            self.decibels[clip]
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<u32>>()
        };
        let held: HashSet<Vec<u32>> = validation
            .iter()
            .chain(&test)
            .map(|&clip| bits(clip))
            .collect();
        let train = train
            .into_iter()
            .filter(|&clip| !held.contains(&bits(clip)));
        Ok(Split {
            train: train.collect(),
            validation,
            test,
        })
    }
}

/// Names of what lies in a folder, sorted.
fn entries(folder: &Path) -> anyhow::Result<Vec<String>> {
    let listed = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for entry in listed {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
