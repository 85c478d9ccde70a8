//! `similar`: a playlist around songs, after a history, of a signature, or from one song to another.

mod embedder;
mod history;
mod output;
mod table;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::cli::output::{print, status};
use crate::cli::{BundleFolder, ExitStatus};
use bundle::Bundle;
use collection::similar::{
    Candidates, DiversityFilter, EmbeddedSong, MIN_SONGS, ProximityFacts, SCHEMA_VERSION,
    Signature, SimilarMode, SimilarReport, SimilarTrack, SongName, around, interpolate,
    proximity_score,
};
use embedder::Embedder;
use output::Output;
use table::as_table;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  playlist-fit similar demo.mp3 --among ~/Music --out like-demo.m3u8
  playlist-fit similar --history StreamingHistory*.json --among ~/Music --variety 0.5 --out mix.xspf
  playlist-fit similar --signature mine.m3u8 --among ~/Music --out more.m3u8
  playlist-fit similar --path first.mp3 last.mp3 --tracks 10

Environment:
  XDG_CACHE_HOME   what was heard is kept in playlist-fit/heard below it [default: ~/.cache]")]
pub struct Similar {
    /// Songs: audio files, folders with audio, or files with lists (M3U, XSPF, JSPF, tables)
    #[arg(value_name = "SONG", required_unless_present = "history")]
    songs: Vec<PathBuf>,
    /// Follow the mix of a listener's history: Spotify's StreamingHistory or endsong files, JSON lines of ListenBrainz, a
    /// table with artist, track and plays, or a list such as M3U
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["songs", "signature", "path"])]
    history: Vec<PathBuf>,
    /// With --history: 0 for the tracks nearest to it, 1 for those least like each other
    #[arg(long, value_name = "0..1", default_value = "0.3", value_parser = share, requires = "history")]
    variety: f64,
    /// Go by what the songs, three or more, have in common
    #[arg(long, conflicts_with = "path")]
    signature: bool,
    /// Walk from the first of two songs to the second
    #[arg(long)]
    path: bool,
    /// Choose from the songs in this folder, however deep, instead of from the tracks of the bundle
    #[arg(long, value_name = "DIR")]
    among: Option<PathBuf>,
    /// How many tracks
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..))]
    tracks: u16,
    /// At most so many by one artist, guests included
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    per_artist: u16,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Playlist to write, its extension being the format: m3u8, xspf, jspf, csv, tsv or json
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f64, String> {
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
            print(&serde_json::to_string(&report).unwrap_or_default())
        } else {
            print(&as_table(&report))
        }
        if report.tracks.len() < report.asked {
            status(&format!(
                "{} of the {} tracks that were asked for: of {} candidates no more are left without repeating a song \
                 or taking more than {} by one artist",
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
        let candidates = self.candidates(embedder, bundle)?;
        let report = self.report(bundle, &songs, &candidates);
        match (self.path, self.signature) {
            (true, _) => self.on_path(report, &songs, &candidates),
            (_, true) => self.of_signature(report, &songs, &candidates),
            _ => Ok(self.around(report, &songs, &candidates)),
        }
    }

    fn around(
        &self,
        report: SimilarReport,
        songs: &[EmbeddedSong],
        candidates: &Candidates,
    ) -> SimilarReport {
        let mut list = DiversityFilter::new(candidates, songs, self.per_artist.into());
        let near = proximity_score(candidates, songs, &vec![1.0; songs.len()]);
        around(&near, report.asked, &mut list);
        SimilarReport {
            tracks: tracks(list.taken(), songs, candidates),
            ..report
        }
    }

    fn of_signature(
        &self,
        report: SimilarReport,
        songs: &[EmbeddedSong],
        candidates: &Candidates,
    ) -> anyhow::Result<SimilarReport> {
        let Some(signature) = Signature::learn(candidates, songs) else {
            bail!(
                "--signature needs at least {MIN_SONGS} songs and as many tracks to compare them with; there are {} \
                 and {}",
                songs.len(),
                candidates.len()
            );
        };
        let near = signature.ranked(candidates);
        let mut list = DiversityFilter::new(candidates, songs, self.per_artist.into());
        around(&near, report.asked, &mut list);
        let mut tracks = tracks(list.taken(), songs, candidates);
        for (track, &place) in tracks.iter_mut().zip(list.taken()) {
            track.in_signature = Some(near[place]);
        }
        Ok(SimilarReport {
            mode: SimilarMode::Signature,
            signature: Some((&signature).into()),
            tracks,
            ..report
        })
    }

    fn on_path(
        &self,
        report: SimilarReport,
        songs: &[EmbeddedSong],
        candidates: &Candidates,
    ) -> anyhow::Result<SimilarReport> {
        let [from, to] = songs else {
            bail!("--path needs two songs that differ, found {}", songs.len());
        };
        let mut list = DiversityFilter::new(candidates, songs, self.per_artist.into());
        interpolate(candidates, [from, to], report.asked, &mut list);
        let mut before = from.embedding.as_slice();
        let mut tracks = Vec::new();
        for (at, &place) in list.taken().iter().enumerate() {
            let row = candidates.row(place);
            let step = ProximityFacts::between(before, row, candidates);
            tracks.push(SimilarTrack::new(at, place, step, candidates));
            before = row;
        }
        Ok(SimilarReport {
            mode: SimilarMode::Path,
            last_step: Some(ProximityFacts::between(before, &to.embedding, candidates)),
            tracks,
            ..report
        })
    }

    /// Those that were named; on a path in their order.
    fn embed_songs(&self, embedder: &mut Embedder) -> anyhow::Result<Vec<EmbeddedSong>> {
        let songs = if self.path {
            let alone = self.songs.iter().map(std::slice::from_ref);
            let embedded: anyhow::Result<Vec<_>> = alone.map(|song| embedder.embed(song)).collect();
            embedded?.concat()
        } else {
            embedder.embed(&self.songs)?
        };
        if songs.is_empty() {
            bail!("none of the songs could be heard; the lines above say why");
        }
        if self.path
            && songs.len() == 2
            && songs[0].0.track.audio_hash == songs[1].0.track.audio_hash
        {
            bail!("--path needs two songs that differ; these are one recording");
        }
        Ok(songs.into_iter().map(|song| song.0).collect())
    }

    /// Before an hour of listening.
    fn check_folder(&self) -> anyhow::Result<()> {
        match &self.among {
            Some(folder) if !folder.is_dir() => bail!(
                "--among {}: there is no such folder; name one with songs in it",
                folder.display()
            ),
            _ => Ok(()),
        }
    }

    fn candidates(&self, embedder: &mut Embedder, bundle: &Bundle) -> anyhow::Result<Candidates> {
        let Some(folder) = &self.among else {
            return Ok(Candidates::of_bundle(bundle));
        };
        let songs = embedder.embed(std::slice::from_ref(folder))?;
        if songs.is_empty() {
            bail!(
                "--among {}: no song in it can be heard; name a folder with WAV, FLAC, MP3, Ogg Vorbis, AAC/M4A, ALAC or \
                 AIFF files",
                folder.display()
            );
        }
        Ok(Candidates::of_songs(songs, bundle))
    }

    /// With no tracks yet.
    fn report(
        &self,
        bundle: &Bundle,
        songs: &[EmbeddedSong],
        candidates: &Candidates,
    ) -> SimilarReport {
        SimilarReport {
            schema_version: SCHEMA_VERSION,
            bundle: bundle.id(),
            front_end: bundle.manifest.front_end.hash(),
            mode: SimilarMode::Around,
            songs: songs.iter().map(SongName::from).collect(),
            candidates: candidates.len(),
            asked: self.tracks.into(),
            per_artist: self.per_artist.into(),
            mix: Vec::new(),
            signature: None,
            last_step: None,
            tracks: Vec::new(),
        }
    }
}

/// As the report tells them, each beside the nearest of the songs.
fn tracks(taken: &[usize], songs: &[EmbeddedSong], candidates: &Candidates) -> Vec<SimilarTrack> {
    let track = |(at, &place): (usize, &usize)| {
        let proximity = ProximityFacts::new(candidates.similarity(place, songs), candidates);
        SimilarTrack::new(at, place, proximity, candidates)
    };
    taken.iter().enumerate().map(track).collect()
}
