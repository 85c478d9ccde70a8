//! `collect`: track lists from a service into the catalogue, saved list by list.

mod summary;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::summary::{Summary, found, on_list};
use super::clients;
use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::output::{print, progress, status};
use catalogue::{Catalogue, PlaylistSnapshot};
use services::apple_music::AppleMusic;
use services::archive::Archive;
use services::chartmetric::Chartmetric;
use services::deezer::Deezer;
use services::jamendo::Jamendo;
use services::listenbrainz::ListenBrainz;
use services::secrets::Secrets;
use services::spotify::{LOGIN_PORT, Spotify};
use services::{Source, collect};
use store::StoreError;

#[derive(Debug, Args)]
#[command(after_help = ENVIRONMENT)]
pub struct Collect {
    /// Service to collect from
    #[arg(value_enum)]
    source: Service,
    /// Ids or links of lists; without any, those that are already there are collected again
    #[arg(value_name = "LIST")]
    lists: Vec<String>,
    /// Show lists whose name holds these words, and collect nothing
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["lists", "own"])]
    search: Option<String>,
    /// Collect all lists of your own
    #[arg(long)]
    own: bool,
    /// Log in by the browser first, and keep the key (Spotify)
    #[arg(long)]
    login: bool,
    /// Folder to bring the track lists into
    #[arg(long, value_name = "DIR", default_value = "catalogue")]
    into: PathBuf,
    /// Ask nobody: take what was fetched before
    #[arg(long)]
    offline: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

const ENVIRONMENT: &str = "\
Keys, from the environment or from playlist-fit/secrets.toml:
  spotify       SPOTIFY_CLIENT_ID, and a login (or SPOTIFY_CLIENT_SECRET)
  chartmetric   CHARTMETRIC_REFRESH_TOKEN
  jamendo       JAMENDO_CLIENT_ID
  apple-music   APPLE_MUSIC_TOKEN
  listenbrainz  LISTENBRAINZ_TOKEN, for private lists and --own alone
  deezer and archive need none

Environment:
  PLAYLIST_FIT_<SOURCE>_API  address to ask in place of the service's own, such as
                             PLAYLIST_FIT_DEEZER_API, for a proxy or a recorded server
  XDG_CACHE_HOME             answers are kept in playlist-fit/collect below it [default: ~/.cache]
  XDG_CONFIG_HOME            keys are read from playlist-fit/secrets.toml below it [default:
                             ~/.config] where the environment does not hold them";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Service {
    Spotify,
    Chartmetric,
    Deezer,
    Jamendo,
    #[value(name = "listenbrainz")]
    ListenBrainz,
    AppleMusic,
    Archive,
}

impl Collect {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build()?.block_on(self.ask())
    }

    async fn ask(&self) -> anyhow::Result<ExitStatus> {
        let secrets = Secrets::for_user()?;
        let settings = |source| clients::settings(source, self.offline);
        if self.login && !matches!(self.source, Service::Spotify) {
            bail!(
                "only Spotify has a login; the others take a key, see `playlist-fit collect --help`"
            );
        }
        match self.source {
            Service::Spotify => {
                let spotify = Spotify::new(settings(Spotify::NAME)?, &secrets)?;
                if self.login {
                    spotify.login(LOGIN_PORT, invite).await?;
                    status("logged in; the key is kept for later runs");
                    if self.lists.is_empty() && !self.own && self.search.is_none() {
                        return Ok(ExitStatus::Success);
                    }
                }
                self.work(&spotify).await
            }
            Service::Chartmetric => {
                let settings = settings(Chartmetric::NAME)?;
                self.work(&Chartmetric::new(settings, &secrets)?).await
            }
            Service::Deezer => self.work(&Deezer::new(settings(Deezer::NAME)?)?).await,
            Service::Jamendo => {
                let settings = settings(Jamendo::NAME)?;
                self.work(&Jamendo::new(settings, &secrets)?).await
            }
            Service::ListenBrainz => {
                let settings = settings(ListenBrainz::NAME)?;
                self.work(&ListenBrainz::new(settings, &secrets)?).await
            }
            Service::AppleMusic => {
                let settings = settings(AppleMusic::NAME)?;
                self.work(&AppleMusic::new(settings, &secrets)?).await
            }
            Service::Archive => self.work(&Archive::new(settings(Archive::NAME)?)?).await,
        }
    }

    async fn work<S: Source>(&self, source: &S) -> anyhow::Result<ExitStatus> {
        if let Some(words) = &self.search {
            print(&found::<S>(&source.search(words).await?, self.json));
            return Ok(ExitStatus::Success);
        }
        let _lock = Lock::take(&self.into)?;
        let mut catalogue = match store::read(&self.into) {
            Err(StoreError::Missing(_)) => Catalogue::default(),
            read => read?,
        };
        let named = self.named(source, &catalogue).await?;
        let mut summary = Summary::new(S::NAME);
        let bar = progress("Collecting");
        bar.set_length(named.len() as u64);
        let rest = collect(source, &named, |list, collected| -> anyhow::Result<()> {
            match collected {
                Ok((snapshot, skipped)) => {
                    let playlist = snapshot.playlist.clone();
                    let before = on_list(&catalogue, &playlist.id);
                    self.save(&mut catalogue, snapshot)?;
                    name_each(&bar, skipped.iter().map(|skip| (&skip.path, &skip.reason)));
                    summary.add(&playlist, &before, &catalogue, skipped.len());
                }
                Err(reason) => summary.refuse(list, &reason),
            }
            bar.inc(1);
            Ok(())
        })
        .await?;
        bar.finish_and_clear();
        self.end(summary, rest, &catalogue)
    }

    /// The lists to collect, by their keys or links.
    async fn named<S: Source>(
        &self,
        source: &S,
        catalogue: &Catalogue,
    ) -> anyhow::Result<Vec<String>> {
        let mut named = self.lists.clone();
        if self.own {
            named.extend(source.own().await?);
        } else if named.is_empty() {
            let known = catalogue.playlists.iter();
            let keys = known.filter_map(|list| list.id.strip_prefix(S::NAME)?.strip_prefix(':'));
            named.extend(keys.map(str::to_owned));
        }
        if named.is_empty() && self.own {
            bail!(
                "{} knows no list of yours; name one by its link or id",
                S::NAME
            );
        }
        if named.is_empty() {
            bail!(
                "{} holds no list of {source} yet; name one by its link or id, \
                 `playlist-fit collect {source} LINK`, or look for one with `--search WORDS`",
                self.into.display(),
                source = S::NAME,
            );
        }
        Ok(named)
    }

    /// What was seen of a whole list, on the disk before anything else is asked.
    fn save(
        &self,
        catalogue: &mut Catalogue,
        mut snapshot: PlaylistSnapshot,
    ) -> anyhow::Result<()> {
        let now = Timestamp::now();
        let today = TimeZone::UTC.to_datetime(now).date();
        let seen = *snapshot.playlist.last_seen.get_or_insert(today);
        snapshot.playlist.first_seen.get_or_insert(seen);
        let whole = [snapshot.playlist.id.clone()].into();
        // Offline the look is an old one, and so is all that it tells.
        let is_old = self.offline && seen < today;
        let retrieved = if is_old { end_of(seen)? } else { now };
        catalogue.update(snapshot.into_catalogue(retrieved), &whole, seen);
        Ok(store::write(catalogue, &self.into)?)
    }

    fn end(
        &self,
        summary: Summary,
        rest: &[String],
        catalogue: &Catalogue,
    ) -> anyhow::Result<ExitStatus> {
        summary.refused.iter().for_each(|refused| {
            status(&format!(
                "not collected: {}: {}",
                refused.list, refused.reason
            ));
        });
        if !rest.is_empty() {
            status(&format!("not tried any more: {}", rest.join(", ")));
        }
        if summary.lists.is_empty() {
            bail!("nothing could be collected; the lines above say why and what to do");
        }
        let whole = summary.skipped() == 0 && summary.refused.is_empty() && rest.is_empty();
        print(&if self.json {
            summary.json(catalogue)?
        } else {
            summary.table(&self.into, catalogue)
        });
        Ok(if whole {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }
}

/// Shows where to log in.
fn invite(address: &str) {
    status(&format!(
        "open this address in a browser on this machine:\n{address}"
    ));
}

/// Names what was left out without disturbing the bar.
fn name_each<'a>(bar: &ProgressBar, skipped: impl Iterator<Item = (&'a String, &'a String)>) {
    bar.suspend(|| skipped.for_each(|(what, reason)| status(&format!("skipped {what}: {reason}"))));
}

/// The last second of a day.
fn end_of(day: Date) -> anyhow::Result<Timestamp> {
    Ok(day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC)?.timestamp())
}
