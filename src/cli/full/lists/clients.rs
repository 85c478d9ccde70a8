//! The settings of the HTTP client from the environment.

use anyhow::Context as _;
use etcetera::BaseStrategy as _;
use url::Url;

use services::http::{HttpSettings, Limits};

/// The cache in the user's cache folder, the address from `PLAYLIST_FIT_<SOURCE>_API` if it is set, and default limits.
pub fn settings(source: &str, offline: bool) -> anyhow::Result<HttpSettings> {
    let folders = etcetera::choose_base_strategy()
        .context("set HOME, or XDG_CACHE_HOME and XDG_CONFIG_HOME")?;
    let variable = format!(
        "PLAYLIST_FIT_{}_API",
        source.to_uppercase().replace('-', "_")
    );
    let api = std::env::var(&variable)
        .ok()
        .filter(|address| !address.is_empty());
    let api = api.map(|address| {
        let url = Url::parse(&address).ok();
        url.filter(|url| matches!(url.scheme(), "http" | "https"))
            .with_context(|| {
                format!(
                    "{variable}: not a web address; set it to one such as http://127.0.0.1:8080/"
                )
            })
    });
    Ok(HttpSettings {
        cache: folders.cache_dir().join("playlist-fit/collect"),
        offline,
        api: api.transpose()?,
        limits: Limits::default(),
    })
}
