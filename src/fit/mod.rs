//! One song to a [`FitReport`]. An audio file and a bundle come in; what goes out is plain data: the JSON of the
//! product. The song streams through: memory does not grow with its length.
//!
//! Must not: write files, draw, or know tensors; it hears through [`Listener`].

mod fit_report;
mod hearing;
mod hearing_many;
mod overview;

pub use fit_report::*;
pub use hearing::{FitError, Hearing, hear};
pub use hearing_many::hear_all;

use std::path::Path;

use crate::bundle::Bundle;
use crate::evaluate::AddedList;
use crate::model::Listener;
use crate::neighbours::{Near, StoredTrack, song_embedding};

/// Playlists with neighbours and a curve along the song.
const TOP_PLAYLISTS: usize = 5;
const NEIGHBOURS_EACH: usize = 3;
/// From here on a fit is called good, and from there possible.
const GOOD: f64 = 0.5;
const POSSIBLE: f64 = 0.25;

/// Hears a song and says what it fits.
///
/// # Errors
/// Where the file is no audio, too short, or the network stops.
pub fn fit(path: &Path, bundle: &Bundle, listener: &dyn Listener) -> Result<FitReport, FitError> {
    let hearing = hear(path, &bundle.manifest.front_end, listener)?;
    Ok(report(hearing, bundle))
}

fn report(hearing: Hearing, bundle: &Bundle) -> FitReport {
    let manifest = &bundle.manifest;
    let logits = manifest.pooling.scores(
        &hearing.logits,
        &hearing.attention,
        manifest.playlists.len(),
    );
    let song = song_embedding(&hearing.embeddings, bundle.neighbours.width);
    let fits = fits(bundle, &logits, &song);
    let mut order: Vec<usize> = (0..fits.len()).collect();
    order.sort_by(|&left, &right| fits[right].total_cmp(&fits[left]));
    let cards = manifest.cards();
    let playlists: Vec<PlaylistFit> = order
        .iter()
        .enumerate()
        .map(|(place, &playlist)| PlaylistFit {
            name: cards[playlist].name.clone(),
            rank: place + 1,
            fit: fits[playlist],
            range: None,
            promised: false,
            note: added(bundle, playlist).map(AddedList::note),
            tracks: cards[playlist].tracks,
        })
        .collect();
    let top = &order[..order.len().min(TOP_PLAYLISTS)];
    FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: facts(bundle),
        front_end: bundle.manifest.front_end.hash(),
        verdict: verdict(&playlists),
        neighbours: neighbours(&hearing, bundle, &song, top),
        timeline: timeline(&hearing, bundle, top),
        playlists,
        promise: None,
        novelty: None,
        stability: Vec::new(),
        song: hearing.song,
        spectrogram: hearing.spectrogram,
    }
}

/// Of every list, the added ones behind those of the network: `[lists]`, out of pooled logits and a unit embedding.
fn fits(bundle: &Bundle, logits: &[f32], embedding: &[f32]) -> Vec<f64> {
    let manifest = &bundle.manifest;
    let trained = logits.iter().enumerate();
    let trained = trained.map(|(playlist, &logit)| manifest.calibration.fit(playlist, logit));
    let added = manifest.added.iter().map(|list| list.fit(embedding));
    trained.chain(added).collect()
}

/// The list at this place, where it was added without training.
fn added(bundle: &Bundle, playlist: usize) -> Option<&AddedList> {
    let trained = bundle.manifest.playlists.len();
    bundle.manifest.added.get(playlist.checked_sub(trained)?)
}

fn facts(bundle: &Bundle) -> BundleFacts {
    let manifest = &bundle.manifest;
    BundleFacts {
        id: bundle.id(),
        name: manifest.name.clone(),
        notice: manifest.notice.clone(),
        architecture: manifest.network.architecture.name().into(),
        tracks: manifest.tracks,
        artists: manifest.artists,
        playlists: manifest.playlists.len(),
        evaluation: Some(manifest.evaluation.clone()),
    }
}

fn neighbours(hearing: &Hearing, bundle: &Bundle, song: &[f32], top: &[usize]) -> Vec<NearTrack> {
    let cards = bundle.manifest.cards();
    let similarities = bundle.neighbours.similarities(song);
    let itself = |near: &Near| {
        near.track.content == hearing.song.content
            || near.similarity > bundle.manifest.same_recording_above
            || same_title(&hearing.song, near.track)
    };
    let of_playlist = |&playlist: &usize| {
        let near = bundle
            .neighbours
            .nearest_in(playlist, &similarities, NEIGHBOURS_EACH, itself);
        let name = cards[playlist].name.clone();
        near.into_iter().map(move |near| NearTrack {
            playlist: name.clone(),
            title: near.track.title.clone(),
            artists: near.track.artists.join(", "),
            similarity: f64::from(near.similarity),
            percentile: None,
            licence: near.track.licence.clone(),
            source: near.track.source.clone(),
        })
    };
    top.iter().flat_map(of_playlist).collect()
}

/// Whether the song's tags name this track: the same title by one of its artists.
fn same_title(song: &SongFacts, track: &StoredTrack) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|sign| sign.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let artists = song.artists.as_deref().map(plain).unwrap_or_default();
    song.title
        .as_deref()
        .is_some_and(|title| plain(title) == plain(&track.title))
        && track
            .artists
            .iter()
            .map(|artist| plain(artist))
            .any(|artist| !artist.is_empty() && artists.contains(&artist))
}

fn timeline(hearing: &Hearing, bundle: &Bundle, top: &[usize]) -> Timeline {
    let manifest = &bundle.manifest;
    let (playlists, width) = (manifest.playlists.len(), bundle.neighbours.width);
    let embeddings = hearing.embeddings.chunks_exact(width.max(1));
    let windows = hearing
        .logits
        .chunks_exact(playlists.max(1))
        .zip(embeddings);
    // Each as a song of one window, since the calibration knows pooled scores.
    let windows: Vec<Vec<f64>> = windows
        .map(|(logits, embedding)| {
            let pooled = manifest.pooling.scores(logits, &[], playlists);
            fits(bundle, &pooled, &song_embedding(embedding, width))
        })
        .collect();
    let cards = manifest.cards();
    let curve = |&playlist: &usize| FitCurve {
        playlist: cards[playlist].name.clone(),
        fit: windows.iter().map(|fits| fits[playlist]).collect(),
    };
    Timeline {
        window_seconds: manifest.front_end.window_seconds,
        starts_seconds: hearing.starts_seconds.clone(),
        curves: top.iter().map(curve).collect(),
    }
}

/// One sentence on the best of the ranked playlists.
fn verdict(ranked: &[PlaylistFit]) -> Verdict {
    let named = |playlist: &PlaylistFit| {
        format!(
            "{} ({:.0}\u{202f}%)",
            shown(&playlist.name),
            playlist.fit * 100.0
        )
    };
    let best = ranked.first().map_or(0.0, |best| best.fit);
    let good: Vec<String> = ranked
        .iter()
        .filter(|playlist| playlist.fit >= GOOD)
        .take(3)
        .map(named)
        .collect();
    let possible = ranked
        .iter()
        .filter(|playlist| playlist.fit >= POSSIBLE && playlist.fit < GOOD);
    let possible: Vec<String> = possible.take(2).map(named).collect();
    let (level, sentence) = match (good.is_empty(), possible.is_empty()) {
        (false, true) => (
            VerdictLevel::GoodFit,
            format!("A good fit for {}.", and(&good)),
        ),
        (false, false) => (
            VerdictLevel::GoodFit,
            format!(
                "A good fit for {}, and possibly for {}.",
                and(&good),
                and(&possible)
            ),
        ),
        (true, false) => (
            VerdictLevel::PossibleFit,
            format!("A possible fit for {}, no clear one.", and(&possible)),
        ),
        (true, true) => (
            VerdictLevel::NoGoodFit,
            format!(
                "No good fit: none of these playlists reaches {:.0}\u{202f}%; the best has {:.0}\u{202f}%.",
                POSSIBLE * 100.0,
                best * 100.0
            ),
        ),
    };
    Verdict { level, sentence }
}

/// A playlist's name as a person reads it.
fn shown(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn and(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(fits: &[f64]) -> Vec<PlaylistFit> {
        let names = ["orchestral_epic", "ambient", "piano", "lofi"];
        let entry = |(place, (name, &fit)): (usize, (&&str, &f64))| PlaylistFit {
            name: (*name).into(),
            rank: place + 1,
            fit,
            range: None,
            promised: false,
            note: None,
            tracks: 9,
        };
        names.iter().zip(fits).enumerate().map(entry).collect()
    }

    #[test]
    fn the_verdict_says_good_possible_or_honestly_none() {
        let plain = |fits: &[f64]| verdict(&ranked(fits)).sentence.replace('\u{202f}', " ");
        assert_eq!(
            plain(&[0.71, 0.44, 0.1]),
            "A good fit for Orchestral epic (71 %), and possibly for Ambient (44 %)."
        );
        assert_eq!(
            plain(&[0.9, 0.8, 0.7, 0.6]),
            "A good fit for Orchestral epic (90 %), Ambient (80 %) and Piano (70 %)."
        );
        assert_eq!(
            plain(&[0.3, 0.1]),
            "A possible fit for Orchestral epic (30 %), no clear one."
        );
        assert_eq!(
            plain(&[0.2, 0.1]),
            "No good fit: none of these playlists reaches 25 %; the best has 20 %."
        );
        assert_eq!(verdict(&[]).level, VerdictLevel::NoGoodFit);
    }
}
