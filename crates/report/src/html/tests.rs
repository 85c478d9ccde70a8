use super::*;
use crate::sample;
use crate::words::summary_500;

/// Everything that a browser would fetch: `src`, `href`, `url(...)`, `@import`. What a reader may click is not fetched.
fn loads(page: &str) -> Vec<String> {
    let page = page.replace("<a href=", "<a ");
    [
        "src=\"", "src='", "src=", "href=\"", "href=", "url(", "@import",
    ]
    .iter()
    .flat_map(|mark| {
        page.match_indices(mark)
            .map(|(at, _)| page[at + mark.len()..].chars().take(12).collect())
    })
    .collect()
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    for (name, report) in sample::all() {
        let page = html(&report).unwrap();
        let outside: Vec<_> = loads(&page)
            .into_iter()
            .filter(|load| !load.trim_start_matches('"').starts_with("data:"))
            .collect();
        let escaped = outside
            .iter()
            .all(|load| load.starts_with("http://exam") || load.starts_with("&#39;https:"));
        assert!(
            outside.is_empty() || (name == "hostile" && escaped),
            "{name}: {outside:?}"
        );
        assert!(!page.contains("<script"), "{name}");
    }
}

#[test]
fn tags_are_text_not_markup() {
    let page = html(&sample::hostile()).unwrap();
    assert!(page.contains("&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;"));
    for markup in ["<script", "<img src=http", "<b>odd", "<u>", "<h1>orch"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("🎸🔥"));
    assert!(
        !page.contains('\u{202e}'),
        "nothing turns the writing direction"
    );
}

#[test]
fn only_addresses_of_the_web_can_be_clicked_and_they_learn_nothing() {
    let page = html(&sample::report()).unwrap();
    let link =
        "<a href=\"https://example.org/content/track-0\" rel=\"noopener noreferrer nofollow\"";
    assert!(page.contains(link));
    assert_eq!(page.matches("<a ").count(), 15);
    let hostile = html(&sample::hostile()).unwrap();
    assert!(!hostile.contains("href=\"javascript") && hostile.contains("javascript:alert(1)"));
    assert_eq!(hostile.matches("<a ").count(), 13);
}

#[test]
fn a_pitch_sheet_has_room_in_a_form_and_stands_on_the_page() {
    for (name, report) in sample::all() {
        let sheet = summary_500(&report);
        let length = sheet.chars().count();
        assert!((20..=500).contains(&length), "{name}: {length}: {sheet}");
        let strange = sheet
            .chars()
            .find(|sign| sign.is_control() && *sign != '\n');
        assert_eq!(strange, None, "{name}");
    }
    let sheet = summary_500(&sample::evident());
    for fact in [
        "Embers Over Varn by Lena Ortiz, The Quiet Engine\nLength 3:12, −11.3 LUFS",
        "House playlists: Orchestral epic 71 %, Ambient 44 %, Horror dark 29 %",
        "Best 30 seconds: 2:06 to 2:36",
        "Nearest tracks: Rise of the Northern Fleet by Marta Lindqvist; ",
    ] {
        assert!(sheet.contains(fact), "{fact}: {sheet}");
    }
    assert!(!summary_500(&sample::unlike()).contains("Orchestral"));
    let page = html(&sample::evident()).unwrap();
    assert!(page.contains("<pre class=\"summary\" tabindex=\"0\">Embers Over Varn by"));
}

#[test]
fn why_the_best_part_and_trust_stand_on_the_page() {
    let page = html(&sample::evident()).unwrap();
    for text in [
        "Why Orchestral epic",
        "80 to 640\u{202f}Hz, 1:35 to 1:39",
        "lowers −0.8",
        "Best 30 seconds to pitch: <strong>2:06 to 2:36</strong>",
        "class=\"highlight\" style=\"left:65.49%;width:15.59%\"",
        "Reliability.",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    let hostile = html(&sample::hostile()).unwrap();
    for absent in ["NaN", "inf%"] {
        let at = hostile.find(absent);
        assert!(
            at.is_none(),
            "{:?}",
            at.map(|at| &hostile[at.saturating_sub(90)..at + 20])
        );
    }
}

#[test]
fn long_tags_do_not_bloat_the_page() {
    let (plain, long) = (
        html(&sample::report()).unwrap().len(),
        html(&sample::hostile()).unwrap().len(),
    );
    assert!(long < plain + 60_000, "{plain} bytes plain, {long} long");
}

#[test]
fn what_the_report_holds_is_on_the_page() {
    let page = html(&sample::report()).unwrap();
    for text in [
        "A good fit for Orchestral epic",
        "Embers Over Varn",
        "not Spotify&#39;s",
        "71\u{202f}%",
        "−11.3\u{202f}LUFS",
        "Jazz blues",
        "Ingrid Sæther",
        "CC BY 4.0",
        "right for about 55",
        "Majority of votes",
        "1,213 tracks by 304 artists",
        "only 9 tracks",
        "training tracks: Piano, Nature",
        "house-2026-11-3fa9c17b",
        "3fa9c17be02d",
        "2 damaged packets",
        "10\u{202f}kHz",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn charts_have_words_for_who_cannot_see_them() {
    let page = html(&sample::report()).unwrap();
    assert_eq!(page.matches("<svg").count(), 5);
    assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), 5);
    assert_eq!(
        page.matches("<img").count(),
        page.matches(" alt=\"").count()
    );
    assert_eq!(
        page.matches("<table").count(),
        page.matches("<caption").count()
    );
    assert!(page.contains("<html lang=\"en\">") && page.contains("<main>"));
}

#[test]
fn the_evidence_stands_beside_the_fits() {
    let page = html(&sample::evident()).unwrap();
    for text in [
        "65 to 76\u{202f}%",
        "selected</small>",
        "at most 10\u{202f}% did not contain the song",
        "59\u{202f}% of the held-out songs are farther",
        "Added without training from 24 tracks",
        "MP3 at 128 kbit/s",
        "4.5 points",
        "99.9 of 100",
        "closer than 98 of 100 pairs",
        "jamendo (812)",
        "and 2 more",
        "none stated (41)",
        "2012-03-01 to 2026-10-30",
        "spotify, on 2026-11-02",
        "under 2 minutes",
        "Risk control held on 88 songs",
        "Nearest list by its mean",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("class=\"alarm\""));
}

#[test]
fn what_was_measured_of_song_and_lists_is_told_in_words_and_strips() {
    let page = html(&sample::evident()).unwrap();
    for text in [
        "Among the playlist’s tracks",
        "half of the new tracks leave within 42 days",
        "quieter than 96 of 100",
        "−11.9\u{202f}LUFS (−14.5 to −9.2)",
        "To move closer",
        "not causes",
        "half or double",
        "Quality checks",
        "the right channel is silent",
        "class=\"strip\"",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.find("the right channel is silent") < page.find("cutoff at 16.1 kHz"));
    assert_eq!(
        page.matches("<table").count(),
        page.matches("<caption").count()
    );
    assert_eq!(
        page.matches("<svg").count(),
        page.matches("role=\"img\" aria-label=\"").count()
    );
}

#[test]
fn a_song_unlike_all_that_was_learned_is_told_so_first() {
    let page = html(&sample::unlike()).unwrap();
    let alarm = page.find("Do not rely on these fits").unwrap();
    assert!(alarm < page.find("Where it fits").unwrap());
    assert!(page.contains("About 5 of 100 songs like the training tracks"));
}

#[test]
fn a_leak_stands_before_the_figures() {
    let mut report = sample::evident();
    let evaluation = report.bundle.evaluation.as_mut().unwrap();
    evaluation.leak.as_mut().unwrap().leaks = true;
    assert!(html(&report).unwrap().contains("Data leakage."));
}

#[test]
fn a_report_of_old_shows_nothing_new() {
    let page = html(&sample::report()).unwrap();
    for absent in [
        "selected</small>",
        "robustness range",
        "of 100 pairs",
        "Model card",
        "class=\"alarm",
        "Among the playlist’s tracks",
        "Quality checks",
        "to pitch",
        "id=\"explanation\"",
    ] {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn silence_and_an_untested_bundle_are_said_plainly() {
    let page = html(&sample::silence()).unwrap();
    assert!(page.contains("silence.wav") && page.contains("lasts 0.2 s"));
    assert!(page.contains("never tested"));
    assert!(!page.contains("Along the song") && !page.contains("Nearest tracks"));
    assert!(!page.contains("NaN") && !page.contains("inf"));
}
