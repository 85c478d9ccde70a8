//! Chooses the playlists of a catalogue and their tracks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use catalogue::{Catalogue, Filter, rules};

/// The part of a catalogue that is simulated: a graph of playlists and tracks, by their indices in the catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyntheticDataset {
    /// Indices into the catalogue's playlists, sorted by name, then id: the order of a network's outputs.
    pub lists: Vec<usize>,
    /// In the order of the catalogue's tracks.
    pub tracks: Vec<SyntheticTrack>,
}

/// A track of the dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntheticTrack {
    /// Index into the catalogue's tracks.
    pub track: usize,
    /// Indices into [`SyntheticDataset::lists`]; ascending, not empty.
    pub lists: Vec<usize>,
}

/// Why a dataset cannot be chosen.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SyntheticDatasetError {
    /// No playlist is trainable; the number of all playlists.
    #[error(
        "none of the {0} lists can be learned by ear; `playlist-fit playlists learnable` says why, import others"
    )]
    NoLists(usize),
    /// A playlist would be too small to train on.
    #[error(
        "--tracks {tracks}: too few for {lists} lists, \"{name}\" would have {found} tracks by {artists} artists and could \
         not be learned; ask for more --tracks or fewer --lists"
    )]
    TooThin {
        /// Tracks requested.
        tracks: usize,
        /// Playlists requested.
        lists: usize,
        /// The playlist.
        name: String,
        /// Its tracks.
        found: usize,
        /// Its artists.
        artists: usize,
    },
}

/// A track's last placement on a playlist: day removed (the far future if it is still on it), then day added.
type Recency = (Date, Date);

impl SyntheticDataset {
    /// The `lists` largest trainable playlists on the catalogue's last day with at most `tracks` tracks. Each playlist
    /// contributes in proportion to its size on that day: first the tracks on it (last added first), then those removed
    /// last. So sizes, overlap and artists remain those of the catalogue.
    ///
    /// # Errors
    /// If no playlist is trainable, or one would be too small to train on.
    pub fn choose(
        catalogue: &Catalogue,
        lists: usize,
        tracks: usize,
    ) -> Result<SyntheticDataset, SyntheticDatasetError> {
        let filter = Filter::default();
        let (chosen, sizes) = largest(catalogue, &filter, lists);
        if chosen.is_empty() {
            return Err(SyntheticDatasetError::NoLists(catalogue.playlists.len()));
        }
        let on = nearest(&rankings(catalogue, &chosen, &sizes), tracks);
        let tracks_of = on
            .into_iter()
            .map(|(track, lists)| SyntheticTrack {
                track,
                lists: lists.into_iter().collect(),
            })
            .collect();
        let dataset = SyntheticDataset {
            lists: chosen,
            tracks: tracks_of,
        };
        dataset.is_thick_enough(catalogue, &filter, tracks)?;
        Ok(dataset)
    }

    /// Each track's lists, as metrics take them.
    #[must_use]
    pub fn truth(&self) -> Vec<Vec<usize>> {
        self.tracks
            .iter()
            .map(|track| track.lists.clone())
            .collect()
    }

    /// How many placements there are.
    #[must_use]
    pub fn placements(&self) -> usize {
        self.tracks.iter().map(|track| track.lists.len()).sum()
    }

    fn is_thick_enough(
        &self,
        catalogue: &Catalogue,
        filter: &Filter,
        tracks: usize,
    ) -> Result<(), SyntheticDatasetError> {
        for (place, &list) in self.lists.iter().enumerate() {
            let own = self
                .tracks
                .iter()
                .filter(|track| track.lists.contains(&place));
            let own: Vec<String> = own
                .map(|own| catalogue.tracks[own.track].split_group())
                .collect();
            let artists = own.iter().collect::<BTreeSet<_>>().len();
            if own.len() < filter.minimum_tracks || artists < filter.minimum_artists {
                return Err(SyntheticDatasetError::TooThin {
                    tracks,
                    lists: self.lists.len(),
                    name: catalogue.playlists[list].name.clone(),
                    found: own.len(),
                    artists,
                });
            }
        }
        Ok(())
    }
}

/// The places of the largest learnable lists, in the order of [`SyntheticDataset::lists`], and their sizes today.
///
/// The rules are asked about a user's own lists too: in the new catalogue these are no own files any more.
fn largest(catalogue: &Catalogue, filter: &Filter, count: usize) -> (Vec<usize>, Vec<usize>) {
    let places: HashMap<&str, usize> = (0..)
        .zip(&catalogue.playlists)
        .map(|(place, playlist)| (playlist.id.as_str(), place))
        .collect();
    let judged = catalogue.assess_playlists(filter).into_iter();
    let mut trainable: Vec<(usize, usize, usize)> = judged
        .filter(|list| list.excluded.is_none())
        .filter_map(|list| Some((*places.get(list.id.as_str())?, list.tracks_now)))
        .filter(|&(place, _)| {
            rules::first_hit(&filter.rules, &catalogue.playlists[place]).is_none()
        })
        .enumerate()
        .map(|(order, (place, size))| (order, place, size))
        .collect();
    trainable.sort_by_key(|&(order, _, size)| (std::cmp::Reverse(size), order));
    trainable.truncate(count);
    trainable.sort_unstable();
    trainable
        .into_iter()
        .map(|(_, place, size)| (place, size))
        .unzip()
}

/// Every placement on the chosen lists: how far back in the history of its playlist it is (1 is the size of today), the list's place
/// in the world, the track's in the catalogue. From the nearest to the farthest.
fn rankings(catalogue: &Catalogue, chosen: &[usize], sizes: &[usize]) -> Vec<(f64, usize, usize)> {
    let tracks: HashMap<&str, usize> = (0..)
        .zip(&catalogue.tracks)
        .map(|(place, track)| (track.id.as_str(), place))
        .collect();
    let lists: HashMap<&str, usize> = (0..)
        .zip(chosen)
        .map(|(place, &list)| (catalogue.playlists[list].id.as_str(), place))
        .collect();
    let mut latest: Vec<BTreeMap<usize, Recency>> = vec![BTreeMap::new(); chosen.len()];
    for row in &catalogue.placements {
        let list = lists.get(row.playlist.as_str());
        if let Some((&list, &track)) = list.zip(tracks.get(row.track.as_str())) {
            let stay = (
                row.removed.unwrap_or(Date::MAX),
                row.added.unwrap_or(Date::MIN),
            );
            let known = latest[list].entry(track).or_insert(stay);
            *known = stay.max(*known);
        }
    }
    let mut all = Vec::new();
    for (list, stays) in latest.into_iter().enumerate() {
        let mut stays: Vec<(usize, Recency)> = stays.into_iter().collect();
        stays.sort_by_key(|&(track, stay)| (std::cmp::Reverse(stay), track));
        let size = sizes[list].max(1) as f64;
        let ranked = stays.into_iter().enumerate();
        all.extend(ranked.map(|(rank, (track, _))| ((rank + 1) as f64 / size, list, track)));
    }
    all.sort_by(|one, other| {
        one.0
            .total_cmp(&other.0)
            .then((one.1, one.2).cmp(&(other.1, other.2)))
    });
    all
}

/// The tracks of the nearest placements, until one more track would be too many, each with its lists.
fn nearest(ranked: &[(f64, usize, usize)], tracks: usize) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut on: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for &(_, list, track) in ranked {
        if on.len() == tracks && !on.contains_key(&track) {
            break;
        }
        on.entry(track).or_default().insert(list);
    }
    on
}
