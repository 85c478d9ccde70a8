//! One run of a command, with an end to it.

use std::ffi::c_int;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::super::FetchError;
use super::FetchCommand;

const LOOK_EVERY: Duration = Duration::from_millis(30);
/// Of what the command said on stderr.
const LAST_LINES: usize = 3;
const LAST_BYTES: u64 = 4_096;
const MAX_LINE_CHARS: usize = 200;

impl FetchCommand {
    /// Runs the words as a program; what it writes is in the folder of `to`.
    pub(super) fn run(&self, words: &[String], to: &Path) -> Result<(), FetchError> {
        let folder = to.parent().unwrap_or(to);
        let failed = |what: &str, reason: io::Error| FetchError::Abort(format!("{what}: {reason}"));
        // A file, not a pipe: whatever the command leaves running cannot make us wait for its end.
        let mut errors = tempfile::tempfile_in(folder)
            .map_err(|reason| failed(&folder.display().to_string(), reason))?;
        let stderr = errors
            .try_clone()
            .map_err(|reason| failed("stderr", reason))?;
        let [program, arguments @ ..] = words else {
            return Err(FetchError::Abort("the command is empty".to_owned()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .process_group(0)
            .spawn()
            .map_err(|reason| not_started(program, &reason))?;
        let group = c_int::try_from(child.id()).unwrap_or(0);
        self.running.store(group, Ordering::SeqCst);
        let ended = self.wait(&mut child, group, folder, &errors);
        self.running.store(0, Ordering::SeqCst);
        let said = last_lines(&mut errors);
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(FetchError::Failed(format!(
                "the command ended with {status}{said}"
            ))),
            Err(reason) => Err(FetchError::Failed(format!("{reason}{said}"))),
        }
    }

    /// To the end of the child, or to a limit: then its whole group is killed.
    fn wait(
        &self,
        child: &mut Child,
        group: c_int,
        folder: &Path,
        errors: &File,
    ) -> Result<ExitStatus, String> {
        let began = Instant::now();
        let broken = loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(reason) => break reason.to_string(),
            }
            if began.elapsed() >= self.time_out {
                break format!(
                    "the command did not end within {} s",
                    self.time_out.as_secs_f64()
                );
            }
            if bytes_in(folder) + errors.metadata().map_or(0, |facts| facts.len()) > self.max_bytes
            {
                break format!(
                    "the command wrote more than {} MB",
                    self.max_bytes.div_ceil(1_000_000)
                );
            }
            thread::sleep(LOOK_EVERY);
        };
        kill_group(group);
        // It is killed, so this ends at once; what it answers says nothing more.
        let _ = child.wait();
        Err(broken)
    }
}

/// A program that is not there is not there for any track; too long a title concerns one.
fn not_started(program: &str, reason: &io::Error) -> FetchError {
    let text = format!("`{}` cannot be started: {reason}", program.escape_debug());
    match reason.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => FetchError::Abort(text),
        _ => FetchError::Failed(text),
    }
}

/// Of all files directly in the folder.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

/// Ends a process group at once; 0 and 1 are never meant.
pub(super) fn kill_group(group: c_int) {
    const SIGKILL: c_int = 9;
    unsafe extern "C" {
        fn kill(process: c_int, signal: c_int) -> c_int;
    }
    if group > 1 {
        // SAFETY: `kill(2)` takes two integers and touches no memory. The group is our child's own, made by
        // `process_group(0)`, and the child is not yet waited for, so its number is not yet another's.
        unsafe { kill(-group, SIGKILL) };
    }
}

/// `: ` and the end of what the command said, on one line and without control characters; empty where it said nothing.
fn last_lines(errors: &mut File) -> String {
    let length = errors.metadata().map_or(0, |facts| facts.len());
    let mut bytes = Vec::new();
    let read = errors
        .seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES)))
        .and_then(|_| errors.take(LAST_BYTES).read_to_end(&mut bytes));
    if read.is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            line.chars()
                .take(MAX_LINE_CHARS)
                .collect::<String>()
                .escape_debug()
                .to_string()
        })
        .collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join(" / ");
    if last.is_empty() {
        last
    } else {
        format!(": {last}")
    }
}
