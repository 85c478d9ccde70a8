//! The stored tracks relative to one song: its neighbours in each of the top playlists, and its distance from all.

use super::playlist_context::playlist_context;
use super::{NeighbourTrack, OodFacts, PlaylistContext, SongAnalysis, SongFacts};
use bundle::Bundle;
use evaluation::OodDetector;
use features::descriptors::Descriptors;
use neighbours::{Neighbour, StoredTrack, nearest_in, ood_score};

const NEIGHBOURS_EACH: usize = 3;

/// Every stored track with its similarity to one song.
pub(super) struct NeighbourContext<'a> {
    bundle: &'a Bundle,
    song: &'a SongFacts,
    near: Vec<Neighbour<'a>>,
}

impl<'a> NeighbourContext<'a> {
    /// `embedding` is that of the song, of unit length.
    pub(super) fn new(analysis: &'a SongAnalysis, embedding: &[f32], bundle: &'a Bundle) -> Self {
        Self {
            bundle,
            song: &analysis.song,
            near: bundle
                .neighbours
                .search(embedding, &bundle.similarity_stats),
        }
    }

    /// The nearest tracks in each of the `top` playlists, in their order: without the song itself, its copies and other
    /// versions, and at most one for each artist.
    pub(super) fn nearest(&self, top: &[usize]) -> Vec<NeighbourTrack> {
        let cards = self.bundle.manifest.cards();
        let of_playlist = |&playlist: &usize| {
            let itself = |near: &Neighbour| self.is_itself(near);
            let near = nearest_in(playlist, &self.near, NEIGHBOURS_EACH, itself);
            let name = &cards[playlist].name;
            near.into_iter().map(|near| NeighbourTrack {
                playlist: name.clone(),
                title: near.track.title.clone(),
                artists: near.track.artists.join(", "),
                similarity: f64::from(near.similarity),
                percentile: self.bundle.similarity_stats.percentile(near.similarity),
                licence: near.track.licence.clone(),
                source: near.track.source.clone(),
            })
        };
        top.iter().flat_map(of_playlist).collect()
    }

    /// The song among the tracks of each of the `top` playlists, in their order, without the song itself, its copies and
    /// other versions.
    pub(super) fn playlist_contexts(&self, top: &[usize]) -> Vec<PlaylistContext> {
        let cards = self.bundle.manifest.cards();
        let of_playlist = |&playlist: &usize| {
            let near = self.near.iter();
            let others = near
                .filter(|near| near.track.playlists.contains(&playlist) && !self.is_itself(near));
            let descriptors: Vec<Descriptors> =
                others.filter_map(|near| near.track.descriptors).collect();
            playlist_context(&cards[playlist], &self.song.descriptors, &descriptors)
        };
        top.iter().filter_map(of_playlist).collect()
    }

    /// Whether the song is out of distribution; `None` if the bundle cannot measure it.
    pub(super) fn ood(&self) -> Option<OodFacts> {
        let similarities: Vec<f32> = self.near.iter().map(|near| near.similarity).collect();
        let ood = self.bundle.manifest.ood.as_ref()?;
        ood_facts(ood, ood_score(&similarities))
    }

    fn is_itself(&self, near: &Neighbour) -> bool {
        near.track.audio_hash == self.song.audio_hash
            || near.similarity > self.bundle.manifest.same_recording_above
            || is_version(self.song, near.track)
    }
}

/// Whether the song's tags name this track in any version.
fn is_version(song: &SongFacts, track: &StoredTrack) -> bool {
    let title = song.title.as_deref();
    let artists = song.artists.as_deref();
    title
        .zip(artists)
        .is_some_and(|(title, artists)| track.is_version_of(title, artists))
}

fn ood_facts(ood: &OodDetector, ood_score: f32) -> Option<OodFacts> {
    Some(OodFacts {
        fraction_below: ood.quantiles.share_below(ood_score)?,
        is_out_of_distribution: ood.is_ood(ood_score),
        false_alarms: ood.false_alarms.value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ood() -> OodDetector {
        let ood_score: Vec<f32> = (0..=100_u8).map(|n| f32::from(n) / 200.0).collect();
        let artists: Vec<String> = (0..ood_score.len()).map(|n| n.to_string()).collect();
        OodDetector::learn(&ood_score, &artists).unwrap()
    }

    #[test]
    fn only_a_distant_song_is_out_of_distribution() {
        let far = ood_facts(&ood(), 0.7).unwrap();
        assert!(far.is_out_of_distribution && far.fraction_below == 1.0);
        let near = ood_facts(&ood(), 0.1).unwrap();
        assert!(!near.is_out_of_distribution && (near.fraction_below - 0.2).abs() < 1e-6);
    }

    #[test]
    fn tags_name_a_stored_track_in_another_version() {
        let track = StoredTrack {
            title: "Sea (Remastered 2011)".into(),
            artists: vec!["Ann".into(), "Ben".into()],
            ..StoredTrack::default()
        };
        let song = |title: Option<&str>, artists: Option<&str>| SongFacts {
            file: "demo.wav".into(),
            title: title.map(str::to_owned),
            artists: artists.map(str::to_owned),
            duration_seconds: 180.0,
            sample_rate_hz: 44_100,
            channels: 2,
            codec: "pcm_s16le".into(),
            loudness_lufs: None,
            true_peak_dbtp: None,
            audio_hash: String::new(),
            descriptors: Descriptors::default(),
            quality_checks: Vec::new(),
            warnings: Vec::new(),
        };
        assert!(is_version(
            &song(Some("Sea - Live"), Some("ben, Ann")),
            &track
        ));
        assert!(!is_version(
            &song(Some("Sea - Live"), Some("Joann")),
            &track
        ));
        assert!(!is_version(&song(None, Some("Ann")), &track));
    }
}
