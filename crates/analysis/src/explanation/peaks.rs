//! The window with the highest logit for each of the leading playlists, updated while the song is streamed.

use std::collections::BTreeMap;

use inference::Prediction;

/// Playlists that are tracked at a time: those with the highest mean logits so far. The best playlist of the whole song is
/// nearly always among them from the start.
const LEADERS: usize = 4;

/// Stores at most [`LEADERS`] windows, for a song of any duration.
#[derive(Clone, Debug, Default)]
pub struct PeakTracker {
    /// `[playlists]`, over all windows seen.
    sums: Vec<f64>,
    windows: usize,
    peaks: BTreeMap<usize, PeakWindow>,
}

/// A window and its prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct PeakWindow {
    /// Its index among the windows of the song.
    pub window: usize,
    /// `[n_mels, frames]`
    pub log_mel: Vec<f32>,
    /// Of the playlist whose peak it is.
    pub logit: f32,
}

impl PeakTracker {
    /// Adds the next windows `[windows, n_mels, frames]`, their prediction, and which of them are silent: those are never a
    /// peak.
    pub fn push(&mut self, log_mels: &[f32], prediction: &Prediction, silent: &[bool]) {
        let playlists = prediction.logits.len() / prediction.windows.max(1);
        let size = log_mels.len() / prediction.windows.max(1);
        if playlists == 0 || size == 0 {
            return;
        }
        let rows = prediction.logits.chunks_exact(playlists);
        self.sums.resize(playlists, 0.0);
        for row in rows.clone() {
            for (sum, &logit) in self.sums.iter_mut().zip(row) {
                *sum += f64::from(logit);
            }
        }
        let leaders = self.leaders();
        self.peaks.retain(|playlist, _| leaders.contains(playlist));
        let windows = rows.zip(log_mels.chunks_exact(size)).zip(silent);
        for (index, ((row, log_mel), _)) in windows.enumerate().filter(|(_, (_, silent))| !**silent)
        {
            for &playlist in &leaders {
                let known = self.peaks.get(&playlist);
                if known.is_none_or(|peak| row[playlist] > peak.logit) {
                    let peak = PeakWindow {
                        window: self.windows + index,
                        log_mel: log_mel.to_vec(),
                        logit: row[playlist],
                    };
                    self.peaks.insert(playlist, peak);
                }
            }
        }
        self.windows += prediction.windows;
    }

    /// The peak of the playlist at this index in the bundle; `None` if it was not tracked, or was added without training.
    pub fn get(&self, playlist: usize) -> Option<&PeakWindow> {
        self.peaks.get(&playlist)
    }

    fn leaders(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.sums.len()).collect();
        order.sort_by(|&left, &right| self.sums[right].total_cmp(&self.sums[left]));
        order.truncate(LEADERS);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two playlists, windows of one value.
    fn prediction(logits: &[[f32; 2]]) -> Prediction {
        Prediction {
            windows: logits.len(),
            logits: logits.concat(),
            ..Prediction::default()
        }
    }

    #[test]
    fn the_highest_window_that_is_not_silent_is_the_peak() {
        let mut peaks = PeakTracker::default();
        let silent = [false, true];
        peaks.push(&[0.0, 1.0], &prediction(&[[0.2, 3.0], [9.0, 9.0]]), &silent);
        peaks.push(
            &[2.0, 3.0],
            &prediction(&[[0.7, 1.0], [0.6, 1.0]]),
            &[false; 2],
        );
        let peak = peaks.get(0).unwrap();
        assert_eq!((peak.window, peak.log_mel.as_slice()), (2, &[2.0][..]));
        assert_eq!(peaks.get(1).unwrap().window, 0);
        assert!(peaks.get(2).is_none());
    }

    #[test]
    fn only_the_leading_playlists_are_tracked() {
        let mut peaks = PeakTracker::default();
        let logits = (0..100).map(|playlist| playlist as f32).collect();
        let prediction = Prediction {
            windows: 1,
            logits,
            ..Prediction::default()
        };
        peaks.push(&[0.0; 6], &prediction, &[false]);
        assert_eq!(peaks.peaks.len(), LEADERS);
        assert_eq!(peaks.get(99).unwrap().logit, 99.0);
        assert!(peaks.get(10).is_none());
        peaks.push(&[], &Prediction::default(), &[]);
    }
}
