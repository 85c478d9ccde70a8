use super::synthetic::batch;
use super::*;
use collection::batch::{Failed, TargetPlaylist};

/// As a label would never send it, but somebody may.
fn hostile() -> BatchReport {
    let mut batch = batch(12, 4);
    batch.lists[0].name = "=SUM(A1)<script>alert(1)</script>".into();
    batch.songs[0].facts.title = Some("<script>alert(2)</script>\u{202e}".into());
    batch.songs[1].facts.title = Some("=HYPERLINK(\"http://example.org\")".into());
    batch.songs[1].path = "-demos/@x.mp3".into();
    batch.songs[2].folder = "a \" onclick=alert(3) '&".into();
    batch.songs[3].facts.loudness_lufs = Some(f64::NAN);
    batch.songs[4].fits[1].fit = f64::NAN;
    batch.failed.push(Failed {
        path: "</li><script>.mp3".into(),
        reason: "=it is \"no\" audio, at all".into(),
    });
    batch
}

fn page_of(batch: &BatchReport) -> String {
    page::html(batch, b"picture").unwrap()
}

fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

#[test]
fn four_files_stand_in_a_new_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("some/where");
    let index = write_batch(&batch(9, 5), &folder).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let all = ["assignment.csv", "fits.png", "index.html", "songs.csv"];
    assert_eq!(names, all);
    assert!(std::fs::read_to_string(index).unwrap().ends_with("</html>"));
}

#[test]
fn the_page_says_what_the_batch_says_and_loads_nothing() {
    let batch = batch(20, 5);
    let page = page_of(&batch);
    for song in &batch.songs {
        assert!(page.contains(&format!("href=\"./{}/report.html\"", song.folder)));
    }
    let [best, _] = batch.assignment.expected();
    assert!(page.contains(&format!("<strong>{best:.2}</strong>")));
    assert!(page.contains("3 files are the same recording") && page.contains("id=\"same-1\""));
    assert!(page.contains("20 songs, 5 playlists") && page.contains("Simulated: these"));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src=\"."));
}

#[test]
fn hostile_text_stays_text_on_the_page_and_no_cell_is_a_formula() {
    let batch = hostile();
    let page = page_of(&batch);
    assert_eq!(page.matches("<script").count(), 1, "its own alone");
    assert!(!page.contains("\u{202e}") && !page.contains("\" onclick=alert(3)"));
    for table in [
        tables::songs(&batch).unwrap(),
        tables::assignment(&batch).unwrap(),
    ] {
        let cells = rows(&table).into_iter().flatten();
        for cell in cells.filter(|cell| cell.parse::<f64>().is_err()) {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}

#[test]
fn the_policy_lets_only_the_page_s_own_script_run() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = page_of(&batch(2, 2));
    let (_, script) = page.split_once("<script>").unwrap();
    let (script, _) = script.split_once("</script>").unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")));
}

#[test]
fn the_tables_have_a_row_for_every_song_failure_and_pitch() {
    let batch = hostile();
    let songs = rows(&tables::songs(&batch).unwrap());
    assert_eq!(songs.len(), 1 + 12 + 1);
    assert!(songs.iter().all(|row| row.len() == songs[0].len()));
    assert_eq!(songs[0][17..].len(), 4, "a column a list");
    assert_eq!(songs[13][16], "'=it is \"no\" audio, at all");
    let assignment = rows(&tables::assignment(&batch).unwrap());
    let named = assignment[1..].iter().filter(|row| !row[1].is_empty());
    assert_eq!(named.count(), batch.assignment.best.len());
}

#[test]
fn the_picture_shows_the_fits_and_can_be_drawn_of_anything() {
    let full = batch(20, 5);
    let mut other = full.clone();
    other.songs[3].fits[2].fit = 0.99;
    assert_ne!(
        heat_map::png(&full).unwrap(),
        heat_map::png(&other).unwrap()
    );
    let mut unpitched = full.clone();
    unpitched.assignment.best.clear();
    assert_ne!(
        heat_map::png(&full).unwrap(),
        heat_map::png(&unpitched).unwrap()
    );
    heat_map::png(&hostile()).unwrap();
    heat_map::png(&BatchReport::default()).unwrap();
    let no_lists = BatchReport {
        songs: batch(3, 0).songs,
        lists: Vec::<TargetPlaylist>::new(),
        ..BatchReport::default()
    };
    heat_map::png(&no_lists).unwrap();
    assert!(page_of(&no_lists).contains("No song reaches"));
}

/// For looking: `OUT=folder cargo test --lib render_batch -- --ignored`.
#[test]
#[ignore = "writes the files into the folder that OUT names"]
fn render_batch() {
    let out = PathBuf::from(std::env::var("OUT").expect("OUT names a folder"));
    for (songs, lists) in [(0, 15), (24, 15), (5_000, 82)] {
        write_batch(&batch(songs, lists), &out.join(format!("{songs}x{lists}"))).unwrap();
    }
    write_batch(&hostile(), &out.join("hostile")).unwrap();
}
