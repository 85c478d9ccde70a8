//! `serve`: the same reports in a local page.

use std::path::PathBuf;

use clap::Args;

use crate::cli::output::{print, status};
use crate::cli::{BundleFolder, ExitStatus};
use crate::serve::{Ended, MAX_UPLOAD_BYTES, ServerSettings, serve};

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for the reports, one sub-folder per song; existing reports are shown
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Port of the page on this machine (loopback only); 0 for any free port
    #[arg(long, value_name = "PORT", default_value_t = 8730)]
    port: u16,
}

impl Serve {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let (bundle, network) = self.bundle.open()?;
        let settings = ServerSettings {
            port: self.port,
            out: self.out.clone(),
            max_upload_bytes: MAX_UPLOAD_BYTES,
        };
        let ended = serve(&settings, &bundle, &network, |address| {
            print(address);
            status("Open this address in a browser on this machine; Ctrl-C stops the server.");
        })?;
        Ok(match ended {
            Ended::Interrupted => ExitStatus::Interrupted,
            Ended::Terminated => ExitStatus::Success,
        })
    }
}
