//! Detects test tracks that share an artist or recording with the training set.

use super::{HeldOutScores, LeakCheck, RankingScores};

impl LeakCheck {
    /// Rings where a tested track shares an artist or a recording with a track that taught; beside it stands what
    /// knowing the artist is worth against the popularity prior. None where this was not looked at.
    pub(super) fn new(
        held_out_scores: &HeldOutScores,
        artist_majority: &RankingScores,
        popularity: &RankingScores,
    ) -> Option<Self> {
        if held_out_scores.leaks.is_empty() {
            return None;
        }
        let tracks = held_out_scores.leaks.iter().filter(|&&leaks| leaks).count();
        let all = held_out_scores.leaks.len();
        let [oracle, prior] = [artist_majority, popularity].map(|scores| scores.top_1.in_percent());
        let sentence = match tracks {
            0 => format!(
                "None of the {all} tested tracks shares an artist or a recording with a track that taught the network; \
                 who knows only the artists' other playlists hits {oracle} at top-1, as the largest lists do ({prior})."
            ),
            _ => format!(
                "The test leaks: {tracks} of the {all} tested tracks share an artist or a recording with a track that \
                 taught the network, so its figures flatter. Who knows only the artists' other playlists, without \
                 listening, hits {oracle} at top-1; the largest lists hit {prior}."
            ),
        };
        Some(Self {
            leaks: tracks > 0,
            tracks,
            sentence,
        })
    }
}
