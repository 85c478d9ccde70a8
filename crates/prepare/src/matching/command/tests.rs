use std::fs;
use std::time::Instant;

use super::*;

fn track(title: &str) -> Track {
    Track {
        id: "isrc:GBBKS1500214".into(),
        aliases: ["spotify:track:4sPmO7WMQUAf45kwMOtONw".to_owned()].into(),
        title: title.into(),
        artists: vec!["Adele".into()],
        isrc: Some("GBBKS1500214".into()),
        ..Track::default()
    }
}

fn words(template: &str, title: &str) -> Result<Vec<String>, FetchError> {
    Template::parse(template)
        .unwrap()
        .fill(&Values::new(&track(title), "/tmp/o"))
}

#[test]
fn the_template_is_split_as_a_shell_would() {
    let template =
        r#"fetch --isrc={isrc} "a \"b\" {artist}" 'x $y \' c\ d {spotify_id} {} {"k":1} {out}.mp3"#;
    assert_eq!(
        words(template, "Hello").unwrap(),
        [
            "fetch",
            "--isrc=GBBKS1500214",
            "a \"b\" Adele",
            "x $y \\",
            "c d",
            "4sPmO7WMQUAf45kwMOtONw",
            "{}",
            "{k:1}",
            "/tmp/o.mp3"
        ]
    );
}

#[test]
fn a_template_that_cannot_work_says_why() {
    for (template, error) in [
        ("", TemplateError::Empty),
        ("'' {out}", TemplateError::Empty),
        ("fetch 'a {out}", TemplateError::Unclosed('\'')),
        ("fetch \"a {out}", TemplateError::Unclosed('"')),
        ("fetch {out} \\", TemplateError::Dangling),
        ("fetch {title}", TemplateError::NoOut),
        ("{title} {out}", TemplateError::Program),
        (
            "fetch {album} {out}",
            TemplateError::Unknown("album".into()),
        ),
    ] {
        assert_eq!(Template::parse(template).unwrap_err(), error, "{template}");
    }
}

#[test]
fn no_title_leaves_its_word_or_becomes_a_placeholder() {
    for title in [
        "$(rm -rf ~)",
        "`id`",
        "a' 'b",
        "a\" \"b",
        "a b",
        "; rm x",
        "{out}",
        "{isrc} {title}",
        "\\",
        "*",
        "~",
        "| cat",
        "&",
    ] {
        let words = words("fetch {title} {out}", title).unwrap();
        assert_eq!(words, ["fetch", title, "/tmp/o"]);
    }
    assert_eq!(words("fetch {title} {out}", "a\nb\0c").unwrap()[1], "a b c");
}

#[test]
fn a_value_cannot_become_an_option() {
    for template in ["fetch {title} {out}", "fetch '{title}' -- {out}"] {
        match words(template, "--exec=evil") {
            Err(FetchError::Failed(reason)) => assert!(
                reason.contains("--exec=evil") && reason.contains("option"),
                "{reason}"
            ),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        words("fetch -- {title} {out}", "-15 Degrees").unwrap()[2],
        "-15 Degrees"
    );
    assert_eq!(
        words("fetch q:{title} {out}", "-15 Degrees").unwrap()[1],
        "q:-15 Degrees"
    );
    assert_eq!(
        words("fetch --title={title} {out}", "-x").unwrap()[1],
        "--title=-x"
    );
}

#[test]
fn a_track_without_what_the_template_asks_for_is_not_asked_about() {
    let mut track = track("");
    track.isrc = None;
    for template in ["fetch {isrc} {out}", "fetch {title} {out}"] {
        let filled = Template::parse(template)
            .unwrap()
            .fill(&Values::new(&track, "/tmp/o"));
        assert_eq!(filled, Err(FetchError::NotAvailable));
    }
}

fn run(
    template: &str,
    title: &str,
    change: impl FnOnce(&mut FetchCommand),
) -> (Result<(), FetchError>, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("audio");
    let mut command = FetchCommand::new(template).unwrap();
    change(&mut command);
    let ended = command.fetch(&track(title), &[], &to);
    (ended, fs::read_to_string(to).ok())
}

#[track_caller]
fn failed(ended: Result<(), FetchError>) -> String {
    match ended {
        Err(FetchError::Failed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_program_gets_its_words_and_no_shell_sees_them() {
    let title = "$(touch /tmp/never) `id` 'a' \"b\" {out}";
    let (ended, out) = run(
        r#"sh -c 'printf %s "$1" > "$2"' sh {title} {out}"#,
        title,
        |_| {},
    );
    assert_eq!((ended, out.as_deref()), (Ok(()), Some(title)));
    // The program does not wait for input that cannot arrive.
    assert_eq!(
        run(r#"sh -c 'cat > "$1"' sh {out}"#, "x", |_| {}),
        (Ok(()), Some(String::new()))
    );
}

#[test]
fn a_failure_says_what_the_program_said_last() {
    let (ended, _) = run(
        r#"sh -c 'seq 9 >&2; printf "\033[31mno luck\n" >&2; exit 7' sh {out}"#,
        "x",
        |_| {},
    );
    let reason = failed(ended);
    assert!(
        reason.contains("status: 7") && reason.contains("8 / 9 / \\u{1b}[31mno luck"),
        "{reason}"
    );
    assert!(
        matches!(run("/no/such/program {out}", "x", |_| {}).0, Err(FetchError::Abort(reason)) if reason.contains("/no/such"))
    );
}

#[test]
fn a_run_without_end_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left");
    let template = format!(
        r#"sh -c '(sleep 1; touch {}) & sleep 60' sh {{out}}"#,
        left.display()
    );
    let began = Instant::now();
    let (ended, _) = run(&template, "x", |command| {
        command.time_out = Duration::from_millis(200);
    });
    assert!(failed(ended).contains("did not end within 0.2 s"));
    assert!(began.elapsed() < Duration::from_secs(30));
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(!left.exists(), "a child of the command lived on");
}

#[test]
fn a_run_that_writes_too_much_is_killed() {
    let (ended, _) = run(r#"sh -c 'cat /dev/zero > "$1"' sh {out}"#, "x", |command| {
        command.max_bytes = 100_000;
    });
    assert!(failed(ended).contains("more than 1 MB"));
}
