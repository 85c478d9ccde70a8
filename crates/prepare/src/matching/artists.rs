//! Who plays, as it is compared: spelling, order and the sign between two names do not count.

use super::text::{similarity, squeezed};
use catalogue::UNKNOWN_ARTIST;
use catalogue::names;
use catalogue::normalised_tokens;

/// Score if one of the two has no known artist.
const ARTIST_UNKNOWN: f64 = 0.8;
/// Score if the first artist of one is among those of the other: guests are often omitted.
const FIRST_OF_SEVERAL: f64 = 0.98;
/// As above, but only where a name is split at `&`, `,` or `x`, which also stand inside names.
const FIRST_OF_PARTS: f64 = 0.93;
/// Names with a lower similarity are different artists.
const UNRELATED_ARTISTS: f64 = 0.75;

/// The artists of a track or a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Artists {
    /// Each as written, plain and without spaces, without a leading `The`.
    names: Vec<String>,
    /// The same, split at every sign that may separate two.
    parts: Vec<String>,
    /// The parts in the order of the alphabet.
    all: String,
    /// To search by.
    pub words: Vec<String>,
}

impl Artists {
    /// From the field or the tags, and from the guests in the title.
    pub fn new(fields: &[String], guests: &[String]) -> Artists {
        let mut stated: Vec<String> = fields
            .iter()
            .flat_map(|field| names::artists(field))
            .collect();
        stated.retain(|name| name != UNKNOWN_ARTIST);
        if stated.is_empty() {
            return Artists::default();
        }
        stated.extend(guests.iter().cloned());
        let parts: Vec<String> = stated.iter().flat_map(|name| split(name)).collect();
        let mut sorted = parts.clone();
        sorted.sort();
        sorted.dedup();
        Artists {
            names: stated.iter().map(|name| without_the(name)).collect(),
            parts,
            all: sorted.concat(),
            words: stated
                .iter()
                .flat_map(|name| normalised_tokens(name))
                .collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// 1 for the same people; see the table of [`super::score`].
    pub fn similarity(&self, other: &Artists) -> f64 {
        let (Some(first), Some(other_first)) = (self.names.first(), other.names.first()) else {
            return ARTIST_UNKNOWN;
        };
        let among =
            |one: &[String], all: &[String]| one.first().is_some_and(|one| all.contains(one));
        if self.all == other.all || self.names == other.names {
            1.0
        } else if among(&self.names, &other.names) || among(&other.names, &self.names) {
            FIRST_OF_SEVERAL
        } else if among(&self.parts, &other.parts) || among(&other.parts, &self.parts) {
            FIRST_OF_PARTS
        } else {
            let alike = similarity(first, other_first).max(similarity(&self.all, &other.all));
            if alike < UNRELATED_ARTISTS {
                alike / 2.0
            } else {
                alike
            }
        }
    }
}

fn split(name: &str) -> Vec<String> {
    const BETWEEN: [&str; 6] = ["&", "and", "x", "vs", "vs.", "with"];
    let spaced = name.replace([',', '&', '/', '+'], " & ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let parts: Vec<String> = words
        .split(|word| BETWEEN.contains(&word.to_lowercase().as_str()))
        .map(|part| without_the(&part.join(" ")))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        vec![without_the(name)]
    } else {
        parts
    }
}

/// Plain, without spaces and without a leading `The`.
fn without_the(name: &str) -> String {
    match normalised_tokens(name).as_slice() {
        [the, rest @ ..] if the == "the" && !rest.is_empty() => rest.concat(),
        _ => squeezed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(one: &[&str], other: &[&str]) -> f64 {
        let artists = |fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            Artists::new(&fields, &[])
        };
        artists(one).similarity(&artists(other))
    }

    #[test]
    fn the_same_people_are_known_however_they_are_written() {
        for (one, other) in [
            (&["The Beatles"][..], &["Beatles"][..]),
            (&["Calvin Harris", "Rihanna"], &["Rihanna & Calvin Harris"]),
            (&["Jay-Z feat. Alicia Keys"], &["Jay-Z", "Alicia Keys"]),
            (&["Earth, Wind & Fire"], &["Earth Wind and Fire"]),
            (&["AC/DC"], &["AC/DC"]),
            (&["The The"], &["the the"]),
        ] {
            assert_eq!(similarity(one, other), 1.0, "{one:?}");
        }
        assert_eq!(
            similarity(&["Calvin Harris", "Rihanna"], &["Calvin Harris"]),
            FIRST_OF_SEVERAL
        );
        assert_eq!(similarity(&["A & B"], &["A"]), FIRST_OF_PARTS);
        assert!(similarity(&["X"], &["And"]) < 0.5);
    }

    #[test]
    fn strangers_and_unknown_ones_are_told_apart() {
        assert!(similarity(&["Miles Davis"], &["John Coltrane"]) < 0.3);
        assert!(similarity(&["Elton John"], &["John"]) < 0.6);
        assert_eq!(
            similarity(&["unknown artist"], &["Miles Davis"]),
            ARTIST_UNKNOWN
        );
        assert_eq!(similarity(&[], &["Various Artists"]), ARTIST_UNKNOWN);
    }
}
