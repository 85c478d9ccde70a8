//! A command of the user's own that fetches a track's audio, run once a track.
//!
//! The template is split into words as a shell would (`'…'`, `"…"`, `\`), and only then are the values put in, in one
//! pass: no title can end a word, begin another, or be read as a placeholder. No shell is run. Control characters in a
//! value become spaces. A value that would make a word begin with `-` where the template's word does not is refused,
//! unless a word `--` stands before it: programs take such a word for an option.
//!
//! Each run has its own process group, no input, a limit in time and one in size; past either the whole group is killed.

mod run;
mod template;

pub use template::TemplateError;

use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use self::template::{Template, Values};
use super::{AudioProvider, FetchError, MAX_FETCH_BYTES};
use catalogue::{Provenance, Track};

const TIME_OUT: Duration = Duration::from_secs(120);

/// The command, ready to be asked.
#[derive(Debug)]
pub struct FetchCommand {
    template: Template,
    time_out: Duration,
    max_bytes: u64,
    /// The process group of the run in progress; 0 where there is none.
    running: AtomicI32,
}

impl FetchCommand {
    /// # Errors
    /// Where the template is not a command with `{out}` in it.
    pub fn new(template: &str) -> Result<FetchCommand, TemplateError> {
        Ok(FetchCommand {
            template: Template::parse(template)?,
            time_out: TIME_OUT,
            max_bytes: MAX_FETCH_BYTES,
            running: AtomicI32::new(0),
        })
    }

    /// Kills the run in progress: for a program that is about to end.
    pub fn kill(&self) {
        run::kill_group(self.running.load(Ordering::SeqCst));
    }
}

impl AudioProvider for FetchCommand {
    fn fetch(&self, track: &Track, _: &[&Provenance], to: &Path) -> Result<(), FetchError> {
        let Some(out) = to.to_str() else {
            return Err(FetchError::Abort(format!(
                "{}: the folder's name is not Unicode text; rename it",
                to.display()
            )));
        };
        let values = Values::new(track, out);
        let words = self.template.fill(&values)?;
        self.run(&words, to)
    }
}

#[cfg(test)]
mod tests;
