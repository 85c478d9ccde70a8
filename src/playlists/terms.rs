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

#[cfg(test)]
mod tests {
    use super::*;

    /// The first table of `playlists/SOURCES.md`: the source as the catalogue writes it, and whether it may train.
    fn in_words() -> Vec<(&'static str, &'static str)> {
        let text = include_str!("../../playlists/SOURCES.md");
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        rows.map(|(source, rest)| {
            (
                source,
                rest.trim_matches([' ', '|'])
                    .rsplit('|')
                    .next()
                    .unwrap_or_default()
                    .trim(),
            )
        })
        .collect()
    }

    #[test]
    fn what_a_person_reads_is_what_holds() {
        let rows = in_words();
        for source in FORBIDDING
            .iter()
            .chain(&["files", "jamendo", "listenbrainz"])
        {
            assert!(
                rows.iter().any(|(row, _)| row == source),
                "{source} is not in the table"
            );
        }
        for (source, words) in rows {
            let by_licence = may_train(source, "CC0") && !may_train(source, "CC-BY-NC-4.0");
            match words {
                "no" => assert!(
                    !may_train(source, "") && !may_train(source, "CC0"),
                    "{source}"
                ),
                "by licence" => assert!(by_licence, "{source}"),
                other => panic!("{source}: `{other}`"),
            }
        }
    }
}
