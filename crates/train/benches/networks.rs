//! Inference and one training step (forward, binary cross-entropy, backward, AdamW) of the networks: one line of JSON
//! each, the median over rounds. `scripts/peer/networks.py` times PyTorch at the same sizes from these lines:
//!
//! ```text
//! OMP_NUM_THREADS=2 cargo bench --bench networks > ours.jsonl && python scripts/peer/networks.py ours.jsonl
//! ```
//!
//! By environment: `NETWORKS` (names with commas between), `DEVICE` (`cpu`, `cuda`, `cuda:N`), `PRECISION` (`f32`,
//! `bf16`), `BATCH`, `ROUNDS`, `STEPS` (in a round), `WINDOW_SECONDS` (of a window, instead of the front end's own).
//! `--check` compares outputs instead: f32 on the CPU with this device and precision, same weights, same windows.
//! `--loader` times the making of windows from clips instead, on all cores (`RAYON_NUM_THREADS` sets how many): as they
//! are, and with the augmentation of the network's preset.
//! A plain program and no criterion: what it prints is read by the peer, and it is carried to machines without cargo.

use model::tch;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use features::mel::FrontEnd;
use inference::{Architecture, NetworkConfig};
use mimalloc::MiMalloc;
use model::tch::{Cuda, Device, Kind, Reduction, Tensor};
use model::{Network, Precision, autocast};
use playlist_fit_train::{AdamW, Augmentation, ClipWindows, TrainConfig, WindowSource};
use prepare::{ClipStore, wav};
use serde_json::json;

/// As in `playlist-fit-train`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Number of trainable playlists in the recorded ones.
const PLAYLISTS: usize = 82;
/// Clips in the loader's benchmark.
const CLIPS: usize = 16;
const ALL: &str = "mn04,stern-cnn,resnet18,short-chunk-cnn,ast-small,ast";
/// Of each output, beside the largest; bfloat16 keeps three digits.
const TOLERANCES: [(Precision, f64); 2] = [(Precision::F32, 1e-3), (Precision::Bf16, 5e-2)];

struct BenchSettings {
    networks: Vec<String>,
    device: Device,
    precision: Precision,
    batch: usize,
    rounds: usize,
    steps: usize,
    seconds: Option<f64>,
}

impl BenchSettings {
    fn from_environment() -> anyhow::Result<Self> {
        let text =
            |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let count = |name: &str, default: &str| -> anyhow::Result<usize> {
            let text = text(name, default);
            let count = text.parse().with_context(|| format!("{name}={text}"))?;
            ensure!(count > 0, "{name} is at least 1");
            Ok(count)
        };
        let seconds = std::env::var("WINDOW_SECONDS")
            .ok()
            .filter(|text| !text.is_empty());
        let precision = match text("PRECISION", "f32").as_str() {
            "f32" => Precision::F32,
            "bf16" => Precision::Bf16,
            other => bail!("PRECISION={other}: it is f32 or bf16"),
        };
        Ok(Self {
            networks: text("NETWORKS", ALL)
                .split(',')
                .map(str::to_owned)
                .collect(),
            device: model::device(&text("DEVICE", "cpu"))?,
            precision,
            batch: count("BATCH", "8")?,
            rounds: count("ROUNDS", "3")?,
            steps: count("STEPS", "1")?,
            seconds: seconds
                .map(|text| text.parse())
                .transpose()
                .context("WINDOW_SECONDS")?,
        })
    }
}

fn main() -> anyhow::Result<()> {
    let settings = BenchSettings::from_environment()?;
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (check, loader) = (asked("--check"), asked("--loader"));
    for name in &settings.networks {
        match serde_json::from_value::<Architecture>(json!(name)) {
            Ok(architecture) if check => compare(architecture, &settings)?,
            Ok(architecture) if loader => load(architecture, &settings)?,
            Ok(architecture) => measure(architecture, &settings)?,
            Err(_) => eprintln!("{name}: unknown network; skipped"),
        }
    }
    Ok(())
}

fn front_end(architecture: Architecture, settings: &BenchSettings) -> FrontEnd {
    let own = architecture.front_end();
    FrontEnd {
        window_seconds: settings.seconds.unwrap_or(own.window_seconds),
        ..own
    }
}

fn shape(architecture: Architecture, settings: &BenchSettings) -> NetworkConfig {
    let front_end = front_end(architecture, settings);
    NetworkConfig::new(
        architecture,
        [front_end.n_mels, front_end.window_frames()],
        PLAYLISTS,
    )
}

/// Windows and targets, the same on every device.
fn batch(shape: &NetworkConfig, settings: &BenchSettings) -> (Tensor, Tensor) {
    tch::manual_seed(2);
    let on_cpu = (Kind::Float, Device::Cpu);
    let [count, bands, frames, playlists] =
        [settings.batch, shape.n_mels, shape.frames, shape.playlists].map(|size| size as i64);
    let windows = Tensor::randn([count, 1, bands, frames], on_cpu);
    let targets = (Tensor::rand([count, playlists], on_cpu).lt(0.05)).to_kind(Kind::Float);
    (
        windows.to_device(settings.device),
        targets.to_device(settings.device),
    )
}

fn logits(
    network: &Network,
    windows: &Tensor,
    precision: Precision,
    training: bool,
) -> anyhow::Result<Tensor> {
    let logits = autocast(precision, network.device(), || {
        let hidden = network.features(windows, training).hidden;
        network.head().forward(&hidden, training)
    })?;
    Ok(logits)
}

fn step(
    network: &Network,
    optimiser: &mut AdamW,
    (windows, targets): (&Tensor, &Tensor),
    precision: Precision,
) -> anyhow::Result<Tensor> {
    let none: Option<&Tensor> = None;
    let loss = logits(network, windows, precision, true)?
        .f_to_kind(Kind::Float)?
        .f_binary_cross_entropy_with_logits(targets, none, none, Reduction::Mean)?;
    optimiser.zero_grad()?;
    loss.f_backward()?;
    optimiser.step(1.0)?;
    Ok(loss)
}

fn measure(architecture: Architecture, settings: &BenchSettings) -> anyhow::Result<()> {
    let shape = shape(architecture, settings);
    tch::manual_seed(1);
    let network = Network::new(shape.clone(), settings.device)?;
    let (windows, targets) = batch(&shape, settings);
    let precision = settings.precision;
    let mut optimiser = AdamW::new(&network.variables(), 0.01, |_| 1e-4);
    let inference = median(settings, || {
        let _ = tch::no_grad(|| logits(&network, &windows, precision, false))?;
        Ok(())
    })?;
    let training = median(settings, || {
        let _ = step(&network, &mut optimiser, (&windows, &targets), precision)?;
        Ok(())
    })?;
    for (stage, seconds) in [("inference", inference), ("step", training)] {
        let line = json!({
            "network": architecture.name(),
            "stage": stage,
            "device": if settings.device.is_cuda() { "cuda" } else { "cpu" },
            "precision": precision,
            "batch": settings.batch,
            "bands": shape.n_mels,
            "frames": shape.frames,
            "playlists": shape.playlists,
            "threads": tch::get_num_threads(),
            "rounds": settings.rounds,
            "steps": settings.steps,
            "seconds": seconds,
            "windows_per_second": settings.batch as f64 / seconds,
            "peak_host_bytes": peak_host_bytes(),
        });
        println!("{line}");
    }
    Ok(())
}

/// Windows a second of the input pipeline, from clips that are mapped and decoded already.
fn load(architecture: Architecture, settings: &BenchSettings) -> anyhow::Result<()> {
    let front_end = front_end(architecture, settings);
    let folder = tempfile::tempdir()?;
    let store = ClipStore::new(folder.path(), front_end.sample_rate_hz);
    let mut random = fastrand::Rng::with_seed(1);
    let clip = |place: usize| {
        let (name, file) = (format!("clip-{place}"), folder.path().join("source.wav"));
        let samples = noise(front_end.sample_rate_hz, place as u64);
        let bytes = wav(&samples, front_end.sample_rate_hz).map_err(anyhow::Error::msg)?;
        std::fs::write(&file, bytes)?;
        store.add(&name, &file)?;
        anyhow::Ok(store.open(&name)?)
    };
    let clips = (0..CLIPS).map(clip).collect::<anyhow::Result<Vec<_>>>()?;
    let preset = TrainConfig::load(architecture.name());
    let preset = preset.map(|preset| preset.augment).unwrap_or_default();
    let mut source = ClipWindows {
        front_end,
        clips,
        augmentation: Augmentation::default(),
    };
    let tracks: Vec<usize> = (0..settings.batch).map(|place| place % CLIPS).collect();
    for augmentation in [Augmentation::default(), preset] {
        let augmented = augmentation != Augmentation::default();
        source.augmentation = augmentation;
        let seconds = median(settings, || {
            std::hint::black_box(source.random_windows(&tracks, &mut random));
            Ok(())
        })?;
        let line = json!({
            "network": architecture.name(),
            "stage": "loader",
            "augmented": augmented,
            "threads": rayon::current_num_threads(),
            "batch": settings.batch,
            "seconds": seconds,
            "windows_per_second": settings.batch as f64 / seconds,
        });
        println!("{line}");
    }
    Ok(())
}

/// A clip of half a minute; the pipeline takes as long for it as for music.
fn noise(rate: u32, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..rate * 30).map(|_| random.f32() - 0.5).collect()
}

/// Seconds that one call takes, after a round that warms up.
fn median(
    settings: &BenchSettings,
    mut call: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..=settings.rounds {
        wait(settings.device);
        let start = Instant::now();
        for _ in 0..settings.steps {
            call()?;
        }
        wait(settings.device);
        times.push(start.elapsed().as_secs_f64() / settings.steps as f64);
    }
    let times = &mut times[1..];
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn wait(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}

/// The most memory that this process has held so far, where the system says so.
fn peak_host_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// Logits, and the loss of three training steps, beside those of the CPU in single precision.
fn compare(architecture: Architecture, settings: &BenchSettings) -> anyhow::Result<()> {
    let shape = shape(architecture, settings);
    tch::manual_seed(1);
    let reference = Network::new(shape.clone(), Device::Cpu)?;
    let mut network = Network::new(shape.clone(), settings.device)?;
    network.load(&reference.save()?, "the CPU's".as_ref())?;
    let (windows, targets) = batch(&shape, settings);
    let predict = |network: &Network, precision: Precision| -> anyhow::Result<Vec<f64>> {
        let (windows, targets) = (
            windows.to_device(network.device()),
            targets.to_device(network.device()),
        );
        let output = tch::no_grad(|| logits(network, &windows, precision, false))?;
        let mut numbers = Vec::<f64>::try_from(output.to_kind(Kind::Double).flatten(0, -1))?;
        let mut optimiser = AdamW::new(&network.variables(), 0.01, |_| 1e-4);
        for _ in 0..3 {
            let loss = step(network, &mut optimiser, (&windows, &targets), precision)?;
            numbers.push(loss.double_value(&[]));
        }
        Ok(numbers)
    };
    let (wanted, found) = (
        predict(&reference, Precision::F32)?,
        predict(&network, settings.precision)?,
    );
    let off = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs();
    let off = wanted.iter().zip(&found).map(off).fold(0.0, f64::max);
    let largest = wanted.iter().copied().map(f64::abs).fold(0.0, f64::max);
    let tolerance = TOLERANCES
        .iter()
        .find(|known| known.0 == settings.precision)
        .map_or(0.0, |known| known.1);
    let line = json!({
        "network": architecture.name(),
        "stage": "check",
        "device": if settings.device.is_cuda() { "cuda" } else { "cpu" },
        "precision": settings.precision,
        "losses": found[found.len() - 3..],
        "off": off / largest,
        "tolerance": tolerance,
    });
    println!("{line}");
    // `f64::max` ignores NaN.
    ensure!(
        found.iter().all(|number| number.is_finite()) && off <= tolerance * largest,
        "{}: the outputs differ from the CPU's",
        architecture.name()
    );
    Ok(())
}
