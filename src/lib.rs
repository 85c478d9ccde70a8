//! The program: the command line and the local page. What they do is in the library crates below `crates/`.

pub mod cli;
#[cfg(feature = "full")]
mod serve;
