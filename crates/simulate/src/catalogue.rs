//! A world as a catalogue of its own: the graph of the old one under made-up names, the synthesised clips as its audio.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::SyntheticDataset;
use catalogue::terms::{self, SIMULATED};
use catalogue::{Catalogue, Placement, Playlist, Provenance, Track, UNKNOWN_ARTIST};
use prepare::ClipStore;

/// This program makes the audio from random numbers; no rights are claimed.
const LICENCE: &str = "CC0-1.0";

impl SyntheticDataset {
    /// Lists keep their names, sizes and days; tracks and artists get numbers for names, an artist the same one wherever
    /// the old catalogue names it, so that a split by artist is as hard as there. Each track has a row of the source
    /// `simulated`, which speaks of the audio, and one of each source that its place in the graph comes from, which
    /// keeps that source's word on training.
    ///
    /// `contents` names each track's clip in `clips`, which must lie at an absolute path.
    #[must_use]
    pub fn catalogue(
        &self,
        real: &Catalogue,
        contents: &[String],
        clips: &ClipStore,
        seconds: f64,
        now: Timestamp,
    ) -> Catalogue {
        let sources = real.provenance_by_track();
        let mut names = Names::default();
        let mut simulated = Catalogue {
            playlists: self
                .lists
                .iter()
                .map(|&list| playlist(&real.playlists[list]))
                .collect(),
            ..Catalogue::default()
        };
        let mut ids: HashMap<&str, String> = HashMap::new();
        for (number, (own, audio_hash)) in self.tracks.iter().zip(contents).enumerate() {
            let old = &real.tracks[own.track];
            let id = format!("content:{audio_hash}");
            let rows = sources.get(old.id.as_str()).into_iter().flatten();
            let origins: BTreeSet<&str> = rows.map(|row| row.source.as_str()).collect();
            let origins = origins.into_iter().filter(|source| *source != SIMULATED);
            let row = |source: &str, licence: &str| Provenance {
                track: id.clone(),
                source: source.to_owned(),
                retrieved: now,
                licence: licence.to_owned(),
                may_train: terms::may_train(source, licence),
                quality_flag: None,
            };
            simulated.provenance.push(row(SIMULATED, LICENCE));
            simulated
                .provenance
                .extend(origins.map(|source| row(source, "")));
            simulated.tracks.push(Track {
                id: id.clone(),
                title: format!("Simulated track {}", number + 1),
                artists: old.artists.iter().map(|name| names.of(name)).collect(),
                artist_group: if old.has_known_artist() {
                    names.of(&old.artist_group)
                } else {
                    format!("{UNKNOWN_ARTIST} of {id}")
                },
                duration_seconds: Some(seconds),
                audio: Some(clips.path(audio_hash)),
                audio_hash: Some(audio_hash.clone()),
                ..Track::default()
            });
            ids.insert(&old.id, id);
        }
        self.place(real, &ids, &mut simulated);
        simulated
    }

    /// Every stay of the world's tracks on those of its lists that they are placed on.
    fn place(&self, real: &Catalogue, ids: &HashMap<&str, String>, simulated: &mut Catalogue) {
        let lists = self
            .lists
            .iter()
            .map(|&list| real.playlists[list].id.as_str());
        let lists: Vec<&str> = lists.collect();
        let pairs: BTreeSet<(&str, &str)> = self
            .tracks
            .iter()
            .flat_map(|own| {
                let track = real.tracks[own.track].id.as_str();
                own.lists.iter().map(move |&list| (list, track))
            })
            .map(|(list, track)| (lists[list], track))
            .collect();
        for row in &real.placements {
            let is_ours = pairs.contains(&(row.playlist.as_str(), row.track.as_str()));
            if let Some(track) = ids.get(row.track.as_str()).filter(|_| is_ours) {
                simulated.placements.push(Placement {
                    playlist: list_id(&row.playlist),
                    track: track.clone(),
                    ..row.clone()
                });
            }
        }
    }
}

fn list_id(id: &str) -> String {
    format!("{SIMULATED}:{id}")
}

fn playlist(real: &Playlist) -> Playlist {
    Playlist {
        id: list_id(&real.id),
        source: SIMULATED.to_owned(),
        name: real.name.clone(),
        description: Some(
            "Simulated: name and places from a real list, audio and names of tracks made up."
                .to_owned(),
        ),
        first_seen: real.first_seen,
        last_seen: real.last_seen,
        ..Playlist::default()
    }
}

/// Numbers for the artists of the old catalogue, in the order of their appearance.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, usize>,
}

impl Names {
    /// Case and spaces mean nothing, as in a split.
    fn of(&mut self, name: &str) -> String {
        if name == UNKNOWN_ARTIST {
            return name.to_owned();
        }
        let words: Vec<&str> = name.split_whitespace().collect();
        let next = self.numbers.len() + 1;
        let number = self
            .numbers
            .entry(words.join(" ").to_lowercase())
            .or_insert(next);
        format!("Simulated artist {number}")
    }
}
