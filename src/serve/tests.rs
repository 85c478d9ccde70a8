//! The server without a socket, and analysis with a fake network.

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use serde_json::Value;
use tempfile::{TempDir, TempPath, tempdir};
use tower::ServiceExt as _;

use super::analysis::analyse_all;
use super::*;
use inference::PredictError;
use inference::Prediction;

const HOST: &str = "127.0.0.1:8730";
const MAX_UPLOAD_BYTES: u64 = 100_000;

fn shared(out: &Path) -> Arc<Shared> {
    Arc::new(Shared {
        jobs: JobQueue::new(saved_reports::found(out)),
        uploads: out.to_owned(),
        max_upload_bytes: MAX_UPLOAD_BYTES,
        hosts: origin_check::hosts(8730),
        bundle: "demo".into(),
    })
}

async fn ask(shared: &Arc<Shared>, request: Request<Body>) -> Response {
    router(shared.clone()).oneshot(request).await.unwrap()
}

fn post(bytes: usize) -> Request<Body> {
    let request = Request::post("/api/fit?file=a.wav").header("host", HOST);
    request.body(vec![0; bytes].into()).unwrap()
}

/// Predicts the same for every window, and calls `before` first.
struct Fake<'a, F: Fn()> {
    bundle: &'a Bundle,
    before: F,
}

impl<F: Fn()> Predictor for Fake<'_, F> {
    fn predict(&self, windows: &[f32]) -> Result<Prediction, PredictError> {
        (self.before)();
        let windows = windows.len() / self.bundle.manifest.front_end.window_size();
        Ok(Prediction {
            windows,
            logits: vec![0.1; windows * self.bundle.manifest.playlists.len()],
            embeddings: vec![0.1; windows * self.bundle.neighbours.width],
            attention: Vec::new(),
        })
    }
}

fn tone(folder: &TempDir) -> TempPath {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let file = tempfile::NamedTempFile::new_in(folder).unwrap();
    let mut writer = hound::WavWriter::create(file.path(), spec).unwrap();
    for n in 0..24_000 {
        let sample = (f64::from(n) * 0.2).sin() * 10_000.0;
        writer.write_sample(sample as i16).unwrap();
    }
    writer.finalize().unwrap();
    file.into_temp_path()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}

/// Analyses all queued songs, and calls `before` before each prediction.
fn analyse_queued(jobs: &JobQueue, out: &Path, before: impl Fn()) {
    let bundle = Bundle::open(None).unwrap();
    let fake = Fake {
        bundle: &bundle,
        before,
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            while jobs.unfinished() > 0 {
                thread::yield_now();
            }
            jobs.close();
        });
        analyse_all(jobs, out, &bundle, &fake);
    });
}

fn states(jobs: &JobQueue) -> Vec<String> {
    let state = |view: &Value| view["state"].as_str().unwrap().to_owned();
    jobs.views().iter().map(state).collect()
}

#[tokio::test]
async fn an_upload_that_is_too_large_is_refused_while_it_streams_and_leaves_nothing() {
    let out = tempdir().unwrap();
    let shared = shared(out.path());
    let most = MAX_UPLOAD_BYTES as usize;
    for (bytes, status) in [(1, 202), (most, 202), (most + 1, 413), (3 * most, 413)] {
        // Without Content-Length.
        let answer = ask(&shared, post(bytes)).await;
        assert_eq!(answer.status(), status, "{bytes}");
    }
    assert_eq!(names(out.path()).len(), 2);
    shared.jobs.close();
    drop(shared);
    assert_eq!(names(out.path()).len(), 0, "uploads go with the queue");
}

#[tokio::test]
async fn only_the_own_page_and_programs_on_this_machine_are_accepted() {
    let out = tempdir().unwrap();
    let shared = shared(out.path());
    for (method, headers, status) in [
        ("GET", vec![("host", HOST)], 200),
        ("GET", vec![("host", "localhost:8730")], 200),
        ("GET", vec![("host", "[::1]:8730")], 200),
        ("GET", vec![], 421),
        ("GET", vec![("host", "evil.example")], 421),
        ("GET", vec![("host", "127.0.0.1:8731")], 421),
        ("GET", vec![("host", "127.0.0.1")], 421),
        ("GET", vec![("host", HOST), ("host", "evil.example")], 421),
        (
            "GET",
            vec![("host", HOST), ("origin", "http://evil.example")],
            200,
        ),
        ("DELETE", vec![("host", HOST)], 404),
        (
            "DELETE",
            vec![("host", HOST), ("origin", "http://127.0.0.1:8730")],
            404,
        ),
        (
            "DELETE",
            vec![("host", HOST), ("origin", "http://127.0.0.1:8731")],
            403,
        ),
        (
            "DELETE",
            vec![("host", HOST), ("origin", "https://127.0.0.1:8730")],
            403,
        ),
        ("DELETE", vec![("host", HOST), ("origin", "null")], 403),
        (
            "DELETE",
            vec![("host", HOST), ("sec-fetch-site", "same-origin")],
            404,
        ),
        (
            "DELETE",
            vec![("host", HOST), ("sec-fetch-site", "same-site")],
            403,
        ),
        (
            "DELETE",
            vec![("host", HOST), ("sec-fetch-site", "cross-site")],
            403,
        ),
    ] {
        let address = if method == "GET" { "/" } else { "/api/jobs/0" };
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = ask(&shared, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), status, "{method} {headers:?}");
        let policy = &answer.headers()["content-security-policy"];
        assert!(policy.to_str().unwrap().starts_with("default-src 'self'"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
}

#[test]
fn one_song_after_another_gets_a_folder_of_its_own_and_loses_its_audio() {
    let (out, uploads) = (tempdir().unwrap(), tempdir().unwrap());
    let jobs = JobQueue::new(Vec::new());
    for file in ["mix.wav", "mix.wav", "../<b>.wav"] {
        jobs.add(file.into(), tone(&uploads));
    }
    analyse_queued(&jobs, out.path(), || {});
    assert_eq!(states(&jobs), ["done", "done", "done"]);
    assert_eq!(names(out.path()), ["_b_", "mix", "mix-2"]);
    assert!(names(uploads.path()).is_empty());
    assert_eq!(jobs.views()[0]["file"], "../<b>.wav");
}

#[test]
fn a_song_deleted_during_its_analysis_leaves_nothing_and_the_next_is_analysed() {
    let (out, uploads) = (tempdir().unwrap(), tempdir().unwrap());
    let jobs = JobQueue::new(Vec::new());
    let (first, _) = jobs.add("first.wav".into(), tone(&uploads));
    jobs.add("next.wav".into(), tone(&uploads));
    analyse_queued(&jobs, out.path(), || {
        jobs.remove(&first);
    });
    assert_eq!(states(&jobs), ["done"]);
    assert_eq!(names(out.path()), ["next"]);
    assert!(names(uploads.path()).is_empty());
}

#[test]
fn a_panic_costs_one_song() {
    let (out, uploads) = (tempdir().unwrap(), tempdir().unwrap());
    let jobs = JobQueue::new(Vec::new());
    jobs.add("odd.wav".into(), tone(&uploads));
    jobs.add("next.wav".into(), tone(&uploads));
    let isnt_first = std::cell::Cell::new(false);
    analyse_queued(&jobs, out.path(), || {
        assert!(isnt_first.replace(true), "as a decoder might");
    });
    assert_eq!(states(&jobs), ["done", "failed"]);
    assert!(
        jobs.views()[1]["error"]
            .as_str()
            .unwrap()
            .contains("internal error")
    );
}

#[test]
fn an_error_names_the_song_by_its_own_name() {
    let (out, uploads) = (tempdir().unwrap(), tempdir().unwrap());
    let jobs = JobQueue::new(Vec::new());
    let audio = tone(&uploads);
    fs::write(&audio, "no audio at all").unwrap();
    jobs.add("letter.mp3".into(), audio);
    analyse_queued(&jobs, out.path(), || {});
    let error = jobs.views()[0]["error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("letter.mp3: no audio"), "{error}");
    assert!(names(out.path()).is_empty());
}

#[test]
fn the_next_server_finds_the_reports_and_deletes_no_more_than_them() {
    let (out, uploads) = (tempdir().unwrap(), tempdir().unwrap());
    let jobs = JobQueue::new(Vec::new());
    jobs.add("one.wav".into(), tone(&uploads));
    jobs.add("other.wav".into(), tone(&uploads));
    analyse_queued(&jobs, out.path(), || {});
    fs::create_dir(out.path().join("odd")).unwrap();
    fs::write(out.path().join("odd/report.json"), "{").unwrap();
    fs::write(out.path().join("one/notes.txt"), "mine").unwrap();
    let found = saved_reports::found(out.path());
    let files: Vec<&str> = found.iter().map(|saved| saved.file.as_str()).collect();
    assert_eq!(files, ["one.wav", "other.wav"]);
    found
        .iter()
        .for_each(|saved| saved_reports::delete(&saved.folder).unwrap());
    assert_eq!(names(out.path()), ["odd", "one"]);
    assert_eq!(names(&out.path().join("one")), ["notes.txt"]);
}
