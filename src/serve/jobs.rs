//! Every song that the server knows and how far it is: the queue, the song being heard, what is done and what failed.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tempfile::TempPath;

use super::saved_reports::{self, SavedReport, Summary};

/// Shared by the threads that answer and the one that hears.
pub struct JobQueue {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Oldest first; those that are queued are heard in this order.
    songs: Vec<QueuedSong>,
    closing: bool,
}

struct QueuedSong {
    id: String,
    /// The upload's own name: a text to show, never a path.
    file: String,
    state: State,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum State {
    Queued {
        /// Deleted from the disk when it is dropped.
        #[serde(skip)]
        audio: TempPath,
    },
    #[serde(rename = "hearing")]
    Analysing(Progress),
    Done {
        #[serde(skip)]
        folder: PathBuf,
        #[serde(flatten)]
        summary: Summary,
    },
    Failed {
        error: String,
    },
}

/// How much of a song is heard.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Progress {
    #[serde(rename = "heard_seconds")]
    pub analysed_seconds: f64,
    /// None where the file does not tell.
    pub duration_seconds: Option<f64>,
}

/// What the API says of one song.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    file: &'a str,
    /// Of those that wait, 1 for the next; none where it waits no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
    #[serde(flatten)]
    state: &'a State,
}

/// A song whose turn it is.
pub struct Job {
    pub id: String,
    pub file: String,
    pub audio: TempPath,
}

/// One song as the API answers it: a state, or the folder of its report.
pub enum JobStatus {
    Waiting(serde_json::Value),
    Failed(serde_json::Value),
    Done(PathBuf),
}

impl JobQueue {
    /// Begins with the reports that are there already, oldest first.
    pub fn new(found: Vec<SavedReport>) -> Self {
        let done = |saved: SavedReport| QueuedSong {
            id: new_id(),
            file: saved.file,
            state: State::Done {
                folder: saved.folder,
                summary: saved.summary,
            },
        };
        Self {
            inner: Mutex::new(Inner {
                songs: found.into_iter().map(done).collect(),
                closing: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// A song at the end of the queue; its id, and how it stands there.
    pub fn add(&self, file: String, audio: TempPath) -> (String, serde_json::Value) {
        let id = new_id();
        let song = QueuedSong {
            id: id.clone(),
            file,
            state: State::Queued { audio },
        };
        let mut inner = self.lock();
        inner.songs.push(song);
        let view = inner.songs.last().map(|song| inner.view(song));
        self.changed.notify_one();
        (id, view.unwrap_or_default())
    }

    /// Waits for the next song; none when the server ends.
    pub fn next(&self) -> Option<Job> {
        let is_queued = |song: &&mut QueuedSong| matches!(song.state, State::Queued { .. });
        let mut inner = self.lock();
        loop {
            if inner.closing {
                return None;
            }
            if let Some(song) = inner.songs.iter_mut().find(is_queued) {
                let before =
                    std::mem::replace(&mut song.state, State::Analysing(Progress::default()));
                if let State::Queued { audio } = before {
                    let (id, file) = (song.id.clone(), song.file.clone());
                    return Some(Job { id, file, audio });
                }
            }
            inner = self
                .changed
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes how far a song is heard; false where nobody wants it any more.
    pub fn note(&self, id: &str, progress: Progress) -> bool {
        let mut inner = self.lock();
        if inner.closing {
            return false;
        }
        let song = inner.songs.iter_mut().find(|song| song.id == id);
        song.map(|song| song.state = State::Analysing(progress))
            .is_some()
    }

    /// Ends a song's hearing. What was deleted meanwhile leaves no report.
    pub fn finish(&self, id: &str, heard: Result<SavedReport, String>) {
        let mut inner = self.lock();
        let song = inner.songs.iter_mut().find(|song| song.id == id);
        match (song, heard) {
            (
                Some(song),
                Ok(SavedReport {
                    folder, summary, ..
                }),
            ) => {
                song.state = State::Done { folder, summary };
            }
            (Some(song), Err(error)) => song.state = State::Failed { error },
            (None, Ok(saved)) => {
                let _ = saved_reports::delete(&saved.folder);
            }
            (None, Err(_)) => {}
        }
    }

    /// Takes a song away; none where there is no such song, else the folder of its report, if it has one.
    pub fn remove(&self, id: &str) -> Option<Option<PathBuf>> {
        let mut inner = self.lock();
        let place = inner.songs.iter().position(|song| song.id == id)?;
        match inner.songs.remove(place).state {
            State::Done { folder, .. } => Some(Some(folder)),
            _ => Some(None),
        }
    }

    /// The states of all songs, newest first.
    pub fn views(&self) -> Vec<serde_json::Value> {
        let inner = self.lock();
        let mut views: Vec<_> = inner.songs.iter().map(|song| inner.view(song)).collect();
        views.reverse();
        views
    }

    pub fn status(&self, id: &str) -> Option<JobStatus> {
        let inner = self.lock();
        let song = inner.songs.iter().find(|song| song.id == id)?;
        Some(match &song.state {
            State::Done { folder, .. } => JobStatus::Done(folder.clone()),
            State::Failed { .. } => JobStatus::Failed(inner.view(song)),
            State::Queued { .. } | State::Analysing(_) => JobStatus::Waiting(inner.view(song)),
        })
    }

    /// How many songs wait or are being heard.
    pub fn unfinished(&self) -> usize {
        let is_unfinished =
            |song: &&QueuedSong| matches!(song.state, State::Queued { .. } | State::Analysing(_));
        self.lock().songs.iter().filter(is_unfinished).count()
    }

    /// Ends the queue: nothing more is heard.
    pub fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// A thread that panicked left whole songs behind: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn view(&self, song: &QueuedSong) -> serde_json::Value {
        let queued = |song: &&QueuedSong| matches!(song.state, State::Queued { .. });
        let mut waiting = self.songs.iter().filter(queued);
        let place = waiting.position(|other| other.id == song.id);
        let (id, file, state) = (&song.id, &song.file, &song.state);
        // Plain data with text keys has no way to fail.
        serde_json::to_value(View {
            id,
            file,
            place: place.map(|place| place + 1),
            state,
        })
        .unwrap_or_default()
    }
}

/// Means nothing and is no secret: it only has to be another one each time.
fn new_id() -> String {
    format!("{:016x}", fastrand::u64(..))
}
