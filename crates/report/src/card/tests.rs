use jiff::civil::date;

use super::*;
use crate::sample;
use bundle::AllowedSource;

/// The demo bundle with everything that can be measured.
fn bundle() -> Bundle {
    let mut bundle = Bundle::open(None).unwrap();
    let mut evaluation = sample::full_evaluation(bundle.manifest.playlists.len());
    for (list, card) in evaluation
        .playlists
        .iter_mut()
        .zip(&bundle.manifest.playlists)
    {
        list.name.clone_from(&card.name);
    }
    bundle.manifest.evaluation = evaluation;
    bundle
}

#[test]
fn the_card_says_what_whom_how_well_and_where_it_fails() {
    let mut bundle = bundle();
    bundle.manifest.allowed_sources = vec![AllowedSource {
        source: "spotify".into(),
        on: date(2026, 11, 2),
    }];
    bundle.neighbours.tracks[0].added = Some(date(2020, 1, 2));
    let card = card(&bundle);
    for part in [
        "# Model card of demo-",
        "They are not Spotify's",
        "281 tracks by 71 artists on 15 playlists",
        "from 2020-01-02 to 2020-01-02",
        "| CC-BY-SA-4.0 |",
        "Decision of 2026-11-02",
        "| This network | 88 | 54.5 % [44.5, 63.5] |",
        "| Nearest centroid |",
        "| Artist names alone |",
        "### By length",
        "| under 2 minutes |",
        "### By popularity",
        "before calibration: a fit is off by 6.0 %",
        "Risk control held on 88 songs",
        "| ambient | 9 |",
        "## Where it fails",
        " On it are \"",
        "It must not be used",
        "architecture = \"mn04\"",
    ] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(!card.contains("LEAK"));
}

#[test]
fn the_bundle_inside_the_program_has_a_card_whatever_it_was_made_with() {
    let bundle = Bundle::open(None).unwrap();
    let card = card(&bundle);
    let hit = bundle.manifest.evaluation.model.top_1;
    let row = format!(
        "| This network | {} | {} |",
        hit.n,
        crate::words::percent_with_interval(&hit)
    );
    assert!(card.contains(&row), "{row}: {card}");
    assert!(card.contains("## Where it fails\n\n* "), "{card}");
    assert!(!card.contains("NaN"));
}

#[test]
fn names_and_tags_cannot_break_out_of_the_card() {
    let mut bundle = bundle();
    let hostile = "<script>alert(1)</script> | [a](http://example.org) `x` \n# Heading \u{202e}*b*";
    bundle.manifest.training = "notice = '''\n```\n<script>x</script>\n'''".into();
    bundle.manifest.excluded = vec![hostile.into()];
    bundle.manifest.disclaimer = hostile.into();
    bundle.manifest.name = hostile.into();
    for card in &mut bundle.manifest.playlists {
        card.name = hostile.into();
    }
    for list in &mut bundle.manifest.evaluation.playlists {
        list.name = hostile.into();
    }
    for track in &mut bundle.neighbours.tracks {
        (track.title, track.source, track.licence) =
            (hostile.into(), hostile.into(), hostile.into());
    }
    let card = card(&bundle);
    let (told, preset) = card.split_once("```toml").unwrap();
    for broken in ["<script", "](http", "\n# Heading", "\u{202e}", "*b*"] {
        assert!(!told.contains(broken), "{broken}: {told}");
    }
    let columns = |start: &str| {
        let rows = told.lines().filter(|line| line.starts_with(start));
        rows.map(|row| row.matches('|').count())
            .collect::<HashSet<_>>()
    };
    assert_eq!(
        columns("|  script").len(),
        2,
        "tables of two and of eight columns"
    );
    assert_eq!(preset.matches("```").count(), 1, "{preset}");
}

#[test]
fn a_leak_is_loud() {
    let mut bundle = bundle();
    let leak = bundle.manifest.evaluation.leak.as_mut().unwrap();
    leak.leaks = true;
    leak.tracks = 12;
    assert!(card(&bundle).contains("**Data leakage.** The test leaks: 12 of the"));
}
