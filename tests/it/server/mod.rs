//! The local page as a user starts it: on a free port, in a folder of the test's own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;

use crate::harness::{Background, LIMIT};

/// Ends with the test.
pub struct Server {
    pub process: Background,
    /// Such as `http://127.0.0.1:40123/`.
    pub address: String,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("playlist-fit"));
        command.args(["serve", "--port", "0"]).current_dir(folder);
        let (process, stdout) = Background::with_stdout(&mut command);
        let (send, lines) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = send.send(line);
        });
        let line = lines
            .recv_timeout(LIMIT)
            .expect("`serve` prints its address");
        let address = line.trim().to_owned();
        assert!(address.starts_with("http://"), "no address: {address:?}");
        Self { process, address }
    }
}

/// A tone of so many seconds, as 16-bit WAV.
pub fn write_tone(path: &Path, seconds: u32, hertz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..seconds * spec.sample_rate {
        let time = f64::from(n) / f64::from(spec.sample_rate);
        let sample = (time * hertz * std::f64::consts::TAU).sin() * 10_000.0;
        writer.write_sample(sample as i16).unwrap();
    }
    writer.finalize().unwrap();
}
