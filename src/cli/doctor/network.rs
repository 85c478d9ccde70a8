//! What only the half that listens can see: libtorch, GPUs, and whether the bundle's network answers.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, anyhow};

use super::{Check, Checks, State};
use crate::cli::terminal::in_words;
use crate::cli::{BundleFolder, listening_half};
use inference::Listener as _;
use model::machine;

/// Starts the half that listens and reads its checks; where it cannot answer, that is the check.
pub fn asked(bundle: Option<&Path>) -> Vec<Check> {
    ask(bundle).unwrap_or_else(|why| {
        vec![Check {
            what: "network".into(),
            state: State::Missing,
            found: in_words(&why),
            next: "run `make setup` and build again, or install both executables beside each other"
                .into(),
        }]
    })
}

fn ask(bundle: Option<&Path>) -> anyhow::Result<Vec<Check>> {
    let program = listening_half()?;
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
    let machine = machine();
    let ready = |what: &str, found: String| Check {
        what: what.into(),
        state: State::Ready,
        found,
        next: String::new(),
    };
    let place = machine.libtorch.map_or_else(
        || "loaded".to_owned(),
        |library| library.display().to_string(),
    );
    let gpus = match machine.gpus {
        0 => Check {
            state: State::Optional,
            next: "training is slow without; `--device cuda` needs a libtorch 2.11 with CUDA"
                .into(),
            ..ready("GPU", "none in sight".into())
        },
        gpus => ready("GPU", format!("{gpus}, for `--device cuda`")),
    };
    let libtorch = ready("libtorch", format!("{place}, {} threads", machine.threads));
    vec![libtorch, gpus, network(bundle)]
}

/// Lets the bundle's network hear a window of silence.
fn network(bundle: Option<&Path>) -> Check {
    let (state, found) = match hears(bundle) {
        Ok(milliseconds) => (
            State::Ready,
            format!("answers, {milliseconds:.0} ms a window on the CPU"),
        ),
        Err(why) => (State::Missing, in_words(&why)),
    };
    Check {
        what: "network".into(),
        state,
        found,
        next: String::new(),
    }
}

fn hears(bundle: Option<&Path>) -> anyhow::Result<f64> {
    let folder = BundleFolder {
        bundle: bundle.map(Into::into),
        device: "cpu".into(),
    };
    let (bundle, network) = folder.open()?;
    let front_end = &bundle.manifest.front_end;
    let silence = vec![front_end.silence(); front_end.window_size()];
    // The first window also sets the network up.
    network.listen(&silence)?;
    let begun = Instant::now();
    network.listen(&silence)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
