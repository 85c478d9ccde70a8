//! Inter in two weights (SIL Open Font License, `fonts/OFL.txt`; cut by `fonts/make.py`), and how wide its text is.

use ab_glyph::{Font, FontRef, GlyphId, ScaleFont};

use super::ReportError;

pub const REGULAR_WOFF2: &[u8] = include_bytes!("fonts/Inter-Regular.woff2");
pub const SEMI_BOLD_WOFF2: &[u8] = include_bytes!("fonts/Inter-SemiBold.woff2");

/// Stands for letters and emoji that the font lacks.
const REPLACEMENT: char = '□';

/// One weight of the font.
pub struct FontFace(FontRef<'static>);

/// A letter and where its pen stands, in pixels right of the text's start.
pub struct Placed {
    pub glyph: GlyphId,
    pub x: f32,
}

impl FontFace {
    pub fn regular() -> Result<Self, ReportError> {
        Self::load(include_bytes!("fonts/Inter-Regular.ttf"))
    }

    pub fn semi_bold() -> Result<Self, ReportError> {
        Self::load(include_bytes!("fonts/Inter-SemiBold.ttf"))
    }

    fn load(file: &'static [u8]) -> Result<Self, ReportError> {
        FontRef::try_from_slice(file)
            .map(Self)
            .map_err(|error| ReportError::Picture(error.to_string()))
    }

    pub fn font(&self) -> &FontRef<'static> {
        &self.0
    }

    /// ab_glyph's scale (the height of a line) for a font size in pixels an em.
    pub fn scale(&self, size: f32) -> f32 {
        let em = self.0.units_per_em().unwrap_or(2048.0);
        size * self.0.height_unscaled() / em
    }

    /// The letters of a line with kerning, and the line's width.
    pub fn place(&self, text: &str, size: f32) -> (Vec<Placed>, f32) {
        let font = self.0.as_scaled(self.scale(size));
        let mut pen = 0.0;
        let mut placed: Vec<Placed> = Vec::new();
        for glyph in self
            .drawable(text)
            .chars()
            .map(|letter| self.0.glyph_id(letter))
        {
            pen += placed
                .last()
                .map_or(0.0, |last| font.kern(last.glyph, glyph));
            placed.push(Placed { glyph, x: pen });
            pen += font.h_advance(glyph);
        }
        (placed, pen)
    }

    pub fn width(&self, text: &str, size: f32) -> f32 {
        self.place(text, size).1
    }

    /// The text with one replacement sign for each run of letters that the font lacks.
    fn drawable(&self, text: &str) -> String {
        let known = text.chars().map(|letter| {
            if self.0.glyph_id(letter).0 == 0 {
                REPLACEMENT
            } else {
                letter
            }
        });
        let mut drawable = String::with_capacity(text.len());
        for letter in known {
            if letter != REPLACEMENT || !drawable.ends_with(REPLACEMENT) {
                drawable.push(letter);
            }
        }
        drawable
    }

    /// The text, cut with an ellipsis where it is wider than `width`.
    pub fn fit(&self, text: &str, size: f32, width: f32) -> String {
        if self.width(text, size) <= width {
            return text.to_string();
        }
        let mut kept: Vec<char> = text.chars().collect();
        loop {
            kept.pop();
            let cut = format!("{}…", kept.iter().collect::<String>().trim_end());
            if kept.is_empty() || self.width(&cut, size) <= width {
                return cut;
            }
        }
    }

    /// The text in lines no wider than `width`; where there are more than `most`, the last ends in an ellipsis.
    pub fn wrap(&self, text: &str, size: f32, width: f32, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let longer = lines.last().map(|line| format!("{line} {word}"));
            match longer {
                Some(longer) if lines.len() == most || self.width(&longer, size) <= width => {
                    lines.pop();
                    lines.push(longer);
                }
                _ => lines.push(word.to_string()),
            }
        }
        lines
            .iter()
            .map(|line| self.fit(line, size, width))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_wide_as_the_font_says() {
        let face = FontFace::regular().unwrap();
        let (a, v, av) = (
            face.width("A", 100.0),
            face.width("V", 100.0),
            face.width("AV", 100.0),
        );
        assert!((40.0..90.0).contains(&a), "{a}");
        assert!(av < a + v - 1.0, "AV is kerned");
    }

    #[test]
    fn letters_that_the_font_lacks_become_one_sign() {
        let face = FontFace::semi_bold().unwrap();
        assert_eq!(face.drawable("Näïve Ωmega Жук"), "Näïve Ωmega Жук");
        assert_eq!(face.drawable("a 👩‍🎤🎸 b 東京"), "a □ b □");
    }

    #[test]
    fn text_is_cut_and_wrapped_to_its_width() {
        let face = FontFace::regular().unwrap();
        let cut = face.fit("The quick brown fox", 20.0, 100.0);
        assert!(
            cut.ends_with('…') && face.width(&cut, 20.0) <= 100.0,
            "{cut}"
        );
        let lines = face.wrap(
            "The quick brown fox jumps over the lazy dog",
            20.0,
            100.0,
            3,
        );
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| face.width(line, 20.0) <= 100.0));
        assert!(lines[2].ends_with('…'));
        assert!(face.wrap("", 20.0, 100.0, 3).is_empty());
    }
}
