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
mod cli_reference;
mod collect;
mod compare;
mod documentation;
mod ease;
mod examples;
mod harness;
mod lists;
mod one_pass;
mod playlists;
mod prepare;
mod preset;
mod program;
mod provenance;
mod schema;
mod serve;
mod server;
mod similar;
mod simulate;
mod split;
mod tune;
mod weights;
