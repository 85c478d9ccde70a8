//! The text of what is not trained on, from its codes.

use catalogue::rules::PlaylistText;
use catalogue::{
    CountedTracks, Excluded, Exclusion, ExclusionReason, Ineligible, Licence, Shortfall,
};

/// Such as `tracks of jamendo: CC-BY-NC-4.0: the licence forbids commercial use (3 tracks)`.
#[must_use]
pub fn exclusion_text(exclusion: &Exclusion) -> String {
    let Exclusion {
        what,
        source,
        reason,
        count,
    } = exclusion;
    let what = match what {
        Excluded::Placements => "placements",
        Excluded::Tracks => "tracks",
        Excluded::Playlist(name) => name,
    };
    let source = source
        .as_ref()
        .map_or_else(String::new, |source| format!(" of {source}"));
    format!(
        "{what}{source}: {} ({count} tracks)",
        reason_text(exclusion, reason)
    )
}

fn reason_text(exclusion: &Exclusion, reason: &ExclusionReason) -> String {
    match reason {
        ExclusionReason::NoAudio => "no audio".to_owned(),
        ExclusionReason::NoPlaylist => "on no playlist".to_owned(),
        ExclusionReason::UnknownSource => "no source is recorded".to_owned(),
        ExclusionReason::OnlyExcludedPlaylists => "only on excluded playlists".to_owned(),
        ExclusionReason::OnlyExcludedPlaylistsBefore => {
            "before the day of the split only on excluded playlists".to_owned()
        }
        ExclusionReason::NotPrepared => "not prepared yet; run `playlist-fit prepare`".to_owned(),
        ExclusionReason::LicenceForbids { written, licence } => {
            format!("{written}: {}", licence_text(*licence))
        }
        ExclusionReason::LicenceNotWanted(licence) => {
            format!("{licence} is not among the licences wanted")
        }
        ExclusionReason::TermsForbid => "its terms do not allow training".to_owned(),
        ExclusionReason::NotPermitted if exclusion.what == Excluded::Placements => {
            "may not train; the tracks are trained on as members of other playlists".to_owned()
        }
        ExclusionReason::NotPermitted => "does not allow training".to_owned(),
        ExclusionReason::Flagged(flag) => format!("flagged: {flag}"),
        ExclusionReason::Playlist(ineligible) => ineligible_text(ineligible),
    }
}

fn licence_text(licence: Licence) -> &'static str {
    match licence {
        Licence::NonCommercial => "the licence forbids commercial use",
        Licence::NoDerivatives => "the licence forbids derived works",
        _ => "the licence is not understood",
    }
}

/// Why a playlist is not trained on, such as `its name says "top": it follows what users play most, …`.
#[must_use]
pub fn ineligible_text(ineligible: &Ineligible) -> String {
    match ineligible {
        Ineligible::Rule(matched) => {
            let text = match matched.text {
                PlaylistText::Name => "name",
                PlaylistText::Description => "description",
            };
            format!("its {text} says \"{}\": {}", matched.phrase, matched.reason)
        }
        Ineligible::TooFewTracks(shortfall) => shortfall_text("tracks", shortfall),
        Ineligible::TooFewArtists(shortfall) => shortfall_text("artists", shortfall),
    }
}

fn shortfall_text(unit: &str, shortfall: &Shortfall) -> String {
    let counted = match shortfall.counted {
        CountedTracks::EverOnPlaylist => "ever on it",
        CountedTracks::Trainable => "trainable",
    };
    let Shortfall { found, minimum, .. } = shortfall;
    format!("{unit} {counted}: {found}, fewer than {minimum}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusion_names_what_source_reason_and_count() {
        let licence = Exclusion {
            what: Excluded::Tracks,
            source: Some("jamendo".into()),
            reason: ExclusionReason::LicenceForbids {
                written: "CC-BY-NC-4.0".into(),
                licence: Licence::NonCommercial,
            },
            count: 3,
        };
        assert_eq!(
            exclusion_text(&licence),
            "tracks of jamendo: CC-BY-NC-4.0: the licence forbids commercial use (3 tracks)"
        );
        let small = Exclusion {
            what: Excluded::Playlist("Jazz".into()),
            source: None,
            reason: ExclusionReason::Playlist(Ineligible::TooFewTracks(Shortfall {
                counted: CountedTracks::Trainable,
                found: 1,
                minimum: 5,
            })),
            count: 1,
        };
        assert_eq!(
            exclusion_text(&small),
            "Jazz: tracks trainable: 1, fewer than 5 (1 tracks)"
        );
    }
}
