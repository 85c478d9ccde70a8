//! A list as text, in each form that can be written.

use std::fmt;
use std::io;
use std::str::FromStr;

use super::{archive, jspf, m3u, table, xspf};
use catalogue::Skipped;
use catalogue::{Listing, Listings};

/// The forms, as the command line and the extensions of files write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    M3u8,
    Xspf,
    Jspf,
    Csv,
    Tsv,
    /// The cumulative form of the Spotify playlist archive.
    Json,
}

/// No form of this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no form that a list is written in; write one of {names}", names = Form::names())]
pub struct UnknownForm(String);

/// A list as text, and what of it the form cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    pub left_out: Vec<Skipped>,
}

impl Written {
    pub(super) fn whole(text: String) -> Written {
        Written {
            text,
            left_out: Vec::new(),
        }
    }
}

impl Form {
    pub const ALL: [Form; 6] = [
        Form::M3u8,
        Form::Xspf,
        Form::Jspf,
        Form::Csv,
        Form::Tsv,
        Form::Json,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Form::M3u8 => "m3u8",
            Form::Xspf => "xspf",
            Form::Jspf => "jspf",
            Form::Csv => "csv",
            Form::Tsv => "tsv",
            Form::Json => "json",
        }
    }

    /// Whether the form says when a track came and went; the others name what is on the list now.
    #[must_use]
    pub fn tells_history(self) -> bool {
        matches!(self, Form::Csv | Form::Tsv | Form::Json)
    }

    fn names() -> String {
        Form::ALL.map(Form::name).join(", ")
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Form, UnknownForm> {
        let named = |form: &Form| form.name().eq_ignore_ascii_case(text);
        let found = Form::ALL.into_iter().find(named);
        found.ok_or_else(|| UnknownForm(text.to_owned()))
    }
}

/// Writes one list. Paths of audio stand in the text as they stand in the listing.
///
/// # Errors
/// Never in truth: what is written to is memory.
pub fn write(form: Form, mut listing: Listing, known: &Listings) -> io::Result<Written> {
    if !form.tells_history() {
        listing.entries.retain(|entry| entry.removed.is_none());
    }
    Ok(match form {
        Form::M3u8 => m3u::write(&listing),
        Form::Xspf => xspf::write(&listing)?,
        Form::Jspf => jspf::write(&listing),
        Form::Csv => table::write(&listing, known, b',')?,
        Form::Tsv => table::write(&listing, known, b'\t')?,
        Form::Json => archive::json::write(&listing)?,
    })
}
