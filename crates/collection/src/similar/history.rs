//! A playlist in the proportions of a listening history, and which tracks the history names.

use std::collections::HashMap;

use super::{
    Candidates, EmbeddedSong, MixRequest, MixShare, SimilarMode, SimilarReport, SimilarRequest,
    best_lists, mix, proximity_score, sample_mix,
};
use catalogue::Listen;
use catalogue::title_key;

/// The songs of a history among the candidates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// Indices of the candidates that were played, in any version, with their numbers of plays.
    pub played: Vec<(usize, f64)>,
    /// Indices into the history of what names none of the candidates.
    pub unmatched: Vec<usize>,
}

/// Matches each listen by title and artist; another version of a song is the same song. The plays of a listen that
/// matches several candidates are divided among them.
pub fn match_listens(listens: &[Listen], candidates: &Candidates) -> Matched {
    let tracks = &candidates.neighbours.tracks;
    let mut by_title: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (place, track) in tracks.iter().enumerate() {
        by_title
            .entry(title_key(&track.title))
            .or_default()
            .push(place);
    }
    let mut plays = vec![0.0; tracks.len()];
    let mut unmatched = Vec::new();
    for (at, listen) in listens.iter().enumerate() {
        let track = &listen.track;
        let artists = track.artists.join(", ");
        let of_title = by_title.get(&title_key(&track.title)).into_iter().flatten();
        let is_played = |place: &&usize| tracks[**place].is_version_of(&track.title, &artists);
        let found: Vec<&usize> = of_title.filter(is_played).collect();
        if found.is_empty() {
            unmatched.push(at);
        }
        for &place in &found {
            plays[*place] += listen.plays / found.len() as f64;
        }
    }
    let played = plays
        .into_iter()
        .enumerate()
        .filter(|(_, plays)| *plays > 0.0);
    Matched {
        played: played.collect(),
        unmatched,
    }
}

/// A song of a history whose audio file was embedded.
#[derive(Clone, Debug)]
pub struct EmbeddedListen {
    /// Index into the history.
    pub listen: usize,
    /// The embedded file.
    pub song: EmbeddedSong,
}

/// The songs of a history that were found, with their numbers of plays.
#[derive(Clone, Debug, Default)]
pub struct PlayedSongs {
    /// Each recording once.
    pub songs: Vec<EmbeddedSong>,
    /// Plays of each song, `[songs]`.
    pub plays: Vec<f64>,
    /// Indices into the history of what was found neither by name nor as a file.
    pub unknown: Vec<usize>,
}

impl PlayedSongs {
    /// Finds the songs of a history by name among the candidates and by their embedded files.
    pub fn new(listens: &[Listen], embedded: Vec<EmbeddedListen>, candidates: &Candidates) -> Self {
        let matched = match_listens(listens, candidates);
        let has_file = |index: usize| embedded.iter().any(|found| found.listen == index);
        let unmatched = matched.unmatched.into_iter();
        let mut played = Self {
            unknown: unmatched.filter(|&index| !has_file(index)).collect(),
            ..Self::default()
        };
        for (index, plays) in matched.played {
            played.push(candidates.song(index), plays);
        }
        for EmbeddedListen { listen, song } in embedded {
            let mut songs = played.songs.iter();
            if songs.all(|known| known.track.audio_hash != song.track.audio_hash) {
                played.push(song, listens[listen].plays);
            }
        }
        played
    }

    fn push(&mut self, song: EmbeddedSong, plays: f64) {
        self.songs.push(song);
        self.plays.push(plays);
    }
}

impl SimilarRequest<'_> {
    /// The playlist with the same mix of the bundle's playlists as a history.
    ///
    /// `plays` weights the songs, `[songs]`. `variety` (0 to 1) trades proximity to the history (0) against diversity of
    /// the tracks (1).
    pub fn history(&self, plays: &[f64], variety: f64) -> SimilarReport {
        let request = MixRequest {
            tracks: self.tracks,
            mix: best_lists(self.songs, plays),
            variety,
        };
        let mut filter = self.filter();
        let scores = proximity_score(self.candidates, self.songs, plays);
        let chosen_for = sample_mix(self.candidates, &scores, &request, &mut filter);
        let cards = self.bundle.manifest.cards();
        let mut tracks = self.tracks_of(&filter);
        for (track, &playlist) in tracks.iter_mut().zip(&chosen_for) {
            track.playlist = Some(cards[playlist].name.clone());
        }
        let fits = mix(self.songs, plays);
        let share = |(playlist, &history): (usize, &f64)| MixShare {
            playlist: cards[playlist].name.clone(),
            fits: fits[playlist],
            history,
            tracks: chosen_for
                .iter()
                .filter(|&&chosen| chosen == playlist)
                .count(),
        };
        let mut mix: Vec<MixShare> = request.mix.iter().enumerate().map(share).collect();
        mix.sort_by(|left, right| {
            let by_history = right.history.total_cmp(&left.history);
            by_history.then(right.fits.total_cmp(&left.fits))
        });
        SimilarReport {
            mix,
            tracks,
            ..self.empty_report(SimilarMode::History)
        }
    }
}
