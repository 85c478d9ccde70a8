//! The log-mel of the whole song as colours and as a PNG file: low bands at the bottom, time to the right.

use analysis::Spectrogram;

/// Every sixteenth colour of matplotlib's magma (van der Walt and Smith, CC0): even steps of loudness look even,
/// also in grey and to colour-blind eyes.
const MAGMA: [[u8; 3]; 17] = [
    [0, 0, 4],
    [10, 8, 34],
    [29, 17, 71],
    [54, 16, 107],
    [81, 18, 124],
    [106, 28, 129],
    [131, 38, 129],
    [156, 46, 127],
    [183, 55, 121],
    [207, 64, 112],
    [229, 80, 100],
    [244, 105, 92],
    [251, 135, 97],
    [254, 165, 113],
    [254, 194, 135],
    [253, 224, 161],
    [252, 253, 191],
];

/// The colour of a level, 0 to 255.
pub fn magma(level: f64) -> [u8; 3] {
    let place = level.clamp(0.0, 255.0) / 255.0 * 16.0;
    let below = (place as usize).min(15);
    let part = place - below as f64;
    let between = |channel: usize| {
        let (low, high) = (
            f64::from(MAGMA[below][channel]),
            f64::from(MAGMA[below + 1][channel]),
        );
        (low + (high - low) * part).round() as u8
    };
    [between(0), between(1), between(2)]
}

/// False where there is nothing to show.
pub fn is_drawable(spectrogram: &Spectrogram) -> bool {
    !spectrogram.levels.is_empty()
        && spectrogram.levels.len() == spectrogram.bands * spectrogram.columns
}

/// A PNG of `columns` x `bands` pixels, one palette index a pixel; none where there is nothing to show.
pub fn png(spectrogram: &Spectrogram) -> Result<Option<Vec<u8>>, png::EncodingError> {
    if !is_drawable(spectrogram) {
        return Ok(None);
    }
    let Spectrogram {
        bands,
        columns,
        levels,
        ..
    } = spectrogram;
    let indices: Vec<u8> = (0..*bands)
        .rev()
        .flat_map(|band| (0..*columns).map(move |column| levels[column * bands + band]))
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, *columns as u32, *bands as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(
        (0..=255u8)
            .flat_map(|level| magma(f64::from(level)))
            .collect::<Vec<u8>>(),
    );
    encoder.write_header()?.write_image_data(&indices)?;
    Ok(Some(file))
}

/// The level at a place of the picture, between the four nearest cells; `x` from 0, the song's start, `y` from 0,
/// the highest band, to 1. The picture must be drawable.
pub fn level_at(spectrogram: &Spectrogram, x: f64, y: f64) -> f64 {
    let (column, next_column, across) = neighbours(x, spectrogram.columns);
    let (band, next_band, up) = neighbours(1.0 - y, spectrogram.bands);
    let level = |column: usize, band: usize| {
        f64::from(spectrogram.levels[column * spectrogram.bands + band])
    };
    let low = level(column, band) * (1.0 - across) + level(next_column, band) * across;
    let high = level(column, next_band) * (1.0 - across) + level(next_column, next_band) * across;
    low * (1.0 - up) + high * up
}

/// The two cells around a place, and how far it is from the first to the second.
fn neighbours(place: f64, cells: usize) -> (usize, usize, f64) {
    let centre = (place * cells as f64 - 0.5).clamp(0.0, cells as f64 - 1.0);
    let first = centre as usize;
    (first, (first + 1).min(cells - 1), centre - first as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_by_two() -> Spectrogram {
        Spectrogram {
            bands: 2,
            columns: 2,
            levels: vec![0, 50, 100, 255],
            fmax: 15_000.0,
        }
    }

    #[test]
    fn the_png_has_its_low_bands_at_the_bottom() {
        let file = png(&two_by_two()).unwrap().unwrap();
        let mut decoder = png::Decoder::new(file.as_slice());
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut pixels).unwrap();
        let colours: Vec<_> = pixels.chunks(3).collect();
        assert_eq!(colours[1], magma(255.0), "high band of the second column");
        assert_eq!(colours[2], magma(0.0), "low band of the first column");
    }

    #[test]
    fn magma_grows_ever_lighter() {
        let light = |level: u8| {
            magma(f64::from(level))
                .iter()
                .zip([0.30, 0.59, 0.11])
                .map(|(c, w)| f64::from(*c) * w)
                .sum::<f64>()
        };
        assert!((1..=255).all(|level| light(level) + 0.6 >= light(level - 1)));
        assert!(light(255) > light(0) + 200.0);
    }

    #[test]
    fn levels_between_cells_are_between_their_values() {
        assert_eq!(level_at(&two_by_two(), 0.0, 1.0), 0.0);
        assert_eq!(level_at(&two_by_two(), 1.0, 0.0), 255.0);
        assert_eq!(level_at(&two_by_two(), 0.5, 1.0), 50.0);
    }

    #[test]
    fn nothing_or_a_wrong_size_gives_no_picture() {
        assert_eq!(png(&Spectrogram::default()).unwrap(), None);
        assert_eq!(
            png(&Spectrogram {
                bands: 3,
                ..two_by_two()
            })
            .unwrap(),
            None
        );
    }
}
