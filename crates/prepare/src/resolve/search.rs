//! The search for the audio of one catalogue: what is sure is taken and saved, what is not is put to the user.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::index::Library;
use super::keep::Kept;
use super::matching::{Found, Known, find};
use super::offers::{Offers, Unfetched};
use super::reading::By;
use super::review::{self, Unsure};
use super::score::{LEAST, Song, Wanted, doubts, length_doubt};
use super::{How, MOST_BYTES, ResolveError};
use catalogue::{AudioFacts, Catalogue, FileFacts, Provenance, Track};

/// Saving takes at most this part of the time.
const SAVING_SHARE: u32 = 20;

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    pub by: BTreeMap<How, usize>,
    /// The rows of `unsure.csv` that wait for an answer.
    pub unsure: Vec<Unsure>,
    /// Tracks that came to nothing though something was tried, and why.
    pub failed: Vec<(Track, String)>,
    /// Tracks without audio that nothing was found for.
    pub not_found: Vec<Track>,
}

/// Writes the catalogue to where it is stored; called after every change.
pub type WriteCatalogue<'a> =
    &'a dyn Fn(&Catalogue) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A catalogue whose tracks get their audio.
pub struct Search<'a> {
    folder: &'a Path,
    write: WriteCatalogue<'a>,
    facts: &'a dyn AudioFacts,
    kept: Kept,
    catalogue: Catalogue,
    /// Whose audio has which content hash.
    owners: HashMap<String, Wanted>,
    /// Rows of `unsure.csv`, as the user left them and as they came about.
    rows: Vec<Unsure>,
    /// Tracks with their audio that are not yet saved.
    taken: Vec<Track>,
    /// Ids of all tracks that got their audio here.
    done: HashSet<String>,
    by: BTreeMap<How, usize>,
    failed: Vec<(Track, String)>,
    saved: Instant,
    saving_took: Duration,
}

impl<'a> Search<'a> {
    /// Begins with what the user said yes to.
    ///
    /// # Errors
    /// Where `unsure.csv` is there and cannot be read, or the catalogue cannot be written.
    pub fn new(
        folder: &'a Path,
        catalogue: Catalogue,
        facts: &'a dyn AudioFacts,
        write: WriteCatalogue<'a>,
    ) -> Result<Search<'a>, ResolveError> {
        let owner = |track: &Track| Some((track.content.clone()?, Wanted::new(track)));
        let mut search = Search {
            folder,
            write,
            facts,
            kept: Kept::in_catalogue(folder, MOST_BYTES)?,
            owners: catalogue.tracks.iter().filter_map(owner).collect(),
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

    /// A track may have got another id since its row was written.
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

    /// Takes what has a yes. Two files for one track, or one file for two, is a slip of the pen and is said.
    fn accept(&mut self) {
        let missing: HashMap<String, Track> = self
            .missing()
            .map(|track| (track.id.clone(), track.clone()))
            .collect();
        let mut yes: HashMap<&str, Vec<&Unsure>> = HashMap::new();
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
                let why = format!(
                    "`{}` under accept in unsure.csv is neither yes nor no",
                    row.accept.escape_debug()
                );
                self.failed.push((track.clone(), why));
            } else if row.is_accepted() {
                let wanted = Wanted::new(track);
                let others = &tracks_of[row.candidate.as_path()];
                let slip = if yes[row.track.as_str()].len() > 1 {
                    Some("two files have a yes for it in unsure.csv; leave one".to_owned())
                } else if others
                    .iter()
                    .any(|other| !Wanted::new(other).same_recording(&wanted))
                {
                    Some(
                        "its file has a yes for another track too in unsure.csv; leave one"
                            .to_owned(),
                    )
                } else {
                    None
                };
                match slip.map_or_else(|| self.facts.facts(&row.candidate), Err) {
                    Ok(facts) => taken.push((track, row.candidate.clone(), facts)),
                    Err(why) => self.failed.push((track.clone(), why)),
                }
            }
        }
        for (track, path, facts) in taken {
            self.take(track, path, &facts, How::Accepted);
        }
    }

    /// Finds tracks among the user's files, by ISRC, then by tags and names.
    ///
    /// # Errors
    /// Where the catalogue cannot be written.
    pub fn match_library(&mut self, library: &Library) -> Result<(), ResolveError> {
        let kept = &self.kept;
        self.rows
            .retain(|row| !row.accept.trim().is_empty() || kept.holds(&row.candidate));
        let tracks: Vec<Track> = self.missing().cloned().collect();
        let wanted: Vec<Wanted> = tracks.iter().map(Wanted::new).collect();
        let rejected = self.rows.iter().filter(|row| row.is_rejected());
        let known = Known {
            rejected: rejected
                .map(|row| (row.track.clone(), row.candidate.clone()))
                .collect(),
            owners: self.owners.clone(),
        };
        for (track, found) in tracks.iter().zip(find(&wanted, &library.songs, known)) {
            match found {
                Found::Sure(song, how) => {
                    let song = &library.songs[song];
                    self.take(track, song.path.clone(), &song.facts, how);
                }
                Found::Unsure(maybe) => {
                    for one in maybe {
                        self.ask(track, &library.songs[one.song].path, one.score, one.why);
                    }
                }
                Found::Nothing => {}
            }
        }
        self.save()
    }

    /// Asks `offers` for every track that still has no audio, one after the other; `progress` hears how many of how many
    /// were asked about. A track whose audio came from there before and waits in `unsure.csv` is not asked about again.
    ///
    /// # Errors
    /// Where the disk is full. A track that comes to nothing never is an error.
    pub fn fetch(
        &mut self,
        offers: &dyn Offers,
        how: How,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), ResolveError> {
        self.kept.remove_stale();
        let fetched = self.fetch_all(offers, how, progress);
        self.save()?;
        fetched
    }

    fn fetch_all(
        &mut self,
        offers: &dyn Offers,
        how: How,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), ResolveError> {
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
            .filter(|row| self.kept.holds(&row.candidate))
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
            let (folder, to) = self.kept.temporary()?;
            match offers.fetch(track, &provenance, &to) {
                Ok(()) => match self.kept.check(folder.path(), self.facts) {
                    Ok((file, facts)) => self.take_fetched(track, &file, facts, how)?,
                    Err(why) => self.failed.push((track.clone(), why)),
                },
                Err(Unfetched::NotOffered) => {}
                Err(Unfetched::Failed(why)) => self.failed.push((track.clone(), why)),
                Err(Unfetched::GiveUp(why)) => {
                    let why = format!("{why}; nothing more was asked for");
                    self.failed.push((track.clone(), why));
                    break;
                }
            }
            if self.saved.elapsed() >= self.saving_took * SAVING_SHARE {
                self.save()?;
            }
        }
        Ok(())
    }

    /// Takes it, or asks the user where something speaks against it.
    fn take_fetched(
        &mut self,
        track: &Track,
        file: &Path,
        facts: FileFacts,
        how: How,
    ) -> Result<(), ResolveError> {
        let path = self.kept.keep(file, &facts.content)?;
        let wanted = Wanted::new(track);
        let song = Song::new(path.clone(), facts);
        let mut why: Vec<String> = length_doubt(wanted.seconds, song.facts.duration_seconds)
            .into_iter()
            .collect();
        let tags = song.readings.iter().find(|reading| reading.by == By::Tags);
        why.extend(tags.map(|tags| doubts(&wanted, tags)).unwrap_or_default());
        if let (Some(one), Some(other)) = (&wanted.isrc, &song.isrc)
            && one != other
        {
            why.push(format!("its ISRC is {other}"));
        }
        if let Some(owner) = self
            .owners
            .get(&song.facts.content)
            .filter(|owner| !owner.same_recording(&wanted))
        {
            why.push(format!(
                "it is the audio of `{}` already; yes makes the two one track",
                owner.name
            ));
        }
        match why.is_empty() {
            true => self.take(track, path, &song.facts, how),
            false => self.ask(
                track,
                &path,
                LEAST,
                format!("from the {}: {}", how.name(), why.join("; ")),
            ),
        }
        Ok(())
    }

    fn take(&mut self, track: &Track, path: PathBuf, facts: &FileFacts, how: How) {
        *self.by.entry(how).or_default() += 1;
        self.owners
            .entry(facts.content.clone())
            .or_insert_with(|| Wanted::new(track));
        self.done.insert(track.id.clone());
        self.taken.push(Track {
            audio: Some(path),
            content: Some(facts.content.clone()),
            duration_seconds: facts.duration_seconds.or(track.duration_seconds),
            ..track.clone()
        });
    }

    fn ask(&mut self, track: &Track, path: &Path, score: f64, why: String) {
        let known = self
            .rows
            .iter()
            .any(|row| row.track == track.id && row.candidate == path);
        if !known {
            self.rows.push(Unsure {
                accept: String::new(),
                track: track.id.clone(),
                artists: track.artists.join(", "),
                title: track.title.clone(),
                candidate: path.to_owned(),
                score,
                why,
            });
        }
    }

    /// Merged, not overwritten: two rows that got one file are one recording, and become one track.
    fn save(&mut self) -> Result<(), ResolveError> {
        if !self.taken.is_empty() {
            let began = Instant::now();
            let tracks = std::mem::take(&mut self.taken);
            self.catalogue.merge(Catalogue {
                tracks,
                ..Catalogue::default()
            });
            (self.write)(&self.catalogue).map_err(ResolveError::Save)?;
            self.saving_took = began.elapsed();
        }
        self.saved = Instant::now();
        Ok(())
    }

    /// Writes `unsure.csv` and answers the catalogue as it is on the disk.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<(Catalogue, Resolved), ResolveError> {
        self.save()?;
        let missing: HashSet<String> = self.missing().map(|track| track.id.clone()).collect();
        self.rows.retain(|row| missing.contains(&row.track));
        review::write(self.folder, &self.rows)?;
        let unsure: Vec<Unsure> = self
            .rows
            .iter()
            .filter(|row| row.accept.trim().is_empty())
            .cloned()
            .collect();
        let told: HashSet<&str> = unsure
            .iter()
            .map(|row| row.track.as_str())
            .chain(self.failed.iter().map(|(track, _)| track.id.as_str()))
            .collect();
        let not_found = self
            .missing()
            .filter(|track| !told.contains(track.id.as_str()))
            .cloned()
            .collect();
        let resolved = Resolved {
            by: self.by,
            unsure,
            failed: self.failed,
            not_found,
        };
        Ok((self.catalogue, resolved))
    }
}
