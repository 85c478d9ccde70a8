//! The part of a catalogue that a network may be trained on, and why the rest is excluded.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::rules::{self, PlaylistRule};
use super::{
    Catalogue, CountedTracks, Excluded, Exclusion, ExclusionReason, Licence, Placement, Playlist,
    Provenance, Track, terms,
};

/// What the user wants to train on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// A track must be under one of these, in every source that states a licence for it. The user's files without a
    /// licence are [`Licence::Unstated`]. Unit: names. Range: the licences that permit training.
    pub licences: Vec<Licence>,
    /// Whether rows with a [`Provenance::quality_flag`] are used. Unit: boolean. Range: true or false.
    #[serde(alias = "allow_doubt")]
    pub allow_flagged: bool,
    /// A playlist with fewer trainable tracks is excluded. Unit: tracks. Range: 1 and more.
    pub minimum_tracks: usize,
    /// A playlist with trainable tracks by fewer artists is excluded: the network would recognise the voice. With fewer
    /// than three artists, one of training, validation and test set gets none.
    /// Unit: artists. Range: 1 and more.
    pub minimum_artists: usize,
    /// Rules that exclude playlists of services by name or description. Unit: tables. Range: any.
    pub rules: Vec<PlaylistRule>,
    /// Sources whose terms forbid training and that the user trains on nevertheless, from [`terms::allow`]. Never part
    /// of a settings file: a copy of the file must not carry the decision.
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

/// The part of a catalogue that may be trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainableSet {
    /// The tracks, in the order of the catalogue.
    pub tracks: Vec<TrainableTrack>,
    /// The playlists by name, then id: the order of the network's outputs.
    pub playlists: Vec<Playlist>,
    /// What is not trained on: tracks and placements by reason, then playlists by name.
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

/// An [`Exclusion`] without its count.
type Reason = (Excluded, Option<String>, ExclusionReason);

/// A track and the playlists as a member of which it may be trained on.
struct Usable<'a> {
    track: usize,
    playlists: BTreeSet<&'a str>,
}

impl Catalogue {
    /// The tracks with audio that may be trained on, are under a wanted licence, have no quality flag, and are on an
    /// eligible playlist (see [`Catalogue::assess_playlists`]) with enough such tracks. A track that left a playlist
    /// still counts: an editor had chosen it.
    ///
    /// A licence or a quality flag is about the recording and holds for all its placements. The permission to train is
    /// about a source: a placement on a playlist of a source that forbids training is not used, while the same
    /// recording may be trained on as a member of the user's own playlists.
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
                Ok((playlists, unused)) => {
                    usable.push(Usable {
                        track: index,
                        playlists,
                    });
                    for source in unused {
                        *reasons.entry(unused_placement(source)).or_default() += 1;
                    }
                }
                Err(reason) => *reasons.entry(*reason).or_default() += 1,
            }
        }
        self.on_trainable_playlists(filter, usable, reasons)
    }

    /// The eligible playlists, and the tracks on them.
    fn on_trainable_playlists(
        &self,
        filter: &Filter,
        usable: Vec<Usable>,
        mut reasons: BTreeMap<Reason, usize>,
    ) -> TrainableSet {
        let (trainable, ineligible) = self.trainable_playlists(filter, &usable);
        let outputs: HashMap<&str, usize> = trainable
            .iter()
            .enumerate()
            .map(|(output, playlist)| (playlist.id.as_str(), output))
            .collect();
        let mut tracks = Vec::new();
        for Usable { track, playlists } in usable {
            let on: BTreeSet<usize> = playlists
                .iter()
                .filter_map(|id| outputs.get(id).copied())
                .collect();
            if on.is_empty() {
                let reason = ExclusionReason::OnlyExcludedPlaylists;
                *reasons.entry((Excluded::Tracks, None, reason)).or_default() += 1;
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
                what,
                source,
                reason,
                count,
            });
        TrainableSet {
            tracks,
            playlists: trainable,
            excluded: rows.chain(ineligible).collect(),
        }
    }

    /// The eligible playlists with enough usable tracks, by name, then id; and the others.
    fn trainable_playlists(
        &self,
        filter: &Filter,
        usable: &[Usable],
    ) -> (Vec<Playlist>, Vec<Exclusion>) {
        let mut tracks_on: HashMap<&str, Vec<usize>> = HashMap::new();
        for Usable { track, playlists } in usable {
            for playlist in playlists {
                tracks_on.entry(playlist).or_default().push(*track);
            }
        }
        let by_id: HashMap<&str, &Playlist> = self
            .playlists
            .iter()
            .map(|playlist| (playlist.id.as_str(), playlist))
            .collect();
        let (mut trainable, mut excluded) = (Vec::new(), Vec::new());
        for playlist in self.assess_playlists(filter) {
            let tracks = tracks_on
                .get(playlist.id.as_str())
                .map_or(&[][..], Vec::as_slice);
            let artists: HashSet<String> = tracks
                .iter()
                .map(|&track| self.tracks[track].split_group())
                .collect();
            let ineligible = playlist.excluded.or_else(|| {
                filter.too_small(CountedTracks::Trainable, tracks.len(), artists.len())
            });
            match ineligible {
                None => trainable.extend(by_id.get(playlist.id.as_str()).copied().cloned()),
                Some(ineligible) => excluded.push(Exclusion {
                    what: Excluded::Playlist(playlist.name),
                    source: Some(playlist.source),
                    reason: ExclusionReason::Playlist(ineligible),
                    count: playlist.tracks_ever,
                }),
            }
        }
        (trainable, excluded)
    }
}

impl Filter {
    /// All playlists and all tracks whose licence does not forbid it: for measuring, not for training.
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

    /// The ids of the playlists as a member of which a track may be trained on, and the sources of the playlists as a
    /// member of which it may not; or the reason if the first are none.
    fn usable_playlists<'a>(
        &self,
        track: &Track,
        sources: &[&Provenance],
        placements: &[&'a Placement],
    ) -> Result<(BTreeSet<&'a str>, BTreeSet<&'a str>), Box<Reason>> {
        let of_track = |reason| Box::new((Excluded::Tracks, None, reason));
        let of_row = |row: &Provenance, reason| {
            Box::new((Excluded::Tracks, Some(row.source.clone()), reason))
        };
        if let Some((row, reason)) = sources
            .iter()
            .find_map(|row| Some((row, self.refusal(row)?)))
        {
            return Err(of_row(row, reason));
        }
        if placements.is_empty() {
            return Err(of_track(ExclusionReason::NoPlaylist));
        }
        // A track that was removed and added again has several placements on one playlist.
        let playlists: BTreeSet<&str> =
            placements.iter().map(|row| row.playlist.as_str()).collect();
        let (usable, unused): (BTreeSet<&str>, BTreeSet<&str>) = playlists
            .into_iter()
            .partition(|playlist| self.may_train_on(playlist, sources));
        if usable.is_empty() {
            return Err(match sources.iter().find(|row| !self.permits(row)) {
                Some(row) => of_row(row, self.forbidden(row)),
                None => of_track(ExclusionReason::UnknownSource),
            });
        }
        if track.audio.is_none() || track.audio_hash.is_none() {
            return Err(of_track(ExclusionReason::NoAudio));
        }
        Ok((usable, unused.into_iter().map(source_of).collect()))
    }

    /// Why what a source states about the recording excludes it.
    fn refusal(&self, row: &Provenance) -> Option<ExclusionReason> {
        if let Some(quality_flag) = row.quality_flag.as_ref().filter(|_| !self.allow_flagged) {
            return Some(ExclusionReason::Flagged(quality_flag.clone()));
        }
        let licence = Licence::parse(&row.licence);
        if !licence.may_train() && licence != Licence::Unstated {
            let written = row.licence.clone();
            return Some(ExclusionReason::LicenceForbids { written, licence });
        }
        let is_wanted =
            self.licences.contains(&licence) || (licence == Licence::Unstated && !row.may_train);
        (!is_wanted).then_some(ExclusionReason::LicenceNotWanted(licence))
    }

    /// Whether a source allows training on its row, or the user decided so although its terms forbid it. The decision
    /// is about the terms only: the row's licence must still be a wanted one.
    fn permits(&self, row: &Provenance) -> bool {
        row.may_train
            || (self.is_allowed(row) && self.licences.contains(&Licence::parse(&row.licence)))
    }

    fn is_allowed(&self, row: &Provenance) -> bool {
        terms::forbids(&row.source) && self.allowed_sources.contains(&row.source)
    }

    fn forbidden(&self, row: &Provenance) -> ExclusionReason {
        if self.is_allowed(row) {
            ExclusionReason::LicenceNotWanted(Licence::parse(&row.licence))
        } else if terms::forbids(&row.source) {
            ExclusionReason::TermsForbid
        } else {
            ExclusionReason::NotPermitted
        }
    }

    /// The playlist's own source decides if it has a row on the track; otherwise one source that allows it is enough.
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

/// The placements of a track that is trained on as a member of other playlists.
fn unused_placement(source: &str) -> Reason {
    let source = Some(source.to_owned());
    (Excluded::Placements, source, ExclusionReason::NotPermitted)
}

fn source_of(playlist: &str) -> &str {
    playlist
        .split_once(':')
        .map_or(playlist, |(source, _)| source)
}

fn rows_of<'a, 'b, R>(groups: &'a HashMap<&str, Vec<&'b R>>, track: &Track) -> &'a [&'b R] {
    groups.get(track.id.as_str()).map_or(&[], Vec::as_slice)
}
