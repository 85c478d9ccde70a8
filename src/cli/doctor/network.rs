//! What only the half that listens can see: libtorch, GPUs, and whether the bundle's network answers.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, anyhow};

use super::{Check, Checks, State};
use crate::cli::output::format_error;
use crate::cli::{BundleFolder, training_binary};
use inference::Predictor as _;
use model::device_info;

/// Starts the half that listens and reads its checks; where it cannot answer, that is the check.
pub fn asked(bundle: Option<&Path>) -> Vec<Check> {
    ask(bundle).unwrap_or_else(|reason| {
        vec![Check {
            what: "network".into(),
            state: State::Missing,
            found: format_error(&reason),
            next: "run `make setup` and build again, or install both executables beside each other"
                .into(),
        }]
    })
}

fn ask(bundle: Option<&Path>) -> anyhow::Result<Vec<Check>> {
    let program = training_binary()?;
    let mut command = Command::new(&program);
    command.args(["doctor", "--json"]);
    if let Some(folder) = bundle {
        command.arg("--bundle").arg(folder);
    }
    let output = command
        .output()
        .with_context(|| program.display().to_string())?;
    let answer: Checks = serde_json::from_slice(&output.stdout).map_err(|_| {
        let words = String::from_utf8_lossy(&output.stderr);
        anyhow!("{} does not run: {}", program.display(), words.trim())
    })?;
    Ok(answer.checks)
}

pub fn checks(bundle: Option<&Path>) -> Vec<Check> {
    let device_info = device_info();
    let ready = |what: &str, found: String| Check {
        what: what.into(),
        state: State::Ready,
        found,
        next: String::new(),
    };
    let place = device_info.libtorch.map_or_else(
        || "loaded".to_owned(),
        |library| library.display().to_string(),
    );
    let gpus = match device_info.gpus {
        0 => Check {
            state: State::Optional,
            next: "training is slow without; `--device cuda` needs a libtorch 2.11 with CUDA"
                .into(),
            ..ready("GPU", "none in sight".into())
        },
        gpus => ready("GPU", format!("{gpus}, for `--device cuda`")),
    };
    let libtorch = ready(
        "libtorch",
        format!("{place}, {} threads", device_info.threads),
    );
    vec![libtorch, gpus, network(bundle)]
}

/// Lets the bundle's network hear a window of silence.
fn network(bundle: Option<&Path>) -> Check {
    let (state, found) = match check_inference(bundle) {
        Ok(milliseconds) => (
            State::Ready,
            format!("answers, {milliseconds:.0} ms a window on the CPU"),
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
    // The first window also sets the network up.
    network.predict(&silence)?;
    let begun = Instant::now();
    network.predict(&silence)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
