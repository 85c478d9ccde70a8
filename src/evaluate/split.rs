//! Who trains, who decides when to stop, who is tested: artists, never clips.

use std::collections::{BTreeMap, HashMap};

use crate::neighbours::StoredTrack;

/// What ties a track to others that must not stand on the other side of a split.
#[derive(Clone, Debug)]
pub struct Credits {
    pub artist_group: String,
    /// Every credited artist.
    pub artists: Vec<String>,
    /// Hash of the recording.
    pub content: String,
}

impl From<&StoredTrack> for Credits {
    fn from(track: &StoredTrack) -> Self {
        Self {
            artist_group: track.artist_group.clone(),
            artists: track.artists.clone(),
            content: track.content.clone(),
        }
    }
}

impl Credits {
    /// Names as they are compared: case and surrounding space mean nothing.
    pub(super) fn ties(&self) -> impl Iterator<Item = String> + '_ {
        let artists = self
            .artists
            .iter()
            .chain([&self.artist_group])
            .map(|name| name.trim().to_lowercase());
        let named = artists
            .filter(|name| !name.is_empty())
            .map(|name| format!("artist {name}"));
        named.chain((!self.content.is_empty()).then(|| format!("recording {}", self.content)))
    }
}

/// Tracks by their place in the list, on three sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    pub train: Vec<usize>,
    pub validation: Vec<usize>,
    pub test: Vec<usize>,
}

/// What stands on two sides of a split.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "this split leaks: {tie} is on both the {one} and the {other} side, so the result would be flattered; split by artist"
)]
pub struct Leak {
    pub tie: String,
    pub one: &'static str,
    pub other: &'static str,
}

impl Split {
    /// Of five folds, `rotation` is tested, the next one validates and the other three train: 60/20/20.
    pub fn rotation(folds: &[usize], count: usize, rotation: usize) -> Self {
        let mut split = Self::default();
        for (track, &fold) in folds.iter().enumerate() {
            match (fold + count - rotation % count) % count {
                0 => split.test.push(track),
                1 => split.validation.push(track),
                _ => split.train.push(track),
            }
        }
        split
    }

    /// Proves that no artist and no recording stands on two sides.
    ///
    /// # Errors
    /// The first tie that does.
    pub fn audit(&self, credits: &[Credits]) -> Result<(), Leak> {
        let mut side_of: HashMap<String, &'static str> = HashMap::new();
        for (side, tracks) in [
            ("train", &self.train),
            ("validation", &self.validation),
            ("test", &self.test),
        ] {
            for tie in tracks.iter().flat_map(|&track| credits[track].ties()) {
                match side_of.insert(tie.clone(), side) {
                    Some(other) if other != side => {
                        return Err(Leak {
                            tie,
                            one: other,
                            other: side,
                        });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Joins tracks that share an artist or a recording; answers each track's component, numbered from 0 in order of
/// appearance.
pub fn artist_components(credits: &[Credits]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..credits.len()).collect();
    let mut first_with: HashMap<String, usize> = HashMap::new();
    for (track, credit) in credits.iter().enumerate() {
        for tie in credit.ties() {
            let other = *first_with.entry(tie).or_insert(track);
            let (left, right) = (root(&mut parent, track), root(&mut parent, other));
            parent[left.max(right)] = left.min(right);
        }
    }
    let mut number: HashMap<usize, usize> = HashMap::new();
    (0..credits.len())
        .map(|track| {
            let next = number.len();
            *number.entry(root(&mut parent, track)).or_insert(next)
        })
        .collect()
}

fn root(parent: &mut [usize], mut track: usize) -> usize {
    while parent[track] != track {
        parent[track] = parent[parent[track]];
        track = parent[track];
    }
    track
}

/// Deals whole components into `count` folds so that each playlist is spread as evenly as its artists allow: the
/// largest component first, each to the fold that is left least uneven (after Sechidis et al. 2011, with groups).
pub fn folds(
    components: &[usize],
    truth: &[Vec<usize>],
    playlists: usize,
    count: usize,
    seed: u64,
) -> Vec<usize> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (track, &component) in components.iter().enumerate() {
        members.entry(component).or_default().push(track);
    }
    let mut groups: Vec<Vec<usize>> = members.into_values().collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut groups);
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    // One more column counts the tracks themselves.
    let tally = |tracks: &[usize]| {
        let mut counts = vec![0.0; playlists + 1];
        for &track in tracks {
            truth[track]
                .iter()
                .for_each(|&playlist| counts[playlist] += 1.0);
            counts[playlists] += 1.0;
        }
        counts
    };
    let whole = tally(&(0..truth.len()).collect::<Vec<_>>());
    let mut held = vec![vec![0.0; playlists + 1]; count];
    let mut fold_of = vec![0; truth.len()];
    for group in groups {
        let new = tally(&group);
        let cost = |fold: &Vec<f64>| {
            let columns = fold
                .iter()
                .zip(&new)
                .zip(&whole)
                .filter(|(_, whole)| **whole > 0.0);
            // What squaring the filled share would add, were this the group's fold.
            columns
                .map(|((held, new), whole)| (2.0 * held * new + new * new) / (whole * whole))
                .sum::<f64>()
        };
        let costs: Vec<f64> = held.iter().map(cost).collect();
        let best = (0..count)
            .min_by(|&left, &right| costs[left].total_cmp(&costs[right]))
            .unwrap_or(0);
        held[best]
            .iter_mut()
            .zip(&new)
            .for_each(|(held, new)| *held += new);
        group.iter().for_each(|&track| fold_of[track] = best);
    }
    fold_of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credit(group: &str, artists: &[&str], content: &str) -> Credits {
        Credits {
            artist_group: group.into(),
            artists: artists.iter().map(|&name| name.into()).collect(),
            content: content.into(),
        }
    }

    #[test]
    fn a_shared_feature_or_recording_joins_tracks() {
        let credits = [
            credit("A", &["A", "Guest"], "1"),
            credit("B", &["B"], "2"),
            credit("C", &["c", "guest "], "3"),
            credit("D", &["D"], "2"),
            credit("E", &["E"], "5"),
        ];
        assert_eq!(artist_components(&credits), [0, 1, 0, 1, 2]);
    }

    #[test]
    fn a_leak_is_named_and_refused() {
        let credits = [credit("A", &["A"], "1"), credit("B", &["B", "a"], "2")];
        let split = Split {
            train: vec![0],
            validation: vec![],
            test: vec![1],
        };
        let leak = split.audit(&credits).unwrap_err();
        assert_eq!(
            leak,
            Leak {
                tie: "artist a".into(),
                one: "train",
                other: "test"
            }
        );
        assert_eq!(
            Split {
                train: vec![0, 1],
                ..Split::default()
            }
            .audit(&credits),
            Ok(())
        );
    }

    proptest::proptest! {
        #[test]
        fn no_rotation_of_any_folds_leaks(
            tracks in proptest::collection::vec((0..12_u8, 0..12_u8, 0..4_usize), 1..80), seed: u64
        ) {
            let credits: Vec<Credits> = tracks
                .iter()
                .enumerate()
                .map(|(n, (group, guest, _))| credit(&group.to_string(), &[&format!("g{}", guest / 6)], &n.to_string()))
                .collect();
            let truth: Vec<Vec<usize>> = tracks.iter().map(|track| vec![track.2]).collect();
            let folds = folds(&artist_components(&credits), &truth, 4, 5, seed);
            for rotation in 0..5 {
                let split = Split::rotation(&folds, 5, rotation);
                proptest::prop_assert_eq!(split.audit(&credits), Ok(()));
                proptest::prop_assert_eq!(split.train.len() + split.validation.len() + split.test.len(), tracks.len());
            }
        }
    }

    #[test]
    fn folds_are_even_where_artists_allow() {
        let truth: Vec<Vec<usize>> = (0..200).map(|n| vec![n % 4]).collect();
        let components: Vec<usize> = (0..200).collect();
        let folds = folds(&components, &truth, 4, 5, 1);
        for fold in 0..5 {
            for playlist in 0..4 {
                let held = (0..200)
                    .filter(|&n| folds[n] == fold && truth[n] == [playlist])
                    .count();
                assert!(
                    (9..=11).contains(&held),
                    "fold {fold} holds {held} of playlist {playlist}"
                );
            }
        }
    }
}
