use proptest::prelude::*;

use super::*;
use evaluation::{ArtistLinks, group_of};
use neighbours::{Neighbours, SimilarityStats, StoredTrack, norm};

const WIDTH: usize = 4;
const LISTS: usize = 3;

/// A track by one of a few artists, some of them versions of each other, in some direction, on some list.
#[derive(Clone, Debug)]
struct Made {
    artist: u8,
    title: u8,
    live: bool,
    list: usize,
    row: [f32; WIDTH],
}

fn made() -> impl Strategy<Value = Made> {
    let row = prop::array::uniform4(-1.0_f32..1.0);
    (0..6_u8, 0..40_u8, any::<bool>(), 0..LISTS, row).prop_map(
        |(artist, title, live, list, row)| Made {
            artist,
            title,
            live,
            list,
            row,
        },
    )
}

fn track(at: usize, made: &Made) -> StoredTrack {
    let version = if made.live { " - Live" } else { "" };
    StoredTrack {
        title: format!("Song {}{version}", made.title),
        artists: vec![format!("Artist {}", made.artist)],
        artist_group: format!("artist {}", made.artist),
        audio_hash: at.to_string(),
        ..StoredTrack::default()
    }
}

fn unit(row: [f32; WIDTH]) -> Vec<f32> {
    let length = norm(&row).max(1e-3);
    row.iter().map(|value| value / length).collect()
}

fn candidates(tracks: &[Made]) -> Candidates {
    let neighbours = Neighbours {
        tracks: tracks
            .iter()
            .enumerate()
            .map(|(at, made)| track(at, made))
            .collect(),
        width: WIDTH,
        embeddings: tracks.iter().flat_map(|made| unit(made.row)).collect(),
    };
    let artist_links: Vec<ArtistLinks> = neighbours.tracks.iter().map(ArtistLinks::from).collect();
    let profile = |made: &Made| {
        let on = |list| f64::from(u8::from(list == made.list));
        (0..LISTS).map(on).collect()
    };
    Candidates::new(
        SimilarityStats::learn(&neighbours, &group_of(&artist_links)),
        neighbours,
        tracks.iter().map(profile).collect(),
        0.999,
    )
}

/// The rules that hold for every list, whatever way it was made.
fn check(list: &[usize], candidates: &Candidates, asked: &[EmbeddedSong], most: usize) {
    let tracks = &candidates.neighbours.tracks;
    let own = |place: usize| (&tracks[place], candidates.row(place));
    for (at, &one) in list.iter().enumerate() {
        for song in asked {
            assert!(!candidates.is_one_song(own(one), (&song.track, &song.embedding)));
        }
        for &other in &list[at + 1..] {
            assert!(!candidates.is_one_song(own(one), own(other)));
        }
        let by_same = |other: &&usize| tracks[**other].artists == tracks[one].artists;
        assert!(list.iter().filter(by_same).count() <= most);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_list_repeats_a_song_holds_what_was_asked_about_or_breaks_the_cap(
        tracks in prop::collection::vec(made(), 1..40),
        asked in prop::collection::vec(0..40_usize, 1..4),
        count in 1..12_usize,
        most in 1..3_usize,
        variety in 0.0..1.0_f64,
    ) {
        let candidates = candidates(&tracks);
        let songs: Vec<EmbeddedSong> = asked.iter().map(|at| candidates.song(at % tracks.len())).collect();
        let weights = vec![1.0; songs.len()];
        let near = proximity_score(&candidates, &songs, &weights);
        prop_assert!(near.iter().all(|near| (0.0..=1.0).contains(near)));
        let request = MixRequest { tracks: count, mix: best_lists(&songs, &weights), variety };
        let lists = || {
            let empty = || DiversityFilter::new(&candidates, &songs, most);
            let [mut nearest, mut after, mut walked] = [empty(), empty(), empty()];
            nearest.take_top(&near, count);
            let wanted = sample_mix(&candidates, &near, &request, &mut after);
            interpolate(&candidates, [&songs[0], &songs[songs.len() - 1]], count, &mut walked);
            assert_eq!(wanted.len(), after.taken().len());
            [nearest, after, walked].map(|list| list.taken().to_vec())
        };
        let made = lists();
        for list in &made {
            prop_assert!(list.len() <= count);
            check(list, &candidates, &songs, most);
        }
        // What a longer search would still find is in no short list.
        let mut all = DiversityFilter::new(&candidates, &songs, most);
        all.take_top(&near, usize::MAX);
        prop_assert_eq!(made[0].len(), all.taken().len().min(count));
        prop_assert_eq!(made, lists());
    }

    #[test]
    fn quotas_give_all_seats_and_none_is_off_by_one(
        weights in prop::collection::vec(0.0..1.0_f64, 1..12),
        count in 0..50_usize,
    ) {
        let sum: f64 = weights.iter().sum();
        prop_assume!(sum > 1e-6);
        let shares: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let seats = quotas(&shares, count);
        prop_assert_eq!(seats.iter().sum::<usize>(), count);
        for (share, seats) in shares.iter().zip(seats) {
            prop_assert!((share * count as f64 - seats as f64).abs() < 1.0);
        }
    }
}

fn at(degrees: f32, artist: u8, list: usize) -> Made {
    let turn = degrees.to_radians();
    Made {
        artist,
        title: artist,
        live: false,
        list,
        row: [turn.cos(), turn.sin(), 0.1, 0.0],
    }
}

/// Twelve artists around a circle.
fn circle() -> Vec<Made> {
    (0..12_u8)
        .map(|n| at(f32::from(n) * 30.0, n, usize::from(n) % LISTS))
        .collect()
}

#[test]
fn the_largest_remainders_get_the_last_seats() {
    assert_eq!(
        quotas(&[0.47, 0.16, 0.158, 0.12, 0.061, 0.031], 10),
        [5, 2, 1, 1, 1, 0]
    );
    assert_eq!(quotas(&[0.5, 0.5, 0.0], 3), [2, 1, 0]);
}

#[test]
fn the_nearest_of_a_song_stand_first_and_two_songs_are_both_heard() {
    let candidates = candidates(&circle());
    let near = |songs: &[EmbeddedSong], count| {
        let mut list = DiversityFilter::new(&candidates, songs, 2);
        let weights = vec![1.0; songs.len()];
        list.take_top(&proximity_score(&candidates, songs, &weights), count);
        let mut taken = list.taken().to_vec();
        taken.sort_unstable();
        taken
    };
    assert_eq!(near(&[candidates.song(3)], 2), [2, 4]);
    assert_eq!(
        near(&[candidates.song(0), candidates.song(6)], 4),
        [1, 5, 7, 11]
    );
}

#[test]
fn a_walk_goes_forward_in_even_steps() {
    let tracks: Vec<Made> = (0..36_u8).map(|n| at(f32::from(n) * 10.0, n, 0)).collect();
    let candidates = candidates(&tracks);
    let ends = [candidates.song(0), candidates.song(15)];
    let walked = |from: usize, to: usize| {
        let mut list = DiversityFilter::new(&candidates, &ends, 1);
        interpolate(&candidates, [&ends[from], &ends[to]], 4, &mut list);
        list.taken().to_vec()
    };
    assert_eq!(walked(0, 1), [3, 6, 9, 12]);
    assert_eq!(walked(1, 0), [12, 9, 6, 3]);
}

#[test]
fn a_mix_is_kept_in_proportion_and_variety_spreads_it() {
    let tracks: Vec<Made> = (0..60_u8)
        .map(|n| at(f32::from(n) * 3.0, n, usize::from(n % 3)))
        .collect();
    let candidates = candidates(&tracks);
    let songs: Vec<EmbeddedSong> = [0, 3, 6, 1].map(|place| candidates.song(place)).into();
    let weights = [1.0; 4];
    let request = |variety| MixRequest {
        tracks: 8,
        mix: best_lists(&songs, &weights),
        variety,
    };
    let near = proximity_score(&candidates, &songs, &weights);
    let taken = |variety| {
        let mut list = DiversityFilter::new(&candidates, &songs, 1);
        let lists = sample_mix(&candidates, &near, &request(variety), &mut list);
        let count = |list| lists.iter().filter(|&&one| one == list).count();
        assert_eq!([0, 1, 2].map(count), [6, 2, 0]);
        list.taken().to_vec()
    };
    let reach = |list: &[usize]| list.iter().max().unwrap() - list.iter().min().unwrap();
    let [wide, close] = [1.0, 0.0].map(|variety| reach(&taken(variety)));
    assert!(wide > close, "{wide} {close}");
}

#[test]
fn the_best_lists_count_for_the_new_list_and_all_fits_are_told() {
    let song = |fits: &[f64]| EmbeddedSong::new(StoredTrack::default(), Vec::new(), fits);
    let songs = [song(&[0.6, 0.3, 0.1]), song(&[0.0, 0.2, 0.2])];
    let near = |found: Vec<f64>, expected: [f64; 3]| {
        found
            .iter()
            .zip(expected)
            .for_each(|(one, other)| assert!((one - other).abs() < 1e-9));
    };
    near(mix(&songs, &[3.0, 1.0]), [0.45, 0.35, 0.2]);
    near(best_lists(&songs, &[3.0, 1.0]), [0.75, 0.125, 0.125]);
}

#[test]
fn what_a_list_without_tracks_leaves_open_goes_to_the_others() {
    let tracks: Vec<Made> = (0..30_u8)
        .map(|n| at(f32::from(n), n, usize::from(n % 2)))
        .collect();
    let candidates = candidates(&tracks);
    let near = vec![1.0; 30];
    let request = MixRequest {
        tracks: 9,
        mix: vec![0.4, 0.2, 0.4],
        variety: 0.0,
    };
    let mut list = DiversityFilter::new(&candidates, &[], 1);
    let lists = sample_mix(&candidates, &near, &request, &mut list);
    let count = |list| lists.iter().filter(|&&one| one == list).count();
    assert_eq!([0, 1, 2].map(count), [6, 3, 0]);
}

#[test]
fn a_signature_is_what_the_songs_share_and_no_more() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut some = |reach: f32| (random.f32() * 2.0 - 1.0) * reach;
    let mut tracks: Vec<Made> = Vec::new();
    for n in 0..120_u8 {
        // Twenty are alike in all numbers but the last.
        let row = if n < 20 {
            [
                0.5 + some(0.15),
                0.5 + some(0.15),
                0.5 + some(0.15),
                some(1.0),
            ]
        } else {
            [some(1.0), some(1.0), some(1.0), some(1.0)]
        };
        tracks.push(Made {
            row,
            ..at(0.0, n, 0)
        });
    }
    let candidates = candidates(&tracks);
    let songs: Vec<EmbeddedSong> = (0..10).map(|place| candidates.song(place)).collect();
    let signature = Signature::learn(&candidates, &songs).unwrap();
    let mut places: Vec<usize> = signature.dimensions.iter().map(|one| one.place).collect();
    places.sort_unstable();
    assert_eq!(
        (places.as_slice(), signature.beyond_chance),
        (&[0, 1, 2][..], 3)
    );
    assert!(signature.ratio() < 0.3);
    assert_eq!(signature, Signature::learn(&candidates, &songs).unwrap());
    let near = signature.ranked(&candidates);
    let mut list = DiversityFilter::new(&candidates, &songs, 1);
    list.take_top(&near, 8);
    let shared = list.taken().iter().filter(|&&place| place < 20).count();
    assert!(shared >= 5, "{shared}");
    assert_eq!(Signature::learn(&candidates, &songs[..2]), None);
}

#[test]
fn a_history_is_matched_by_song_whatever_the_version() {
    let mut tracks = circle();
    tracks[1] = Made {
        live: true,
        ..tracks[0].clone()
    };
    let candidates = candidates(&tracks);
    let listen = |artist: &str, title: &str| catalogue::Listen {
        track: catalogue::Track {
            title: title.into(),
            artists: vec![artist.into()],
            ..catalogue::Track::default()
        },
        plays: 3.0,
    };
    let listens = [
        listen("ARTIST 0", "Song 0 (Remastered 2011)"),
        listen("Artist 0", "Song 5"),
        listen("Artist 5 feat. X", "song 5"),
    ];
    let matched = match_listens(&listens, &candidates);
    assert_eq!(matched.played, [(0, 1.5), (1, 1.5), (5, 3.0)]);
    assert_eq!(matched.unmatched, [1]);
}
