//! `prepare`: the audio of the catalogue's tracks as clips to learn from.

use clap::Args;
use rayon::prelude::*;

use super::table::table;
use super::terminal::{answer, progress};
use super::{Outcome, PlaylistsFolder};
use crate::audio::ClipStore;
use crate::mel::FrontEnd;
use crate::playlists::{Catalogue, Track};

#[derive(Debug, Args)]
pub struct Prepare {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Front end whose sample rate the clips get: efficientat or stern
    #[arg(long, value_name = "NAME", default_value = "efficientat")]
    front_end: String,
}

/// What became of a track.
enum Prepared {
    New,
    There,
    Failed(String),
}

impl Prepare {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let front_end = FrontEnd::preset(&self.front_end)?;
        let catalogue = Catalogue::read(&self.playlists.playlists)?;
        let store = ClipStore::new(&self.playlists.clips(), front_end.sample_rate_hz);
        let bar = progress("Decoding");
        bar.set_length(catalogue.tracks.len() as u64);
        let prepared: Vec<Prepared> = catalogue
            .tracks
            .par_iter()
            .map(|track| {
                let prepared = prepare(track, &store);
                bar.inc(1);
                prepared
            })
            .collect();
        bar.finish_and_clear();
        let count = |is: fn(&Prepared) -> bool| prepared.iter().filter(|one| is(one)).count();
        let new = count(|one| matches!(one, Prepared::New));
        let there = count(|one| matches!(one, Prepared::There));
        let failed: Vec<Vec<String>> = catalogue
            .tracks
            .iter()
            .zip(&prepared)
            .filter_map(|(track, prepared)| match prepared {
                Prepared::Failed(why) => Some(vec![
                    track.title.clone(),
                    track.artists.join(", "),
                    why.clone(),
                ]),
                _ => None,
            })
            .collect();
        answer(&format!(
            "{new} clips prepared at {} Hz, {there} were there already, {} failed",
            front_end.sample_rate_hz,
            failed.len()
        ));
        if failed.is_empty() {
            return Ok(Outcome::Done);
        }
        answer(&table(&["title", "artists", "why it failed"], &failed));
        Ok(Outcome::Skipped)
    }
}

fn prepare(track: &Track, store: &ClipStore) -> Prepared {
    let (Some(audio), Some(content)) = (&track.audio, &track.content) else {
        return Prepared::Failed(
            "only its name is known; import it with a path to its audio".into(),
        );
    };
    if store.holds(content) {
        return Prepared::There;
    }
    match store.add(content, audio) {
        Ok(_) => Prepared::New,
        Err(why) => Prepared::Failed(why.to_string()),
    }
}
