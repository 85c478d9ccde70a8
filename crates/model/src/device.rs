//! The text of `--device` to a device that is there, and what networks run on here.

use std::path::PathBuf;

use tch::{Cuda, Device};

use super::ModelError;

/// `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// Where the text is something else, or this libtorch sees no such GPU.
pub fn device(text: &str) -> Result<Device, ModelError> {
    let wrong = |reason: &str| Err(ModelError::Device(text.into(), reason.into()));
    let index = match text {
        "cpu" => return Ok(Device::Cpu),
        "cuda" => Some(0),
        _ => text
            .strip_prefix("cuda:")
            .and_then(|number| number.parse::<usize>().ok()),
    };
    let Some(index) = index else {
        return wrong("not a device; use cpu, cuda or cuda:N");
    };
    let found = usize::try_from(Cuda::device_count()).unwrap_or(0);
    if index >= found {
        return wrong(&format!(
            "{found} GPUs are in sight; use --device cpu, or let the library path point at a libtorch 2.11 with CUDA"
        ));
    }
    Ok(Device::Cuda(index))
}

/// What networks run on here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Threads of one network on the CPU.
    pub threads: usize,
    pub gpus: usize,
    /// The library that was loaded, where the system tells.
    pub libtorch: Option<PathBuf>,
}

pub fn device_info() -> DeviceInfo {
    let counted = |number: i64| usize::try_from(number).unwrap_or_default();
    // Linux: a line for each piece of a loaded library, its path at the end.
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut libraries = maps.split_whitespace();
    DeviceInfo {
        threads: counted(tch::get_num_threads().into()),
        gpus: counted(Cuda::device_count()),
        libtorch: libraries
            .find(|word| word.ends_with("/libtorch_cpu.so"))
            .map(PathBuf::from),
    }
}

/// From now on each network computes on the thread that calls it and no other: for as many networks as there are cores.
pub fn set_single_threaded() {
    tch::set_num_threads(1);
}
