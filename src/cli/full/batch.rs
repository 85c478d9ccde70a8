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
use crate::cli::output::{format_error, print, progress, status};
use crate::cli::paths::require_exists;
use crate::cli::table::table;
use crate::cli::{BundleFolder, ExitStatus};
use analysis::{FitReport, fit_with};
use audio::Decoder;
use audio::fingerprint::{Fingerprint, StreamFingerprinter};
use bundle::Bundle;
use collection::batch::{self, BatchSong, Failed, FitRow, Pitch, ReportStore, TargetPlaylist};
use collection::par_for_each;
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
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let _lock = Lock::take(&self.out)?;
        let (songs, mut failed) = self.songs()?;
        let (bundle, network) = self.bundle.open()?;
        let report_store = ReportStore::open(&self.out, bundle.id(), &report::FILES);
        let folders = report_store.folders(&songs, folder_name);
        let bar = progress("Listening");
        bar.set_length(songs.len() as u64);
        let work = BatchRun {
            out: &self.out,
            json: self.json,
            bundle: &bundle,
            lists: batch::lists(&bundle),
            report_store: &report_store,
            bar: &bar,
            analysed: Mutex::default(),
            failed: Mutex::default(),
        };
        let ended = par_for_each(songs.len(), predictors(network)?, |place, network| {
            work.song(&songs[place], &folders[place], network)
        });
        bar.finish_and_clear();
        if let ControlFlow::Break(reason) = ended {
            return Err(reason);
        }
        let BatchRun {
            lists,
            analysed,
            failed: unheard,
            ..
        } = work;
        failed.extend(unheard.into_inner().unwrap_or_default());
        let analysed = analysed.into_inner().unwrap_or_default();
        let batch = batch::BatchReport::new(&bundle, lists, analysed, failed);
        let index = report::write_batch(&batch, &self.out)?;
        let table = self.out.join("songs.parquet");
        files::write(&table, &parquet(&batch)?)
            .with_context(|| format!("{}: cannot write this file", table.display()))?;
        if !self.json {
            print(&as_tables(&batch));
        }
        status(&format!("Index: {}", index.display()));
        Ok(if batch.failed.is_empty() {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }

    /// Every song once, by name inside its folder; and what of the folders could not be read, each named on stderr.
    fn songs(&self) -> anyhow::Result<(Vec<PathBuf>, Vec<Failed>)> {
        let (mut songs, mut failed) = (Vec::new(), Vec::new());
        for path in &self.songs {
            require_exists(path)?;
            if !path.is_dir() {
                songs.push(path.clone());
                continue;
            }
            let (found, unread) = audio_below(path);
            songs.extend(found);
            failed.extend(
                unread
                    .into_iter()
                    .map(|(path, reason)| Failed { path, reason }),
            );
        }
        let mut seen = HashSet::new();
        songs
            .retain(|song| seen.insert(std::path::absolute(song).unwrap_or_else(|_| song.clone())));
        for skip in &failed {
            status(&format!("skipped {}: {}", skip.path.display(), skip.reason));
        }
        if songs.is_empty() && failed.is_empty() {
            bail!(
                "{}: no audio files in it; name a folder with songs, or songs",
                self.songs[0].display()
            )
        } else {
            Ok((songs, failed))
        }
    }
}

/// One network a core, each on one thread: so no core waits for another.
fn predictors(network: Network) -> anyhow::Result<Vec<Network>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    model::set_single_threaded();
    let mut networks = Vec::new();
    for _ in 1..threads {
        networks.push(network.share_weights()?);
    }
    networks.push(network);
    Ok(networks)
}

/// What all songs share.
struct BatchRun<'a> {
    out: &'a Path,
    json: bool,
    bundle: &'a Bundle,
    lists: Vec<TargetPlaylist>,
    report_store: &'a ReportStore,
    bar: &'a ProgressBar,
    analysed: Mutex<Vec<(BatchSong, Fingerprint)>>,
    failed: Mutex<Vec<Failed>>,
}

/// Why a song has no report.
enum BatchError {
    /// The song's own fault: the next one may do better.
    Skip(anyhow::Error),
    /// Nothing can be written any more.
    Fatal(anyhow::Error),
}

impl BatchRun<'_> {
    /// Hears one song, or takes what an earlier run heard.
    fn song(&self, song: &Path, folder: &str, network: &Network) -> ControlFlow<anyhow::Error> {
        match self.cached_or_analysed(song, folder, network) {
            Ok((report, fingerprint)) => self.store(song, folder, report, fingerprint),
            Err(BatchError::Skip(reason)) => self.fail(song, &reason),
            Err(BatchError::Fatal(reason)) => return ControlFlow::Break(reason),
        }
        self.bar.inc(1);
        ControlFlow::Continue(())
    }

    fn cached_or_analysed(
        &self,
        song: &Path,
        folder: &str,
        network: &Network,
    ) -> Result<(FitReport, Fingerprint), BatchError> {
        let stamp = self.report_store.stamp(song);
        let stamp = stamp.with_context(|| song.display().to_string());
        let stamp = stamp.map_err(BatchError::Skip)?;
        if let Some(known) = self.report_store.load(&stamp, folder) {
            return Ok(known);
        }
        self.report_store.remove_temp_files(folder);
        let analysed = self.analyse(song, network).map_err(BatchError::Skip)?;
        let written = report::write(&analysed.0, &self.out.join(folder));
        written.map_err(|reason| BatchError::Fatal(reason.into()))?;
        let kept = self.report_store.save(stamp, folder, &analysed.1);
        kept.with_context(|| self.out.join(folder).display().to_string())
            .map_err(BatchError::Fatal)?;
        Ok(analysed)
    }

    fn analyse(&self, song: &Path, network: &Network) -> anyhow::Result<(FitReport, Fingerprint)> {
        let rate = self.bundle.manifest.front_end.sample_rate_hz;
        let mut printing = StreamFingerprinter::new(rate).map_err(anyhow::Error::msg)?;
        let mut on_samples = |samples: &[f32]| printing.push(samples);
        // A decoder that panics on what nobody foresaw must not end a batch of thousands.
        let analysed = catch_unwind(AssertUnwindSafe(|| {
            fit_with(Decoder::open(song)?, self.bundle, network, &mut on_samples)
        }));
        let stumbled = |_| {
            let song = song.display();
            anyhow!(
                "{song}: internal error while analysing this file; report it with the output above"
            )
        };
        Ok((analysed.map_err(stumbled)??, printing.finish()))
    }

    fn store(&self, song: &Path, folder: &str, report: FitReport, fingerprint: Fingerprint) {
        if self.json {
            // Plain data with text keys has no way to fail.
            let line = serde_json::to_string(&report).unwrap_or_default();
            self.bar.suspend(|| print(&line));
        }
        let song = BatchSong::new(song.to_owned(), folder.to_owned(), report, &self.lists);
        if let Ok(mut analysed) = self.analysed.lock() {
            analysed.push((song, fingerprint));
        }
    }

    fn fail(&self, song: &Path, reason: &anyhow::Error) {
        let reason = format_error(reason);
        self.bar.suspend(|| status(&format!("skipped {reason}")));
        // Beside its path an error need not name it again.
        let named = format!("{}: ", song.display());
        let reason = reason.strip_prefix(&named).unwrap_or(&reason).to_owned();
        if let Ok(mut failed) = self.failed.lock() {
            failed.push(Failed {
                path: song.to_owned(),
                reason,
            });
        }
    }
}

/// The songs with their best lists, then which to pitch where.
fn as_tables(batch: &batch::BatchReport) -> String {
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

fn song_row(batch: &batch::BatchReport, song: &BatchSong) -> Vec<String> {
    let (best, fit) = song.best().unzip();
    vec![
        title(song),
        best.map_or_else(String::new, |list| batch.lists[list].name.clone()),
        format!("{:.0} %", fit.unwrap_or_default() * 100.0),
        level(song.verdict.level).to_lowercase(),
    ]
}

fn pitch_row(batch: &batch::BatchReport, pitch: &Pitch) -> Vec<String> {
    vec![
        batch.lists[pitch.list].name.clone(),
        title(&batch.songs[pitch.song]),
        format!("{:.0} %", pitch.fit * 100.0),
        batch.caution(pitch).map_or("", caution).to_owned(),
    ]
}

fn title(song: &BatchSong) -> String {
    clip(song.facts.title.as_ref().unwrap_or(&song.facts.file))
}

/// Every fit of a batch as Parquet, one row a song and list.
///
/// `song` text (its path), `title` text?, `artists` text?, `playlist` text, `rank` unsigned, `fit` float, `promised`
/// boolean, `low` and `high` float? (under small changes), `pitched` boolean (by the assignment). `?` may be null.
fn parquet(batch: &batch::BatchReport) -> anyhow::Result<Vec<u8>> {
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
        ("promised", boolean(&|row| row.fit.selected)),
        ("low", float(&|row| row.fit.range.map(|range| range.low))),
        ("high", float(&|row| row.fit.range.map(|range| range.high))),
        ("pitched", boolean(&|row| row.is_pitched)),
    ];
    store::table_to_parquet(columns).map_err(anyhow::Error::msg)
}
