//! `serve`: the same reports in a local page.

use std::path::PathBuf;

use clap::Args;

use crate::cli::terminal::{answer, remark};
use crate::cli::{BundleFolder, Outcome};
use crate::serve::{Ended, LARGEST_BYTES, Settings, serve};

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for the reports, one sub-folder a song; those that lie there are shown
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Where the page is on this machine, and on no other; 0 takes any free port
    #[arg(long, value_name = "PORT", default_value_t = 8730)]
    port: u16,
}

impl Serve {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let (bundle, network) = self.bundle.open()?;
        let settings = Settings {
            port: self.port,
            out: self.out.clone(),
            largest_bytes: LARGEST_BYTES,
        };
        let ended = serve(&settings, &bundle, &network, |address| {
            answer(address);
            remark("Open this address in a browser on this machine; Ctrl-C ends it.");
        })?;
        Ok(match ended {
            Ended::Interrupted => Outcome::Interrupted,
            Ended::Terminated => Outcome::Done,
        })
    }
}
