//! A headless Chromium that a test drives through the DevTools protocol, over two pipes: a message is JSON and a zero.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{LIMIT, wait_until};

const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Ends with the test.
pub struct Chromium {
    process: Child,
    to: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    /// Messages that answer no request.
    events: Vec<Value>,
}

/// Reads messages until Chromium ends.
fn messages(stdout: ChildStdout) -> Receiver<Value> {
    let (send, messages) = channel();
    thread::spawn(move || {
        let mut from = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while from.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
            bytes.pop();
            let Ok(message) = serde_json::from_slice(&bytes) else {
                return;
            };
            if send.send(message).is_err() {
                return;
            }
            bytes.clear();
        }
    });
    messages
}

/// One open page.
pub struct Tab(String);

impl Chromium {
    /// Fails if no Chromium is installed. `profile` is an empty folder.
    pub fn start(profile: &Path) -> Self {
        let runs = |program: &&&str| {
            let version = Command::new(program).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        };
        let program = PROGRAMS.iter().find(runs);
        let program = program.unwrap_or_else(|| panic!("install one of {}", PROGRAMS.join(", ")));
        let flags = format!(
            "--headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run \
             --remote-debugging-pipe --user-data-dir='{}'",
            profile.display()
        );
        let mut process = Command::new("sh")
            .args(["-c", &format!("exec {program} {flags} 3<&0 4>&1 1>&2")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            to: process.stdin.take().unwrap(),
            messages: messages(process.stdout.take().unwrap()),
            process,
            last_id: 0,
            events: Vec::new(),
        }
    }

    fn ask(
        &mut self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> Result<Value, Value> {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to
            .write_all(format!("{message}\0").as_bytes())
            .unwrap();
        loop {
            let message = self.messages.recv_timeout(LIMIT);
            let mut message =
                message.unwrap_or_else(|reason| panic!("no response to {method}: {reason}"));
            if message["id"] == self.last_id {
                return match message["error"].take() {
                    Value::Null => Ok(message["result"].take()),
                    error => Err(error),
                };
            }
            self.events.push(message);
        }
    }

    /// Opens a page whose errors and requests are noted among the events.
    pub fn open(&mut self, address: &str) -> Tab {
        let blank = json!({ "url": "about:blank" });
        let target = self.ask(None, "Target.createTarget", blank).unwrap();
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.ask(None, "Target.attachToTarget", target).unwrap();
        let tab = Tab(session["sessionId"].as_str().unwrap().into());
        for domain in ["Page", "Runtime", "Log", "Network", "DOM"] {
            self.tell(&tab, &format!("{domain}.enable"), json!({}));
        }
        self.tell(&tab, "Page.navigate", json!({ "url": address }));
        self.wait(&tab, "document.readyState === 'complete'");
        tab
    }

    pub fn tell(&mut self, tab: &Tab, method: &str, parameters: Value) -> Value {
        self.ask(Some(&tab.0), method, parameters).unwrap()
    }

    /// The value of an expression of JavaScript, awaited.
    pub fn evaluate(&mut self, tab: &Tab, expression: &str) -> Value {
        self.try_evaluate(tab, expression).unwrap()
    }

    fn try_evaluate(&mut self, tab: &Tab, expression: &str) -> Result<Value, Value> {
        let question =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.ask(Some(&tab.0), "Runtime.evaluate", question)?;
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression of JavaScript is true. It is not while a page is being left.
    pub fn wait(&mut self, tab: &Tab, expression: &str) {
        wait_until(expression, || {
            self.try_evaluate(tab, &format!("Boolean({expression})")) == Ok(true.into())
        });
    }

    /// The parameters of the first such event; waits for it.
    pub fn event(&mut self, tab: &Tab, method: &str) -> Value {
        let end = Instant::now() + LIMIT;
        loop {
            let mut events = self.events.iter();
            if let Some(event) = events.find(|event| event["method"] == method) {
                return event["params"].clone();
            }
            assert!(Instant::now() < end, "waited {LIMIT:?} for {method}");
            self.wait(tab, "true");
        }
    }

    pub fn press(&mut self, tab: &Tab, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "Space" => (32, " "),
            _ => panic!("no such key: {key}"),
        };
        let name = if key == "Space" { " " } else { key };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({
                "type": kind, "key": name, "code": key, "text": text, "windowsVirtualKeyCode": code,
            });
            self.tell(tab, "Input.dispatchKeyEvent", event);
        }
    }

    /// Drops files on the page as a hand with a mouse does.
    pub fn drop_files(&mut self, tab: &Tab, files: &[&Path]) {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": 200, "y": 200, "data": data });
            self.tell(tab, "Input.dispatchDragEvent", event);
        }
    }

    /// Errors and warnings of the consoles of all pages, and uncaught exceptions.
    pub fn complaints(&self) -> Vec<&Value> {
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => ["error", "warning"]
                .map(Value::from)
                .contains(&event["params"]["type"]),
            Some("Log.entryAdded") => event["params"]["entry"]["level"] != "info",
            _ => false,
        };
        self.events.iter().filter(is_complaint).collect()
    }

    /// The addresses that pages asked for.
    pub fn requests(&self) -> Vec<&str> {
        let of = |event: &&Value| event["method"] == "Network.requestWillBeSent";
        let requests = self.events.iter().filter(of);
        requests
            .filter_map(|event| event["params"]["request"]["url"].as_str())
            .collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
