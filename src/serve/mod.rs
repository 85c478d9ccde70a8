//! The reports in a local page. A bundle and a [`Predictor`] come in; a server on loopback goes out that hears one song
//! after another and keeps each report in a folder of its own, as `fit` writes it.
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/fit` | takes one song, its name behind `?file=` (`curl --data-binary @demo.mp3 ADDRESS/api/fit?file=demo.mp3`); 202 and its state, `Location` says where to ask |
//! | `GET /api/jobs` | `max_upload_bytes` of an upload, and the state of every song, newest first |
//! | `GET /api/jobs/{id}` | 200 and the document of `fit --json` once it is done; 202 and the state until then; 422 where the song cannot be judged |
//! | `DELETE /api/jobs/{id}` | 204; takes the song out of the queue, breaks off its hearing or deletes its report |
//! | `GET /reports/{id}/report.html` | the report; also `report.png`, `post.png` and `report.json` |
//! | `GET /health` | 200, the version, the bundle, and how many songs wait or are heard |
//!
//! A state is `{"id", "file", "state"}` with `state` one of `queued` (`place`, 1 is next), `hearing` (`analysed_seconds`,
//! `duration_seconds`), `done` (title, artists, verdict and the best playlists) or `failed` (`error`). Every refusal is
//! `{"error"}` with a status that fits.
//!
//! Must not: judge or draw (that is `fit` and `report`), listen on anything but loopback, ask anything of a network, or
//! make a path of what a client sent: ids and places on the disk are made here.

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

/// What `serve` is asked for.
pub struct ServerSettings {
    /// On 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Folder of the reports, one sub-folder a song.
    pub out: PathBuf,
    pub max_upload_bytes: u64,
}

/// Who ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Interrupted,
    Terminated,
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "--port {0}: something listens there already, perhaps another `playlist-fit serve`; open http://127.0.0.1:{0}/, or choose another port"
    )]
    Taken(u16),
    #[error("--port {port}: cannot listen there: {source}; choose another port above 1023")]
    Port { port: u16, source: io::Error },
    #[error("{}: {source}; choose a folder that you may write to with --out", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the server stopped: {0}")]
    Server(#[from] io::Error),
}

/// Serves until Ctrl-C or SIGTERM, and hears on the calling thread; `ready` is told the address as soon as songs can
/// come. A song that is being heard at the end is broken off, and uploads that wait are deleted; reports stay.
///
/// # Errors
/// Where the port is taken or the folder cannot be written.
pub fn serve(
    settings: &ServerSettings,
    bundle: &Bundle,
    predictor: &dyn Predictor,
    ready: impl FnOnce(&str) + Send,
) -> Result<Ended, ServeError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (tcp, address) = listen(&runtime, settings.port)?;
    // Whoever holds the port owns this folder, and so may clear what a killed server left there.
    let uploads = Uploads::make(&settings.out, address.port())?;
    let shared = Arc::new(Shared {
        jobs: JobQueue::new(saved_reports::found(&settings.out)),
        uploads: uploads.0.clone(),
        max_upload_bytes: settings.max_upload_bytes,
        hosts: origin_check::hosts(address.port()),
        bundle: bundle.id(),
    });
    thread::scope(|scope| {
        // A network may not leave its thread, so the server takes another.
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

/// The folder where uploads wait for their turn; it goes when the server ends.
struct Uploads(PathBuf);

impl Uploads {
    fn make(out: &Path, port: u16) -> Result<Self, ServeError> {
        let folder = out.join(format!(".uploads-{port}"));
        let made = match std::fs::remove_dir_all(&folder) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(reason),
            _ => std::fs::create_dir_all(&folder),
        };
        match made {
            Ok(()) => Ok(Self(folder)),
            Err(source) => Err(ServeError::Folder { folder, source }),
        }
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        // Where it cannot go, the next server on this port tries again.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
