//! Lists that a bundle is given without training: tracks with their embeddings come in, the bundle learns to tell them
//! from what it holds and keeps them as neighbours. Its network, its figures and what taught it stay as they are.

#[cfg(test)]
mod comparison;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use super::{Bundle, Manifest, PlaylistCard, artist_fingerprints};
use catalogue::{SourceClaim, UNKNOWN_ARTIST};
use evaluation::{ArtistLinks, TooFewTracks, Tracks, artist_components, group_of, learn_few_shot};
use neighbours::{Neighbours, StoredTrack};

/// The source of a stored track that taught the network nothing.
pub const USER_ADDED: &str = "added by hand";

/// In characters.
const MAX_NAME_CHARS: usize = 100;
/// Ends the credits of what the network learned from.
const CREDITS_HEADING: &str = "\n## Added by hand\n";

/// A list to add, as the bundle's own network heard its tracks.
pub struct NewPlaylist {
    pub name: String,
    /// Their playlists and source are set by the bundle.
    pub tracks: Vec<StoredTrack>,
    /// `[tracks, width]`, each of unit length.
    pub embeddings: Vec<f32>,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AddError {
    #[error("invalid playlist name {0:?}: use 1 to {MAX_NAME_CHARS} characters on one line")]
    Name(String),
    #[error("the bundle was trained on a list called {0:?}; choose another name")]
    Trained(String),
    #[error("{name:?}: {reason}")]
    TooFew { name: String, reason: TooFewTracks },
}

impl NewPlaylist {
    /// Whether its tracks, by what is known of them, will do.
    ///
    /// # Errors
    /// Where tracks or artists are too few.
    pub fn enough(&self) -> Result<(), AddError> {
        let artist_links: Vec<ArtistLinks> = self.tracks.iter().map(ArtistLinks::from).collect();
        let artists: BTreeSet<usize> = artist_components(&artist_links).into_iter().collect();
        TooFewTracks::check(self.tracks.len(), artists.len()).map_err(|reason| AddError::TooFew {
            name: self.name.clone(),
            reason,
        })
    }
}

impl Manifest {
    /// Every list: those that the network was trained on in the order of its outputs, then the added ones.
    pub fn cards(&self) -> Vec<PlaylistCard> {
        let added = self.added.iter().map(|list| PlaylistCard {
            name: list.name.clone(),
            tracks: list.tracks,
            turnover: None,
        });
        self.playlists.iter().cloned().chain(added).collect()
    }

    /// The name as the bundle would keep it.
    ///
    /// # Errors
    /// Where it is none, or that of a list that the network was trained on.
    pub fn new_name(&self, name: &str) -> Result<String, AddError> {
        let name = name.trim();
        let sound = 1..=MAX_NAME_CHARS;
        if !sound.contains(&name.chars().count()) || name.contains(char::is_control) {
            return Err(AddError::Name(name.chars().take(MAX_NAME_CHARS).collect()));
        }
        match self.playlists.iter().find(|card| same(&card.name, name)) {
            Some(card) => Err(AddError::Trained(card.name.clone())),
            None => Ok(name.to_owned()),
        }
    }
}

/// Names that a reader could not tell apart.
fn same(left: &str, right: &str) -> bool {
    let shown = |name: &str| name.replace('_', " ").to_lowercase();
    shown(left) == shown(right)
}

impl Bundle {
    /// Adds a list, in the place of an added one of the same name; answers whether there was one.
    ///
    /// # Errors
    /// Where the name will not do, or tracks or artists are too few; the bundle is then as it was.
    pub fn add(&mut self, list: NewPlaylist) -> Result<bool, AddError> {
        let name = self.manifest.new_name(&list.name)?;
        let mut changed = self.clone();
        let replaced = changed.remove_added(&name);
        changed.learn(NewPlaylist { name, ..list })?;
        *self = changed;
        Ok(replaced)
    }

    /// The stored tracks that taught the network, on the lists that it was trained on: evidence for baselines. Added
    /// tracks are none.
    pub fn trained_neighbours(&self) -> Neighbours {
        let mut trained_neighbours = self.neighbours.clone();
        retain_playlists(&mut trained_neighbours, &|list| {
            (list < self.manifest.playlists.len()).then_some(list)
        });
        trained_neighbours
    }

    /// The stored tracks that taught the network.
    pub fn training_tracks(&self) -> impl Iterator<Item = &StoredTrack> + Clone {
        let trained = self.manifest.playlists.len();
        let tracks = self.neighbours.tracks.iter();
        tracks.filter(move |track| track.playlists.iter().any(|&list| list < trained))
    }

    fn remove_added(&mut self, name: &str) -> bool {
        let added = &mut self.manifest.added;
        let Some(place) = added.iter().position(|list| same(&list.name, name)) else {
            return false;
        };
        added.remove(place);
        let gone = self.manifest.playlists.len() + place;
        retain_playlists(&mut self.neighbours, &|list| {
            (list != gone).then_some(list - usize::from(list > gone))
        });
        true
    }

    fn learn(&mut self, new: NewPlaylist) -> Result<(), AddError> {
        let NewPlaylist {
            name,
            tracks,
            embeddings,
        } = new;
        let width = self.neighbours.width;
        let stored = self.neighbours.tracks.len();
        let artist_links: Vec<ArtistLinks> = self
            .neighbours
            .tracks
            .iter()
            .chain(&tracks)
            .map(ArtistLinks::from)
            .collect();
        let artists = group_of(&artist_links);
        let others = self.others(&tracks, &embeddings);
        let rows: Vec<f32> = others
            .iter()
            .flat_map(|&place| self.embedding(place))
            .copied()
            .collect();
        let other_artists: Vec<String> =
            others.iter().map(|&place| artists[place].clone()).collect();
        let own = Tracks {
            embeddings: &embeddings,
            artists: &artists[stored..],
        };
        let others = Tracks {
            embeddings: &rows,
            artists: &other_artists,
        };
        let mut learned = learn_few_shot(&name, own, others, width)
            .map_err(|reason| AddError::TooFew { name, reason })?;
        learned.unknown_artists = tracks
            .iter()
            .filter(|track| has_no_known_artist(track))
            .count();
        self.manifest.added.push(learned);
        self.add_fingerprints(&tracks);
        self.store(tracks, &embeddings);
        self.credit();
        Ok(())
    }

    /// Places of the stored tracks that may speak against the list: none of its own recordings, nor one that sounds
    /// the same.
    fn others(&self, tracks: &[StoredTrack], embeddings: &[f32]) -> Vec<usize> {
        let own: BTreeSet<&str> = tracks
            .iter()
            .map(|track| track.audio_hash.as_str())
            .collect();
        let mut nearest = vec![-1.0_f32; self.neighbours.tracks.len()];
        for embedding in embeddings.chunks_exact(self.neighbours.width.max(1)) {
            let similarities = self.neighbours.similarities(embedding);
            for (nearest, similarity) in nearest.iter_mut().zip(similarities) {
                *nearest = nearest.max(similarity);
            }
        }
        (0..nearest.len())
            .filter(|&place| {
                nearest[place] <= self.manifest.same_recording_above
                    && !own.contains(self.neighbours.tracks[place].audio_hash.as_str())
            })
            .collect()
    }

    fn embedding(&self, place: usize) -> &[f32] {
        let width = self.neighbours.width;
        &self.neighbours.embeddings[place * width..(place + 1) * width]
    }

    /// From now on a test on these would flatter.
    fn add_fingerprints(&mut self, tracks: &[StoredTrack]) {
        let mut training_fingerprints: BTreeSet<String> =
            self.manifest.training_fingerprints.drain(..).collect();
        training_fingerprints.extend(tracks.iter().flat_map(artist_fingerprints));
        self.manifest.training_fingerprints = training_fingerprints.into_iter().collect();
    }

    /// A recording that is stored already is on one more list; the others are stored as added by hand.
    fn store(&mut self, tracks: Vec<StoredTrack>, embeddings: &[f32]) {
        let list = self.manifest.playlists.len() + self.manifest.added.len() - 1;
        let stored = &mut self.neighbours;
        let mut known: HashMap<String, usize> = HashMap::new();
        for (place, track) in stored.tracks.iter().enumerate() {
            known.insert(track.audio_hash.clone(), place);
        }
        let rows = embeddings.chunks_exact(stored.width.max(1));
        for (track, row) in tracks.into_iter().zip(rows) {
            match known.get(&track.audio_hash) {
                Some(&place) => {
                    let known = &mut stored.tracks[place];
                    known.playlists.push(list);
                    known.descriptors = known.descriptors.or(track.descriptors);
                }
                None => {
                    known.insert(track.audio_hash.clone(), stored.tracks.len());
                    stored.embeddings.extend(row);
                    stored.tracks.push(user_added(track, list));
                }
            }
        }
    }

    /// Writes the credits of the added tracks anew, behind those of what the network learned from.
    fn credit(&mut self) {
        let end = self
            .credits
            .rfind(CREDITS_HEADING)
            .unwrap_or(self.credits.len());
        self.credits.truncate(end);
        let added = self
            .neighbours
            .tracks
            .iter()
            .filter(|track| track.source == USER_ADDED);
        self.credits.push_str(CREDITS_HEADING);
        self.credits.push_str(
            "\nThe network learned nothing from these; the bundle holds their embeddings.\n\n",
        );
        self.credits.extend(added.map(super::credits::entry));
    }
}

/// As the bundle keeps it, with its licence: it taught nothing and may not.
fn user_added(track: StoredTrack, list: usize) -> StoredTrack {
    let claims = track.claims.iter();
    let claim = SourceClaim {
        source: USER_ADDED.into(),
        licence: track.licence.clone(),
        may_train: Some(false),
        retrieved: claims.filter_map(|stated| stated.retrieved).max(),
        quality_flag: None,
    };
    StoredTrack {
        playlists: vec![list],
        source: USER_ADDED.into(),
        claims: vec![claim],
        ..track
    }
}

fn has_no_known_artist(track: &StoredTrack) -> bool {
    track.artists.iter().all(|artist| artist == UNKNOWN_ARTIST)
}

/// Puts every track on the lists that `kept` makes of its own; a track that is left on none goes.
fn retain_playlists(neighbours: &mut Neighbours, kept: &dyn Fn(usize) -> Option<usize>) {
    let width = neighbours.width.max(1);
    let tracks = std::mem::take(&mut neighbours.tracks);
    let embeddings = std::mem::take(&mut neighbours.embeddings);
    for (mut track, row) in tracks.into_iter().zip(embeddings.chunks_exact(width)) {
        track.playlists = track.playlists.into_iter().filter_map(kept).collect();
        if !track.playlists.is_empty() {
            neighbours.tracks.push(track);
            neighbours.embeddings.extend(row);
        }
    }
}
