//! Runs the program in a folder of the test's own. Each command and each wait has a limit.

use std::path::Path;
use std::process::{Child, ChildStdout, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use assert_cmd::Command;

/// Of one command or one wait. A test that reaches it fails and names what it waited for.
pub const LIMIT: Duration = Duration::from_secs(300);

pub fn program(folder: &(impl AsRef<Path> + ?Sized)) -> Command {
    let mut command = Command::cargo_bin("playlist-fit").unwrap();
    command
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .env("XDG_CACHE_HOME", folder.as_ref().join("cache"))
        .timeout(LIMIT);
    command
}

/// Runs the program; returns exit code, stdout and stderr.
pub fn run(folder: &(impl AsRef<Path> + ?Sized), arguments: &[&str]) -> (i32, String, String) {
    texts(program(folder).args(arguments).output().unwrap())
}

/// Exit code, stdout and stderr.
pub fn texts(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let Some(code) = output.status.code() else {
        panic!(
            "{}, the limit is {LIMIT:?}: {stdout}{stderr}",
            output.status
        );
    };
    (code, stdout, stderr)
}

/// Runs another command to its end, within the limit.
pub fn output(command: std::process::Command) -> Output {
    let mut command = Command::from_std(command);
    command.timeout(LIMIT).output().unwrap()
}

/// Waits until `is_done` returns true.
pub fn wait_until(what: &str, mut is_done: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_done() {
        assert!(Instant::now() < end, "waited {LIMIT:?} for {what}");
        sleep(Duration::from_millis(10));
    }
}

/// A process in the background, killed when the test ends.
pub struct Background(Child);

impl Background {
    /// Its stdout and stderr are discarded.
    pub fn start(command: &mut std::process::Command) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// Also returns the process's stdout.
    pub fn with_stdout(command: &mut std::process::Command) -> (Self, ChildStdout) {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        (Self(process), stdout)
    }

    pub fn of_program(folder: &(impl AsRef<Path> + ?Sized), arguments: &[&str]) -> Self {
        let binary = assert_cmd::cargo::cargo_bin("playlist-fit");
        let mut command = std::process::Command::new(binary);
        Self::start(command.current_dir(folder).args(arguments))
    }

    /// Waits until `is_done` returns true. Fails if the process ends before.
    pub fn wait_until(&mut self, what: &str, mut is_done: impl FnMut() -> bool) {
        wait_until(what, || {
            let ended = self.0.try_wait().unwrap();
            let done = is_done();
            assert!(done || ended.is_none(), "ended before {what}: {ended:?}");
            done
        });
    }

    /// As Ctrl-C does.
    pub fn interrupt(&self) {
        let pid = self.0.id().to_string();
        let status = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end; returns `None` if a signal ended it.
    pub fn exit_code(&mut self) -> Option<i32> {
        wait_until("the end of a process", || {
            self.0.try_wait().unwrap().is_some()
        });
        self.0.wait().unwrap().code()
    }

    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.kill();
    }
}
