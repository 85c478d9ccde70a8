use super::*;

fn playlist(name: &str, description: &str) -> Playlist {
    Playlist {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        ..Playlist::default()
    }
}

/// The name of the rule that matches a playlist.
fn rule_of(name: &str, description: &str) -> Option<String> {
    let rules = shipped();
    first_hit(&rules, &playlist(name, description)).map(|hit| hit.rule.name.clone())
}

#[track_caller]
fn is_excluded_by(rule: &str, name: &str, description: &str) {
    let found = rule_of(name, description);
    assert_eq!(found.as_deref(), Some(rule), "{name}: {description}");
}

#[track_caller]
fn is_trainable(name: &str, description: &str) {
    assert_eq!(rule_of(name, description), None, "{name}: {description}");
}

#[test]
fn what_the_study_left_out_is_excluded_by() {
    is_excluded_by("top", "Today's Top Hits", "");
    is_excluded_by("top", "Top 50 – Global", "");
    is_excluded_by("top", "TOP BRASIL", "");
    is_excluded_by("charts", "Dance Charts", "");
    is_excluded_by("charts", "The Billboard Hot 100", "");
    is_excluded_by(
        "charts",
        "Songs of Peru",
        "The 100 most played songs in Peru this week.",
    );
    is_excluded_by(
        "charts",
        "Global 50",
        "Your daily update of the most played tracks right now.",
    );
    is_excluded_by("viral", "Viral Hits", "");
    is_excluded_by("viral", "Tip Tap", "The most viral tracks right now.");
    is_excluded_by(
        "radio",
        "Lady Gaga Radio",
        "With Gwen Stefani, Akon and more",
    );
    is_excluded_by("this-is", "This Is Tiësto", "");
    is_excluded_by("this-is", "This Is: The Beatles", "");
    is_excluded_by("mix", "Mega Hit Mix", "");
    is_excluded_by("mix", "90s Mix", "");
    is_excluded_by("covers", "Acoustic Covers", "");
    is_excluded_by("covers", "Undone", "Cover versions of songs that you love.");
}

#[test]
fn what_is_made_for_one_listener_is_excluded_by() {
    is_excluded_by("personal", "Discover Weekly", "");
    is_excluded_by("personal", "Release Radar", "");
    is_excluded_by("personal", "Daily Mix 3", "");
    is_excluded_by("personal", "On Repeat", "Songs you love right now");
    is_excluded_by("personal", "Repeat Rewind", "");
    is_excluded_by("personal", "Your Top Songs 2020", "");
    is_excluded_by("personal", "Made for Ann", "");
    is_excluded_by("personal", "Evening", "Quiet songs, updated daily for you.");
    is_trainable(
        "Your Favorite Coffeehouse",
        "Curl up in your favorite spot.",
    );
    is_trainable("Indie Stuck on Repeat", "");
}

#[test]
fn words_that_only_look_like_it_do_not_hit() {
    is_trainable(
        "Soft Pop Hits",
        "Easy songs from your favorite artists! Cover: Adele",
    );
    is_trainable("indie pop & chill", "it's a vibe cover: Conan Gray");
    is_trainable("Love Hindi", "Hottest Hindi music. Cover- Neha Kakkar");
    is_trainable(
        "Skatepark Punks",
        "A mix of new and classic melodic punk songs.",
    );
    is_trainable("Oldies but Goodies", "Instant classics in one sweet mix.");
    is_trainable("Confidence Boost", "You're on top of the world.");
    is_trainable(
        "Soul 'n' the City",
        "Your daily dose of Soul-infused music!",
    );
    is_trainable("Clean Pop", "Every song as its radio edit.");
    is_trainable("Pop Remix", "Remixed pop and dance collabs.");
    is_trainable("Hot Country", "Today's top country hits of the week.");
    is_trainable("On Top of the World", "");
    is_trainable("Stopping by Woods", "Laptop sounds");
    is_trainable("All This Is Ours", "");
    is_trainable("Under the Covers", "Songs for a cold night");
    is_trainable("Radiohead Country", "");
    is_trainable("", "");
}

#[test]
fn an_exception_excuses_only_the_words_that_it_holds() {
    is_trainable("Big Top", "");
    is_excluded_by("top", "Big Top Top 40", "");
}

#[test]
fn a_hit_names_the_text_and_the_phrase() {
    let rules = shipped();
    let hit = first_hit(&rules, &playlist("Mega Hit MÏX", "")).unwrap();
    assert_eq!(hit.text, PlaylistText::Name);
    assert_eq!(hit.phrase.to_string(), "mix");
    assert!(hit.rule.reason.starts_with("a mix crosses styles"));
}

#[test]
fn case_accents_and_marks_between_words_do_not_matter() {
    is_excluded_by("top", "T\u{f3}p Hits", "");
    is_excluded_by("top", "𝐓𝐨𝐩 Hits", "");
    is_excluded_by("charts", "HOT-100", "");
    is_excluded_by("mix", "\u{1f525}MIX\u{1f525}", "");
}

#[test]
fn a_users_rules_are_read_and_survive_printing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let text = "[[rules]]\nname = 'sleep'\nwords = ['Schlaf']\nin = 'both'\nreason = 'noise'\n";
    fs::write(&path, text).unwrap();
    let rules = read(&path).unwrap();
    assert!(first_hit(&rules, &playlist("Ruhe", "Zum schlaf.")).is_some());
    assert!(first_hit(&rules, &playlist("Top Hits", "Schlafen")).is_none());
    for rules in [rules, shipped()] {
        let printed = toml::to_string(&std::collections::BTreeMap::from([("rules", &rules)]));
        assert_eq!(parse(&printed.unwrap()).unwrap(), rules);
    }
}

#[test]
fn an_invalid_rule_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    for (text, says) in [
        (
            "[[rules]]\nname = 'x'\nwords = ['?!']\nreason = 'r'",
            "`?!` has no letter",
        ),
        ("[[rules]]\nname = 'x'\nword = ['a']\nreason = 'r'", "word"),
        ("[[rules]]\nname = 'x'\nwords = ['a']", "reason"),
        (
            "[[rules]]\nname = 'x'\nwords = ['a']\nreason = 'r'\nin = 'title'",
            "title",
        ),
        ("rules", "mine.toml"),
    ] {
        fs::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains(says) && error.contains("mine.toml") && error.contains("--print-rules"),
            "{error}"
        );
    }
    let error = read(&folder.path().join("gone.toml")).unwrap_err();
    assert!(error.to_string().contains("gone.toml"));
}

#[test]
fn every_shipped_rule_says_something() {
    let rules = parse(SHIPPED).unwrap();
    assert!(rules.len() > 5);
    for rule in rules {
        assert!(
            !rule.phrases.is_empty() && !rule.reason.is_empty(),
            "{rule:?}"
        );
    }
}
