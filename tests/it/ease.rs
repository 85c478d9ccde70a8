//! What makes the program easy to begin with: `doctor`, completions, manual pages, and mistyped names.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{output, run};

#[test]
fn the_doctor_finds_what_judging_a_song_needs() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["doctor"]);
    assert_eq!(code, 0, "{answer}{remarks}");
    for what in ["bundle", "libtorch", "network", "space here"] {
        let line = answer.lines().find(|line| line.contains(what)).unwrap();
        assert!(line.starts_with("ready"), "{line}");
    }
    let (_, answer, _) = run(&folder, &["doctor", "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["schema_version"], 1);
    let checks = answer["checks"].as_array().unwrap();
    let network = checks.iter().find(|check| check["what"] == "network");
    assert!(
        network.unwrap()["found"]
            .as_str()
            .unwrap()
            .contains("ms per window")
    );
}

#[test]
fn the_doctor_says_what_is_missing() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["doctor", "--bundle", "nowhere"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("checks failed"), "{remarks}");
    let mut lines = answer.lines();
    let bundle = lines.find(|line| line.contains("  bundle ")).unwrap();
    assert!(
        bundle.starts_with("MISSING") && bundle.contains("nowhere"),
        "{bundle}"
    );
}

#[test]
fn a_program_that_was_copied_alone_says_so() {
    let folder = TempDir::new().unwrap();
    let alone = folder.path().join("playlist-fit");
    fs::copy(assert_cmd::cargo::cargo_bin("playlist-fit"), &alone).unwrap();
    let mut command = std::process::Command::new(&alone);
    command.arg("doctor").current_dir(folder.path());
    let output = output(command);
    assert_eq!(output.status.code(), Some(1));
    let answer = String::from_utf8(output.stdout).unwrap();
    let network = answer
        .lines()
        .find(|line| line.contains("playlist-fit-train"));
    assert!(network.unwrap().starts_with("MISSING"), "{answer}");
}

#[test]
fn keys_are_told_by_name_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("playlist-fit");
    fs::create_dir(&settings).unwrap();
    let file = settings.join("secrets.toml");
    fs::write(&file, "JAMENDO_CLIENT_ID = \"hush-hush\"\n").unwrap();
    let told = |mode: u32| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = crate::harness::program(&folder);
        let output = command.arg("doctor").env("XDG_CONFIG_HOME", folder.path());
        let output = output.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap()
    };
    let safe = told(0o600);
    assert!(
        safe.contains("JAMENDO_CLIENT_ID in ") && !safe.contains("hush"),
        "{safe}"
    );
    let open = told(0o644);
    assert!(
        open.contains("chmod 600") && !open.contains("hush"),
        "{open}"
    );
}

#[test]
fn shells_and_man_learn_every_verb() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = run(&folder, &["completions", shell]);
        assert!(code == 0 && script.contains("doctor") && script.contains("bundle"));
    }
    assert_eq!(run(&folder, &["completions", "cmd"]).0, 2);
    let (code, answer, _) = run(&folder, &["manual", "--out", "pages"]);
    assert_eq!((code, answer.trim_end()), (0, "Manual pages: pages"));
    let page = |name: &str| fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
    assert!(page("playlist-fit.1").contains("playlist\\-fit\\-doctor(1)"));
    assert!(page("playlist-fit-weights-get.1").contains("NAME"));
    assert!(page("playlist-fit-fit.1").contains("\\-\\-json"));
}

#[test]
fn a_mistyped_name_is_answered_with_the_nearest() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("My Demo.wav"), "").unwrap();
    fs::create_dir(folder.path().join("bundle")).unwrap();
    let remarks = run(&folder, &["fit", "my-demo.wav"]).2;
    assert!(remarks.contains("near it: My Demo.wav"), "{remarks}");
    let remarks = run(&folder, &["card", "bundel"]).2;
    assert!(remarks.contains("near it: bundle"), "{remarks}");
}
