//! The search for the audio of one catalogue: what is sure is taken and saved, what is not is put to the user.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::assign::{Found, MatchHistory, find};
use super::fetched::FetchedFiles;
use super::index::FileIndex;
use super::interpretation::By;
use super::provider::{AudioProvider, FetchError};
use super::review::{self, PendingMatch};
use super::score::{FileSong, MIN_REVIEW_SCORE, Query, doubts, length_doubt};
use super::{MAX_FETCH_BYTES, MatchError, MatchSource};
use catalogue::{AudioFileInfo, Catalogue, FileProbe, Provenance, Track};

/// Saving takes at most one part in this number of the time.
const SAVING_SHARE: u32 = 20;

/// The result of matching.
#[derive(Clone, Debug, Default)]
pub struct MatchSummary {
    /// Number of tracks that each source matched.
    pub by: BTreeMap<MatchSource, usize>,
    /// The rows of `pending.csv` without an answer.
    pub pending: Vec<PendingMatch>,
    /// Tracks whose audio could not be fetched, and why.
    pub failed: Vec<(Track, String)>,
    /// Tracks without audio and without a match.
    pub not_found: Vec<Track>,
}

/// Stores the catalogue; called after each change.
pub type WriteCatalogue<'a> =
    &'a dyn Fn(&Catalogue) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Finds the audio of a catalogue's tracks.
pub struct AudioMatcher<'a> {
    folder: &'a Path,
    write: WriteCatalogue<'a>,
    facts: &'a dyn FileProbe,
    fetched: FetchedFiles,
    catalogue: Catalogue,
    /// The track of each audio hash.
    tracks_by_hash: HashMap<String, Query>,
    /// Rows of `pending.csv`: those with the user's answers and new ones.
    rows: Vec<PendingMatch>,
    /// Tracks with their audio that are not yet saved.
    taken: Vec<Track>,
    /// Ids of all tracks that got their audio here.
    done: HashSet<String>,
    by: BTreeMap<MatchSource, usize>,
    failed: Vec<(Track, String)>,
    saved: Instant,
    saving_took: Duration,
}

impl<'a> AudioMatcher<'a> {
    /// Starts with the matches that the user accepted.
    ///
    /// # Errors
    /// If `pending.csv` exists but cannot be read, or the catalogue cannot be written.
    pub fn new(
        folder: &'a Path,
        catalogue: Catalogue,
        facts: &'a dyn FileProbe,
        write: WriteCatalogue<'a>,
    ) -> Result<AudioMatcher<'a>, MatchError> {
        let holder = |track: &Track| Some((track.audio_hash.clone()?, Query::new(track)));
        let mut search = AudioMatcher {
            folder,
            write,
            facts,
            fetched: FetchedFiles::in_catalogue(folder, MAX_FETCH_BYTES)?,
            tracks_by_hash: catalogue.tracks.iter().filter_map(holder).collect(),
            catalogue,
            rows: review::read(folder)?,
            taken: Vec::new(),
            done: HashSet::new(),
            by: BTreeMap::new(),
            failed: Vec::new(),
            saved: Instant::now(),
            saving_took: Duration::ZERO,
        };
        search.use_current_ids();
        search.accept();
        search.save()?;
        Ok(search)
    }

    /// Tracks that still have no audio.
    pub fn missing(&self) -> impl Iterator<Item = &Track> {
        self.catalogue
            .tracks
            .iter()
            .filter(|track| track.audio.is_none() && !self.done.contains(&track.id))
    }

    /// Replaces ids of tracks that have another id since their row was written.
    fn use_current_ids(&mut self) {
        let ids: HashMap<&str, &str> = self
            .catalogue
            .tracks
            .iter()
            .flat_map(|track| {
                track
                    .aliases
                    .iter()
                    .chain([&track.id])
                    .map(|id| (id.as_str(), track.id.as_str()))
            })
            .collect();
        for row in &mut self.rows {
            if let Some(id) = ids.get(row.track.as_str()) {
                row.track = (*id).to_owned();
            }
        }
    }

    /// Uses the files with a yes. Two files for one track, or one file for two tracks, is an error of the user.
    fn accept(&mut self) {
        let missing: HashMap<String, Track> = self
            .missing()
            .map(|track| (track.id.clone(), track.clone()))
            .collect();
        let mut yes: HashMap<&str, Vec<&PendingMatch>> = HashMap::new();
        for row in self
            .rows
            .iter()
            .filter(|row| row.is_accepted() && missing.contains_key(&row.track))
        {
            yes.entry(&row.track).or_default().push(row);
        }
        let mut tracks_of: HashMap<&Path, Vec<&Track>> = HashMap::new();
        for row in yes.values().flatten() {
            tracks_of
                .entry(&row.candidate)
                .or_default()
                .push(&missing[&row.track]);
        }
        let mut taken = Vec::new();
        for row in &self.rows {
            let Some(track) = missing.get(&row.track) else {
                continue;
            };
            if row.is_unclear() {
                let reason = format!(
                    "`{}` under accept in pending.csv is neither yes nor no",
                    row.accept.escape_debug()
                );
                self.failed.push((track.clone(), reason));
            } else if row.is_accepted() {
                let query = Query::new(track);
                let others = &tracks_of[row.candidate.as_path()];
                let conflict = if yes[row.track.as_str()].len() > 1 {
                    Some("two files have a yes for it in pending.csv; keep one".to_owned())
                } else if others
                    .iter()
                    .any(|other| !Query::new(other).same_recording(&query))
                {
                    Some(
                        "its file has a yes for another track too in pending.csv; keep one"
                            .to_owned(),
                    )
                } else {
                    None
                };
                match conflict.map_or_else(|| self.facts.probe(&row.candidate), Err) {
                    Ok(facts) => taken.push((track, row.candidate.clone(), facts)),
                    Err(reason) => self.failed.push((track.clone(), reason)),
                }
            }
        }
        for (track, path, facts) in taken {
            self.take(track, path, &facts, MatchSource::Accepted);
        }
    }

    /// Matches tracks with the user's files, by ISRC, then by tags and names.
    ///
    /// # Errors
    /// If the catalogue cannot be written.
    pub fn match_index(&mut self, library: &FileIndex) -> Result<(), MatchError> {
        let fetched = &self.fetched;
        self.rows
            .retain(|row| !row.accept.trim().is_empty() || fetched.holds(&row.candidate));
        let tracks: Vec<Track> = self.missing().cloned().collect();
        let query: Vec<Query> = tracks.iter().map(Query::new).collect();
        let rejected = self.rows.iter().filter(|row| row.is_rejected());
        let known = MatchHistory {
            rejected: rejected
                .map(|row| (row.track.clone(), row.candidate.clone()))
                .collect(),
            tracks_by_hash: self.tracks_by_hash.clone(),
        };
        for (track, found) in tracks.iter().zip(find(&query, &library.songs, known)) {
            match found {
                Found::Sure(song, how) => {
                    let song = &library.songs[song];
                    self.take(track, song.path.clone(), &song.facts, how);
                }
                Found::Pending(maybe) => {
                    for one in maybe {
                        self.ask(track, &library.songs[one.song].path, one.score, one.reason);
                    }
                }
                Found::Nothing => {}
            }
        }
        self.save()
    }

    /// Fetches each track without audio from `offers`, one after the other; `progress` gets the number of tracks that
    /// were tried, and of all. A track whose fetched audio is in `pending.csv` is not fetched again.
    ///
    /// # Errors
    /// Where the disk is full. A track that comes to nothing never is an error.
    pub fn fetch(
        &mut self,
        offers: &dyn AudioProvider,
        how: MatchSource,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), MatchError> {
        self.fetched.remove_stale();
        let fetched = self.fetch_all(offers, how, progress);
        self.save()?;
        fetched
    }

    fn fetch_all(
        &mut self,
        offers: &dyn AudioProvider,
        how: MatchSource,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), MatchError> {
        let mut rows_of: HashMap<String, Vec<Provenance>> = HashMap::new();
        for row in &self.catalogue.provenance {
            rows_of
                .entry(row.track.clone())
                .or_default()
                .push(row.clone());
        }
        let waiting: HashSet<String> = self
            .rows
            .iter()
            .filter(|row| self.fetched.holds(&row.candidate))
            .map(|row| row.track.clone())
            .collect();
        let tracks: Vec<Track> = self
            .missing()
            .filter(|track| !waiting.contains(&track.id))
            .cloned()
            .collect();
        for (done, track) in tracks.iter().enumerate() {
            progress(done, tracks.len());
            let provenance: Vec<&Provenance> =
                rows_of.get(&track.id).into_iter().flatten().collect();
            let (folder, to) = self.fetched.temporary()?;
            match offers.fetch(track, &provenance, &to) {
                Ok(()) => match self.fetched.check(folder.path(), self.facts) {
                    Ok((file, facts)) => self.take_fetched(track, &file, facts, how)?,
                    Err(reason) => self.failed.push((track.clone(), reason)),
                },
                Err(FetchError::NotAvailable) => {}
                Err(FetchError::Failed(reason)) => self.failed.push((track.clone(), reason)),
                Err(FetchError::Abort(reason)) => {
                    let reason = format!("{reason}; nothing more was asked for");
                    self.failed.push((track.clone(), reason));
                    break;
                }
            }
            if self.saved.elapsed() >= self.saving_took * SAVING_SHARE {
                self.save()?;
            }
        }
        Ok(())
    }

    /// Uses the file, or adds it to the pending matches if it is uncertain.
    fn take_fetched(
        &mut self,
        track: &Track,
        file: &Path,
        facts: AudioFileInfo,
        how: MatchSource,
    ) -> Result<(), MatchError> {
        let path = self.fetched.store(file, &facts.audio_hash)?;
        let query = Query::new(track);
        let song = FileSong::new(path.clone(), facts);
        let mut reason: Vec<String> = length_doubt(query.seconds, song.facts.duration_seconds)
            .into_iter()
            .collect();
        let tags = song
            .interpretations
            .iter()
            .find(|interpretation| interpretation.by == By::Tags);
        reason.extend(tags.map(|tags| doubts(&query, tags)).unwrap_or_default());
        if let (Some(one), Some(other)) = (&query.isrc, &song.isrc)
            && one != other
        {
            reason.push(format!("its ISRC is {other}"));
        }
        if let Some(holder) = self
            .tracks_by_hash
            .get(&song.facts.audio_hash)
            .filter(|holder| !holder.same_recording(&query))
        {
            reason.push(format!(
                "it is the audio of `{}` already; yes makes the two one track",
                holder.name
            ));
        }
        if reason.is_empty() {
            self.take(track, path, &song.facts, how);
        } else {
            self.ask(
                track,
                &path,
                MIN_REVIEW_SCORE,
                format!("from the {}: {}", how.name(), reason.join("; ")),
            );
        }
        Ok(())
    }

    fn take(&mut self, track: &Track, path: PathBuf, facts: &AudioFileInfo, how: MatchSource) {
        *self.by.entry(how).or_default() += 1;
        self.tracks_by_hash
            .entry(facts.audio_hash.clone())
            .or_insert_with(|| Query::new(track));
        self.done.insert(track.id.clone());
        self.taken.push(Track {
            audio: Some(path),
            audio_hash: Some(facts.audio_hash.clone()),
            duration_seconds: facts.duration_seconds.or(track.duration_seconds),
            ..track.clone()
        });
    }

    fn ask(&mut self, track: &Track, path: &Path, score: f64, reason: String) {
        let known = self
            .rows
            .iter()
            .any(|row| row.track == track.id && row.candidate == path);
        if !known {
            self.rows.push(PendingMatch {
                accept: String::new(),
                track: track.id.clone(),
                artists: track.artists.join(", "),
                title: track.title.clone(),
                candidate: path.to_owned(),
                score,
                reason,
            });
        }
    }

    /// Merged, not overwritten: two rows that got one file are one recording, and become one track.
    fn save(&mut self) -> Result<(), MatchError> {
        if !self.taken.is_empty() {
            let began = Instant::now();
            let tracks = std::mem::take(&mut self.taken);
            self.catalogue.merge(Catalogue {
                tracks,
                ..Catalogue::default()
            });
            (self.write)(&self.catalogue).map_err(MatchError::Save)?;
            self.saving_took = began.elapsed();
        }
        self.saved = Instant::now();
        Ok(())
    }

    /// Writes `pending.csv` and answers the catalogue as it is on the disk.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<(Catalogue, MatchSummary), MatchError> {
        self.save()?;
        let missing: HashSet<String> = self.missing().map(|track| track.id.clone()).collect();
        self.rows.retain(|row| missing.contains(&row.track));
        review::write(self.folder, &self.rows)?;
        let pending: Vec<PendingMatch> = self
            .rows
            .iter()
            .filter(|row| row.accept.trim().is_empty())
            .cloned()
            .collect();
        let told: HashSet<&str> = pending
            .iter()
            .map(|row| row.track.as_str())
            .chain(self.failed.iter().map(|(track, _)| track.id.as_str()))
            .collect();
        let not_found = self
            .missing()
            .filter(|track| !told.contains(track.id.as_str()))
            .cloned()
            .collect();
        let resolved = MatchSummary {
            by: self.by,
            pending,
            failed: self.failed,
            not_found,
        };
        Ok((self.catalogue, resolved))
    }
}
