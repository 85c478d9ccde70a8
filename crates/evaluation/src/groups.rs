//! For whom a ranking does well: tracks told apart by their length, and by the size of the lists they are on.

use super::bootstrap::Bootstrap;
use super::metrics::ranking_scores;
use super::{GroupScores, HeldOutScores, ScoredLabels};

/// Fewer tracks than this tell nothing of a group.
const MIN_GROUP_TRACKS: usize = 10;
const MINUTE: f64 = 60.0;
const TIERS: [&str; 3] = ["small", "middle", "large"];

impl GroupScores {
    /// Of all groups with enough tracks, ranked by `scores` `[tracks, playlists]`; a track on lists of several sizes
    /// stands in several groups.
    pub(super) fn all(held_out_scores: &HeldOutScores, scores: &[f32]) -> Vec<Self> {
        let groups = by_length(held_out_scores)
            .into_iter()
            .chain(by_popularity(held_out_scores));
        let large = groups.filter(|group| group.tracks.len() >= MIN_GROUP_TRACKS);
        large
            .map(|group| group.scores(held_out_scores, scores))
            .collect()
    }
}

struct Subgroup {
    by: &'static str,
    name: String,
    /// By their place.
    tracks: Vec<usize>,
}

impl Subgroup {
    fn scores(self, held_out_scores: &HeldOutScores, scores: &[f32]) -> GroupScores {
        let playlists = held_out_scores.playlists.len();
        let tracks = self.tracks.iter();
        let rows = tracks.clone().map(|&track| track * playlists);
        let scores: Vec<f32> = rows
            .flat_map(|row| &scores[row..row + playlists])
            .copied()
            .collect();
        let truth: Vec<_> = tracks
            .clone()
            .map(|&track| held_out_scores.truth[track].clone())
            .collect();
        let artists: Vec<_> = tracks
            .map(|&track| held_out_scores.artists[track].clone())
            .collect();
        let scored = ScoredLabels {
            scores: &scores,
            truth: &truth,
            artists: &artists,
            playlists,
        };
        GroupScores {
            by: self.by.into(),
            name: self.name,
            scores: ranking_scores(&scored, &Bootstrap::new(&artists)),
        }
    }
}

/// By the duration of the recording, where it is known.
fn by_length(held_out_scores: &HeldOutScores) -> Vec<Subgroup> {
    let between = |name: &str, from: f64, to: f64| {
        let within = |seconds: f64| seconds >= from * MINUTE && seconds < to * MINUTE;
        let tracks = held_out_scores.tracks.iter().enumerate();
        let tracks = tracks.filter(|(_, track)| track.duration_seconds.is_some_and(within));
        Subgroup {
            by: "length",
            name: name.into(),
            tracks: tracks.map(|(place, _)| place).collect(),
        }
    };
    vec![
        between("under 2 minutes", 0.0, 2.0),
        between("2 to 4 minutes", 2.0, 4.0),
        between("4 minutes and over", 4.0, f64::INFINITY),
    ]
}

/// By the lists that a track is on, in thirds by how many tracks of each taught.
fn by_popularity(held_out_scores: &HeldOutScores) -> Vec<Subgroup> {
    let playlists = held_out_scores.playlists.len();
    let tested = held_out_scores.truth.len().max(1) as f32;
    let mut counts = vec![0.0_f32; playlists];
    for row in held_out_scores.popularity.chunks_exact(playlists.max(1)) {
        counts
            .iter_mut()
            .zip(row)
            .for_each(|(mean, count)| *mean += count / tested);
    }
    let mut smallest_first: Vec<usize> = (0..playlists).collect();
    smallest_first.sort_by(|&left, &right| counts[left].total_cmp(&counts[right]));
    let tier = |(tier, size): (usize, &str)| {
        let bound = |tier: usize| tier * playlists / TIERS.len();
        let lists = &smallest_first[bound(tier)..bound(tier + 1)];
        let [least, most] = [lists.first()?, lists.last()?].map(|&list| counts[list].round());
        let counts = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}")
        };
        let on = |track: &usize| {
            let own = &held_out_scores.truth[*track];
            own.iter().any(|playlist| lists.contains(playlist))
        };
        Some(Subgroup {
            by: "popularity",
            name: format!("{size} lists, {counts} training tracks"),
            tracks: (0..held_out_scores.truth.len()).filter(on).collect(),
        })
    };
    TIERS.into_iter().enumerate().filter_map(tier).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use neighbours::StoredTrack;

    /// Twenty tracks on a small list that the network knows, twenty on a large one that it does not, and five on one
    /// between the two; a third of them without a duration.
    fn held_out_scores() -> HeldOutScores {
        let own = |track: usize| [0, 2, 1][track / 20];
        HeldOutScores {
            playlists: ["small", "middle", "large"].map(String::from).to_vec(),
            tracks: (0..45)
                .map(|track| StoredTrack {
                    duration_seconds: (track % 3 > 0).then_some([100.0, 300.0][track / 20 % 2]),
                    ..StoredTrack::default()
                })
                .collect(),
            truth: (0..45).map(|track| vec![own(track)]).collect(),
            artists: (0..45).map(|track| track.to_string()).collect(),
            logits: [1.0, 0.0, -1.0].repeat(45),
            popularity: [7.0, 30.0, 200.0].repeat(45),
            ..HeldOutScores::default()
        }
    }

    #[test]
    fn each_group_is_judged_alone_and_a_small_one_left_out() {
        let held_out_scores = held_out_scores();
        let groups = GroupScores::all(&held_out_scores, &held_out_scores.logits);
        let told: Vec<(&str, &str, f64, usize)> = groups
            .iter()
            .map(|group| {
                let top_1 = group.scores.top_1;
                (&*group.by, &*group.name, top_1.value, top_1.n)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("length", "under 2 minutes", 13.0 / 17.0, 17),
                ("length", "4 minutes and over", 0.0, 13),
                ("popularity", "small lists, 7 training tracks", 1.0, 20),
                ("popularity", "large lists, 200 training tracks", 0.0, 20),
            ]
        );
    }

    #[test]
    fn evidence_without_durations_or_lists_has_no_such_groups() {
        let bare = HeldOutScores {
            tracks: Vec::new(),
            ..held_out_scores()
        };
        assert!(
            GroupScores::all(&bare, &bare.logits)
                .iter()
                .all(|group| group.by == "popularity")
        );
        assert!(GroupScores::all(&HeldOutScores::default(), &[]).is_empty());
    }
}
