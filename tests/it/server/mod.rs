//! The local page as a user starts it: on a free port, in a folder of the test's own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends with the test, in whatever way.
pub struct Server {
    pub process: Child,
    /// Such as `http://127.0.0.1:40123/`.
    pub address: String,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        let mut process = Command::new(assert_cmd::cargo::cargo_bin("playlist-fit"))
            .args(["serve", "--port", "0"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
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
