//! A playlist by its id or name.

use super::{Catalogue, Playlist};

/// Why no single playlist was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaylistNotFound {
    /// No playlist has this id or name.
    Unknown,
    /// Several playlists have this name: their ids.
    Ambiguous(Vec<String>),
}

impl Catalogue {
    /// The playlist with this id, else with this name, else with this name without regard to case and outer spaces.
    ///
    /// # Errors
    /// If no playlist or several match.
    pub fn find_playlist(&self, named: &str) -> Result<&Playlist, PlaylistNotFound> {
        let wanted = folded(named);
        let criteria: [&dyn Fn(&Playlist) -> bool; 3] = [
            &|playlist| playlist.id == named,
            &|playlist| playlist.name == named,
            &|playlist| folded(&playlist.name) == wanted,
        ];
        for matches in criteria {
            let mut found = self.playlists.iter().filter(|playlist| matches(playlist));
            match (found.next(), found.next()) {
                (None, _) => {}
                (Some(playlist), None) => return Ok(playlist),
                (Some(first), Some(second)) => {
                    let all = [first, second].into_iter().chain(found);
                    let ids = all.map(|playlist| playlist.id.clone()).collect();
                    return Err(PlaylistNotFound::Ambiguous(ids));
                }
            }
        }
        Err(PlaylistNotFound::Unknown)
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
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
    fn a_playlist_is_found_by_id_or_by_name_in_any_case() {
        let catalogue = catalogue(&["Deep Focus", "Jazz", "jazz", "deezer:1"]);
        let id = |named| catalogue.find_playlist(named).unwrap().id.as_str();
        assert_eq!(id("deezer:1"), "deezer:1");
        assert_eq!(id(" deep FOCUS"), "deezer:0");
        assert_eq!(id("jazz"), "deezer:2");
    }

    #[test]
    fn an_unknown_and_an_ambiguous_name_are_told_apart() {
        let catalogue = catalogue(&["Deep Focus", "Jazz", "jazz"]);
        let ids = vec!["deezer:1".to_owned(), "deezer:2".to_owned()];
        assert_eq!(
            catalogue.find_playlist("JAZZ"),
            Err(PlaylistNotFound::Ambiguous(ids))
        );
        assert_eq!(
            catalogue.find_playlist("deep fokus"),
            Err(PlaylistNotFound::Unknown)
        );
    }
}
