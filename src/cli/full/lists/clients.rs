//! How the command line reaches a service.

use anyhow::Context as _;
use etcetera::BaseStrategy as _;
use url::Url;

use services::http::{HttpSettings, Limits};

/// The cache in the user's cache folder, and the address that the environment names in place of the service's own.
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
                format!("{variable} is no address; write one such as http://127.0.0.1:8080/")
            })
    });
    Ok(HttpSettings {
        cache: folders.cache_dir().join("playlist-fit/collect"),
        offline,
        api: api.transpose()?,
        limits: Limits::default(),
    })
}
