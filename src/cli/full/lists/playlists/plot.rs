//! The file of a playlist's plot.

use std::path::{Path, PathBuf};

use catalogue::Playlist;
use files::file_name;

/// The plot's file: named after the playlist, or after its id if another playlist would get the same file.
pub fn file(playlist: &Playlist, all: &[Playlist], folder: &Path) -> PathBuf {
    let stem = |playlist: &Playlist| file_name(&playlist.name, "playlist");
    let own = stem(playlist);
    let is_same = |other: &&Playlist| stem(other).to_lowercase() == own.to_lowercase();
    let stem = match all.iter().filter(is_same).count() {
        0 | 1 => own,
        _ => file_name(&playlist.id, "playlist"),
    };
    folder.join(format!("{stem}.png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_playlists_share_a_plot() {
        let playlist = |(number, name): (usize, &&str)| Playlist {
            id: format!("deezer:{number}"),
            name: (*name).to_owned(),
            ..Playlist::default()
        };
        let names = ["A/B", "A:B", "a_b", "Other"];
        let playlists: Vec<Playlist> = names.iter().enumerate().map(playlist).collect();
        let folder = Path::new("plots");
        let files = playlists
            .iter()
            .map(|playlist| file(playlist, &playlists, folder));
        let expected = ["deezer_0", "deezer_1", "deezer_2", "Other"];
        let expected = expected.map(|stem| folder.join(format!("{stem}.png")));
        assert_eq!(files.collect::<Vec<_>>(), expected);
    }
}
