use super::*;

fn card() -> PlaylistCard {
    PlaylistCard {
        name: "calm".into(),
        tracks: 20,
        turnover: None,
    }
}

/// Tempi 100 to 119, loudness -19 to 0, and nothing else.
fn tracks(count: u32) -> Vec<Descriptors> {
    (0..count)
        .map(|n| Descriptors {
            tempo_bpm: Some(f64::from(100 + n)),
            loudness_lufs: Some(f64::from(n) - 19.0),
            ..Descriptors::default()
        })
        .collect()
}

fn song(tempo_bpm: Option<f64>, loudness_lufs: f64) -> Descriptors {
    Descriptors {
        tempo_bpm,
        loudness_lufs: Some(loudness_lufs),
        spectral_centroid_hz: Some(900.0),
        onset_rate: None,
    }
}

#[test]
fn the_song_has_its_mid_rank_among_the_quantiles_of_the_playlist() {
    let list = playlist_context(&card(), &song(None, -10.0), &tracks(20)).unwrap();
    // The playlist has no spectral centroid and the song no tempo: neither is reported.
    let [loudness] = list.descriptors[..] else {
        panic!("{list:?}");
    };
    assert_eq!((loudness.name, loudness.tracks), (Descriptor::Loudness, 20));
    // Nine tracks are quieter, one is just as loud.
    assert_eq!(loudness.percentile, 47.5);
    assert_eq!(
        (loudness.p25, loudness.median, loudness.p75),
        (-14.25, -9.5, -4.75)
    );
    assert!((loudness.p10 + 17.1).abs() < 1e-9 && (loudness.p90 + 1.9).abs() < 1e-9);
    assert_eq!(list.differences, []);
}

#[test]
fn with_too_few_tracks_only_the_turnover_is_reported() {
    assert_eq!(
        playlist_context(&card(), &song(Some(104.0), -10.0), &tracks(7)),
        None
    );
    assert!(playlist_context(&card(), &song(Some(104.0), -10.0), &tracks(8)).is_some());
    assert_eq!(
        playlist_context(&card(), &Descriptors::default(), &tracks(20)),
        None
    );
    let turnover = Some(Turnover {
        median_stay_days: Some(42),
        replaced_in_90_days: None,
    });
    let card = PlaylistCard { turnover, ..card() };
    let list = playlist_context(&card, &Descriptors::default(), &[]).unwrap();
    assert!(list.descriptors.is_empty() && list.turnover == turnover);
}

#[test]
fn what_stands_out_is_reported_with_its_gap_the_largest_first() {
    let context = playlist_context(&card(), &song(Some(150.0), -30.0), &tracks(20)).unwrap();
    let difference = |descriptor, direction, gap| Difference {
        descriptor,
        direction,
        gap,
    };
    assert_eq!(
        context.differences,
        [
            difference(Descriptor::Tempo, Direction::Higher, 35.75),
            difference(Descriptor::Loudness, Direction::Lower, 15.75),
        ]
    );
}

#[test]
fn a_tempo_whose_half_or_double_is_usual_does_not_stand_out() {
    for tempo in [55.0, 110.0, 220.0] {
        let list = playlist_context(&card(), &song(Some(tempo), -10.0), &tracks(20)).unwrap();
        assert_eq!(list.differences, [], "{tempo}");
    }
}

#[test]
fn at_most_three_differences_are_reported() {
    let same = Descriptors {
        tempo_bpm: Some(100.0),
        loudness_lufs: Some(-9.0),
        spectral_centroid_hz: Some(1500.0),
        onset_rate: Some(3.0),
    };
    let other = Descriptors {
        tempo_bpm: Some(133.0),
        loudness_lufs: Some(-30.0),
        spectral_centroid_hz: Some(4000.0),
        onset_rate: Some(0.5),
    };
    let list = playlist_context(&card(), &other, &[same; 12]).unwrap();
    assert_eq!((list.descriptors.len(), list.differences.len()), (4, 3));
    assert!(
        list.differences
            .iter()
            .all(|difference| difference.gap.is_finite())
    );
}
