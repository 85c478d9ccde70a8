//! The songs of the server with their states: queued, analysing, done or failed.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tempfile::TempPath;

use super::saved_reports::{self, SavedReport, Summary};

/// Shared by the threads that answer requests and the one that analyses.
pub struct JobQueue {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Oldest first; queued songs are analysed in this order.
    songs: Vec<QueuedSong>,
    closing: bool,
}

struct QueuedSong {
    id: String,
    /// Name that the client gave: shown, never used as a path.
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

/// How much of a song is analysed.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Progress {
    /// Seconds analysed so far.
    pub analysed_seconds: f64,
    /// Length of the song; `None` if its container does not state it.
    pub duration_seconds: Option<f64>,
}

/// State of one song in the API.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    file: &'a str,
    /// Position in the queue, 1 for the next; `None` if it is not queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    #[serde(flatten)]
    state: &'a State,
}

/// The song to analyse next.
pub struct Job {
    pub id: String,
    pub file: String,
    pub audio: TempPath,
}

/// One song in the API: its state, or the folder of its report.
pub enum JobStatus {
    Waiting(serde_json::Value),
    Failed(serde_json::Value),
    Done(PathBuf),
}

impl JobQueue {
    /// A queue that starts with the saved reports, oldest first.
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

    /// Adds a song at the end of the queue; returns its id and state.
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

    /// Waits for the next song; `None` when the queue is closed.
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

    /// Sets the progress of a song; false if it was removed or the queue is closed.
    pub fn set_progress(&self, id: &str, progress: Progress) -> bool {
        let mut inner = self.lock();
        if inner.closing {
            return false;
        }
        let song = inner.songs.iter_mut().find(|song| song.id == id);
        song.map(|song| song.state = State::Analysing(progress))
            .is_some()
    }

    /// Stores the result of an analysis. The report of a song that was removed meanwhile is deleted.
    pub fn finish(&self, id: &str, analysed: Result<SavedReport, String>) {
        let mut inner = self.lock();
        let song = inner.songs.iter_mut().find(|song| song.id == id);
        match (song, analysed) {
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

    /// Removes a song; `None` if the id is unknown, otherwise the folder of its report, if it has one.
    pub fn remove(&self, id: &str) -> Option<Option<PathBuf>> {
        let mut inner = self.lock();
        let index = inner.songs.iter().position(|song| song.id == id)?;
        match inner.songs.remove(index).state {
            State::Done { folder, .. } => Some(Some(folder)),
            _ => Some(None),
        }
    }

    /// States of all songs, newest first.
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

    /// Number of songs that are queued or being analysed.
    pub fn unfinished(&self) -> usize {
        let is_unfinished =
            |song: &&QueuedSong| matches!(song.state, State::Queued { .. } | State::Analysing(_));
        self.lock().songs.iter().filter(is_unfinished).count()
    }

    /// Closes the queue: no further song is analysed.
    pub fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// A panic cannot leave an inconsistent state, since each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn view(&self, song: &QueuedSong) -> serde_json::Value {
        let queued = |song: &&QueuedSong| matches!(song.state, State::Queued { .. });
        let mut waiting = self.songs.iter().filter(queued);
        let position = waiting.position(|other| other.id == song.id);
        let (id, file, state) = (&song.id, &song.file, &song.state);
        // Plain data with text keys cannot fail.
        serde_json::to_value(View {
            id,
            file,
            position: position.map(|index| index + 1),
            state,
        })
        .unwrap_or_default()
    }
}

/// Not secret: ids only have to differ.
fn new_id() -> String {
    format!("{:016x}", fastrand::u64(..))
}
