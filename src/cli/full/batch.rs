//! `batch`: many songs at once, their reports, and which song to pitch to which list.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use indicatif::ProgressBar;

use super::lists::lock::Lock;
use crate::cli::fit::{clip, folder_name};
use crate::cli::names::there;
use crate::cli::table::table;
use crate::cli::terminal::{answer, in_words, progress, remark};
use crate::cli::{BundleFolder, Outcome};
use analysis::{FitReport, fit_along};
use audio::fingerprint::{Fingerprint, Printing};
use bundle::Bundle;
use collection::batch::{self, Failed, FitRow, List, Pitch, Shelf, Song};
use collection::share_out;
use files::audio_below;
use model::Network;
use report::{caution, level};
use store::Column;

#[derive(Debug, Args)]
pub struct Batch {
    /// Folders with songs at any depth, or songs
    #[arg(required = true, value_name = "DIR")]
    songs: Vec<PathBuf>,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for index.html, the tables and the reports, one sub-folder a song; the same command goes on where it
    /// stopped
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Print JSON instead of tables, one line a song as it is heard
    #[arg(long)]
    json: bool,
}

impl Batch {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let _lock = Lock::take(&self.out)?;
        let (songs, mut failed) = self.songs()?;
        let (bundle, network) = self.bundle.open()?;
        let shelf = Shelf::open(&self.out, bundle.id(), &report::FILES);
        let folders = shelf.folders(&songs, folder_name);
        let bar = progress("Listening");
        bar.set_length(songs.len() as u64);
        let work = Work {
            out: &self.out,
            json: self.json,
            bundle: &bundle,
            lists: batch::lists(&bundle),
            shelf: &shelf,
            bar: &bar,
            heard: Mutex::default(),
            failed: Mutex::default(),
        };
        let ended = share_out(songs.len(), listeners(network)?, |place, network| {
            work.song(&songs[place], &folders[place], network)
        });
        bar.finish_and_clear();
        if let ControlFlow::Break(why) = ended {
            return Err(why);
        }
        let Work {
            lists,
            heard,
            failed: unheard,
            ..
        } = work;
        failed.extend(unheard.into_inner().unwrap_or_default());
        let heard = heard.into_inner().unwrap_or_default();
        let batch = batch::Batch::new(&bundle, lists, heard, failed);
        let index = report::write_batch(&batch, &self.out)?;
        let table = self.out.join("songs.parquet");
        files::write(&table, &parquet(&batch)?)
            .with_context(|| format!("{}: cannot write this file", table.display()))?;
        if !self.json {
            answer(&as_tables(&batch));
        }
        remark(&format!("Index: {}", index.display()));
        Ok(match batch.failed.is_empty() {
            true => Outcome::Done,
            false => Outcome::Skipped,
        })
    }

    /// Every song once, by name inside its folder; and what of the folders could not be read, each named on stderr.
    fn songs(&self) -> anyhow::Result<(Vec<PathBuf>, Vec<Failed>)> {
        let (mut songs, mut failed) = (Vec::new(), Vec::new());
        for path in &self.songs {
            there(path)?;
            if !path.is_dir() {
                songs.push(path.clone());
                continue;
            }
            let (found, unread) = audio_below(path);
            songs.extend(found);
            failed.extend(unread.into_iter().map(|(path, why)| Failed { path, why }));
        }
        let mut seen = HashSet::new();
        songs
            .retain(|song| seen.insert(std::path::absolute(song).unwrap_or_else(|_| song.clone())));
        for skip in &failed {
            remark(&format!("skipped {}: {}", skip.path.display(), skip.why));
        }
        match songs.is_empty() && failed.is_empty() {
            true => bail!(
                "{}: no audio files in it; name a folder with songs, or songs",
                self.songs[0].display()
            ),
            false => Ok((songs, failed)),
        }
    }
}

/// One network a core, each on one thread: so no core waits for another.
fn listeners(network: Network) -> anyhow::Result<Vec<Network>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    model::one_thread_each();
    let mut networks = Vec::new();
    for _ in 1..threads {
        networks.push(network.twin()?);
    }
    networks.push(network);
    Ok(networks)
}

/// What all songs share.
struct Work<'a> {
    out: &'a Path,
    json: bool,
    bundle: &'a Bundle,
    lists: Vec<List>,
    shelf: &'a Shelf,
    bar: &'a ProgressBar,
    heard: Mutex<Vec<(Song, Fingerprint)>>,
    failed: Mutex<Vec<Failed>>,
}

/// Why a song has no report.
enum Trouble {
    /// The song's own fault: the next one may do better.
    Song(anyhow::Error),
    /// Nothing can be written any more.
    Folder(anyhow::Error),
}

impl Work<'_> {
    /// Hears one song, or takes what an earlier run heard.
    fn song(&self, song: &Path, folder: &str, network: &Network) -> ControlFlow<anyhow::Error> {
        match self.known_or_heard(song, folder, network) {
            Ok((report, print)) => self.keep(song, folder, report, print),
            Err(Trouble::Song(why)) => self.fail(song, &why),
            Err(Trouble::Folder(why)) => return ControlFlow::Break(why),
        }
        self.bar.inc(1);
        ControlFlow::Continue(())
    }

    fn known_or_heard(
        &self,
        song: &Path,
        folder: &str,
        network: &Network,
    ) -> Result<(FitReport, Fingerprint), Trouble> {
        let fresh = self.shelf.look(song);
        let fresh = fresh.with_context(|| song.display().to_string());
        let fresh = fresh.map_err(Trouble::Song)?;
        if let Some(known) = self.shelf.finished(&fresh, folder) {
            return Ok(known);
        }
        self.shelf.sweep(folder);
        let heard = self.hear(song, network).map_err(Trouble::Song)?;
        let written = report::write(&heard.0, &self.out.join(folder));
        written.map_err(|why| Trouble::Folder(why.into()))?;
        let kept = self.shelf.keep(fresh, folder, &heard.1);
        kept.with_context(|| self.out.join(folder).display().to_string())
            .map_err(Trouble::Folder)?;
        Ok(heard)
    }

    fn hear(&self, song: &Path, network: &Network) -> anyhow::Result<(FitReport, Fingerprint)> {
        let rate = self.bundle.manifest.front_end.sample_rate_hz;
        let mut printing = Printing::at(rate).map_err(anyhow::Error::msg)?;
        let mut along = |samples: &[f32]| printing.push(samples);
        // A decoder that panics on what nobody foresaw must not end a batch of thousands.
        let heard = catch_unwind(AssertUnwindSafe(|| {
            fit_along(song, self.bundle, network, &mut along)
        }));
        let stumbled = |_| {
            let song = song.display();
            anyhow!(
                "{song}: the program stumbled over it, which is a bug; please report it with the lines above"
            )
        };
        Ok((heard.map_err(stumbled)??, printing.finish()))
    }

    fn keep(&self, song: &Path, folder: &str, report: FitReport, print: Fingerprint) {
        if self.json {
            // Plain data with text keys has no way to fail.
            let line = serde_json::to_string(&report).unwrap_or_default();
            self.bar.suspend(|| answer(&line));
        }
        let song = Song::new(song.to_owned(), folder.to_owned(), report, &self.lists);
        if let Ok(mut heard) = self.heard.lock() {
            heard.push((song, print));
        }
    }

    fn fail(&self, song: &Path, why: &anyhow::Error) {
        let why = in_words(why);
        self.bar.suspend(|| remark(&format!("skipped {why}")));
        // Beside its path an error need not name it again.
        let named = format!("{}: ", song.display());
        let why = why.strip_prefix(&named).unwrap_or(&why).to_owned();
        if let Ok(mut failed) = self.failed.lock() {
            failed.push(Failed {
                path: song.to_owned(),
                why,
            });
        }
    }
}

/// The songs with their best lists, then which to pitch where.
fn as_tables(batch: &batch::Batch) -> String {
    let songs: Vec<Vec<String>> = batch
        .songs
        .iter()
        .map(|song| song_row(batch, song))
        .collect();
    let songs = table(&["song", "best playlist", "fit", "verdict"], &songs);
    let pitches = &batch.assignment.best;
    if pitches.is_empty() {
        return format!(
            "{songs}\n\nNo song reaches a fit of 10 %, and more than chance, for any playlist."
        );
    }
    let rows: Vec<Vec<String>> = pitches
        .iter()
        .map(|pitch| pitch_row(batch, pitch))
        .collect();
    let [best, greedy] = batch.assignment.expected();
    format!(
        "{songs}\n\n{}\n\nHits to expect in all: {best:.2}; taking the best remaining pair each time: {greedy:.2}",
        table(&["playlist", "pitch", "fit", ""], &rows),
    )
}

fn song_row(batch: &batch::Batch, song: &Song) -> Vec<String> {
    let (best, fit) = song.best().unzip();
    vec![
        title(song),
        best.map_or_else(String::new, |list| batch.lists[list].name.clone()),
        format!("{:.0} %", fit.unwrap_or_default() * 100.0),
        level(song.verdict.level).to_lowercase(),
    ]
}

fn pitch_row(batch: &batch::Batch, pitch: &Pitch) -> Vec<String> {
    vec![
        batch.lists[pitch.list].name.clone(),
        title(&batch.songs[pitch.song]),
        format!("{:.0} %", pitch.fit * 100.0),
        batch.caution(pitch).map_or("", caution).to_owned(),
    ]
}

fn title(song: &Song) -> String {
    clip(song.facts.title.as_ref().unwrap_or(&song.facts.file))
}

/// Every fit of a batch as Parquet, one row a song and list.
///
/// `song` text (its path), `title` text?, `artists` text?, `playlist` text, `rank` unsigned, `fit` float, `promised`
/// boolean, `low` and `high` float? (under small changes), `pitched` boolean (by the assignment). `?` may be null.
fn parquet(batch: &batch::Batch) -> anyhow::Result<Vec<u8>> {
    let rows: Vec<_> = batch.rows().collect();
    let text =
        |value: &dyn Fn(&FitRow) -> Option<String>| Column::Text(rows.iter().map(value).collect());
    let float =
        |value: &dyn Fn(&FitRow) -> Option<f64>| Column::Float(rows.iter().map(value).collect());
    let boolean =
        |value: &dyn Fn(&FitRow) -> bool| Column::Boolean(rows.iter().map(value).collect());
    let columns = vec![
        (
            "song",
            text(&|row| Some(row.song.path.display().to_string())),
        ),
        ("title", text(&|row| row.song.facts.title.clone())),
        ("artists", text(&|row| row.song.facts.artists.clone())),
        ("playlist", text(&|row| Some(row.list.name.clone()))),
        (
            "rank",
            Column::Unsigned(rows.iter().map(|row| row.fit.rank as u32).collect()),
        ),
        ("fit", float(&|row| Some(row.fit.fit))),
        ("promised", boolean(&|row| row.fit.promised)),
        ("low", float(&|row| row.fit.range.map(|range| range.low))),
        ("high", float(&|row| row.fit.range.map(|range| range.high))),
        ("pitched", boolean(&|row| row.is_pitched)),
    ];
    store::table_to_parquet(columns).map_err(anyhow::Error::msg)
}
