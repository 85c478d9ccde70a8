//! The program as a user starts it, in a folder of the test's own.

use std::path::Path;

use assert_cmd::Command;

pub fn program(folder: &(impl AsRef<Path> + ?Sized)) -> Command {
    let mut command = Command::cargo_bin("playlist-fit").unwrap();
    command
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .env("XDG_CACHE_HOME", folder.as_ref().join("cache"));
    command
}

/// Runs and answers exit code, stdout and stderr.
pub fn run(folder: &(impl AsRef<Path> + ?Sized), arguments: &[&str]) -> (i32, String, String) {
    let output = program(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}
