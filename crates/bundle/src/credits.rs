//! The credits that the licences of the tracks and of the starting weights ask for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use neighbours::StoredTrack;

/// Markdown: every track under its licence, by artist, with its source, then the notice of the weights.
pub fn credits(name: &str, tracks: &[StoredTrack], weights_notice: Option<&str>) -> String {
    let mut by_licence: BTreeMap<&str, Vec<&StoredTrack>> = BTreeMap::new();
    for track in tracks {
        by_licence.entry(&track.licence).or_default().push(track);
    }
    let mut text = format!(
        "# Credits of the bundle \"{}\"\n\nIts network learned from the {} recordings below. The bundle holds numbers \
         computed from them (weights and embeddings), no audio; nothing was changed in the recordings but that they \
         were cut, averaged to one channel and resampled.\n",
        plain_line(name),
        tracks.len()
    );
    for (licence, mut tracks) in by_licence {
        tracks.sort_by_key(|track| {
            (
                track.artists.join(", ").to_lowercase(),
                track.title.to_lowercase(),
            )
        });
        let heading = if licence.is_empty() {
            "No licence stated (the owner's own files)"
        } else {
            licence
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\n## {}\n", plain_line(heading));
        if let Some(address) = address(licence) {
            let _ = writeln!(text, "<{address}>\n");
        }
        for track in tracks {
            text.push_str(&entry(track));
        }
    }
    if let Some(notice) = weights_notice {
        let _ = writeln!(
            text,
            "\n## The weights that training began with\n\n```text\n{}\n```",
            notice.trim()
        );
    }
    text
}

/// A track as one line of a list.
pub(super) fn entry(track: &StoredTrack) -> String {
    let [title, artists] = [&track.title, &track.artists.join(", ")].map(|part| plain_line(part));
    format!("* \"{title}\" by {artists}{}\n", sources(track))
}

/// Everyone whom it came from, the one that the licence rests on first: ` (jamendo, files)`.
fn sources(track: &StoredTrack) -> String {
    let others = track.claims.iter().map(|stated| stated.source.as_str());
    let mut sources: Vec<&str> = vec![&track.source];
    sources.extend(others.filter(|source| *source != track.source));
    let sources: Vec<String> = sources
        .into_iter()
        .filter(|source| !source.is_empty())
        .map(plain_line)
        .collect();
    if sources.is_empty() {
        return String::new();
    }
    format!(" ({})", sources.join(", "))
}

/// Where the licence's text stands, for those of Creative Commons and OpenGameArt.
fn address(licence: &str) -> Option<String> {
    let (family, version) = licence.rsplit_once('-')?;
    let family = family.to_lowercase();
    match family.as_str() {
        "cc0" => Some(format!(
            "https://creativecommons.org/publicdomain/zero/{version}/"
        )),
        "cc-by" | "cc-by-sa" => Some(format!(
            "https://creativecommons.org/licenses/{}/{version}/",
            &family[3..]
        )),
        "oga-by" => Some(format!(
            "https://static.opengameart.org/OGA-BY-{version}.txt"
        )),
        _ => None,
    }
}

/// One line that Markdown shows as it is, in a table too, whatever a tag holds: its own signs become spaces, and so does
/// what turns the writing direction.
pub fn plain_line(text: &str) -> String {
    let turns = |sign| matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|sign| {
            if sign.is_control() || turns(sign) || "<>`*[]#|\\".contains(sign) {
                ' '
            } else {
                sign
            }
        })
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalogue::SourceClaim;

    fn stated(source: &str) -> SourceClaim {
        SourceClaim {
            source: source.into(),
            ..SourceClaim::default()
        }
    }

    #[test]
    fn every_artist_stands_under_the_licence_with_its_address() {
        let track = |title: &str, licence: &str| StoredTrack {
            title: title.into(),
            artists: vec!["Ann <script>".into()],
            artist_group: "Ann".into(),
            licence: licence.into(),
            source: "github:a/b".into(),
            claims: ["files", "github:a/b"].map(stated).into(),
            ..StoredTrack::default()
        };
        let tracks = [track("Sea", "CC-BY-SA-4.0"), track("Sky", "CC0-1.0")];
        let text = credits("demo", &tracks, Some("MIT License"));
        assert!(
            text.contains("<https://creativecommons.org/licenses/by-sa/4.0/>"),
            "{text}"
        );
        assert!(
            text.contains("\"Sea\" by Ann  script  (github:a/b, files)"),
            "{text}"
        );
        assert!(text.contains("MIT License") && !text.contains("<script>"));
    }
}
