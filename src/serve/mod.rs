//! The reports in a local page: a server on loopback that analyses one song after another with one bundle and writes each
//! report into its own folder, as `fit` does.
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/fit` | accepts one song, named by `?file=` (`curl --data-binary @demo.mp3 ADDRESS/api/fit?file=demo.mp3`); 202 with its state and `Location` |
//! | `GET /api/jobs` | `max_upload_bytes`, and `jobs` with the state of every song, newest first |
//! | `GET /api/jobs/{id}` | 200 with the JSON of `fit --json` if done; 202 with the state until then; 422 if the song cannot be analysed |
//! | `DELETE /api/jobs/{id}` | 204; removes the song from the queue, cancels its analysis or deletes its report |
//! | `GET /reports/{id}/report.html` | the report; also `report.png`, `post.png` and `report.json` |
//! | `GET /health` | 200 with the version, the bundle, and the number of songs that are queued or being analysed |
//!
//! A state is `{"id", "file", "state"}` with `state` one of `queued` (`position`, 1 is next), `analysing`
//! (`analysed_seconds`, `duration_seconds`), `done` (title, artists, verdict and the best playlists) or `failed` (`error`). A refused request gets
//! `{"error"}` with a status.
//!
//! Invariants: listens on loopback only and makes no request itself; ids and paths are generated here, never taken from a
//! client; analysis and drawing are left to `analysis` and `report`.

mod analysis;
mod api_error;
mod connections;
mod jobs;
mod origin_check;
mod page;
mod routes;
mod saved_reports;
mod upload;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use bundle::Bundle;
use connections::Connections;
use inference::Predictor;
use jobs::JobQueue;
use routes::{Shared, router};

/// The largest upload: an hour of 24-bit stereo at 48 kHz.
pub const MAX_UPLOAD_BYTES: u64 = 1 << 30;

/// Settings of the server.
pub struct ServerSettings {
    /// Port on 127.0.0.1; 0 for any free port.
    pub port: u16,
    /// Folder of the reports, one sub-folder per song.
    pub out: PathBuf,
    /// Largest upload that is accepted.
    pub max_upload_bytes: u64,
}

/// Why the server stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By Ctrl-C.
    Interrupted,
    /// By SIGTERM.
    Terminated,
}

/// Why the server could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "--port {0}: the port is in use, perhaps by another `playlist-fit serve`; open http://127.0.0.1:{0}/ or choose another port"
    )]
    Taken(u16),
    #[error("--port {port}: cannot listen on it ({source}); choose another port above 1023")]
    Port { port: u16, source: io::Error },
    #[error("{}: {source}; choose a writable folder with --out", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the server stopped ({0}); start it again")]
    Server(#[from] io::Error),
}

/// Serves until Ctrl-C or SIGTERM and analyses on the calling thread; `ready` is called with the address when songs are
/// accepted. At the end the analysis of the current song is cancelled and queued uploads are deleted; reports remain.
///
/// # Errors
/// If the port is in use or the folder cannot be written to.
pub fn serve(
    settings: &ServerSettings,
    bundle: &Bundle,
    predictor: &dyn Predictor,
    ready: impl FnOnce(&str) + Send,
) -> Result<Ended, ServeError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (tcp, address) = listen(&runtime, settings.port)?;
    // Only one server can hold the port, so what another left in this folder is stale.
    let uploads = Uploads::create(&settings.out, address.port())?;
    let shared = Arc::new(Shared {
        jobs: JobQueue::new(saved_reports::found(&settings.out)),
        uploads: uploads.0.clone(),
        max_upload_bytes: settings.max_upload_bytes,
        hosts: origin_check::hosts(address.port()),
        bundle: bundle.id(),
    });
    thread::scope(|scope| {
        // The network is bound to this thread, so requests are answered on another.
        let answering = scope.spawn(|| {
            let ended = runtime.block_on(answer(tcp, shared.clone(), || {
                ready(&format!("http://{address}/"));
            }));
            shared.jobs.close();
            ended
        });
        analysis::analyse_all(&shared.jobs, &settings.out, bundle, predictor);
        let ended = answering.join();
        Ok(ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    })
}

fn listen(runtime: &Runtime, port: u16) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    let tcp = bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::Taken(port),
        _ => ServeError::Port { port, source },
    })?;
    let address = tcp.local_addr()?;
    Ok((tcp, address))
}

async fn answer(tcp: TcpListener, shared: Arc<Shared>, ready: impl FnOnce()) -> io::Result<Ended> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = axum::serve(Connections(tcp), router(shared)).into_future();
    ready();
    tokio::select! {
        stopped = server => stopped.map(|()| Ended::Terminated),
        _ = interrupt.recv() => Ok(Ended::Interrupted),
        _ = terminate.recv() => Ok(Ended::Terminated),
    }
}

/// Folder of the queued uploads; removed when the server ends.
struct Uploads(PathBuf);

impl Uploads {
    fn create(out: &Path, port: u16) -> Result<Self, ServeError> {
        let folder = out.join(format!(".uploads-{port}"));
        let created = match std::fs::remove_dir_all(&folder) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(reason),
            _ => std::fs::create_dir_all(&folder),
        };
        match created {
            Ok(()) => Ok(Self(folder)),
            Err(source) => Err(ServeError::Folder { folder, source }),
        }
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        // If it cannot be removed, the next server on this port tries again.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
