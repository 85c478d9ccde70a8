//! What ties a track to others: whoever is credited on it, and the recording, as a file and as it sounds.

use std::collections::BTreeSet;
use std::fmt;

use super::SplitPlan;
use neighbours::StoredTrack;

/// Names behind which nobody stands, or anybody.
const PLACEHOLDER_ARTISTS: [&str; 5] = [
    "unknown artist",
    "unknown",
    "various artists",
    "various",
    "va",
];
/// How the catalogue names the group of a track of which nobody says who plays.
const UNKNOWN_GROUP_PREFIX: &str = "unknown artist of ";

/// What ties a track to others that must not stand on the other side of a split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArtistLinks {
    pub artist_group: String,
    /// Every credited artist, as the catalogue writes them; one entry may name several.
    pub artists: Vec<String>,
    /// Hash of the recording.
    pub audio_hash: String,
    /// Name of the cluster of near-duplicates that the track is in; none where nothing sounds like it.
    pub near_duplicates: Option<String>,
}

/// One thing that two tracks may have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    Artist(String),
    Recording(String),
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
    /// Of each track, with what `plan` says of recordings that sound the same.
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

    /// Everything that may tie the track to another, each once, in order.
    #[must_use]
    pub fn links(&self) -> BTreeSet<Link> {
        let artists = self.names().map(Link::Artist);
        let audio_hash = Some(&self.audio_hash).filter(|audio_hash| !audio_hash.is_empty());
        artists
            .chain(audio_hash.cloned().map(Link::Recording))
            .chain(self.near_duplicates.clone().map(Link::NearDuplicates))
            .collect()
    }

    /// Whether anybody says who plays. Where nobody does, it cannot be shown that the artist stands on one side alone,
    /// so that the track may teach and must not be measured on.
    #[must_use]
    pub fn has_known_artist(&self) -> bool {
        self.names().next().is_some()
    }

    /// Every name that ties the track to its artists, lower case; one may come twice.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let group = Some(&self.artist_group)
            .filter(|group| !folded(group).starts_with(UNKNOWN_GROUP_PREFIX));
        let texts = self.artists.iter().chain(group);
        texts.flat_map(|text| artist_names(text))
    }
}

/// The whole of an artist as credited, and each of those that it may name: `A feat. B`, `A & B`, `A, B`. A duo is cut
/// in two as well: that ties more than it must, which does a split no harm. Case and spacing mean nothing.
#[must_use]
pub fn artist_names(text: &str) -> BTreeSet<String> {
    let whole = folded(text);
    let mut names: BTreeSet<String> = whole
        .replace([',', ';'], " & ")
        // What stands in brackets is a guest where a word says so, else a part of the name: `Nadia (UK)`.
        .replace(['(', ')', '[', ']'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .split(|word| joins(word))
        .map(|words| words.join(" "))
        // A letter or a digit is left of a name that was no list of names.
        .filter(|name| name.chars().count() > 1)
        .collect();
    names.insert(whole);
    names.retain(|name| !name.is_empty() && !PLACEHOLDER_ARTISTS.contains(&name.as_str()));
    names
}

/// Whether a word stands between two names.
fn joins(word: &str) -> bool {
    let joining = ["&", "+", "/", "×", "x", "and", "vs", "vs.", "with"];
    joining.contains(&word) || is_featuring(word)
}

fn is_featuring(word: &str) -> bool {
    ["feat", "feat.", "ft", "ft.", "featuring"].contains(&word)
}

/// Who stands in a title as its guest: `Song (feat. B)`, `Song ft. B`, `Song (with B)`.
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
