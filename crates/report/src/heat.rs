//! What pulled towards a list and away from it, drawn over the log-mel of its window.

use super::picture;
use analysis::Occlusion;

const WIDTH: usize = 480;
/// A logit that moves by less than this at most is drawn pale: nothing pulls.
const MIN_SCALE: f32 = 0.1;
/// How much of the colour covers the log-mel where the pull is strongest.
const COVER: f64 = 0.8;
/// Orange and sky blue of Okabe and Ito (2008): colour-blind eyes tell them apart, on dark and on light.
const TOWARDS: [f64; 3] = [240.0, 140.0, 0.0];
const AWAY: [f64; 3] = [66.0, 160.0, 233.0];
/// The loudest of the log-mel, which stays grey.
const LOUDEST_GREY: f64 = 215.0;

/// The logit at which the colours are strongest.
pub fn scale(explanation: &Occlusion) -> f32 {
    let logit_drops = explanation.logit_drops.iter().flatten();
    logit_drops.fold(MIN_SCALE, |most, logit_drop| most.max(logit_drop.abs()))
}

/// A PNG: low bands at the bottom, time to the right; none where there is nothing to show.
pub fn png(explanation: &Occlusion) -> Result<Option<Vec<u8>>, png::EncodingError> {
    let times = explanation.logit_drops.first().map_or(0, Vec::len);
    let is_grid = times > 0 && explanation.logit_drops.iter().all(|row| row.len() == times);
    if !picture::is_drawable(&explanation.spectrogram) || !is_grid {
        return Ok(None);
    }
    let height = explanation.spectrogram.bands;
    let scale = f64::from(scale(explanation));
    let place = |at: usize, size: usize| (at as f64 + 0.5) / size as f64;
    let pixels: Vec<u8> = (0..WIDTH * height)
        .flat_map(|pixel| {
            let (x, y) = (place(pixel % WIDTH, WIDTH), place(pixel / WIDTH, height));
            let level = picture::level_at(&explanation.spectrogram, x, y) / 255.0;
            colour(level, pull(&explanation.logit_drops, x, 1.0 - y) / scale)
        })
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(Some(file))
}

/// `level` from 0 to 1, `pull` from -1 to 1.
fn colour(level: f64, pull: f64) -> [u8; 3] {
    let tint = if pull > 0.0 { TOWARDS } else { AWAY };
    let cover = COVER * pull.abs().min(1.0);
    // The log-mel shines through the colour.
    tint.map(|tint| {
        (LOUDEST_GREY * level * (1.0 - cover) + tint * cover * (0.35 + 0.65 * level)).round() as u8
    })
}

/// Between the middles of the four nearest blocks; `x` and `y` from 0, the beginning and the lowest band, to 1.
fn pull(logit_drops: &[Vec<f32>], x: f64, y: f64) -> f64 {
    let (row, next_row, up) = blocks(y, logit_drops.len());
    let between = |row: &[f32]| {
        let (column, next_column, across) = blocks(x, row.len());
        f64::from(row[column]) * (1.0 - across) + f64::from(row[next_column]) * across
    };
    between(&logit_drops[row]) * (1.0 - up) + between(&logit_drops[next_row]) * up
}

/// The two blocks around a place, and how far it is from the first to the second: of `count`, block `i` has its middle
/// at `(i + 1) / (count + 1)`.
fn blocks(place: f64, count: usize) -> (usize, usize, f64) {
    let at = (place * (count + 1) as f64 - 1.0).clamp(0.0, (count - 1) as f64);
    let first = at as usize;
    (first, (first + 1).min(count - 1), at - first as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn explanation() -> Occlusion {
        sample::evident().explanation.unwrap()
    }

    fn pixels(file: &[u8]) -> (usize, Vec<u8>) {
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width as usize, pixels)
    }

    #[test]
    fn what_pulls_is_orange_and_what_pulls_away_is_blue() {
        let mut explanation = explanation();
        explanation.logit_drops = vec![vec![0.0; 10]; 8];
        explanation.logit_drops[0][9] = 1.0;
        explanation.logit_drops[7][0] = -1.0;
        let (width, pixels) = pixels(&png(&explanation).unwrap().unwrap());
        let rows = pixels.len() / 3 / width;
        let at = |x: usize, y: usize| &pixels[(y * width + x) * 3..][..3];
        let [corner, other] = [at(width - 10, rows - 5), at(10, 5)];
        assert!(corner[0] > corner[2] + 40, "{corner:?}");
        assert!(other[2] > other[0] + 40, "{other:?}");
        let middle = at(width / 2, rows / 2);
        assert_eq!(middle[0], middle[2], "grey where nothing pulls");
    }

    #[test]
    fn a_map_without_any_pull_stays_grey() {
        let mut explanation = explanation();
        explanation.logit_drops = vec![vec![0.001; 10]; 8];
        assert_eq!(scale(&explanation), MIN_SCALE);
        let (_, pixels) = pixels(&png(&explanation).unwrap().unwrap());
        let strongest = pixels.chunks(3).map(|pixel| pixel[0].abs_diff(pixel[2]));
        assert!(strongest.max().unwrap() < 6);
    }

    #[test]
    fn an_uneven_grid_or_no_picture_draws_nothing() {
        let mut explanation = explanation();
        explanation.logit_drops[2].pop();
        assert_eq!(png(&explanation).unwrap(), None);
        explanation.logit_drops.clear();
        assert_eq!(png(&explanation).unwrap(), None);
        let mut blank = sample::evident().explanation.unwrap();
        blank.spectrogram = Default::default();
        assert_eq!(png(&blank).unwrap(), None);
    }
}
