use safetensors::SafeTensors;

use super::*;
use crate::StoredTrack;
use crate::hubness::hubness;

/// Of `fixtures/golden/neighbours.safetensors`, which `scripts/golden/neighbours.py` wrote.
struct Golden(Vec<u8>);

impl Golden {
    fn open() -> Self {
        Self(std::fs::read("../../fixtures/golden/neighbours.safetensors").unwrap())
    }

    fn numbers(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let (numbers, _) = file.tensor(name).unwrap().data().as_chunks();
        numbers
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect()
    }

    fn neighbours(&self) -> Neighbours {
        Neighbours {
            tracks: vec![StoredTrack::default(); 40],
            width: 6,
            embeddings: self.numbers("embeddings"),
        }
    }

    fn similarity_stats(&self) -> SimilarityStats {
        SimilarityStats::learn(&self.neighbours(), &group_of())
    }
}

fn group_of() -> Vec<String> {
    (0..40).map(|track| (track / 2).to_string()).collect()
}

fn assert_close(found: &[f32], known: &[f32], tolerance: f32) {
    assert_eq!(found.len(), known.len());
    for (place, (found, known)) in found.iter().zip(known).enumerate() {
        assert!(
            (found - known).abs() < tolerance,
            "{place}: {found}, not {known}"
        );
    }
}

#[test]
fn spreads_pairs_and_proximities_are_numpys_within_2e_6() {
    let golden = Golden::open();
    let (similarity_stats, neighbours) = (golden.similarity_stats(), golden.neighbours());
    assert_close(
        &similarity_stats.mean_std(),
        &golden.numbers("spreads"),
        2e-6,
    );
    assert_close(
        similarity_stats.background_pairs(),
        &golden.numbers("pairs"),
        2e-6,
    );
    let queries = golden.numbers("queries");
    let proximities = queries
        .chunks(6)
        .flat_map(|query| similarity_stats.proximities(query, &neighbours.similarities(query)));
    let proximities: Vec<f32> = proximities.map(|near| near as f32).collect();
    assert_close(&proximities, &golden.numbers("proximities"), 2e-6);
}

#[test]
fn hubness_is_numpys() {
    let golden = Golden::open();
    let nearest = golden.numbers("nearest");
    let nearest: Vec<Vec<usize>> = nearest
        .chunks(5)
        .map(|row| row.iter().map(|&place| place as usize).collect())
        .collect();
    let found = hubness(&nearest);
    let found = [
        found.skewness as f32,
        found.anti_hubs as f32,
        found.largest_hub as f32,
    ];
    assert_close(&found, &golden.numbers("hubness"), 1e-6);
}

#[test]
fn a_percentile_says_how_many_pairs_are_less_near() {
    let similarity_stats = Golden::open().similarity_stats();
    let middle = similarity_stats.background_pairs()[50];
    assert!((similarity_stats.percentile(middle).unwrap() - 50.0).abs() < 1e-6);
    assert_eq!(similarity_stats.percentile(1.0), Some(100.0));
    let one_owner = vec!["one".to_owned(); 40];
    let alone = SimilarityStats::learn(&Golden::open().neighbours(), &one_owner);
    assert_eq!(alone.percentile(0.5), None);
}

#[test]
fn what_is_stored_comes_back_and_what_belongs_to_other_tracks_does_not() {
    let golden = Golden::open();
    let (similarity_stats, mut neighbours) = (golden.similarity_stats(), golden.neighbours());
    let again = SimilarityStats::stored(
        &neighbours,
        &similarity_stats.mean_std(),
        similarity_stats.background_pairs().to_vec(),
    );
    assert_eq!(again, Some(similarity_stats.clone()));
    neighbours.tracks.pop();
    let other = SimilarityStats::stored(
        &neighbours,
        &similarity_stats.mean_std(),
        similarity_stats.background_pairs().to_vec(),
    );
    assert_eq!(other, None);
}

#[test]
fn no_track_one_track_or_equal_tracks_leave_finite_numbers() {
    for tracks in [0, 1, 3] {
        let neighbours = Neighbours {
            tracks: vec![StoredTrack::default(); tracks],
            width: 2,
            embeddings: [1.0, 0.0].repeat(tracks),
        };
        let group_of: Vec<String> = (0..tracks).map(|track| track.to_string()).collect();
        let similarity_stats = SimilarityStats::learn(&neighbours, &group_of);
        for query in [[1.0, 0.0], [0.0, 0.0]] {
            let near = similarity_stats.proximities(&query, &neighbours.similarities(&query));
            assert!(near.len() == tracks && near.iter().all(|near| near.is_finite()));
        }
    }
}
