//! A [`FitReport`] comes in; `report.html`, `report.png` (1080 x 1350), `post.png` (1200 x 630) and `report.json` go out. Two of them
//! compared become `compare.html` and `compare.json`, an evaluation a folder of its own (`evaluation`), a bundle its model
//! card as Markdown (`card`).
//!
//! The page is one file that loads nothing and runs nothing; the pictures are its twins to post.
//! Must not: know audio, networks or the command line, or work out anything that is not in the [`FitReport`].

mod axes;
mod batch;
mod canvas;
mod card;
mod card_section;
mod churn;
mod colormap;
mod comparison;
mod curves;
mod evaluation;
mod exclusion;
mod explanation_section;
mod fonts;
mod heat;
mod html;
mod link;
mod log_mels;
mod palette;
mod picture;
mod playlist_context;
mod png;
mod quality;
mod quality_checks;
mod search;
mod spreadsheet;
mod text_table;
mod training;
mod trust;
mod words;

#[cfg(test)]
mod sample;

use std::io;
use std::path::{Path, PathBuf};

use analysis::FitReport;

pub use batch::{caution, write_batch};
pub use card::card;
pub use churn::churn_png;
pub use comparison::{compared_facts, difference, is_clear, write_comparison};
pub use evaluation::{Evaluated, evaluation_text, write_evaluation};
pub use exclusion::{exclusion_text, ineligible_text};
pub use fonts::{REGULAR_WOFF2, SEMI_BOLD_WOFF2};
pub use html::html;
pub use log_mels::{Titled, log_mels_png};
pub use png::{png, post_png};
pub use search::search_png;
pub use text_table::table;
pub use training::training_png;
pub use words::{
    advice, check_name, clock, comparison, explanation, few_shot, highlight_length, level,
    measured, ood, percent_with_interval, proximity_words, proximity_words_of, range, risk_control,
    shorten, summary_500, verdict, warning, with_interval,
};

/// How the report looks, for other pages that look the same.
pub const STYLE: &str = include_str!("../templates/report.css");

/// What a report consists of.
pub const FILES: [&str; 4] = ["report.html", "report.png", "post.png", "report.json"];

/// Where the files lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenReport {
    pub html: PathBuf,
    pub png: PathBuf,
    pub post: PathBuf,
    pub json: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{}: cannot make this folder for the report: {source}; choose another with --out", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("{}: cannot write this file: {source}; make room or choose another folder with --out", file.display())]
    Write { file: PathBuf, source: io::Error },
    #[error("report.html: the page could not be filled in: {0}; please report this as a bug")]
    Page(#[from] askama::Error),
    #[error("the picture could not be drawn: {0}; please report this as a bug")]
    Picture(String),
    #[error("the result could not be written as JSON: {0}; please report this as a bug")]
    Json(#[from] serde_json::Error),
    #[error("the table could not be written as CSV: {0}; please report this as a bug")]
    Table(String),
}

/// Writes the files into a folder, which is made if it is missing. Each is first written to a temporary file beside its
/// place; only when all are complete do they take their names, so that a full disk leaves no part of a report.
///
/// # Errors
/// Where the folder or a file cannot be written; what was begun is then taken away again.
pub fn write(report: &FitReport, folder: &Path) -> Result<WrittenReport, ReportError> {
    let (page, picture, post) = (html(report)?, png(report)?, post_png(report)?);
    let json = serde_json::to_vec_pretty(report)?;
    let contents: [&[u8]; 4] = [page.as_bytes(), &picture, &post, &json];
    let files = std::array::from_fn(|index| (FILES[index], contents[index]));
    let [html, png, post, json] = write_all(folder, files)?;
    Ok(WrittenReport {
        html,
        png,
        post,
        json,
    })
}

/// As [`files::write_all`], returning the paths of the files.
fn write_all<const N: usize>(
    folder: &Path,
    files: [(&str, &[u8]); N],
) -> Result<[PathBuf; N], ReportError> {
    files::write_all(folder, &files).map_err(|error| match error.path {
        path if path == folder => ReportError::Folder {
            folder: path,
            source: error.source,
        },
        path => ReportError::Write {
            file: path,
            source: error.source,
        },
    })?;
    Ok(files.map(|(name, _)| folder.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn four_files_stand_in_a_new_folder() {
        let home = tempfile::tempdir().unwrap();
        let written = write(&sample::report(), &home.path().join("reports/song")).unwrap();
        assert_eq!(
            names(&home.path().join("reports/song")),
            ["post.png", "report.html", "report.json", "report.png"]
        );
        assert!(
            fs::read_to_string(written.html)
                .unwrap()
                .ends_with("</html>")
        );
        for picture in [written.png, written.post] {
            assert!(fs::read(picture).unwrap().starts_with(b"\x89PNG"));
        }
        let json: FitReport = serde_json::from_slice(&fs::read(written.json).unwrap()).unwrap();
        assert_eq!(json.playlists.len(), 15);
        assert_eq!(json.song.title, sample::report().song.title);
    }

    #[test]
    fn a_second_report_replaces_the_first() {
        let home = tempfile::tempdir().unwrap();
        write(&sample::report(), home.path()).unwrap();
        let written = write(&sample::silence(), home.path()).unwrap();
        let json: FitReport = serde_json::from_slice(&fs::read(written.json).unwrap()).unwrap();
        assert_eq!(json.song.loudness_lufs, None);
        assert_eq!(names(home.path()).len(), 4);
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_an_error_that_names_it() {
        let home = tempfile::tempdir().unwrap();
        let taken = home.path().join("taken");
        fs::write(&taken, "mine").unwrap();
        let error = write(&sample::report(), &taken).unwrap_err().to_string();
        assert!(
            error.contains("taken") && error.contains("--out"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("report.html")).unwrap();
        let error = write(&sample::report(), home.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("report.html"), "{error}");
        assert_eq!(names(home.path()), ["report.html"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_read_only_folder_is_an_error_and_stays_empty() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
        if fs::write(home.path().join("probe"), "").is_ok() {
            eprintln!("skipped: this user may write everywhere");
            return;
        }
        let error = write(&sample::report(), home.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("report.html"), "{error}");
        assert!(names(home.path()).is_empty());
    }

    /// For looking: `OUT=folder cargo test --no-default-features --lib render_sample -- --ignored`.
    #[test]
    #[ignore = "writes the reports into the folder that OUT names"]
    fn render_sample() {
        let out = PathBuf::from(std::env::var("OUT").expect("OUT names a folder"));
        for (name, report) in sample::all() {
            write(&report, &out.join(name)).unwrap();
        }
    }
}
