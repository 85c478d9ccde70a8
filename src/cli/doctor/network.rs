//! Checks that need libtorch: its path, GPUs, and a run of the bundle's network.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, anyhow};

use super::{Check, Checks, State};
use crate::cli::output::format_error;
use crate::cli::{BundleFolder, training_binary};
use inference::Predictor as _;
use model::device_info;

/// Starts `playlist-fit-train doctor` and reads its checks. A failure to start is the check `network`.
pub fn run_training_binary(bundle: Option<&Path>) -> Vec<Check> {
    read_checks(bundle).unwrap_or_else(|reason| {
        vec![Check {
            what: "network".into(),
            state: State::Missing,
            found: format_error(&reason),
            next: "run `make setup` and build again, or install both executables in one folder"
                .into(),
        }]
    })
}

fn read_checks(bundle: Option<&Path>) -> anyhow::Result<Vec<Check>> {
    let program = training_binary()?;
    let mut command = Command::new(&program);
    command.args(["doctor", "--json"]);
    if let Some(folder) = bundle {
        command.arg("--bundle").arg(folder);
    }
    let output = command
        .output()
        .with_context(|| program.display().to_string())?;
    let checks: Checks = serde_json::from_slice(&output.stdout).map_err(|_| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        anyhow!("{} does not run: {}", program.display(), stderr.trim())
    })?;
    Ok(checks.checks)
}

pub fn checks(bundle: Option<&Path>) -> Vec<Check> {
    let device_info = device_info();
    let ready = |what: &str, found: String| Check {
        what: what.into(),
        state: State::Ready,
        found,
        next: String::new(),
    };
    let path = device_info.libtorch.map_or_else(
        || "loaded".to_owned(),
        |library| library.display().to_string(),
    );
    let gpus = match device_info.gpus {
        0 => Check {
            state: State::Optional,
            next: "training is slow without one; `--device cuda` needs a libtorch 2.11 with CUDA"
                .into(),
            ..ready("GPU", "none found".into())
        },
        gpus => ready("GPU", format!("{gpus}, for `--device cuda`")),
    };
    let libtorch = ready(
        "libtorch",
        format!("{path}, {} threads", device_info.threads),
    );
    vec![libtorch, gpus, network(bundle)]
}

/// Runs the bundle's network on a window of silence.
fn network(bundle: Option<&Path>) -> Check {
    let (state, found) = match check_inference(bundle) {
        Ok(milliseconds) => (
            State::Ready,
            format!("works, {milliseconds:.0} ms per window on the CPU"),
        ),
        Err(reason) => (State::Missing, format_error(&reason)),
    };
    Check {
        what: "network".into(),
        state,
        found,
        next: String::new(),
    }
}

fn check_inference(bundle: Option<&Path>) -> anyhow::Result<f64> {
    let folder = BundleFolder {
        bundle: bundle.map(Into::into),
        device: "cpu".into(),
    };
    let (bundle, network) = folder.open()?;
    let front_end = &bundle.manifest.front_end;
    let silence = vec![front_end.silence(); front_end.window_size()];
    // The first call also initialises libtorch.
    network.predict(&silence)?;
    let begun = Instant::now();
    network.predict(&silence)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
