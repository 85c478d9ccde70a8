//! What of a catalogue a network may and can learn from, and why the rest is left out.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::rules::{self, ListRule};
use super::{Catalogue, Licence, Placement, Playlist, Provenance, Track, terms};

/// What the user wants to learn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// A track must be under one of these, in every source that states a licence for it. Own files without a
    /// word on their licence are [`Licence::Unstated`].
    pub licences: Vec<Licence>,
    /// Whether rows that are not to be relied on count.
    #[serde(rename = "allow_doubt")]
    pub allow_flagged: bool,
    /// A playlist with fewer learnable tracks is left out.
    pub minimum_tracks: usize,
    /// A playlist with learnable tracks by fewer artists is left out: it would teach a voice. With fewer than three, no
    /// artist is left to learn from, to stop by or to test on.
    pub minimum_artists: usize,
    /// Which lists of services are left out by their kind.
    pub rules: Vec<ListRule>,
    /// Sources whose terms forbid training and that the user trains on all the same, from [`terms::allow`]. Never part
    /// of a file of settings: whoever passes one on must not pass on the decision.
    #[serde(skip)]
    pub allowed_sources: BTreeSet<String>,
}

impl Default for Filter {
    fn default() -> Filter {
        let may_train = |licence: &Licence| licence.may_train() || *licence == Licence::Unstated;
        let licences = Licence::ALL.into_iter().filter(may_train).collect();
        Filter {
            licences,
            allow_flagged: false,
            minimum_tracks: 5,
            minimum_artists: 2,
            rules: rules::shipped(),
            allowed_sources: BTreeSet::new(),
        }
    }
}

/// The part of a catalogue that may be learned from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainableSet {
    /// In the order of the catalogue.
    pub tracks: Vec<TrainableTrack>,
    /// By name, then id: the order of a network's outputs.
    pub playlists: Vec<Playlist>,
    pub excluded: Vec<Exclusion>,
}

/// A track with audio on at least one playlist.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainableTrack {
    /// Index into the catalogue's tracks.
    pub track: usize,
    /// Indices into [`TrainableSet::playlists`], ascending, never empty.
    pub playlists: Vec<usize>,
}

/// Something that is not learned from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Exclusion {
    /// `tracks`, `placements` of tracks that are learned from on other lists, or the name of a playlist.
    pub what: String,
    /// Whose word it is, or whose list; none where no source has to do with it.
    pub source: Option<String>,
    #[serde(rename = "why")]
    pub reason: String,
    /// How many tracks this concerns.
    pub count: usize,
}

impl fmt::Display for Exclusion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        if let Some(source) = &self.source {
            write!(formatter, " of {source}")?;
        }
        write!(formatter, ": {} ({} tracks)", self.reason, self.count)
    }
}

/// What is left out, without its count.
type Reason = (&'static str, Option<String>, String);

/// The lists on which a track may be learned.
struct Usable<'a> {
    track: usize,
    lists: BTreeSet<&'a str>,
}

impl Catalogue {
    /// The tracks with audio that may train, are under a wanted licence, free of doubt, and on a playlist that can be
    /// learned (see [`Catalogue::assess_playlists`]) with enough such tracks. A track that left a playlist still counts: an
    /// editor had put it there.
    ///
    /// A licence or a doubt speaks of the recording and holds whoever states it. The permission to train
    /// speaks of a source: a placement on a list of a source that forbids training is not used, while the
    /// same recording may be learned from on the user's own lists.
    #[must_use]
    pub fn trainable(&self, filter: &Filter) -> TrainableSet {
        let sources = self.provenance_by_track();
        let mut placements: HashMap<&str, Vec<&Placement>> = HashMap::new();
        for row in &self.placements {
            placements.entry(&row.track).or_default().push(row);
        }
        let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
        let mut usable = Vec::new();
        for (index, track) in self.tracks.iter().enumerate() {
            let (sources, placements) = (rows_of(&sources, track), rows_of(&placements, track));
            match filter.usable_playlists(track, sources, placements) {
                Ok((lists, unused)) => {
                    usable.push(Usable {
                        track: index,
                        lists,
                    });
                    for source in unused {
                        *reasons.entry(unused_placement(source)).or_default() += 1;
                    }
                }
                Err(reason) => *reasons.entry(reason).or_default() += 1,
            }
        }
        self.on_trainable_playlists(filter, usable, reasons)
    }

    /// Keeps the playlists that are worth learning, and the tracks on them.
    fn on_trainable_playlists(
        &self,
        filter: &Filter,
        usable: Vec<Usable>,
        mut reasons: BTreeMap<Reason, usize>,
    ) -> TrainableSet {
        let (playlists, ineligible) = self.trainable_playlists(filter, &usable);
        let outputs: HashMap<&str, usize> = playlists
            .iter()
            .enumerate()
            .map(|(output, playlist)| (playlist.id.as_str(), output))
            .collect();
        let mut tracks = Vec::new();
        for Usable { track, lists } in usable {
            let on: BTreeSet<usize> = lists
                .iter()
                .filter_map(|id| outputs.get(id).copied())
                .collect();
            if on.is_empty() {
                let reason = "only on playlists that are left out".to_owned();
                *reasons.entry(("tracks", None, reason)).or_default() += 1;
            } else {
                tracks.push(TrainableTrack {
                    track,
                    playlists: on.into_iter().collect(),
                });
            }
        }
        let rows = reasons
            .into_iter()
            .map(|((what, source, reason), count)| Exclusion {
                what: what.to_owned(),
                source,
                reason,
                count,
            });
        TrainableSet {
            tracks,
            playlists,
            excluded: rows.chain(ineligible).collect(),
        }
    }

    /// The playlists that can be learned and have enough usable tracks, by name, then id; and the others.
    fn trainable_playlists(
        &self,
        filter: &Filter,
        usable: &[Usable],
    ) -> (Vec<Playlist>, Vec<Exclusion>) {
        let mut tracks_on: HashMap<&str, Vec<usize>> = HashMap::new();
        for Usable { track, lists } in usable {
            for list in lists {
                tracks_on.entry(list).or_default().push(*track);
            }
        }
        let by_id: HashMap<&str, &Playlist> = self
            .playlists
            .iter()
            .map(|playlist| (playlist.id.as_str(), playlist))
            .collect();
        let (mut trainable, mut excluded) = (Vec::new(), Vec::new());
        for list in self.assess_playlists(filter) {
            let tracks = tracks_on
                .get(list.id.as_str())
                .map_or(&[][..], Vec::as_slice);
            let artists: HashSet<String> = tracks
                .iter()
                .map(|&track| self.tracks[track].split_group())
                .collect();
            let ineligible = list
                .excluded
                .or_else(|| filter.too_small("learnable", tracks.len(), artists.len()));
            match ineligible {
                None => trainable.extend(by_id.get(list.id.as_str()).copied().cloned()),
                Some(ineligible) => excluded.push(Exclusion {
                    what: list.name,
                    source: Some(list.source),
                    reason: ineligible.reason,
                    count: list.tracks_ever,
                }),
            }
        }
        (trainable, excluded)
    }
}

impl Filter {
    /// Every list and every track whose licence does not forbid it, for whoever measures and does not learn.
    #[must_use]
    pub fn everything() -> Filter {
        Filter {
            licences: Licence::ALL.to_vec(),
            allow_flagged: true,
            minimum_tracks: 1,
            minimum_artists: 1,
            rules: Vec::new(),
            allowed_sources: BTreeSet::new(),
        }
    }

    /// The ids of the playlists on which a track may be learned, and the sources of those on which it may not; or why
    /// there are none of the first.
    fn usable_playlists<'a>(
        &self,
        track: &Track,
        sources: &[&Provenance],
        placements: &[&'a Placement],
    ) -> Result<(BTreeSet<&'a str>, BTreeSet<&'a str>), Reason> {
        let of_track = |reason: &str| ("tracks", None, reason.to_owned());
        let of_row =
            |row: &Provenance, reason: String| ("tracks", Some(row.source.clone()), reason);
        if let Some((row, reason)) = sources
            .iter()
            .find_map(|row| Some((row, self.refusal(row)?)))
        {
            return Err(of_row(row, reason));
        }
        if placements.is_empty() {
            return Err(of_track("on no playlist"));
        }
        // A track that came back has several stays on a list; it is on it once.
        let lists: BTreeSet<&str> = placements.iter().map(|row| row.playlist.as_str()).collect();
        let (usable, unused): (BTreeSet<&str>, BTreeSet<&str>) = lists
            .into_iter()
            .partition(|list| self.may_train_on(list, sources));
        if usable.is_empty() {
            return Err(match sources.iter().find(|row| !self.permits(row)) {
                Some(row) => of_row(row, self.forbidden(row)),
                None => of_track("nobody says where it comes from"),
            });
        }
        if track.audio.is_none() || track.audio_hash.is_none() {
            return Err(of_track("no audio"));
        }
        Ok((usable, unused.into_iter().map(source_of).collect()))
    }

    /// Why a source's word on the recording keeps it out.
    fn refusal(&self, row: &Provenance) -> Option<String> {
        if let Some(quality_flag) = row.quality_flag.as_ref().filter(|_| !self.allow_flagged) {
            return Some(format!("in doubt: {quality_flag}"));
        }
        let licence = Licence::parse(&row.licence);
        match licence.refusal() {
            Some(reason) if licence != Licence::Unstated => {
                Some(format!("{}: {reason}", row.licence))
            }
            Some(_) if !row.may_train => None,
            _ if self.licences.contains(&licence) => None,
            _ => Some(format!("{licence} is not among the licences wanted")),
        }
    }

    /// Whether a source lets its row train, or the user decided so although its terms forbid it. Such a decision speaks
    /// of the terms alone: what the row says of a licence must be wanted all the same.
    fn permits(&self, row: &Provenance) -> bool {
        row.may_train
            || (self.is_allowed(row) && self.licences.contains(&Licence::parse(&row.licence)))
    }

    fn is_allowed(&self, row: &Provenance) -> bool {
        terms::forbids(&row.source) && self.allowed_sources.contains(&row.source)
    }

    fn forbidden(&self, row: &Provenance) -> String {
        let licence = Licence::parse(&row.licence);
        if self.is_allowed(row) {
            format!("{licence} is not among the licences wanted")
        } else if terms::forbids(&row.source) {
            "its terms do not allow training".to_owned()
        } else {
            "does not allow training".to_owned()
        }
    }

    /// The list's own source decides where it has a row on the track; else one source that allows it is enough.
    fn may_train_on(&self, playlist: &str, sources: &[&Provenance]) -> bool {
        let is_its_source = |row: &Provenance| {
            playlist
                .strip_prefix(&row.source)
                .is_some_and(|key| key.starts_with(':'))
        };
        match sources.iter().find(|row| is_its_source(row)) {
            Some(row) => self.permits(row),
            None => sources.iter().any(|row| self.permits(row)),
        }
    }
}

/// Of a track that is learned from on other lists.
fn unused_placement(source: &str) -> Reason {
    let reason = "may not train; the tracks are learned from on other lists".to_owned();
    ("placements", Some(source.to_owned()), reason)
}

fn source_of(playlist: &str) -> &str {
    playlist
        .split_once(':')
        .map_or(playlist, |(source, _)| source)
}

fn rows_of<'a, 'b, R>(groups: &'a HashMap<&str, Vec<&'b R>>, track: &Track) -> &'a [&'b R] {
    groups.get(track.id.as_str()).map_or(&[], Vec::as_slice)
}
