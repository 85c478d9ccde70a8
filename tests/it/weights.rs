//! `playlist-fit weights` as a user runs it, against servers on the loopback.

use model::tch;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::harness::{Background, LIMIT, output, texts};

const FILE: &[u8] = include_bytes!("../../fixtures/golden/torch_zip.pt");
const OTHER: &[u8] = include_bytes!("../../fixtures/golden/torch_checkpoint.pt");
const TRUTH: &[u8] = include_bytes!("../../fixtures/golden/torch_file.safetensors");
/// Weights without a pinned hash.
const NAME: &str = "mn05";
const PATH: &str = "/fschmid56/EfficientAT/releases/download/v0.0.1/mn05_as_mAP_443.pt";

fn command(folder: &TempDir, server: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_playlist-fit"));
    command
        .current_dir(folder.path())
        .args(arguments)
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .env("XDG_DATA_HOME", folder.path().join("data"))
        .env("PLAYLIST_FIT_WEIGHTS_API", server)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Returns exit code, stdout and stderr.
fn run(folder: &TempDir, server: &str, arguments: &[&str]) -> (i32, String, String) {
    texts(output(command(folder, server, arguments)))
}

fn weights(folder: &TempDir) -> PathBuf {
    folder.path().join("data/playlist-fit/weights")
}

/// A server that sends `answers` in turn and repeats the last one.
async fn server(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let next = AtomicUsize::new(0);
    let give = move |_: &Request| {
        let number = next.fetch_add(1, Ordering::SeqCst);
        answers[number.min(answers.len() - 1)].clone()
    };
    Mock::given(any()).respond_with(give).mount(&server).await;
    server
}

fn file(bytes: &[u8]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(bytes, "application/octet-stream")
}

#[track_caller]
fn assert_is_the_truth(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let ours = SafeTensors::deserialize(&bytes).unwrap();
    let truth = SafeTensors::deserialize(TRUTH).unwrap();
    assert_eq!(ours.len(), truth.len());
    for (name, tensor) in truth.tensors() {
        assert_eq!(ours.tensor(&name).unwrap(), tensor, "{name}");
    }
}

/// Nothing was stored besides pins, lock and licence.
#[track_caller]
fn assert_nothing_kept(folder: &TempDir) {
    let left: Vec<String> = fs::read_dir(weights(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["pins.toml", ".writing", "mn05.licence.txt"].contains(&name.as_str()))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn weights_come_with_their_licence_and_the_first_file_is_pinned() {
    let server = server(vec![file(FILE), file(OTHER)]).await;
    let folder = TempDir::new().unwrap();
    let (code, answer, _) = run(&folder, &server.uri(), &["weights", "list"]);
    assert_eq!(code, 0);
    for shown in [
        "mn04",
        "ast",
        "resnet18",
        "BSD-3-Clause",
        "346",
        "first download is pinned",
    ] {
        assert!(answer.contains(shown), "{shown}: {answer}");
    }

    let (code, answer, remarks) = run(&folder, &server.uri(), &["weights", "get", NAME]);
    assert_eq!(code, 0, "{remarks}");
    assert!(
        remarks.contains("Florian Schmid") && remarks.contains("pinned from now on"),
        "{remarks}"
    );
    let path = weights(&folder).join("mn05.safetensors");
    assert_eq!(Path::new(answer.trim()), path);
    assert_is_the_truth(&path);
    let licence = fs::read_to_string(weights(&folder).join("mn05.licence.txt")).unwrap();
    assert!(
        licence.contains("Licence: MIT") && licence.contains(PATH),
        "{licence}"
    );
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked[0].url.path(), PATH);

    let (_, answer, _) = run(&folder, &server.uri(), &["weights", "list", "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let here = answer["weights"].as_array().unwrap().iter();
    let here: Vec<&Value> = here.filter(|row| row["here"] == true).collect();
    assert_eq!((here.len(), &here[0]["name"]), (1, &Value::from(NAME)));

    let (code, _, remarks) = run(&folder, &server.uri(), &["weights", "get", NAME]);
    assert_eq!(code, 0);
    assert!(remarks.contains("was downloaded before"), "{remarks}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);

    fs::remove_file(&path).unwrap();
    let (code, answer, remarks) = run(&folder, &server.uri(), &["weights", "get", NAME]);
    assert_eq!((code, answer.as_str()), (1, ""));
    assert!(
        remarks.contains("of the first download") && remarks.contains("pins.toml"),
        "{remarks}"
    );
    assert_nothing_kept(&folder);
}

/// A server that sends the first `bytes` of `FILE` to the first request, and then closes the connection or waits; later
/// requests get the rest. Returns its address and the requests.
fn breaking_server(bytes: usize, waits: bool) -> (String, Receiver<String>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let (send, asked) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for (number, stream) in socket.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = request(&mut stream);
            let start = match number {
                0 => 0,
                _ => bytes,
            };
            let (status, end) = match number {
                0 => ("200 OK", bytes),
                _ => ("206 Partial Content", FILE.len()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nETag: \"one\"\r\nContent-Length: {}\r\n\
                 Content-Range: bytes {start}-{}/{}\r\n\r\n",
                FILE.len() - start,
                FILE.len() - 1,
                FILE.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&FILE[start..end]);
            let _ = send.send(request.to_lowercase());
            if number == 0 && waits {
                held.push(stream);
            }
        }
    });
    (address, asked)
}

fn request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut piece).unwrap();
        assert!(
            length > 0,
            "the connection was closed before the end of the request"
        );
        request.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(request).unwrap()
}

#[test]
fn an_interrupted_download_resumes() {
    let folder = TempDir::new().unwrap();
    let (address, asked) = breaking_server(1500, false);
    let (code, _, remarks) = run(&folder, &address, &["weights", "get", NAME]);
    assert_eq!(code, 0, "{remarks}");
    assert_is_the_truth(&weights(&folder).join("mn05.safetensors"));
    let request = || asked.recv_timeout(LIMIT).expect("a request");
    assert!(!request().contains("range:"));
    let second = request();
    assert!(
        second.contains("\r\nrange: bytes=1500-") && second.contains("\r\nif-range: \"one\""),
        "{second}"
    );
}

#[test]
fn a_killed_download_resumes() {
    let folder = TempDir::new().unwrap();
    let (address, asked) = breaking_server(2000, true);
    let mut killed = Background::start(&mut command(&folder, &address, &["weights", "get", NAME]));
    let part = weights(&folder).join("mn05.part");
    killed.wait_until("2000 bytes of the file", || {
        fs::metadata(&part).is_ok_and(|part| part.len() >= 2000)
    });
    killed.kill();
    let (code, _, remarks) = run(&folder, &address, &["weights", "get", NAME]);
    assert_eq!(code, 0, "{remarks}");
    assert_is_the_truth(&weights(&folder).join("mn05.safetensors"));
    assert!(!part.exists());
    asked.recv_timeout(LIMIT).expect("the first request");
    let second = asked.recv_timeout(LIMIT).expect("the second request");
    assert!(second.contains("range: bytes=2000-"), "{second}");
}

#[tokio::test]
async fn a_server_without_ranges_sends_the_whole_file() {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(weights(&folder)).unwrap();
    fs::write(
        weights(&folder).join("mn05.part"),
        b"the beginning of another state",
    )
    .unwrap();
    fs::write(weights(&folder).join("mn05.part.mark"), "\"old\"").unwrap();
    let server = server(vec![file(FILE)]).await;
    let (code, _, remarks) = run(&folder, &server.uri(), &["weights", "get", NAME]);
    assert_eq!(code, 0, "{remarks}");
    assert_is_the_truth(&weights(&folder).join("mn05.safetensors"));
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked[0].headers["range"], "bytes=30-");
    assert_eq!(asked[0].headers["if-range"], "\"old\"");
}

#[tokio::test]
async fn a_response_that_is_not_weights_is_explained() {
    let page =
        ResponseTemplate::new(200).set_body_raw("<html>log in</html>", "text/html; charset=utf-8");
    for (answer, words) in [
        (
            ResponseTemplate::new(404),
            "cannot be downloaded (HTTP 404); check that it still exists",
        ),
        (
            ResponseTemplate::new(403),
            "cannot be downloaded (HTTP 403)",
        ),
        (page, "is a web page, not a file"),
        (file(b"moved to another place"), "text, not weights"),
        (file(&FILE[..2000]), "its zip is incomplete"),
    ] {
        let server = server(vec![answer]).await;
        let folder = TempDir::new().unwrap();
        let (code, answer, remarks) = run(&folder, &server.uri(), &["weights", "get", NAME]);
        assert_eq!((code, answer.as_str()), (1, ""), "{remarks}");
        assert!(remarks.contains(words), "{words}: {remarks}");
        assert_nothing_kept(&folder);
    }
    let server = server(vec![ResponseTemplate::new(500), file(FILE)]).await;
    let folder = TempDir::new().unwrap();
    let (code, _, remarks) = run(&folder, &server.uri(), &["weights", "get", NAME]);
    assert_eq!(code, 0, "{remarks}");
}

#[tokio::test]
async fn a_file_that_is_not_the_pinned_one_is_refused() {
    let as_long_as_mn10 = vec![0; 19_708_753];
    for (name, bytes, words) in [
        (
            "mn10",
            FILE,
            "it has 3689 bytes, the pinned file has 19708753",
        ),
        (
            "mn10",
            &as_long_as_mn10[..],
            "the pinned one begins with 0bd7dc24",
        ),
        ("mn04", FILE, "the hash of its tensors is"),
    ] {
        let server = server(vec![file(bytes)]).await;
        let folder = TempDir::new().unwrap();
        let (code, _, remarks) = run(&folder, &server.uri(), &["weights", "get", name]);
        assert_eq!(code, 1, "{remarks}");
        assert!(
            remarks.contains(words)
                && (remarks.contains("nothing was stored")
                    || remarks.contains("checksum mismatch")),
            "{remarks}"
        );
        assert_nothing_kept(&folder);
    }
}

#[tokio::test]
#[ignore = "needs PLAYLIST_FIT_DATA"]
async fn the_pinned_file_is_accepted() {
    let data = std::env::var_os("PLAYLIST_FIT_DATA").expect("PLAYLIST_FIT_DATA names a folder");
    let real = Path::new(&data).join("../weights/efficientat-mn04-as.safetensors");
    let server = server(vec![file(&fs::read(real).unwrap())]).await;
    let folder = TempDir::new().unwrap();
    let (code, _, remarks) = run(
        &folder,
        &server.uri(),
        &["weights", "get", "mn04", "--out", "own"],
    );
    assert_eq!(code, 0, "{remarks}");
    assert!(folder.path().join("own/mn04.safetensors").is_file());
}

#[test]
fn an_unknown_name_creates_no_folder() {
    let folder = TempDir::new().unwrap();
    let (code, _, remarks) = run(&folder, "http://127.0.0.1:9/", &["weights", "get", "mn99"]);
    assert_eq!(code, 1);
    assert!(
        remarks.contains("`mn99`") && remarks.contains("mn04, mn05"),
        "{remarks}"
    );
    assert!(!weights(&folder).exists());
}

mod training {
    use inference::{Architecture, NetworkConfig};
    use model::Network;

    use super::*;

    const UNREACHABLE: &str = "http://127.0.0.1:9/";

    const PRESET: &str = r#"
name = "adapted"
architecture = "mn04"
window_seconds = 1.0
seed = 3
dropout = 0.1
mlp_head = 16
rotations = 1
[rows]
licences = ["CC0"]
allow_doubt = false
minimum_tracks = 2
[head]
epochs = 1
batch = 4
learning_rate = 1e-3
weight_decay = 0.1
[network]
epochs = 1
batch = 4
windows_per_track = 1
learning_rate = 1e-3
head_learning_rate = 1e-3
weight_decay = 0.05
warm_up = 0.1
mixup = 0.0
class_weight = 0.5
average = 0.0
patience = 2
[adapter]
kind = "dora"
rank = 2
alpha = 4.0
names = "classifier.2"
"#;

    #[test]
    fn what_cannot_begin_a_training_is_refused_before_it() {
        let folder = TempDir::new().unwrap();
        let hostile = folder.path().join("hostile.pt");
        fs::write(hostile, b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.").unwrap();
        for (start, words) in [
            ("mn10", "run `playlist-fit weights get mn10`"),
            ("no-such", "no file and no weights of this name"),
            ("hostile.pt", "no code in it was run"),
        ] {
            let (code, _, remarks) = run(&folder, UNREACHABLE, &["train", "--start", start]);
            assert_eq!(code, 1, "{remarks}");
            assert!(remarks.contains(words), "{remarks}");
        }
    }

    #[test]
    fn every_listed_file_says_which_architecture_begins_with_it() {
        for weights in pretrained::weights().unwrap() {
            let architecture: Architecture =
                serde_json::from_value(weights.architecture.clone().into()).unwrap();
            // Trained longer, but no other network.
            let name = weights.name.strip_suffix("-ext").unwrap_or(&weights.name);
            assert_eq!(
                (architecture.name(), weights.architecture.as_str()),
                (name, name)
            );
        }
    }

    /// Twelve tracks of noise by twelve artists on two playlists.
    fn write_lists(folder: &TempDir) {
        let mut rows = "path,title,artist,playlists,licence\n".to_owned();
        let mut random = fastrand::Rng::with_seed(2);
        for track in 0..12 {
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: 32_000,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let path = folder.path().join(format!("{track}.wav"));
            let mut writer = hound::WavWriter::create(path, spec).unwrap();
            for _ in 0..64_000 {
                writer.write_sample(random.i16(-9_000..9_000)).unwrap();
            }
            writer.finalize().unwrap();
            let list = ["even", "odd"][track % 2];
            rows.push_str(&format!(
                "{track}.wav,Track {track},Artist {track},{list},CC0-1.0\n"
            ));
        }
        fs::write(folder.path().join("lists.csv"), rows).unwrap();
    }

    #[test]
    fn a_training_begins_with_weights_by_name_and_its_adapters_are_merged_away() {
        let folder = TempDir::new().unwrap();
        write_lists(&folder);
        fs::write(folder.path().join("preset.toml"), PRESET).unwrap();
        let shape = NetworkConfig::new(Architecture::Mn04, [128, 100], 7);
        let start = Network::new(shape, tch::Device::Cpu)
            .unwrap()
            .save()
            .unwrap();
        fs::create_dir_all(weights(&folder)).unwrap();
        fs::write(weights(&folder).join("mn04.safetensors"), &start).unwrap();
        fs::write(weights(&folder).join("mn04.licence.txt"), "by Ann, MIT").unwrap();

        assert_eq!(run(&folder, UNREACHABLE, &["import", "lists.csv"]).0, 0);
        assert_eq!(run(&folder, UNREACHABLE, &["prepare"]).0, 0);
        let train = ["train", "--preset", "preset.toml", "--start", "mn04"];
        let (code, _, remarks) = run(&folder, UNREACHABLE, &train);
        assert_eq!(code, 0, "{remarks}");
        let learn = remarks
            .lines()
            .find(|line| line.ends_with("parameters were trained"))
            .unwrap();
        let numbers: Vec<usize> = learn
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect();
        // Two matrices of rank 2 beside [512, 384], its 512 lengths, and the head.
        let own = 2 * (512 + 384) + 512;
        let head = (512 + 1) * 16 + (16 + 1) * 2;
        assert_eq!(numbers[0], own + head, "{learn}");

        let bundle = folder.path().join("bundle");
        let credits = fs::read_to_string(bundle.join("CREDITS.md")).unwrap();
        assert!(credits.contains("by Ann, MIT"), "{credits}");
        let manifest: Value =
            serde_json::from_str(&fs::read_to_string(bundle.join("bundle.json")).unwrap()).unwrap();
        assert_eq!(manifest["network"].get("adapter"), None);
        let saved = fs::read(bundle.join("weights.safetensors")).unwrap();
        let (saved, start) = (
            SafeTensors::deserialize(&saved).unwrap(),
            SafeTensors::deserialize(&start).unwrap(),
        );
        assert!(saved.names().iter().all(|name| !name.contains("lora")));
        let changed: Vec<String> = start
            .tensors()
            .into_iter()
            .filter(|(name, tensor)| {
                !name.starts_with("classifier.5") && saved.tensor(name).unwrap() != *tensor
            })
            .map(|(name, _)| name)
            .collect();
        assert_eq!(changed, ["classifier.2.weight"]);
        let (code, answer, remarks) = run(
            &folder,
            UNREACHABLE,
            &["fit", "0.wav", "--bundle", "bundle"],
        );
        assert_eq!(code, 0, "{remarks}");
        assert!(answer.contains("even"), "{answer}");
    }
}
