//! An evaluation comes in, a folder goes out: `evaluation.json`, `playlists.csv`, and three pictures: how far fits can
//! be believed (`reliability.png`), how learnable each list is (`playlists.png`), which lists are taken for which
//! (`confusion.png`).
//!
//! Must not: measure anything; what an evaluation lacks is said in the picture's place.

mod confusion;
mod learnable;
mod reliability;
mod scores;
mod text;

pub use text::evaluation_text;

use std::path::Path;

use serde::Serialize;

use super::ReportError;
use super::canvas::{Canvas, Sheet, Type};
use super::fonts::FontFace;
use super::palette::{BACKGROUND, FOREGROUND, MUTED_TEXT};
use super::words::shorten;
use evaluation::Evaluation;

/// An evaluation and the bundle that it is of. The JSON of `evaluate`.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Evaluated<'a> {
    /// The bundle's id.
    pub bundle: String,
    /// Hash of its front end.
    pub front_end: String,
    /// What a reader must know of its playlists before believing a number; empty where nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub disclaimer: &'a str,
    #[serde(flatten)]
    pub evaluation: &'a Evaluation,
}

/// Writes the five files into `folder`, which is made where it is missing; each appears whole or not at all.
///
/// # Errors
/// Where the folder or a file cannot be written.
pub fn write_evaluation(evaluated: &Evaluated, folder: &Path) -> Result<(), ReportError> {
    let files = [
        (
            "playlists.csv",
            scores::csv(&evaluated.evaluation.playlists)?,
        ),
        ("reliability.png", reliability::png(evaluated)?),
        ("playlists.png", learnable::png(evaluated)?),
        ("confusion.png", confusion::png(evaluated)?),
        ("evaluation.json", serde_json::to_vec_pretty(evaluated)?),
    ];
    for (name, content) in files {
        let file = folder.join(name);
        files::write(&file, &content).map_err(|source| ReportError::Write { file, source })?;
    }
    Ok(())
}

const LEFT: f32 = 48.0;

/// The type of a picture.
pub(super) struct FontSet {
    regular: FontFace,
    semi_bold: FontFace,
}

/// Draws a picture on white paper under a heading, with the bundle's notice, so that no picture goes about without it.
fn draw(
    evaluated: &Evaluated,
    (width, height): (u32, u32),
    title: &str,
    body: impl FnOnce(&Canvas, &FontSet) -> Result<(), ReportError>,
) -> Result<Vec<u8>, ReportError> {
    let mut sheet = Sheet::new(width, height);
    {
        let canvas = sheet.canvas();
        let faces = FontSet::new()?;
        canvas.fill(BACKGROUND)?;
        let across = width as f32 - 2.0 * LEFT;
        let title = format!("{}: {title}", shorten(&evaluated.bundle, 60));
        let style = faces.bold(26.0);
        canvas.text((LEFT, 56.0), style, &style.face.fit(&title, 26.0, across))?;
        let style = faces.small(MUTED_TEXT);
        let disclaimer = shorten(evaluated.disclaimer, 400);
        for (row, line) in style
            .face
            .wrap(&disclaimer, style.size, across, 2)
            .iter()
            .enumerate()
        {
            canvas.text((LEFT, 82.0 + row as f32 * 20.0), style, line)?;
        }
        body(&canvas, &faces)?;
    }
    sheet
        .png()
        .map_err(|why| ReportError::Picture(why.to_string()))
}

impl FontSet {
    pub(super) fn new() -> Result<Self, ReportError> {
        Ok(Self {
            regular: FontFace::regular()?,
            semi_bold: FontFace::semi_bold()?,
        })
    }

    pub(super) fn bold(&self, size: f32) -> Type<'_> {
        Type {
            face: &self.semi_bold,
            size,
            colour: FOREGROUND,
        }
    }

    pub(super) fn small(&self, colour: plotters::style::RGBColor) -> Type<'_> {
        self.of_size(15.0, colour)
    }

    pub(super) fn of_size(&self, size: f32, colour: plotters::style::RGBColor) -> Type<'_> {
        Type {
            face: &self.regular,
            size,
            colour,
        }
    }
}

/// A text that ends at a place.
pub(super) fn right(
    canvas: &Canvas,
    end: (f32, f32),
    style: Type,
    text: &str,
) -> Result<(), ReportError> {
    canvas.text(
        (end.0 - style.face.width(text, style.size), end.1),
        style,
        text,
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::sample;
    use super::*;

    fn evaluated<'a>(evaluation: &'a Evaluation, disclaimer: &'a str) -> Evaluated<'a> {
        Evaluated {
            bundle: "house-3fa9c17b".into(),
            front_end: "3fa9c17be02d".into(),
            disclaimer,
            evaluation,
        }
    }

    const NOTICE: &str = "Simulated: these figures say nothing of real songs.";

    #[test]
    fn five_files_stand_in_a_new_folder_and_the_json_reads_back() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("some/where");
        let evaluation = sample::full_evaluation(15);
        write_evaluation(&evaluated(&evaluation, NOTICE), &folder).unwrap();
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let all = [
            "confusion.png",
            "evaluation.json",
            "playlists.csv",
            "playlists.png",
            "reliability.png",
        ];
        assert_eq!(names, all);
        let json = fs::read(folder.join("evaluation.json")).unwrap();
        let back: Evaluation = serde_json::from_slice(&json).unwrap();
        assert_eq!(back, evaluation);
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["disclaimer"], NOTICE);
        // A second one takes the place of the first.
        write_evaluation(&evaluated(&evaluation, ""), &folder).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_is_an_error_that_names_the_file() {
        let home = tempfile::tempdir().unwrap();
        let taken = home.path().join("taken");
        fs::write(&taken, "mine").unwrap();
        let evaluation = sample::full_evaluation(2);
        let error = write_evaluation(&evaluated(&evaluation, ""), &taken).unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
    }

    #[test]
    fn every_picture_shows_what_was_measured_and_can_be_drawn_of_anything() {
        let pictures = [reliability::png, learnable::png, confusion::png];
        let full = sample::full_evaluation(15);
        let mut other = full.clone();
        other.reliability[1].bins[4].rate = 0.9;
        other.playlists[2].average_precision = Some(0.01);
        other.confusion[1][1] = 0.0;
        let mut odd = sample::full_evaluation(3);
        odd.reliability[0].bins[0].fit = f64::NAN;
        odd.reliability[1].bins.truncate(1);
        odd.playlists[0].average_precision = Some(f64::INFINITY);
        odd.playlists[1].name = "\u{202e}<script>\n\0 🎧".repeat(300);
        odd.confusion[0] = vec![f64::NAN; 3];
        odd.confusion[1].clear();
        let none = Evaluation {
            reliability: Vec::new(),
            confusion: Vec::new(),
            playlists: Vec::new(),
            ..full.clone()
        };
        for picture in pictures {
            let drawn = |evaluation: &Evaluation| picture(&evaluated(evaluation, NOTICE)).unwrap();
            assert_ne!(drawn(&full), drawn(&other));
            assert_ne!(drawn(&full), drawn(&none));
            drawn(&odd);
        }
    }

    /// For looking: `OUT=folder cargo test --lib render_evaluation -- --ignored`.
    #[test]
    #[ignore = "writes the files into the folder that OUT names"]
    fn render_evaluation() {
        let out = std::path::PathBuf::from(std::env::var("OUT").expect("OUT names a folder"));
        for lists in [0, 15, 82, 260] {
            let evaluation = sample::full_evaluation(lists);
            let folder = out.join(format!("lists-{lists}"));
            write_evaluation(&evaluated(&evaluation, NOTICE), &folder).unwrap();
        }
    }
}
