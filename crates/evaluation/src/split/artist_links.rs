//! Links between tracks: credited artists, the recording, and near-duplicates.

use std::collections::BTreeSet;
use std::fmt;

use super::SplitPlan;
use neighbours::StoredTrack;

/// Names that identify no artist.
const PLACEHOLDER_ARTISTS: [&str; 5] = [
    "unknown artist",
    "unknown",
    "various artists",
    "various",
    "va",
];
/// Prefix of the group name of a track without a known artist.
const UNKNOWN_GROUP_PREFIX: &str = "unknown artist of ";

/// The links of a track. Linked tracks belong in one partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArtistLinks {
    /// Group of the catalogue, usually the first artist.
    pub artist_group: String,
    /// Every credited artist, as the catalogue writes them; one entry may name several.
    pub artists: Vec<String>,
    /// Hash of the recording.
    pub audio_hash: String,
    /// Name of the near-duplicate cluster of the track. `None` if it has no near-duplicate.
    pub near_duplicates: Option<String>,
}

/// Something that two tracks can share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// A normalised artist name.
    Artist(String),
    /// An audio hash.
    Recording(String),
    /// The name of a near-duplicate cluster.
    NearDuplicates(String),
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Artist(name) => write!(formatter, "artist {name}"),
            Self::Recording(hash) => write!(formatter, "recording {hash}"),
            Self::NearDuplicates(name) => write!(formatter, "one of the near-duplicates of {name}"),
        }
    }
}

impl From<&StoredTrack> for ArtistLinks {
    fn from(track: &StoredTrack) -> Self {
        let artists = track.artists.iter().cloned();
        Self {
            artist_group: track.artist_group.clone(),
            artists: artists.chain(guests(&track.title)).collect(),
            audio_hash: track.audio_hash.clone(),
            near_duplicates: None,
        }
    }
}

impl ArtistLinks {
    /// The links of each track, with the near-duplicates of `plan`.
    #[must_use]
    pub fn for_tracks(tracks: &[StoredTrack], plan: &SplitPlan) -> Vec<Self> {
        let clusters = plan.clusters(tracks.len());
        let name = |first: usize| format!("\"{}\" (track {})", tracks[first].title, first + 1);
        let artist_links = tracks.iter().map(Self::from);
        artist_links
            .zip(clusters)
            .map(|(artist_links, cluster)| Self {
                near_duplicates: cluster.map(name),
                ..artist_links
            })
            .collect()
    }

    /// All links, sorted, without duplicates.
    #[must_use]
    pub fn links(&self) -> BTreeSet<Link> {
        let artists = self.names().map(Link::Artist);
        let audio_hash = Some(&self.audio_hash).filter(|audio_hash| !audio_hash.is_empty());
        artists
            .chain(audio_hash.cloned().map(Link::Recording))
            .chain(self.near_duplicates.clone().map(Link::NearDuplicates))
            .collect()
    }

    /// Whether an artist is known. Without one a leak cannot be ruled out, so the track is used for training only.
    #[must_use]
    pub fn has_known_artist(&self) -> bool {
        self.names().next().is_some()
    }

    /// All artist names in lower case, possibly with duplicates.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let group = Some(&self.artist_group)
            .filter(|group| !folded(group).starts_with(UNKNOWN_GROUP_PREFIX));
        let texts = self.artists.iter().chain(group);
        texts.flat_map(|text| artist_names(text))
    }
}

/// A credit, and each artist that it may name: `A feat. B`, `A & B`, `A, B`. A duo is split too; the extra link is harmless.
/// Ignores case and spacing.
#[must_use]
pub fn artist_names(text: &str) -> BTreeSet<String> {
    let whole = folded(text);
    let mut names: BTreeSet<String> = whole
        .replace([',', ';'], " & ")
        // Brackets hold a guest after a word such as `feat.`, otherwise a part of the name: `Nadia (UK)`.
        .replace(['(', ')', '[', ']'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .split(|word| joins(word))
        .map(|words| words.join(" "))
        // Single characters are parts of one name.
        .filter(|name| name.chars().count() > 1)
        .collect();
    names.insert(whole);
    names.retain(|name| !name.is_empty() && !PLACEHOLDER_ARTISTS.contains(&name.as_str()));
    names
}

/// Whether a word joins two names.
fn joins(word: &str) -> bool {
    let joining = ["&", "+", "/", "×", "x", "and", "vs", "vs.", "with"];
    joining.contains(&word) || is_featuring(word)
}

fn is_featuring(word: &str) -> bool {
    ["feat", "feat.", "ft", "ft.", "featuring"].contains(&word)
}

/// The guest artist in a title: `Song (feat. B)`, `Song ft. B`, `Song (with B)`.
fn guests(title: &str) -> Option<String> {
    let title = folded(title);
    let words: Vec<&str> = title.split(' ').collect();
    let opens = |word: &str| word.starts_with(['(', '[']);
    let bare = |word: &str| word.trim_start_matches(['(', '[']).to_owned();
    let begins = |word: &&str| is_featuring(&bare(word)) || (opens(word) && bare(word) == "with");
    let first = words.iter().position(begins)?;
    let last = words[first + 1..]
        .iter()
        .position(|word| word.ends_with([')', ']']))
        .map_or(words.len(), |length| first + 2 + length);
    let guests = words.get(first + 1..last)?.join(" ");
    let guests = guests.trim_end_matches([')', ']']).to_owned();
    Some(guests).filter(|guests| !guests.is_empty())
}

/// Lower case, single spaces.
fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
