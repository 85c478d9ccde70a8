//! `serve` as a program on this machine uses it: requests, responses and files on disk.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, write_tone};

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

impl Server {
    fn host(&self) -> &str {
        let host = self.address.strip_prefix("http://").unwrap();
        host.trim_end_matches('/')
    }

    /// Sends these bytes and reads the response to its end.
    fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        // A refused request may be closed before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = answer.split_at(end.expect("an answer") + 4);
        let head = String::from_utf8(head.to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = body.to_vec();
        Answer { status, head, body }
    }

    fn ask(&self, line: &str) -> Answer {
        let host = self.host();
        self.send(
            format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
    }

    fn post(&self, file: &str, content: &[u8], headers: &str) -> Answer {
        let head = self.head(file, content.len(), headers);
        self.send(&[head.as_bytes(), content].concat())
    }

    fn head(&self, file: &str, length: usize, headers: &str) -> String {
        format!(
            "POST /api/fit?file={file} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\
             Content-Length: {length}\r\n\r\n",
            self.host()
        )
    }

    /// Waits until no song is queued or being analysed.
    fn wait(&self) {
        while self.ask("GET /health").json()["unfinished"] != 0 {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn tone(folder: &Path, name: &str, hertz: f64) -> Vec<u8> {
    let path = folder.join(name);
    write_tone(&path, 2, hertz);
    fs::read(path).unwrap()
}

#[test]
fn five_songs_at_once_queue_and_each_gets_the_report_of_fit() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let names: Vec<String> = (1..=5).map(|number| format!("tone-{number}.wav")).collect();
    let songs: Vec<Vec<u8>> = names
        .iter()
        .zip([110.0, 220.0, 330.0, 440.0, 550.0])
        .map(|(name, hertz)| tone(folder.path(), name, hertz))
        .collect();
    let ids: Vec<String> = thread::scope(|scope| {
        let posts: Vec<_> = names
            .iter()
            .zip(&songs)
            .map(|(name, song)| scope.spawn(|| server.post(name, song, "")))
            .collect();
        let answers = posts.into_iter().map(|post| post.join().unwrap());
        answers
            .map(|answer| {
                assert_eq!(answer.status, 202, "{}", answer.head);
                answer.json()["id"].as_str().unwrap().to_owned()
            })
            .collect()
    });
    server.wait();
    for (id, name) in ids.iter().zip(&names) {
        let answer = server.ask(&format!("GET /api/jobs/{id}"));
        assert_eq!(answer.status, 200);
        let (code, said, _) =
            crate::stage::run(folder.path(), &["fit", name, "--json", "--out", "alone"]);
        assert_eq!(code, 0);
        assert_eq!(answer.json(), serde_json::from_str::<Value>(&said).unwrap());
    }
    // The page is the file on disk, and all of them are complete.
    let page = server.ask(&format!("GET /reports/{}/report.html", ids[0]));
    assert!(page.head.contains("sandbox") && page.head.contains("text/html"));
    assert_eq!(
        page.body,
        fs::read(folder.path().join("reports/tone-1/report.html")).unwrap()
    );
    let picture = server.ask(&format!("GET /reports/{}/report.png", ids[0]));
    assert!(picture.body.starts_with(b"\x89PNG"));
    let listed = server.ask("GET /api/jobs").json();
    let fits = listed["jobs"].as_array().unwrap();
    assert_eq!(fits.len(), 5);
    assert!(
        fits.iter()
            .all(|fit| fit["state"] == "done" && fit["playlists"][0]["rank"] == 1)
    );
    let uploads = format!(
        "reports/.uploads-{}",
        server.host().rsplit(':').next().unwrap()
    );
    assert_eq!(
        fs::read_dir(folder.path().join(uploads)).unwrap().count(),
        0
    );
}

#[test]
fn health_answers_get_and_head() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let health = server.ask("GET /health");
    assert_eq!(
        (health.status, &health.json()["status"]),
        (200, &"ok".into())
    );
    let head = server.ask("HEAD /health");
    assert_eq!((head.status, head.body.len()), (200, 0));
    for header in [
        "content-security-policy: default-src 'self'",
        "nosniff",
        "no-referrer",
        "no-store",
    ] {
        assert!(health.head.contains(header), "{}", health.head);
    }
}

#[test]
fn requests_that_cannot_be_served_are_refused_with_a_message() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let song = tone(folder.path(), "tone.wav", 220.0);

    let foreign = server.send(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(foreign.status, 421);
    let origin = server.post("a.wav", &song, "Origin: http://evil.example\r\n");
    assert_eq!(origin.status, 403);
    let large = server.send(server.head("a.wav", 2 << 30, "").as_bytes());
    assert_eq!(large.status, 413);
    assert!(large.error().contains("1024 MB"), "{}", large.error());
    let form = server.post(
        "a.wav",
        &song,
        "Content-Type: multipart/form-data; boundary=a\r\n",
    );
    assert_eq!(form.status, 415);
    assert!(form.error().contains("--data-binary"), "{}", form.error());
    let whole = server.head("a.wav", song.len(), "");
    let half = [whole.as_bytes(), &song[..song.len() / 2]].concat();
    let mut stream = TcpStream::connect(server.host()).unwrap();
    stream.write_all(&half).unwrap();
    drop(stream);
    for (line, status) in [
        ("GET /api/jobs/0123", 404),
        ("DELETE /api/jobs/0123", 404),
        ("GET /reports/../../etc/passwd", 404),
        ("GET /reports/%2e%2e/report.json", 404),
        ("GET /reports/", 404),
        ("PUT /api/fit", 405),
    ] {
        let answer = server.ask(line);
        assert_eq!(answer.status, status, "{line}");
        assert!(!answer.error().is_empty());
    }
    assert_eq!(
        server.ask("GET /api/jobs").json()["jobs"],
        Value::Array(Vec::new())
    );

    for (file, content, error) in [
        ("empty.wav", &b""[..], "empty.wav: the file is empty"),
        (
            "letter.mp3",
            b"Dear editor, here is my song.",
            "letter.mp3: no audio",
        ),
        ("../../cut.wav", &song[..44], "cut.wav: "),
    ] {
        let posted = server.post(file, content, "");
        assert_eq!(posted.status, 202, "{file}");
        server.wait();
        let answer = server.ask(&format!(
            "GET /api/jobs/{}",
            posted.json()["id"].as_str().unwrap()
        ));
        assert_eq!(answer.status, 422, "{file}");
        assert!(answer.error().starts_with(error), "{}", answer.error());
    }
    // File names are not used as paths, and a refused upload leaves nothing.
    assert!(!folder.path().parent().unwrap().join("cut").exists());
    let written = fs::read_dir(folder.path().join("reports")).unwrap();
    assert_eq!(written.count(), 1, "the folder of uploads alone");
}

#[test]
fn reports_outlive_the_server_until_they_are_deleted() {
    let folder = TempDir::new().unwrap();
    let song = tone(folder.path(), "tone.wav", 220.0);
    let mut server = Server::start(folder.path());
    assert_eq!(server.post("..%5Cx/%3Ci%3Etone.wav", &song, "").status, 202);
    server.wait();
    let port = server.host().rsplit(':').next().unwrap().to_owned();
    let (code, _, error) = crate::stage::run(folder.path(), &["serve", "--port", &port]);
    assert_eq!(code, 1);
    assert!(
        error.contains("--port") && error.contains(&server.address),
        "{error}"
    );

    // Ctrl-C cancels the analysis of a song.
    server.post("again.wav", &song, "");
    let interrupt = Command::new("kill")
        .args(["-INT", &server.process.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    assert_eq!(server.process.wait().unwrap().code(), Some(130));
    assert!(
        !folder
            .path()
            .join(format!("reports/.uploads-{port}"))
            .exists()
    );

    let server = Server::start(folder.path());
    let found = server.ask("GET /api/jobs").json();
    let old = found["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|fit| fit["file"] == "<i>tone.wav");
    let id = old.unwrap()["id"].as_str().unwrap();
    assert_eq!(
        server.ask(&format!("GET /reports/{id}/report.html")).status,
        200
    );
    assert_eq!(server.ask(&format!("DELETE /api/jobs/{id}")).status, 204);
    assert_eq!(
        server.ask(&format!("GET /reports/{id}/report.html")).status,
        404
    );
    assert!(!folder.path().join("reports/_i_tone").exists());
}
