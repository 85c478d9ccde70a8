//! A search for settings as a picture: each trial's loss on the left, how much each setting matters on the right.
//! 1200 x 560.

use plotters::style::RGBColor;

use super::ReportError;
use super::canvas::{Area, Canvas, Point, Sheet, Type};
use super::fonts::FontFace;
use super::palette::{BACKGROUND, FOREGROUND, GRID, MUTED_TEXT};
use super::words::{percent, shorten};
use evaluation::{Importance, Trial, TrialOutcome};

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 560;
const FINISHED: RGBColor = RGBColor(122, 62, 140);
const BEST: RGBColor = RGBColor(36, 122, 110);
const FAILED: RGBColor = RGBColor(200, 72, 60);
const BAR: RGBColor = RGBColor(36, 92, 150);

const HISTORY: Area = Area {
    left: 100.0,
    top: 140.0,
    width: 580.0,
    height: 330.0,
};
/// The bars; their names stand to the left of it.
const BARS: Area = Area {
    left: 920.0,
    top: 140.0,
    width: 190.0,
    height: 330.0,
};
const NAMES: f32 = 740.0;
const MAX_BARS: usize = 11;
const BAR_PITCH: f32 = 36.0;
const GRID_LINES: usize = 4;
/// Losses so many times as far above the best as the median is are drawn at the upper edge, or they would press all
/// others into a line.
const FAR: f64 = 3.0;

/// Draws the trials, and the importance where it is known.
///
/// # Errors
/// Where the picture cannot be drawn, which is a bug.
pub fn search_png(
    title: &str,
    trials: &[Trial],
    importance: Option<&Importance>,
) -> Result<Vec<u8>, ReportError> {
    let mut sheet = Sheet::new(WIDTH, HEIGHT);
    {
        let canvas = sheet.canvas();
        let (regular, semi_bold) = (FontFace::regular()?, FontFace::semi_bold()?);
        canvas.fill(BACKGROUND)?;
        let heading = Type {
            face: &semi_bold,
            size: 26.0,
            colour: FOREGROUND,
        };
        let title = format!("Search from the preset {}", shorten(title, 60));
        canvas.text((48.0, 56.0), heading, &title)?;
        let picture = Picture {
            canvas: &canvas,
            face: &regular,
            trials,
            scale: Scale::of(trials),
        };
        picture.grid()?;
        picture.legend()?;
        picture.history()?;
        picture.importance(importance)?;
    }
    sheet
        .png()
        .map_err(|why| ReportError::Picture(why.to_string()))
}

/// The losses at the lower and the upper edge.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(trials: &[Trial]) -> Self {
        let mut losses: Vec<f64> = trials.iter().filter_map(Trial::loss).collect();
        losses.retain(|loss| loss.is_finite());
        losses.sort_by(f64::total_cmp);
        let (Some(&least), Some(&most)) = (losses.first(), losses.last()) else {
            return Self {
                low: 0.0,
                high: 1.0,
            };
        };
        let median = losses[losses.len() / 2];
        let top = most.min(least + FAR * (median - least)).max(median);
        let room = ((top - least) * 0.08).max(least.abs() * 1e-3).max(1e-9);
        Self {
            low: least - room,
            high: top + room,
        }
    }

    /// From 0, the lower edge, to 1.
    fn share(&self, loss: f64) -> f64 {
        ((loss - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// As many decimals as tell one grid line from the next.
    fn label(&self, loss: f64) -> String {
        let step = (self.high - self.low) / GRID_LINES as f64;
        let decimals = (1.0 - step.log10().floor()).clamp(1.0, 8.0) as usize;
        format!("{loss:.decimals$}")
    }
}

/// Draws a sign of the legend in its place.
type Mark<'a, 'sheet> = fn(&Picture<'a, 'sheet>, Point) -> Result<(), ReportError>;

struct Picture<'a, 'sheet> {
    canvas: &'a Canvas<'sheet>,
    face: &'a FontFace,
    trials: &'a [Trial],
    scale: Scale,
}

impl Picture<'_, '_> {
    fn grid(&self) -> Result<(), ReportError> {
        let style = self.small(MUTED_TEXT);
        for line in 0..=GRID_LINES {
            let share = line as f64 / GRID_LINES as f64;
            let loss = self.scale.low + share * (self.scale.high - self.scale.low);
            let y = HISTORY.top + (1.0 - share as f32) * HISTORY.height;
            let ends = [(HISTORY.left, y), (HISTORY.left + HISTORY.width, y)];
            self.canvas.line(&ends, 0.5, GRID)?;
            let text = self.scale.label(loss);
            let width = self.face.width(&text, style.size);
            self.canvas
                .text((HISTORY.left - width - 10.0, y + 5.0), style, &text)?;
        }
        let below = HISTORY.top + HISTORY.height;
        let step = self.trials.len().div_ceil(12).max(1);
        for trial in self.trials.iter().step_by(step) {
            let text = trial.number.to_string();
            let x = self.across(trial) - self.face.width(&text, style.size) / 2.0;
            self.canvas.text((x, below + 24.0), style, &text)?;
        }
        let right = HISTORY.left + HISTORY.width;
        let width = self.face.width("trial", style.size);
        self.canvas
            .text((right - width, below + 48.0), style, "trial")
    }

    fn legend(&self) -> Result<(), ReportError> {
        let mut x = HISTORY.left;
        let middle = 101.0;
        let entries: [(&str, Mark); 4] = [
            ("validation loss", Self::dot),
            ("ended early", |picture, place| {
                picture.cross(place, MUTED_TEXT)
            }),
            ("failed", |picture, place| picture.cross(place, FAILED)),
            ("best so far", |picture, (x, y)| {
                let ends = [(x - 9.0, y), (x + 9.0, y)];
                picture.canvas.line(&ends, 2.0, BEST)
            }),
        ];
        for (name, mark) in entries {
            mark(self, (x + 9.0, middle))?;
            let style = self.small(FOREGROUND);
            self.canvas.text((x + 26.0, middle + 5.0), style, name)?;
            x += 52.0 + self.face.width(name, style.size);
        }
        let style = self.small(FOREGROUND);
        self.canvas.text(
            (NAMES, middle + 5.0),
            style,
            "how much of the spread of the loss each setting explains",
        )
    }

    fn history(&self) -> Result<(), ReportError> {
        let mut best: Vec<Point> = Vec::new();
        for trial in self.trials {
            let Some((x, y)) = self.place(trial) else {
                continue;
            };
            let before = best.last().map_or(y, |last| last.1);
            if trial.outcome == TrialOutcome::Finished {
                // Lower on the sheet is a lesser loss.
                best.extend([(x, before), (x, before.max(y))]);
            } else if !best.is_empty() {
                best.push((x, before));
            }
        }
        if best.len() > 1 {
            self.canvas.line(&best, 2.0, BEST)?;
        }
        for trial in self.trials {
            match (trial.outcome, self.place(trial)) {
                (TrialOutcome::Finished, Some(place)) => self.dot(place)?,
                (TrialOutcome::Pruned, Some(place)) => self.cross(place, MUTED_TEXT)?,
                _ => self.cross((self.across(trial), HISTORY.top - 10.0), FAILED)?,
            }
        }
        Ok(())
    }

    fn importance(&self, importance: Option<&Importance>) -> Result<(), ReportError> {
        let Some(importance) = importance else {
            let style = self.small(MUTED_TEXT);
            return self.canvas.text(
                (NAMES, BARS.top + 16.0),
                style,
                "Too few trials finished to tell.",
            );
        };
        let together = ("two of them together".to_owned(), importance.together);
        let alone = importance.alone.iter().take(MAX_BARS - 1);
        let widest = alone
            .clone()
            .chain([&together])
            .fold(1e-9, |widest: f64, (_, share)| widest.max(*share));
        for (row, (name, share)) in alone.chain([&together]).enumerate() {
            let middle = BARS.top + 12.0 + row as f32 * BAR_PITCH.min(BARS.height / 10.0);
            let style = self.small(FOREGROUND);
            self.canvas
                .text((NAMES, middle + 5.0), style, &shorten(name, 22))?;
            let bar = Area {
                left: BARS.left,
                top: middle - 8.0,
                width: ((share / widest) as f32 * BARS.width).max(2.0),
                height: 16.0,
            };
            self.canvas.rectangle(bar, BAR)?;
            let end = bar.left + bar.width + 8.0;
            self.canvas.text(
                (end, middle + 5.0),
                self.small(MUTED_TEXT),
                &percent(*share),
            )?;
        }
        Ok(())
    }

    fn across(&self, trial: &Trial) -> f32 {
        let share = (trial.number as f32 - 0.5) / self.trials.len().max(1) as f32;
        HISTORY.left + share * HISTORY.width
    }

    fn place(&self, trial: &Trial) -> Option<Point> {
        let loss = trial.loss().filter(|loss| loss.is_finite())?;
        let up = self.scale.share(loss) as f32;
        Some((
            self.across(trial),
            HISTORY.top + (1.0 - up) * HISTORY.height,
        ))
    }

    fn dot(&self, (x, y): Point) -> Result<(), ReportError> {
        let dot = Area {
            left: x - 4.0,
            top: y - 4.0,
            width: 8.0,
            height: 8.0,
        };
        self.canvas.pill(dot, FINISHED)
    }

    fn cross(&self, (x, y): Point, colour: RGBColor) -> Result<(), ReportError> {
        for slope in [-4.0, 4.0] {
            let ends = [(x - 4.0, y - slope), (x + 4.0, y + slope)];
            self.canvas.line(&ends, 1.5, colour)?;
        }
        Ok(())
    }

    fn small(&self, colour: RGBColor) -> Type<'_> {
        Type {
            face: self.face,
            size: 15.0,
            colour,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use evaluation::{EpochRecord, Validation};

    fn trial(number: u64, outcome: TrialOutcome, loss: f64) -> Trial {
        let validation = Validation {
            loss,
            top_1: 0.3,
            top_3: 0.5,
            top_5: 0.6,
        };
        Trial {
            number,
            outcome,
            values: BTreeMap::new(),
            best: (outcome != TrialOutcome::Failed).then_some(EpochRecord {
                epoch: 1,
                train_loss: loss,
                validation: Some(validation),
            }),
            reason: None,
        }
    }

    /// Losses that fall with the trials and scatter; one far off, one failed.
    fn sample() -> (Vec<Trial>, Importance) {
        let mut random = fastrand::Rng::with_seed(4);
        let trials = (1..=40).map(|number| {
            let loss = 0.21 + 0.06 * random.f64() * 12.0 / (8.0 + number as f64);
            match number {
                7 => trial(number, TrialOutcome::Finished, 1.4),
                19 => trial(number, TrialOutcome::Failed, 0.0),
                _ if number > 8 && random.f64() < 0.35 => {
                    trial(number, TrialOutcome::Pruned, loss + 0.02)
                }
                _ => trial(number, TrialOutcome::Finished, loss),
            }
        });
        let alone = [
            ("fine_tune.learning_rate", 0.46),
            ("dropout", 0.15),
            ("fine_tune.weight_decay", 0.08),
            ("adapter.rank", 0.05),
            ("mlp_head", 0.04),
            ("fine_tune.batch", 0.03),
            ("adapter.alpha", 0.02),
            ("fine_tune.warmup_ratio", 0.004),
        ];
        let importance = Importance {
            alone: alone.map(|(name, share)| (name.to_owned(), share)).to_vec(),
            together: 0.166,
        };
        (trials.collect(), importance)
    }

    #[test]
    fn any_search_can_be_drawn_and_what_it_found_shows() {
        let (trials, importance) = sample();
        let drawn = search_png("demo", &trials, Some(&importance)).unwrap();
        assert_ne!(drawn, search_png("demo", &trials, None).unwrap());
        assert_ne!(
            drawn,
            search_png("demo", &trials[..9], Some(&importance)).unwrap()
        );
        search_png("demo", &[], None).unwrap();
        search_png("demo", &[trial(1, TrialOutcome::Failed, 0.0)], None).unwrap();
    }

    #[test]
    fn one_loss_far_off_does_not_press_the_others_together() {
        let (trials, _) = sample();
        let scale = Scale::of(&trials);
        assert!(scale.high < 0.5, "{scale:?}");
        assert_eq!(scale.share(1.4), 1.0);
        assert!(scale.low < 0.22 && scale.low > 0.1, "{scale:?}");
        assert_ne!(scale.label(0.22), scale.label(0.23));
    }

    /// For looking: `OUT=folder cargo test --no-default-features --features lists --lib render_search -- --ignored`.
    #[test]
    #[ignore = "writes the picture into the folder that OUT names"]
    fn render_search() {
        let out = std::path::PathBuf::from(std::env::var("OUT").expect("OUT names a folder"));
        let (trials, importance) = sample();
        let picture = search_png("ast-dora", &trials, Some(&importance)).unwrap();
        std::fs::write(out.join("tune.png"), picture).unwrap();
    }
}
