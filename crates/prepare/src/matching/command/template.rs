//! A command template with placeholders, expanded to the arguments of one run.

use super::super::FetchError;
use catalogue::{Track, UNKNOWN_ARTIST};

/// A placeholder in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholder {
    Isrc,
    Artist,
    Title,
    SpotifyId,
    Out,
}

impl Placeholder {
    const ALL: [Placeholder; 5] = [
        Placeholder::Isrc,
        Placeholder::Artist,
        Placeholder::Title,
        Placeholder::SpotifyId,
        Placeholder::Out,
    ];

    fn name(self) -> &'static str {
        match self {
            Placeholder::Isrc => "isrc",
            Placeholder::Artist => "artist",
            Placeholder::Title => "title",
            Placeholder::SpotifyId => "spotify_id",
            Placeholder::Out => "out",
        }
    }
}

/// Why a template is invalid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The template is empty.
    #[error(
        "--fetch-command is empty; set a program and its arguments, such as `fetch {{isrc}} {{out}}`"
    )]
    Empty,
    /// A quote or brace is not closed: which.
    #[error("--fetch-command: `{0}` is not closed")]
    Unclosed(char),
    /// The template ends with a backslash.
    #[error("--fetch-command ends with a \\ that escapes nothing")]
    Dangling,
    /// The template lacks `{out}`.
    #[error(
        "--fetch-command has no {{out}}, the path that the program writes the audio to; add it"
    )]
    NoOut,
    /// The program is a placeholder.
    #[error("--fetch-command starts with a placeholder; name the program itself")]
    Program,
    /// An unknown placeholder: its name.
    #[error(
        "--fetch-command: unknown placeholder {{{0}}}; supported: {{isrc}}, {{artist}}, {{title}}, {{spotify_id}} and {{out}}"
    )]
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

/// Words of pieces.
#[derive(Clone, Debug)]
pub(super) struct Template {
    words: Vec<Vec<Piece>>,
}

impl Template {
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let words = split(text)?;
        let words: Vec<Vec<Piece>> = words
            .iter()
            .map(|word| pieces(word))
            .collect::<Result<_, _>>()?;
        let program = words.first().ok_or(TemplateError::Empty)?;
        if program.iter().any(|piece| matches!(piece, Piece::Value(_))) {
            return Err(TemplateError::Program);
        }
        if program.is_empty() {
            return Err(TemplateError::Empty);
        }
        if !words
            .iter()
            .flatten()
            .any(|piece| *piece == Piece::Value(Placeholder::Out))
        {
            return Err(TemplateError::NoOut);
        }
        Ok(Template { words })
    }

    /// The words of one run, the program first.
    pub fn fill(&self, values: &Values) -> Result<Vec<String>, FetchError> {
        let mut words = Vec::with_capacity(self.words.len());
        let mut options_ended = false;
        for pieces in &self.words {
            let mut word = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(text) => word.push_str(text),
                    Piece::Value(placeholder) => {
                        word.push_str(values.get(*placeholder).ok_or(FetchError::NotAvailable)?);
                    }
                }
            }
            let begins_with_value = matches!(pieces.first(), Some(Piece::Value(_)));
            if begins_with_value && word.starts_with('-') && !options_ended {
                return Err(FetchError::Failed(format!(
                    "`{}` begins with `-`, which a program takes for an option; write ` -- ` before it in --fetch-command, \
                     if the program understands that",
                    word.escape_debug()
                )));
            }
            options_ended |= pieces[..] == [Piece::Text("--".to_owned())];
            words.push(word);
        }
        Ok(words)
    }
}

/// Words as a POSIX shell splits them, without its expansions.
fn split(text: &str) -> Result<Vec<String>, TemplateError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match sign {
            _ if sign.is_whitespace() => words.extend(word.take()),
            '\'' | '"' => quoted(sign, &mut signs, word.get_or_insert_default())?,
            '\\' => word
                .get_or_insert_default()
                .push(signs.next().ok_or(TemplateError::Dangling)?),
            _ => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Up to the closing quotation mark; only `"` and `\` are escaped, and only in `"…"`.
fn quoted(mark: char, signs: &mut std::str::Chars, word: &mut String) -> Result<(), TemplateError> {
    loop {
        match signs.next().ok_or(TemplateError::Unclosed(mark))? {
            sign if sign == mark => return Ok(()),
            '\\' if mark == '"' => match signs.next().ok_or(TemplateError::Unclosed(mark))? {
                sign @ ('"' | '\\') => word.push(sign),
                sign => word.extend(['\\', sign]),
            },
            sign => word.push(sign),
        }
    }
}

/// Braces around a lower-case name are a placeholder; all others are themselves.
fn pieces(word: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = word;
    let mut text = String::new();
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        text.push_str(before);
        let name = from[1..]
            .split_once('}')
            .map(|(name, _)| name)
            .filter(|name| is_name(name));
        let Some(name) = name else {
            text.push('{');
            rest = &from[1..];
            continue;
        };
        let known = Placeholder::ALL
            .into_iter()
            .find(|placeholder| placeholder.name() == name);
        let placeholder = known.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Value(placeholder));
        rest = &from[name.len() + 2..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|sign| sign.is_ascii_lowercase() || sign == '_')
}

/// The value of a placeholder for one track; `None` if the track has none.
pub(super) struct Values {
    isrc: Option<String>,
    artist: Option<String>,
    title: Option<String>,
    spotify_id: Option<String>,
    out: String,
}

impl Values {
    pub fn new(track: &Track, out: &str) -> Values {
        let artists: Vec<&str> = track
            .artists
            .iter()
            .map(String::as_str)
            .filter(|artist| *artist != UNKNOWN_ARTIST)
            .collect();
        let mut ids = track.aliases.iter().chain([&track.id]);
        let spotify_id = ids.find_map(|id| id.strip_prefix("spotify:"));
        Values {
            isrc: track.isrc.as_deref().and_then(plain),
            artist: plain(&artists.join(", ")),
            title: plain(&track.title),
            spotify_id: spotify_id.and_then(|id| plain(id.trim_start_matches("track:"))),
            out: out.to_owned(),
        }
    }

    fn get(&self, placeholder: Placeholder) -> Option<&str> {
        match placeholder {
            Placeholder::Isrc => self.isrc.as_deref(),
            Placeholder::Artist => self.artist.as_deref(),
            Placeholder::Title => self.title.as_deref(),
            Placeholder::SpotifyId => self.spotify_id.as_deref(),
            Placeholder::Out => Some(&self.out),
        }
    }
}

/// The text with control characters replaced by spaces; `None` if nothing else is in it.
fn plain(value: &str) -> Option<String> {
    let plain = value.replace(|sign: char| sign.is_control(), " ");
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}
