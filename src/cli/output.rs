//! Prints the result to stdout and everything else to stderr.

use std::io::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints the result to stdout. Ignores a pipe that its reader has closed.
pub fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.write_all(b"\n"))
        .and_then(|()| stdout.flush());
}

/// Prints a message to stderr.
pub fn status(text: &str) {
    eprintln!("{text}");
}

/// A progress bar on stderr, hidden if stderr is not a terminal. Its length may be set later.
pub fn progress(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what);
    let template = "{msg} {wide_bar} {pos}/{len} {eta}";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// An error and its causes. A cause that the message already contains is not repeated.
pub fn format_error(reason: &anyhow::Error) -> String {
    let mut message = reason.to_string();
    for cause in reason.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn each_cause_is_printed_once() {
        let failed = || std::io::Error::other("disk full");
        let named = Err::<(), _>(failed())
            .context("a.wav: disk full")
            .unwrap_err();
        assert_eq!(format_error(&named), "a.wav: disk full");
        let context = Err::<(), _>(failed()).context("a.wav").unwrap_err();
        assert_eq!(format_error(&context), "a.wav: disk full");
    }
}
