//! The stored tracks beside one song: its nearest in each of the top playlists, and how far it is from all of them.

use super::inside::inside_list;
use super::words::percent;
use super::{Hearing, InsideList, NearTrack, NoveltyFacts, SongFacts};
use bundle::Bundle;
use evaluation::Novelty;
use features::traits::Traits;
use neighbours::{Near, StoredTrack, nearest_in, unlikeness};

const NEIGHBOURS_EACH: usize = 3;

/// Every stored track, as near as it is to one song.
pub(super) struct Surroundings<'a> {
    bundle: &'a Bundle,
    song: &'a SongFacts,
    near: Vec<Near<'a>>,
}

impl<'a> Surroundings<'a> {
    /// `embedding` is the song's, of unit length.
    pub(super) fn new(hearing: &'a Hearing, embedding: &[f32], bundle: &'a Bundle) -> Self {
        Self {
            bundle,
            song: &hearing.song,
            near: bundle.neighbours.near(embedding, &bundle.likeness),
        }
    }

    /// The nearest tracks inside each of the `top` playlists, in their order. Neither the song itself nor its copies
    /// and other versions, and one of each artist.
    pub(super) fn nearest(&self, top: &[usize]) -> Vec<NearTrack> {
        let cards = self.bundle.manifest.cards();
        let of_playlist = |&playlist: &usize| {
            let itself = |near: &Near| self.is_itself(near);
            let near = nearest_in(playlist, &self.near, NEIGHBOURS_EACH, itself);
            let name = &cards[playlist].name;
            near.into_iter().map(|near| NearTrack {
                playlist: name.clone(),
                title: near.track.title.clone(),
                artists: near.track.artists.join(", "),
                similarity: f64::from(near.similarity),
                percentile: self.bundle.likeness.percentile(near.similarity),
                licence: near.track.licence.clone(),
                source: near.track.source.clone(),
            })
        };
        top.iter().flat_map(of_playlist).collect()
    }

    /// How the song stands inside each of the `top` playlists that tells, in their order. Neither the song itself nor its
    /// copies and other versions count.
    pub(super) fn inside(&self, top: &[usize]) -> Vec<InsideList> {
        let cards = self.bundle.manifest.cards();
        let of_playlist = |&playlist: &usize| {
            let near = self.near.iter();
            let others = near
                .filter(|near| near.track.playlists.contains(&playlist) && !self.is_itself(near));
            let traits: Vec<Traits> = others.filter_map(|near| near.track.traits).collect();
            inside_list(&cards[playlist], &self.song.traits, &traits)
        };
        top.iter().filter_map(of_playlist).collect()
    }

    /// Whether the song is of a kind that was learned; none where the bundle cannot tell.
    pub(super) fn novelty(&self) -> Option<NoveltyFacts> {
        let similarities: Vec<f32> = self.near.iter().map(|near| near.similarity).collect();
        let novelty = self.bundle.manifest.novelty.as_ref()?;
        novelty_facts(novelty, unlikeness(&similarities))
    }

    fn is_itself(&self, near: &Near) -> bool {
        near.track.content == self.song.content
            || near.similarity > self.bundle.manifest.same_recording_above
            || is_version(self.song, near.track)
    }
}

/// Whether the song's tags name this track, in whatever version.
fn is_version(song: &SongFacts, track: &StoredTrack) -> bool {
    let title = song.title.as_deref();
    let artists = song.artists.as_deref();
    title
        .zip(artists)
        .is_some_and(|(title, artists)| track.is_version_of(title, artists))
}

fn novelty_facts(novelty: &Novelty, unlikeness: f32) -> Option<NoveltyFacts> {
    let share = novelty.quantiles.share_below(unlikeness)?;
    let false_alarms = novelty.false_alarms.value;
    let is_unlike = novelty.flags(unlikeness);
    let sentence = if is_unlike {
        format!(
            "Unlike what was learned: {} of the songs that the bundle was tested on are nearer to it, so do not rely on \
             these fits.",
            percent(share)
        )
    } else {
        format!(
            "Of a kind that was learned: {} of the songs that the bundle was tested on are farther from it.",
            percent(1.0 - share)
        )
    };
    Some(NoveltyFacts {
        share,
        is_unlike,
        false_alarms,
        sentence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn novelty() -> Novelty {
        let unlikeness: Vec<f32> = (0..=100_u8).map(|n| f32::from(n) / 200.0).collect();
        let artists: Vec<String> = (0..unlikeness.len()).map(|n| n.to_string()).collect();
        Novelty::learn(&unlikeness, &artists).unwrap()
    }

    #[test]
    fn a_song_of_another_kind_is_called_so_and_one_of_its_kind_is_not() {
        let far = novelty_facts(&novelty(), 0.7).unwrap();
        assert!(far.is_unlike && far.share == 1.0);
        assert!(
            far.sentence
                .starts_with("Unlike what was learned: 100\u{202f}%")
        );
        let near = novelty_facts(&novelty(), 0.1).unwrap();
        assert!(!near.is_unlike && (near.share - 0.2).abs() < 1e-6);
        assert!(near.sentence.contains("80\u{202f}%"), "{}", near.sentence);
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
            content: String::new(),
            traits: Traits::default(),
            technical: Vec::new(),
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
