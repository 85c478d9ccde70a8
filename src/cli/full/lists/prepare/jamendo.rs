//! Audio that Jamendo lets everybody download, one track at a time.

use std::cell::OnceCell;
use std::path::Path;

use tokio::runtime::{self, Runtime};

use super::super::clients;
use crate::cli::terminal::in_words;
use catalogue::{Provenance, Track};
use prepare::resolve::{MOST_BYTES, Offers, Unfetched};
use services::jamendo::Jamendo;
use services::secrets::Secrets;
use services::{CollectError, Source as _};

/// Opened with the first track that is offered, so that nobody needs a key for nothing.
#[derive(Default)]
pub(super) struct JamendoDownloads {
    way: OnceCell<Result<Way, String>>,
}

struct Way {
    runtime: Runtime,
    jamendo: Jamendo,
}

impl Offers for JamendoDownloads {
    fn fetch(&self, track: &Track, provenance: &[&Provenance], to: &Path) -> Result<(), Unfetched> {
        let number = Jamendo::offered(track, provenance).ok_or(Unfetched::NotOffered)?;
        let open = || Way::open().map_err(|why| in_words(&why));
        let Way { runtime, jamendo } = self
            .way
            .get_or_init(open)
            .as_ref()
            .map_err(|why| Unfetched::GiveUp(why.clone()))?;
        let to = to.with_extension("mp3");
        runtime
            .block_on(jamendo.download(number, &to, MOST_BYTES))
            .map_err(|why| match why {
                CollectError::Refused { .. }
                | CollectError::Shape { .. }
                | CollectError::NotOffered { .. } => Unfetched::Failed(why.to_string()),
                _ => Unfetched::GiveUp(why.to_string()),
            })
    }
}

impl Way {
    fn open() -> anyhow::Result<Way> {
        let settings = clients::settings(Jamendo::NAME, false)?;
        Ok(Way {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            jamendo: Jamendo::new(settings, &Secrets::of_user()?)?,
        })
    }
}
