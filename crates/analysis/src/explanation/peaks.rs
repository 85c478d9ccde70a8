//! The window in which each of the leading lists is heard most, kept while the song streams by.

use std::collections::BTreeMap;

use inference::Prediction;

/// Lists that are followed at a time, those whose logits are highest on average so far. The one that fits best in the end
/// is nearly always among them all along.
const LEADERS: usize = 4;

/// Holds no more than [`LEADERS`] windows, however long the song.
#[derive(Clone, Debug, Default)]
pub struct PeakTracker {
    /// `[playlists]`, over all windows seen.
    sums: Vec<f64>,
    windows: usize,
    held: BTreeMap<usize, PeakWindow>,
}

/// A window and what the network said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PeakWindow {
    /// Its place among the song's windows.
    pub window: usize,
    /// `[n_mels, frames]`
    pub picture: Vec<f32>,
    /// Of the list that it is the peak of.
    pub logit: f32,
}

impl PeakTracker {
    /// Takes the next windows `[windows, n_mels, frames]`, what was heard of them, and which of them are silent: those
    /// are nobody's peak.
    pub fn push(&mut self, pictures: &[f32], prediction: &Prediction, silent: &[bool]) {
        let playlists = prediction.logits.len() / prediction.windows.max(1);
        let size = pictures.len() / prediction.windows.max(1);
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
        self.held.retain(|list, _| leaders.contains(list));
        let windows = rows.zip(pictures.chunks_exact(size)).zip(silent);
        for (place, ((row, picture), _)) in windows.enumerate().filter(|(_, (_, silent))| !**silent)
        {
            for &list in &leaders {
                let held = self.held.get(&list);
                if held.is_none_or(|held| row[list] > held.logit) {
                    let peak = PeakWindow {
                        window: self.windows + place,
                        picture: picture.to_vec(),
                        logit: row[list],
                    };
                    self.held.insert(list, peak);
                }
            }
        }
        self.windows += prediction.windows;
    }

    /// Of the list at this place in the bundle; none where it did not lead, or was added without training.
    pub fn get(&self, list: usize) -> Option<&PeakWindow> {
        self.held.get(&list)
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

    /// Two lists, a window of one value.
    fn prediction(logits: &[[f32; 2]]) -> Prediction {
        Prediction {
            windows: logits.len(),
            logits: logits.concat(),
            ..Prediction::default()
        }
    }

    #[test]
    fn the_highest_window_that_is_not_silent_is_kept() {
        let mut peaks = PeakTracker::default();
        let silent = [false, true];
        peaks.push(&[0.0, 1.0], &prediction(&[[0.2, 3.0], [9.0, 9.0]]), &silent);
        peaks.push(
            &[2.0, 3.0],
            &prediction(&[[0.7, 1.0], [0.6, 1.0]]),
            &[false; 2],
        );
        let peak = peaks.get(0).unwrap();
        assert_eq!((peak.window, peak.picture.as_slice()), (2, &[2.0][..]));
        assert_eq!(peaks.get(1).unwrap().window, 0);
        assert!(peaks.get(2).is_none());
    }

    #[test]
    fn however_many_lists_only_the_leading_ones_are_followed() {
        let mut peaks = PeakTracker::default();
        let logits = (0..100).map(|list| list as f32).collect();
        let prediction = Prediction {
            windows: 1,
            logits,
            ..Prediction::default()
        };
        peaks.push(&[0.0; 6], &prediction, &[false]);
        assert_eq!(peaks.held.len(), LEADERS);
        assert_eq!(peaks.get(99).unwrap().logit, 99.0);
        assert!(peaks.get(10).is_none());
        peaks.push(&[], &Prediction::default(), &[]);
    }
}
