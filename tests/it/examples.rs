//! The examples of `examples/`, run as they are: each is the library alone, without the command line.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

#[path = "../../examples/analyse_song.rs"]
#[allow(dead_code, reason = "its `main` is not called")]
mod analyse_song;
#[path = "../../examples/rank_folder.rs"]
#[allow(dead_code, reason = "its `main` is not called")]
mod rank_folder;

const DEMO: &str = "fixtures/demo-song/first-light.ogg";

#[test]
fn an_artist_analyses_a_song() {
    let folder = TempDir::new().unwrap();
    let page = analyse_song::run(Path::new(DEMO), folder.path()).unwrap();
    assert!(fs::read_to_string(page).unwrap().contains("First Light"));
    assert!(folder.path().join("report.json").is_file());
}

#[test]
fn a_label_ranks_a_folder() {
    let folder = TempDir::new().unwrap();
    let (songs, out) = (folder.path().join("songs"), folder.path().join("out"));
    fs::create_dir(&songs).unwrap();
    fs::copy(DEMO, songs.join("a.ogg")).unwrap();
    fs::copy(DEMO, songs.join("b.ogg")).unwrap();
    fs::write(songs.join("c.wav"), "no audio").unwrap();
    let ranked = rank_folder::run(&songs, &out).unwrap();
    assert_eq!((ranked.songs.len(), ranked.failed.len()), (2, 1));
    assert_eq!(ranked.groups.len(), 1);
    assert!(out.join("index.html").is_file() && out.join("song-1/report.html").is_file());
}
