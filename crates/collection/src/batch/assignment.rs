//! Which song to pitch to which playlist if a playlist takes one song and a song is pitched once. A fit is a calibrated
//! probability, so the sum of the fits is the expected number of hits; the assignment with the largest sum is found by
//! the algorithm of Kuhn (1955) and Munkres (1957).

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// The algorithm wants whole numbers: fits in units of 1e-9, so that millions of them still add up.
const UNITS: f64 = 1e9;

/// One song for one playlist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// Index of the song.
    pub song: usize,
    /// Index of the playlist.
    pub list: usize,
    /// Calibrated probability, 0 to 1.
    pub fit: f64,
}

/// Two assignments, each in the order of the playlists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assignment {
    /// With the largest expected number of hits.
    pub best: Vec<Pitch>,
    /// Always the best remaining pair, as by hand.
    pub greedy: Vec<Pitch>,
}

/// Expected number of hits of some pitches.
#[must_use]
pub fn expected(pitches: &[Pitch]) -> f64 {
    pitches.iter().map(|pitch| pitch.fit).sum()
}

impl Assignment {
    /// Assigns `[songs, playlists]`; `fit` returns `None` for a pair that must not be assigned.
    pub(super) fn new(
        [songs, lists]: [usize; 2],
        fit: impl Fn(usize, usize) -> Option<f64>,
    ) -> Self {
        let fit = |song, list| fit(song, list).filter(|fit| fit.is_finite());
        let pair = |song, list| {
            Some(Pitch {
                song,
                list,
                fit: fit(song, list)?,
            })
        };
        Self {
            best: best([songs, lists], &pair),
            greedy: greedy([songs, lists], &pair),
        }
    }

    /// Expected number of hits of the best assignment and of the greedy one.
    #[must_use]
    pub fn expected(&self) -> [f64; 2] {
        [expected(&self.best), expected(&self.greedy)]
    }
}

fn best([songs, lists]: [usize; 2], pair: &impl Fn(usize, usize) -> Option<Pitch>) -> Vec<Pitch> {
    // The algorithm wants no more rows than columns, and none of them empty.
    let is_turned = songs > lists;
    let (rows, columns) = (songs.min(lists), songs.max(lists));
    let pair = |row, column| {
        if is_turned {
            pair(column, row)
        } else {
            pair(row, column)
        }
    };
    let worth = |(row, column)| pair(row, column).map_or(0, |pitch| (pitch.fit * UNITS) as i64);
    if rows == 0 {
        return Vec::new();
    }
    let chosen = kuhn_munkres(&Matrix::from_fn(rows, columns, worth)).1;
    // A pair that must not be named was worth nothing.
    let pitches = chosen.into_iter().enumerate();
    in_order(pitches.filter_map(|(row, column)| pair(row, column)))
}

fn greedy([songs, lists]: [usize; 2], pair: &impl Fn(usize, usize) -> Option<Pitch>) -> Vec<Pitch> {
    let pairs = (0..songs).flat_map(|song| (0..lists).filter_map(move |list| pair(song, list)));
    let mut pairs: Vec<Pitch> = pairs.collect();
    pairs.sort_by(|left, right| right.fit.total_cmp(&left.fit));
    let (mut song_is_free, mut list_is_free) = (vec![true; songs], vec![true; lists]);
    pairs.retain(|pitch| {
        let is_free = song_is_free[pitch.song] && list_is_free[pitch.list];
        if is_free {
            song_is_free[pitch.song] = false;
            list_is_free[pitch.list] = false;
        }
        is_free
    });
    in_order(pairs)
}

fn in_order(pitches: impl IntoIterator<Item = Pitch>) -> Vec<Pitch> {
    let mut pitches: Vec<Pitch> = pitches.into_iter().collect();
    pitches.sort_by_key(|pitch| pitch.list);
    pitches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fits: &[&[f64]]) -> Assignment {
        let lists = fits.first().map_or(0, |fits| fits.len());
        Assignment::new([fits.len(), lists], |song, list| {
            Some(fits[song][list]).filter(|&fit| fit > 0.1)
        })
    }

    fn pairs(pitches: &[Pitch]) -> Vec<(usize, usize)> {
        pitches
            .iter()
            .map(|pitch| (pitch.song, pitch.list))
            .collect()
    }

    #[test]
    fn the_best_pair_is_given_up_where_two_others_are_worth_more() {
        let assignment = of(&[&[0.9, 0.8], &[0.8, 0.2]]);
        assert_eq!(pairs(&assignment.best), [(1, 0), (0, 1)]);
        assert_eq!(pairs(&assignment.greedy), [(0, 0), (1, 1)]);
        let [best, greedy] = assignment.expected();
        assert!((best - 1.6).abs() < 1e-9 && (greedy - 1.1).abs() < 1e-9);
    }

    #[test]
    fn no_pair_is_named_that_must_not_be() {
        let assignment = of(&[&[0.9, 0.05, 0.01], &[0.8, f64::NAN, 0.02]]);
        assert_eq!(pairs(&assignment.best), [(0, 0)]);
        assert_eq!(pairs(&assignment.greedy), [(0, 0)]);
        for nothing in [&[][..], &[&[][..]], &[&[0.0, 0.1][..]]] {
            assert_eq!(of(nothing), Assignment::default());
        }
    }

    proptest::proptest! {
        #[test]
        fn each_song_and_each_list_comes_once_and_no_way_is_better(
            fits in proptest::collection::vec(proptest::collection::vec(0.0..1.0, 4), 0..5)
        ) {
            let rows: Vec<&[f64]> = fits.iter().map(Vec::as_slice).collect();
            let assignment = of(&rows);
            for pitches in [&assignment.best, &assignment.greedy] {
                let mut songs: Vec<usize> = pitches.iter().map(|pitch| pitch.song).collect();
                songs.sort_unstable();
                songs.dedup();
                proptest::prop_assert_eq!(songs.len(), pitches.len());
                proptest::prop_assert!(pitches.windows(2).all(|two| two[0].list < two[1].list));
            }
            let [best, greedy] = assignment.expected();
            let most = most(&rows, &mut [false; 4]);
            proptest::prop_assert!((best - most).abs() < 1e-6 && greedy <= best + 1e-6);
        }
    }

    /// By trying every way.
    fn most(fits: &[&[f64]], taken: &mut [bool; 4]) -> f64 {
        let Some((first, rest)) = fits.split_first() else {
            return 0.0;
        };
        let mut most_yet = most(rest, taken);
        for list in 0..4 {
            if first[list] > 0.1 && !taken[list] {
                taken[list] = true;
                most_yet = f64::max(most_yet, first[list] + most(rest, taken));
                taken[list] = false;
            }
        }
        most_yet
    }

    #[test]
    fn thousands_of_songs_are_assigned() {
        let mut random = fastrand::Rng::with_seed(1);
        let fits: Vec<f64> = (0..2_000 * 40).map(|_| random.f64()).collect();
        let assignment = Assignment::new([2_000, 40], |song, list| Some(fits[song * 40 + list]));
        assert_eq!(assignment.best.len(), 40);
        let [best, greedy] = assignment.expected();
        assert!(best > 39.9 && best >= greedy);
    }
}
