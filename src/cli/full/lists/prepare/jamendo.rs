//! Downloads from Jamendo, one track at a time.

use std::cell::OnceCell;
use std::path::Path;

use tokio::runtime::{self, Runtime};

use super::super::clients;
use crate::cli::output::format_error;
use catalogue::{Provenance, Track};
use prepare::matching::{AudioProvider, FetchError, MAX_FETCH_BYTES};
use services::jamendo::Jamendo;
use services::secrets::Secrets;
use services::{CollectError, Source as _};

/// Connects at the first track that Jamendo offers, so that no key is needed without one.
#[derive(Default)]
pub(super) struct JamendoDownloads {
    connection: OnceCell<Result<Connection, String>>,
}

struct Connection {
    runtime: Runtime,
    jamendo: Jamendo,
}

impl AudioProvider for JamendoDownloads {
    fn fetch(
        &self,
        track: &Track,
        provenance: &[&Provenance],
        to: &Path,
    ) -> Result<(), FetchError> {
        let number = Jamendo::offered(track, provenance).ok_or(FetchError::NotAvailable)?;
        let open = || Connection::open().map_err(|reason| format_error(&reason));
        let Connection { runtime, jamendo } = self
            .connection
            .get_or_init(open)
            .as_ref()
            .map_err(|reason| FetchError::Abort(reason.clone()))?;
        let to = to.with_extension("mp3");
        runtime
            .block_on(jamendo.download(number, &to, MAX_FETCH_BYTES))
            .map_err(|reason| match reason {
                CollectError::Refused { .. }
                | CollectError::UnexpectedResponse { .. }
                | CollectError::NotOffered { .. } => FetchError::Failed(reason.to_string()),
                _ => FetchError::Abort(reason.to_string()),
            })
    }
}

impl Connection {
    fn open() -> anyhow::Result<Connection> {
        let settings = clients::settings(Jamendo::NAME, false)?;
        Ok(Connection {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            jamendo: Jamendo::new(settings, &Secrets::for_user()?)?,
        })
    }
}
