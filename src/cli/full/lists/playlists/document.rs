//! The JSON of the commands that print several playlists.

use serde::Serialize;

use crate::cli::output::print;
use catalogue::statistics::SCHEMA_VERSION;

#[derive(Serialize)]
pub struct Document<P> {
    schema_version: u32,
    playlists: Vec<P>,
}

impl<P: Serialize> Document<P> {
    pub fn print(playlists: Vec<P>) -> anyhow::Result<()> {
        print(&serde_json::to_string(&Document {
            schema_version: SCHEMA_VERSION,
            playlists,
        })?);
        Ok(())
    }
}
