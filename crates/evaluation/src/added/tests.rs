use super::*;

const WIDTH: usize = 8;

/// Unit vectors around a common direction, as a network's are; `lean` moves them along the second axis.
struct TwoClasses {
    random: fastrand::Rng,
}

impl TwoClasses {
    fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
        }
    }

    fn embedding(&mut self, lean: f32) -> Vec<f32> {
        let mut embedding: Vec<f32> = (0..WIDTH).map(|_| self.random.f32() - 0.5).collect();
        embedding[0] += 1.5;
        embedding[1] += lean;
        neighbours::song_embedding(&embedding, WIDTH)
    }

    fn embeddings(&mut self, count: usize, lean: f32) -> Vec<f32> {
        (0..count).flat_map(|_| self.embedding(lean)).collect()
    }
}

fn artists(prefix: &str, tracks: usize, each: usize) -> Vec<String> {
    (0..tracks)
        .map(|track| format!("{prefix}{}", track / each))
        .collect()
}

/// A list of `count` tracks, two an artist, that leans away from 200 others.
fn learned(seed: u64, count: usize, lean: f32) -> FewShotPlaylist {
    let mut data = TwoClasses::new(seed);
    let (own, others) = (data.embeddings(count, lean), data.embeddings(200, 0.0));
    let own = Tracks {
        embeddings: &own,
        artists: &artists("own ", count, 2),
    };
    let others = Tracks {
        embeddings: &others,
        artists: &artists("other ", 200, 3),
    };
    learn_few_shot("Evening", own, others, WIDTH).unwrap()
}

#[test]
fn a_list_with_a_sound_of_its_own_is_known_again_in_new_songs() {
    let list = learned(1, 14, 1.2);
    assert!(list.quality.roc_auc.value > 0.95, "{:?}", list.quality);
    assert!(list.quality.roc_auc.low > CLEAR && list.quality.average_precision.value > 0.7);
    let mut data = TwoClasses::new(2);
    let fit = |embedding: Vec<f32>| list.fit(&embedding);
    let inside: f64 = (0..50).map(|_| fit(data.embedding(1.2))).sum::<f64>() / 50.0;
    let outside: f64 = (0..50).map(|_| fit(data.embedding(0.0))).sum::<f64>() / 50.0;
    assert!(inside > 0.4 && outside < 0.1, "{inside} {outside}");
    let facts = list.facts();
    assert_eq!((facts.tracks, facts.artists), (14, 7));
    assert_eq!(facts.quality.reliability(), FewShotReliability::Guess);
}

#[test]
fn a_list_without_a_sound_of_its_own_gives_every_song_its_share_and_says_so() {
    let mut said = 0;
    for seed in 0..5 {
        let list = learned(10 + seed, 14, 0.0);
        said += usize::from(list.quality.reliability() == FewShotReliability::Chance);
        let mut data = TwoClasses::new(20 + seed);
        let most = (0..50)
            .map(|_| list.fit(&data.embedding(0.0)))
            .fold(0.0, f64::max);
        assert!(most < 0.3, "{most} {:?}", list.calibration);
    }
    // One interval of twenty misses.
    assert!(said >= 4, "{said}");
}

#[test]
fn fits_say_how_often_new_songs_of_the_same_world_are_on_the_list() {
    let (mut fitted, mut true_) = (0.0, 0.0);
    for seed in 0..20 {
        let list = learned(30 + seed, 20, 0.4);
        let mut data = TwoClasses::new(60 + seed);
        for song in 0..220 {
            let lean = if song < 20 { 0.4 } else { 0.0 };
            fitted += list.fit(&data.embedding(lean));
            true_ += f64::from(u8::from(song < 20));
        }
    }
    assert!((fitted / true_ - 1.0).abs() < 0.2, "{fitted} {true_}");
}

#[test]
fn the_first_tracks_of_a_list_are_held_back_more_than_many() {
    let slope = |count: usize| {
        let scaled = |seed| {
            let list = learned(seed, count, 1.2);
            let mut data = TwoClasses::new(99);
            list.fit(&data.embedding(1.2)) - list.fit(&data.embedding(0.0))
        };
        (0..3).map(scaled).sum::<f64>()
    };
    assert!(slope(10) < slope(60));
}

#[test]
fn too_few_tracks_or_artists_are_refused_in_words() {
    let mut data = TwoClasses::new(3);
    let embeddings = data.embeddings(20, 0.0);
    let learn = |tracks: usize, each: usize| {
        let own = Tracks {
            embeddings: &embeddings[..tracks * WIDTH],
            artists: &artists("own ", tracks, each),
        };
        let others = Tracks {
            embeddings: &embeddings,
            artists: &artists("other ", 20, 1),
        };
        learn_few_shot("x", own, others, WIDTH).map(|list| list.artists)
    };
    assert_eq!(learn(10, 2), Ok(5));
    assert_eq!(
        learn(9, 1).unwrap_err().to_string(),
        "9 tracks by 9 artists can be heard; a list needs at least 10 tracks by 5 artists who share no track, so add \
         some"
    );
    assert_eq!(
        learn(12, 3),
        Err(TooFewTracks {
            tracks: 12,
            artists: 4
        })
    );
}

#[test]
fn an_artist_on_both_sides_is_never_known_to_her_own_test() {
    // Whoever hears an artist knows her: each has a corner of her own, on the list or not.
    let mut random = fastrand::Rng::with_seed(5);
    let width = 40;
    let track = |artist: usize| {
        let mut track = vec![0.0_f32; width];
        track[artist] = 1.0;
        track
    };
    let names: Vec<String> = (0..10).map(|artist| artist.to_string()).collect();
    let own_artists: Vec<usize> = (0..20).map(|_| random.usize(..10)).collect();
    let embeddings = |artists: &[usize]| artists.iter().flat_map(|&a| track(a)).collect::<Vec<_>>();
    let others: Vec<usize> = (0..40).chain(0..40).collect();
    let (own_rows, other_rows) = (embeddings(&own_artists), embeddings(&others));
    let name = |artist: &usize| {
        names
            .get(*artist)
            .cloned()
            .unwrap_or(format!("other {artist}"))
    };
    let own = Tracks {
        embeddings: &own_rows,
        artists: &own_artists.iter().map(name).collect::<Vec<_>>(),
    };
    let others = Tracks {
        embeddings: &other_rows,
        artists: &others.iter().map(name).collect::<Vec<_>>(),
    };
    let list = learn_few_shot("x", own, others, width).unwrap();
    assert!(list.quality.roc_auc.value < 0.6, "{:?}", list.quality);
}
