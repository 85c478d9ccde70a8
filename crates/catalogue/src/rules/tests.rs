use super::*;

fn list(name: &str, description: &str) -> Playlist {
    Playlist {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        ..Playlist::default()
    }
}

/// The name of the rule that speaks of a list.
fn rule_of(name: &str, description: &str) -> Option<String> {
    let rules = shipped();
    first_hit(&rules, &list(name, description)).map(|hit| hit.rule.name.clone())
}

#[track_caller]
fn is_left_out(rule: &str, name: &str, description: &str) {
    let found = rule_of(name, description);
    assert_eq!(found.as_deref(), Some(rule), "{name}: {description}");
}

#[track_caller]
fn is_learnable(name: &str, description: &str) {
    assert_eq!(rule_of(name, description), None, "{name}: {description}");
}

#[test]
fn what_the_study_left_out_is_left_out() {
    is_left_out("top", "Today's Top Hits", "");
    is_left_out("top", "Top 50 – Global", "");
    is_left_out("top", "TOP BRASIL", "");
    is_left_out("charts", "Dance Charts", "");
    is_left_out("charts", "The Billboard Hot 100", "");
    is_left_out(
        "charts",
        "Songs of Peru",
        "The 100 most played songs in Peru this week.",
    );
    is_left_out(
        "charts",
        "Global 50",
        "Your daily update of the most played tracks right now.",
    );
    is_left_out("viral", "Viral Hits", "");
    is_left_out("viral", "Tip Tap", "The most viral tracks right now.");
    is_left_out(
        "radio",
        "Lady Gaga Radio",
        "With Gwen Stefani, Akon and more",
    );
    is_left_out("this-is", "This Is Tiësto", "");
    is_left_out("this-is", "This Is: The Beatles", "");
    is_left_out("mix", "Mega Hit Mix", "");
    is_left_out("mix", "90s Mix", "");
    is_left_out("covers", "Acoustic Covers", "");
    is_left_out("covers", "Undone", "Cover versions of songs that you love.");
}

#[test]
fn what_is_made_for_one_listener_is_left_out() {
    is_left_out("personal", "Discover Weekly", "");
    is_left_out("personal", "Release Radar", "");
    is_left_out("personal", "Daily Mix 3", "");
    is_left_out("personal", "On Repeat", "Songs you love right now");
    is_left_out("personal", "Repeat Rewind", "");
    is_left_out("personal", "Your Top Songs 2020", "");
    is_left_out("personal", "Made for Ann", "");
    is_left_out("personal", "Evening", "Quiet songs, updated daily for you.");
    is_learnable(
        "Your Favorite Coffeehouse",
        "Curl up in your favorite spot.",
    );
    is_learnable("Indie Stuck on Repeat", "");
}

#[test]
fn words_that_only_look_like_it_do_not_hit() {
    is_learnable(
        "Soft Pop Hits",
        "Easy songs from your favorite artists! Cover: Adele",
    );
    is_learnable("indie pop & chill", "it's a vibe cover: Conan Gray");
    is_learnable("Love Hindi", "Hottest Hindi music. Cover- Neha Kakkar");
    is_learnable(
        "Skatepark Punks",
        "A mix of new and classic melodic punk songs.",
    );
    is_learnable("Oldies but Goodies", "Instant classics in one sweet mix.");
    is_learnable("Confidence Boost", "You're on top of the world.");
    is_learnable(
        "Soul 'n' the City",
        "Your daily dose of Soul-infused music!",
    );
    is_learnable("Clean Pop", "Every song as its radio edit.");
    is_learnable("Pop Remix", "Remixed pop and dance collabs.");
    is_learnable("Hot Country", "Today's top country hits of the week.");
    is_learnable("On Top of the World", "");
    is_learnable("Stopping by Woods", "Laptop sounds");
    is_learnable("All This Is Ours", "");
    is_learnable("Under the Covers", "Songs for a cold night");
    is_learnable("Radiohead Country", "");
    is_learnable("", "");
}

#[test]
fn an_exception_excuses_only_the_words_that_it_holds() {
    is_learnable("Big Top", "");
    is_left_out("top", "Big Top Top 40", "");
}

#[test]
fn the_answer_names_the_text_the_word_and_the_reason() {
    let rules = shipped();
    let hit = first_hit(&rules, &list("Mega Hit MÏX", "")).unwrap();
    assert!(
        hit.to_string()
            .starts_with("its name says \"mix\": a mix crosses styles"),
        "{hit}"
    );
}

#[test]
fn case_accents_and_marks_between_words_do_not_matter() {
    is_left_out("top", "T\u{f3}p Hits", "");
    is_left_out("top", "𝐓𝐨𝐩 Hits", "");
    is_left_out("charts", "HOT-100", "");
    is_left_out("mix", "\u{1f525}MIX\u{1f525}", "");
}

#[test]
fn a_users_rules_are_read_and_survive_printing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let text = "[[rules]]\nname = 'sleep'\nwords = ['Schlaf']\nin = 'both'\nreason = 'noise'\n";
    fs::write(&path, text).unwrap();
    let rules = read(&path).unwrap();
    assert!(first_hit(&rules, &list("Ruhe", "Zum schlaf.")).is_some());
    assert!(first_hit(&rules, &list("Top Hits", "Schlafen")).is_none());
    for rules in [rules, shipped()] {
        let printed = toml::to_string(&std::collections::BTreeMap::from([("rules", &rules)]));
        assert_eq!(parse(&printed.unwrap()).unwrap(), rules);
    }
}

#[test]
fn a_rule_that_cannot_be_meant_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    for (text, says) in [
        (
            "[[rules]]\nname = 'x'\nwords = ['?!']\nreason = 'r'",
            "`?!` holds no letter",
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
            !rule.words.is_empty() && !rule.reason.is_empty(),
            "{rule:?}"
        );
    }
}
