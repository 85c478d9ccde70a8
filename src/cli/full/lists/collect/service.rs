//! The services of `collect`, and how the command line connects to each.

use anyhow::bail;
use clap::ValueEnum;

use super::Collect;
use crate::cli::ExitStatus;
use crate::cli::full::lists::clients;
use crate::cli::output::status;
use services::apple_music::AppleMusic;
use services::archive::Archive;
use services::chartmetric::Chartmetric;
use services::deezer::Deezer;
use services::http::HttpSettings;
use services::jamendo::Jamendo;
use services::listenbrainz::ListenBrainz;
use services::secrets::Secrets;
use services::spotify::{LOGIN_PORT, Spotify};
use services::{CollectError, Source};

/// Printed after the help of `collect`.
pub const ENVIRONMENT: &str = "\
Keys, from the environment or from playlist-fit/secrets.toml:
  spotify       SPOTIFY_CLIENT_ID, and a login (or SPOTIFY_CLIENT_SECRET)
  chartmetric   CHARTMETRIC_REFRESH_TOKEN
  jamendo       JAMENDO_CLIENT_ID
  apple-music   APPLE_MUSIC_TOKEN
  listenbrainz  LISTENBRAINZ_TOKEN, only for private playlists and --own
  deezer and archive need none

Environment:
  PLAYLIST_FIT_<SOURCE>_API  address to use instead of the service's own, such as
                             PLAYLIST_FIT_DEEZER_API, for a proxy or a recorded server
  XDG_CACHE_HOME             responses are stored in playlist-fit/collect below it
                             [default: ~/.cache]
  XDG_CONFIG_HOME            keys that the environment does not hold are read from
                             playlist-fit/secrets.toml below it [default: ~/.config]";

/// A service, as the command line spells it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Service {
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
    /// Connects to the service and collects from it.
    pub async fn dispatch(&self) -> anyhow::Result<ExitStatus> {
        if self.login && !matches!(self.source, Service::Spotify) {
            bail!(
                "--login: only Spotify has a login; the others need a key, see `playlist-fit collect --help`"
            );
        }
        match self.source {
            Service::Spotify => {
                let spotify = self.connect(Spotify::new)?;
                if self.login {
                    spotify.login(LOGIN_PORT, print_login_address).await?;
                    status("logged in; the login is stored for later runs");
                    if self.playlists.is_empty() && !self.own && self.search.is_none() {
                        return Ok(ExitStatus::Success);
                    }
                }
                self.collect(&spotify).await
            }
            Service::Chartmetric => self.collect(&self.connect(Chartmetric::new)?).await,
            Service::Deezer => self.collect(&self.connect(Deezer::new)?).await,
            Service::Jamendo => self.collect(&self.connect(Jamendo::new)?).await,
            Service::ListenBrainz => self.collect(&self.connect(ListenBrainz::new)?).await,
            Service::AppleMusic => self.collect(&self.connect(AppleMusic::new)?).await,
            Service::Archive => self.collect(&self.connect(Archive::new)?).await,
        }
    }

    fn connect<S: Source>(
        &self,
        new: fn(HttpSettings, &Secrets) -> Result<S, CollectError>,
    ) -> anyhow::Result<S> {
        let settings = clients::settings(S::NAME, self.offline)?;
        Ok(new(settings, &Secrets::for_user()?)?)
    }
}

fn print_login_address(address: &str) {
    status(&format!(
        "open this address in a browser on this machine:\n{address}"
    ));
}
