//! `similar`: a playlist of tracks like songs, like a history, by a signature, or from one song to another.

mod embedder;
mod history;
mod input;
mod output;
mod table;

use std::path::PathBuf;

use clap::Args;

use crate::cli::output::{print, status};
use crate::cli::{BundleFolder, ExitStatus};
use bundle::Bundle;
use collection::similar::SimilarReport;
use embedder::Embedder;
pub use embedder::analysis_cache;
use output::Output;
use table::as_table;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  playlist-fit similar demo.mp3 --candidates ~/Music --out like-demo.m3u8
  playlist-fit similar --history StreamingHistory*.json --candidates ~/Music --variety 0.5 --out mix.xspf
  playlist-fit similar --signature mine.m3u8 --candidates ~/Music --out more.m3u8
  playlist-fit similar --path first.mp3 last.mp3 --tracks 10

Environment:
  XDG_CACHE_HOME   analysed songs are cached in playlist-fit/analysed below it [default: ~/.cache]")]
pub struct Similar {
    /// Songs: audio files, folders with audio, or playlist files (M3U, XSPF, JSPF, tables)
    #[arg(value_name = "SONG", required_unless_present = "history")]
    songs: Vec<PathBuf>,
    /// Follow the mix of a listening history: Spotify's StreamingHistory or endsong files, JSON lines of ListenBrainz, a
    /// table with artist, track and plays, or a playlist such as M3U
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["songs", "signature", "path"])]
    history: Vec<PathBuf>,
    /// With --history: 0 for the tracks nearest to it, 1 for those least like each other
    #[arg(long, value_name = "0..1", default_value = "0.3", value_parser = fraction, requires = "history")]
    variety: f64,
    /// Follow what the songs, three or more, have in common
    #[arg(long, conflicts_with = "path")]
    signature: bool,
    /// Lead from the first of two songs to the second
    #[arg(long)]
    path: bool,
    /// Choose from the songs in this folder and its sub-folders instead of from the tracks of the bundle
    #[arg(long, alias = "among", value_name = "DIR")]
    candidates: Option<PathBuf>,
    /// Number of tracks
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..))]
    tracks: u16,
    /// Most tracks by one artist, guests included
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    per_artist: u16,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Playlist to write; its extension is the format: m3u8, xspf, jspf, csv, tsv or json
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

fn fraction(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "write a number from 0 to 1, such as 0.3".into())
}

impl Similar {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let output = self.out.as_deref().map(Output::new).transpose()?;
        self.check_folder()?;
        let (bundle, network) = self.bundle.open()?;
        let mut embedder = Embedder::new(&bundle, &network)?;
        let report = if self.history.is_empty() {
            self.like_songs(&mut embedder, &bundle)?
        } else {
            self.like_history(&mut embedder, &bundle)?
        };
        let excluded = output.map_or(Ok(0), |output| output.write(&report))?;
        if self.json {
            print(&serde_json::to_string(&report).unwrap_or_default());
        } else {
            print(&as_table(&report));
        }
        if report.tracks.len() < report.asked {
            status(&format!(
                "found {} of the {} tracks: the {} candidates hold no more without repeating a song or taking more \
                 than {} by one artist",
                report.tracks.len(),
                report.asked,
                report.candidates,
                report.per_artist
            ));
        }
        Ok(match embedder.skipped + excluded {
            0 => ExitStatus::Success,
            _ => ExitStatus::Partial,
        })
    }

    fn like_songs(
        &self,
        embedder: &mut Embedder,
        bundle: &Bundle,
    ) -> anyhow::Result<SimilarReport> {
        let songs = self.embed_songs(embedder)?;
        let candidates = self.load_candidates(embedder, bundle)?;
        let request = self.request(bundle, &songs, &candidates);
        Ok(match (self.path, self.signature) {
            (true, _) => request.path()?,
            (_, true) => request.signature()?,
            _ => request.around(),
        })
    }
}
