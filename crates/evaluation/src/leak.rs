//! The alarm that rings where a test knows its artists.

use super::{Evidence, LeakAlarm, RankingScores};

impl LeakAlarm {
    /// Rings where a tested track shares an artist or a recording with a track that taught; beside it stands what
    /// knowing the artist is worth against the popularity prior. None where this was not looked at.
    pub(super) fn new(
        evidence: &Evidence,
        artist_majority: &RankingScores,
        popularity: &RankingScores,
    ) -> Option<Self> {
        if evidence.leaks.is_empty() {
            return None;
        }
        let tracks = evidence.leaks.iter().filter(|&&leaks| leaks).count();
        let all = evidence.leaks.len();
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
            rings: tracks > 0,
            tracks,
            sentence,
        })
    }
}
