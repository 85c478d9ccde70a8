//! The local page in a real headless Chromium; skipped if none is installed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::chromium::{Chromium, Tab};
use crate::server::{Server, write_tone};

/// A server, a browser and a page of it, in folders that go with them.
struct Stage {
    browser: Chromium,
    server: Server,
    folder: TempDir,
    _profile: TempDir,
}

impl Stage {
    fn new() -> Option<Self> {
        let (folder, profile) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let browser = Chromium::start(profile.path())?;
        let server = Server::start(folder.path());
        Some(Self {
            browser,
            server,
            folder,
            _profile: profile,
        })
    }

    fn open(&mut self) -> Tab {
        self.browser.open(&self.server.address)
    }

    fn tone(&self, name: &str, hertz: f64) -> PathBuf {
        let path = self.folder.path().join(name);
        write_tone(&path, 2, hertz);
        path
    }

    /// No page has logged an error, and none has made a request to another host.
    fn assert_clean(&self) {
        let complaints = self.browser.complaints();
        assert!(complaints.is_empty(), "{complaints:?}");
        let own = |url: &&&str| url.starts_with(&self.server.address) || url.starts_with("data:");
        let requests = self.browser.requests();
        assert!(requests.iter().filter(own).count() > 5);
        assert!(requests.iter().all(|url| own(&url)), "{requests:?}");
    }
}

/// The row of a song, in JavaScript.
fn row(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('#list > li')].find((row) => row.innerText.includes({name:?}))"
    )
}

#[test]
fn dropped_songs_are_analysed_read_and_compared_in_two_tabs() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let songs = [
        stage.tone("one.wav", 220.0),
        stage.tone("<b>other.wav", 990.0),
    ];
    let (tab, second) = (stage.open(), stage.open());
    let browser = &mut stage.browser;
    browser.drop_files(&tab, &songs.each_ref().map(PathBuf::as_path));
    // The first that is done is opened; both tabs see both songs.
    browser.wait(&tab, "document.querySelector('iframe')");
    for tab in [&tab, &second] {
        browser.wait(
            tab,
            "document.querySelectorAll('#list > li.done').length === 2",
        );
        browser.wait(
            tab,
            &format!("{}?.querySelector('a.read')", row("<b>other.wav")),
        );
    }
    assert_eq!(
        browser.evaluate(&tab, "document.querySelectorAll('#list b').length"),
        0
    );
    let said = browser.evaluate(&tab, "document.getElementById('news').textContent");
    assert!(said.as_str().unwrap().contains("other.wav: "), "{said}");

    // A reload keeps them; two ticks compare them.
    browser.tell(&tab, "Page.reload", json!({}));
    browser.wait(
        &tab,
        "document.querySelectorAll('#list > li.done input').length === 2",
    );
    browser.wait(
        &tab,
        "document.querySelectorAll('#list input:checked').length === 1",
    );
    browser.evaluate(
        &tab,
        "document.querySelector('#list input:not(:checked)').click()",
    );
    browser.wait(&tab, "document.querySelectorAll('iframe').length === 2");
    browser.wait(&tab, "document.querySelectorAll('#moves tr').length >= 5");

    // The report in its own tab is the report.
    let address = browser.evaluate(&tab, "document.querySelector('iframe').src");
    let report = browser.open(address.as_str().unwrap());
    browser.wait(
        &report,
        "document.querySelector('.verdict').innerText.length > 10",
    );
    stage.assert_clean();
}

#[test]
fn the_keyboard_alone_is_enough() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let song = stage.tone("tone.wav", 220.0);
    let tab = stage.open();
    let browser = &mut stage.browser;
    browser.tell(
        &tab,
        "Page.setInterceptFileChooserDialog",
        json!({ "enabled": true }),
    );
    browser.press(&tab, "Tab");
    browser.wait(&tab, "document.activeElement.id === 'choose'");
    let outline = "getComputedStyle(document.querySelector('.drop')).outlineStyle";
    assert_eq!(browser.evaluate(&tab, outline), "solid");
    browser.press(&tab, "Enter");
    let opened = browser.event(&tab, "Page.fileChooserOpened");
    let node = opened["backendNodeId"].clone();
    let files = json!({ "files": [song], "backendNodeId": node });
    browser.tell(&tab, "DOM.setFileInputFiles", files);
    browser.wait(&tab, "document.querySelector('#list > li.done')");
    browser.wait(&tab, "document.querySelector('iframe')");

    tab_to(browser, &tab, "matches('.read')");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "document.activeElement.id === 'read'");
    browser.evaluate(&tab, "document.getElementById('choose').focus()");
    tab_to(browser, &tab, "matches('#list input')");
    browser.press(&tab, "Space");
    browser.wait(&tab, "!document.querySelector('iframe')");
    // Deleting asks again, and Escape takes it back.
    browser.evaluate(&tab, "document.getElementById('choose').focus()");
    tab_to(browser, &tab, "matches('#list button')");
    browser.press(&tab, "Enter");
    let word = "document.querySelector('#list button').firstChild.textContent";
    assert_eq!(browser.evaluate(&tab, word), "Delete for good");
    browser.press(&tab, "Escape");
    assert_eq!(browser.evaluate(&tab, word), "Delete");
    browser.press(&tab, "Enter");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "!document.querySelector('#list > li')");
    browser.wait(&tab, "document.activeElement.id === 'choose'");
    assert!(!stage.folder.path().join("reports/tone").exists());
    stage.assert_clean();
}

fn tab_to(browser: &mut Chromium, tab: &Tab, wanted: &str) {
    for _ in 0..20 {
        if browser.evaluate(tab, &format!("document.activeElement.{wanted}")) == true {
            return;
        }
        browser.press(tab, "Tab");
    }
    panic!("no way by Tab to {wanted}");
}

#[test]
fn what_is_no_song_is_said_on_a_phone_in_the_dark_and_the_page_is_accessible() {
    let Some(mut stage) = Stage::new() else {
        return;
    };
    let letter = stage
        .folder
        .path()
        .join(format!("{}.mp3", "a letter ".repeat(20)));
    fs::write(&letter, "Dear editor, here is my song.").unwrap();
    let song = stage.tone("tone.wav", 220.0);
    let tab = stage.open();
    let browser = &mut stage.browser;
    let light = browser.evaluate(
        &tab,
        "getComputedStyle(document.documentElement).backgroundColor",
    );
    let phone = json!({ "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": true });
    browser.tell(&tab, "Emulation.setDeviceMetricsOverride", phone);
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.tell(&tab, "Emulation.setEmulatedMedia", dark);
    browser.drop_files(&tab, &[&letter, &song]);
    browser.wait(
        &tab,
        "document.querySelector('#list > li.failed')?.innerText.includes('no audio')",
    );
    browser.wait(
        &tab,
        "document.querySelector('#list > li.done') && document.querySelector('iframe')",
    );
    let ground = "getComputedStyle(document.documentElement).backgroundColor";
    assert_ne!(browser.evaluate(&tab, ground), light);
    let width = browser.evaluate(&tab, "document.documentElement.scrollWidth");
    assert_eq!(width, 400, "nothing sticks out");
    check_accessibility(browser, &tab);
    stage.assert_clean();
}

/// By axe-core, whose licence (MPL-2.0) keeps it out of this repository: `npm install axe-core`, or `AXE_CORE` names it.
fn check_accessibility(browser: &mut Chromium, tab: &Tab) {
    let path = std::env::var_os("AXE_CORE").map(PathBuf::from);
    let path = path.unwrap_or_else(|| Path::new("node_modules/axe-core/axe.min.js").into());
    let Ok(axe) = fs::read_to_string(&path) else {
        eprintln!("skipped: no axe-core at {}", path.display());
        return;
    };
    browser.evaluate(tab, &format!("{axe};true"));
    // The report inside has tests of its own.
    let found = browser.evaluate(
        tab,
        "axe.run(document, { iframes: false }).then((found) => found.violations.map((one) => `${one.impact} ${one.id}: ${one.nodes.map((node) => node.html)}`))",
    );
    assert_eq!(found, json!([]));
}
