//! Simulated logits for tests, with a known probability of each placement.

use super::{HeldOutScores, ScoredLabels};

/// Artists with one to three tracks each, and a few playlists that an artist's songs are at home on.
pub struct SimulatedScores {
    pub logits: Vec<f32>,
    /// What a perfect calibration would say.
    pub fits: Vec<f32>,
    pub truth: Vec<Vec<usize>>,
    pub artists: Vec<String>,
    pub playlists: usize,
}

impl SimulatedScores {
    /// `chance` tells how likely a placement is, by playlist and logit. About one list in six is home to an artist.
    pub fn new(
        seed: u64,
        artists: usize,
        playlists: usize,
        chance: impl Fn(usize, f64) -> f64,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut data = Self {
            logits: Vec::new(),
            fits: Vec::new(),
            truth: Vec::new(),
            artists: Vec::new(),
            playlists,
        };
        for artist in 0..artists {
            let home: Vec<bool> = (0..playlists).map(|_| random.u8(..6) == 0).collect();
            for _ in 0..random.usize(1..=3) {
                let mut own = Vec::new();
                for (playlist, &is_home) in home.iter().enumerate() {
                    // The sum of twelve uniform draws is all but normal, with variance 1.
                    let noise: f64 = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
                    let logit = if is_home { 2.0 } else { -4.0 } + 1.7 * noise;
                    let fit = chance(playlist, logit);
                    data.logits.push(logit as f32);
                    data.fits.push(fit as f32);
                    if random.f64() < fit {
                        own.push(playlist);
                    }
                }
                data.truth.push(own);
                data.artists.push(artist.to_string());
            }
        }
        data
    }

    pub fn tracks(&self) -> Vec<usize> {
        (0..self.truth.len()).collect()
    }

    pub fn scored(&self) -> ScoredLabels<'_> {
        self.scored_with(&self.logits)
    }

    pub fn scored_with<'a>(&'a self, scores: &'a [f32]) -> ScoredLabels<'a> {
        ScoredLabels {
            scores,
            truth: &self.truth,
            artists: &self.artists,
            playlists: self.playlists,
        }
    }

    /// A fifth of the artists each.
    pub fn groups(&self) -> Vec<usize> {
        let number = |artist: &String| artist.parse::<usize>().unwrap() % 5;
        self.artists.iter().map(number).collect()
    }

    pub fn held_out_scores(&self) -> HeldOutScores {
        HeldOutScores {
            playlists: (0..self.playlists).map(|list| list.to_string()).collect(),
            truth: self.truth.clone(),
            artists: self.artists.clone(),
            logits: self.logits.clone(),
            ..HeldOutScores::default()
        }
    }
}
