//! The program as its users see it: commands in, output, files and exit codes out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod add;
mod augment;
mod batch;
mod browser;
mod card;
mod chromium;
mod collect;
mod compare;
mod ease;
mod lists;
mod playlists;
mod prepare;
mod program;
mod provenance;
mod schema;
mod serve;
mod server;
mod similar;
mod simulate;
mod split;
mod stage;
mod tune;
mod weights;
