//! Who writes where: the answer to stdout, everything else to stderr.

use std::io::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Writes the answer. A reader that closes the pipe early has seen what it wanted.
pub fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.write_all(b"\n"))
        .and_then(|()| stdout.flush());
}

/// One remark to stderr.
pub fn status(text: &str) {
    eprintln!("{text}");
}

/// A bar on stderr, hidden where stderr is no terminal; its length may be set later.
pub fn progress(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what);
    let template = "{msg} {wide_bar} {pos}/{len} {eta}";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// An error and its causes; a cause that the error already names is not said twice.
pub fn format_error(reason: &anyhow::Error) -> String {
    let mut words = reason.to_string();
    for cause in reason.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn each_cause_is_said_once() {
        let failed = || std::io::Error::other("disk full");
        let named: anyhow::Error = audio::AudioError::Read {
            path: "a.wav".into(),
            source: failed(),
        }
        .into();
        assert_eq!(
            format_error(&named),
            "a.wav: reading failed (disk full); check the disk or copy the file again"
        );
        let context = Err::<(), _>(failed()).context("a.wav").unwrap_err();
        assert_eq!(format_error(&context), "a.wav: disk full");
    }
}
