use super::*;
use crate::sample;

#[test]
fn the_text_of_a_card_agrees_with_its_strip() {
    let cards = playlist_context_cards(&sample::evident().playlist_contexts);
    let card = &cards[0];
    assert_eq!(
        card.facts.replace('\u{202f}', " "),
        "118 tracks · half of the new tracks leave within 42 days · 31 % replaced in the last 90 days"
    );
    let loudness = &card.rows[1];
    assert_eq!(loudness.percentile, "quieter than 96 of 100");
    let strip = &loudness.strip;
    assert!(strip.song < strip.line.0 && strip.line.0 < strip.middle.0);
    assert!(strip.middle.0 < strip.median && strip.median < strip.middle.1);
    assert!(strip.middle.1 < strip.line.1 && strip.line.1 <= 1000.0);
    assert_eq!(cards[1].facts, "203 tracks");
}

#[test]
fn numbers_that_are_not_finite_draw_nothing() {
    let cards = playlist_context_cards(&sample::hostile().playlist_contexts);
    assert!(cards.iter().all(|card| card.rows.is_empty()));
}

#[test]
fn a_playlist_of_equal_tracks_still_draws_a_strip() {
    let mut lists = sample::evident().playlist_contexts;
    for context in &mut lists[0].descriptors {
        let song = context.song;
        (context.p10, context.p25, context.median) = (song, song, song);
        (context.p75, context.p90) = (song, song);
    }
    let card = &playlist_context_cards(&lists)[0];
    assert!(card.rows.iter().all(|row| row.strip.song == 30.0));
}
