//! What each source allows. A person reads the same in `playlists/SOURCES.md`.

use super::Licence;

/// The sources whose terms forbid training on what they answer; all others leave it to a recording's licence.
///
/// Spotify: Developer Policy III.14 and Developer Terms v9 IV.2.a.i. The archive, Exportify and the Million Playlist
/// Dataset pass on Spotify's content. Deezer: no licence to train is given. Apple Music: previews are for promotion.
/// Chartmetric: the customer's contract decides.
const FORBIDDING: [&str; 7] = [
    "apple-music",
    "archive",
    "chartmetric",
    "deezer",
    "exportify",
    "mpd",
    "spotify",
];

/// Whether a row of `source` may train, as `licence` stands on it; empty where the source states none.
#[must_use]
pub fn may_train(source: &str, licence: &str) -> bool {
    let licence = Licence::parse(licence);
    !FORBIDDING.contains(&source) && (licence == Licence::Unstated || licence.may_train())
}
