//! Parses `--device`, and describes the devices of this machine.

use std::path::PathBuf;

use tch::{Cuda, Device};

use super::ModelError;

/// Parses `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// Returns an error for another text, or if libtorch does not find the GPU.
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

/// The devices and the libtorch of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Threads of one network on the CPU.
    pub threads: usize,
    /// Number of CUDA devices.
    pub gpus: usize,
    /// Path of the loaded library; `None` if the system does not tell.
    pub libtorch: Option<PathBuf>,
}

/// Queries libtorch and, on Linux, the loaded libraries.
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

/// Makes every network compute on its calling thread only, for one network per core.
pub fn set_single_threaded() {
    tch::set_num_threads(1);
}
