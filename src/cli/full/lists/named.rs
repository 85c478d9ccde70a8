//! A playlist of the catalogue by the id or name that the user gives.

use anyhow::anyhow;

use crate::cli::suggest::by_similarity;
use catalogue::{Catalogue, Playlist, PlaylistNotFound};
use report::shorten;

/// Characters of a name in a message.
const MAX_NAME_CHARS: usize = 60;
const MAX_SUGGESTIONS: usize = 3;

/// The playlist, or an error that names the ids or the most similar names.
pub fn find<'c>(catalogue: &'c Catalogue, named: &str) -> anyhow::Result<&'c Playlist> {
    let shown = shorten(named, MAX_NAME_CHARS);
    catalogue
        .find_playlist(named)
        .map_err(|reason| match reason {
            PlaylistNotFound::Ambiguous(ids) => anyhow!(
                "{} playlists are called `{shown}`; name one by its id: {}",
                ids.len(),
                ids.join(", ")
            ),
            PlaylistNotFound::Unknown => anyhow!(
                "no playlist is called `{shown}`{}; `playlist-fit playlists` shows all",
                suggestions(catalogue, named)
            ),
        })
}

fn suggestions(catalogue: &Catalogue, named: &str) -> String {
    let names = catalogue
        .playlists
        .iter()
        .map(|playlist| playlist.name.clone());
    let similar: Vec<String> = by_similarity(names, named)
        .iter()
        .take(MAX_SUGGESTIONS)
        .map(|(_, name)| format!("`{}`", shorten(name, MAX_NAME_CHARS)))
        .collect();
    if similar.is_empty() {
        String::new()
    } else {
        format!("; similar: {}", similar.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(names: &[&str]) -> Catalogue {
        let playlist = |(number, name): (usize, &&str)| Playlist {
            id: format!("deezer:{number}"),
            name: (*name).to_owned(),
            ..Playlist::default()
        };
        Catalogue {
            playlists: names.iter().enumerate().map(playlist).collect(),
            ..Catalogue::default()
        }
    }

    #[test]
    fn an_error_names_the_ids_or_the_most_similar_names() {
        let playlists = catalogue(&["Deep Focus", "Jazz", "jazz", "Deep House Relax"]);
        let error = |catalogue, named| find(catalogue, named).unwrap_err().to_string();
        let ambiguous = error(&playlists, "JAZZ");
        assert!(ambiguous.contains("deezer:1, deezer:2"), "{ambiguous}");
        let unknown = error(&playlists, "deep fokus");
        assert!(unknown.contains("similar: `Deep Focus`"), "{unknown}");
        assert!(error(&playlists, "house").contains("similar: `Deep House Relax`"));
        assert!(!error(&catalogue(&[]), "x").contains("similar"));
    }
}
