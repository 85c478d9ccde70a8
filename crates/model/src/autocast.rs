//! Mixed precision: while a closure runs, libtorch computes matrix products and convolutions in bfloat16 and keeps the
//! weights, and what needs the range, in single precision (Micikevicius et al. 2018, with bfloat16 in the place of half,
//! so without loss scaling). `torch.autocast` of PyTorch.

use serde::{Deserialize, Serialize};
use tch::Device;

use super::ModelError;
use super::glue::{Status, invalid};

/// In what a network computes; its weights and their gradients are of single precision in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Eight bits of mantissa, the range of single precision.
    Bf16,
}

/// Runs a forward pass in this precision on this device, and returns what `run` returns. Backward belongs outside: the
/// graph stores the dtypes. Calls can be nested: inside bf16, f32 is single precision again.
///
/// # Errors
/// [`ModelError::Tensors`] if the device is neither the CPU nor CUDA, [`ModelError::Torch`] if libtorch has no autocast
/// for it; `run` is not called then.
pub fn autocast<T>(
    precision: Precision,
    device: Device,
    run: impl FnOnce() -> T,
) -> Result<T, ModelError> {
    let _guard = Guard::new(precision, device)?;
    Ok(run())
}

const AUTOCAST: &str = "autocast";

/// Autocast is set while this value lives; dropping it restores the previous state, after a panic too.
struct Guard {
    cuda: bool,
    before: Autocast,
}

/// `PlaylistFitAutocast` of `autocast.cpp`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Autocast {
    enabled: bool,
    dtype: i8,
}

// SAFETY: the signatures equal those of `autocast.cpp`, which `build.rs` compiles from this folder. Both functions only read
// and set this thread's state of libtorch, and no C++ exception leaves them.
unsafe extern "C" {
    /// `before` is null or points to a writable value; the C++ side rejects null.
    fn playlist_fit_autocast_enter(cuda: bool, bf16: bool, before: *mut Autocast) -> Status;
    safe fn playlist_fit_autocast_leave(cuda: bool, before: Autocast) -> Status;
}

impl Guard {
    fn new(precision: Precision, device: Device) -> Result<Self, ModelError> {
        let cuda = match device {
            Device::Cpu => false,
            Device::Cuda(_) => true,
            other => {
                let reason = format!("device {other:?}, expected Cpu or Cuda");
                return Err(invalid(AUTOCAST, reason));
            }
        };
        let mut before = Autocast::default();
        let bf16 = precision == Precision::Bf16;
        // SAFETY: `before` is a live local of the same layout, written only during the call.
        let status = unsafe { playlist_fit_autocast_enter(cuda, bf16, &raw mut before) };
        status.check(AUTOCAST)?;
        Ok(Self { cuda, before })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let status = playlist_fit_autocast_leave(self.cuda, self.before);
        // Unreachable: enter has set the same values on the same device type.
        if let Err(error) = status.check(AUTOCAST) {
            tracing::error!("{error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use super::*;
    use crate::Network;
    use inference::{Architecture, NetworkConfig};

    fn product() -> Kind {
        let matrix = Tensor::eye(4, (Kind::Float, Device::Cpu));
        matrix.matmul(&matrix).kind()
    }

    #[test]
    fn products_are_bf16_inside_alone_and_f32_can_be_nested() {
        let bf16 = |run: &dyn Fn() -> Kind| autocast(Precision::Bf16, Device::Cpu, run).unwrap();
        assert_eq!(product(), Kind::Float);
        assert_eq!(bf16(&product), Kind::BFloat16);
        let nested = || autocast(Precision::F32, Device::Cpu, product).unwrap();
        assert_eq!(bf16(&nested), Kind::Float);
        let after_nested = || {
            nested();
            product()
        };
        assert_eq!(bf16(&after_nested), Kind::BFloat16);
        assert_eq!(product(), Kind::Float);
    }

    #[test]
    fn a_panic_leaves_autocast_as_it_was() {
        let panicking = || {
            autocast(Precision::Bf16, Device::Cpu, || {
                std::panic::resume_unwind(Box::new("on purpose"));
            })
            .unwrap();
        };
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert_eq!(product(), Kind::Float);
    }

    #[test]
    fn another_device_is_an_error_and_leaves_autocast_as_it_was() {
        let error = autocast(Precision::Bf16, Device::Mps, product).unwrap_err();
        assert!(matches!(error, ModelError::Tensors { .. }), "{error}");
        assert_eq!(product(), Kind::Float);
    }

    #[test]
    fn null_and_an_unknown_dtype_are_errors() {
        // SAFETY: the C++ side rejects null before it writes.
        let status = unsafe { playlist_fit_autocast_enter(false, true, std::ptr::null_mut()) };
        let error = status.check(AUTOCAST).unwrap_err();
        assert!(matches!(error, ModelError::Tensors { .. }), "{error}");
        let unknown = Autocast {
            enabled: true,
            dtype: -1,
        };
        let status = playlist_fit_autocast_leave(false, unknown);
        assert!(status.check(AUTOCAST).is_err());
        assert_eq!(product(), Kind::Float);
    }

    /// Logits of about 1 differ by less than 0.05: bfloat16 keeps three digits, and errors add up over four layers.
    #[test]
    fn logits_are_near_those_of_f32_and_gradients_stay_f32() {
        tch::manual_seed(3);
        let shape = NetworkConfig::new(Architecture::SternCnn, [16, 32], 5);
        let network = Network::new(shape, Device::Cpu).unwrap();
        let windows = Tensor::randn([4, 1, 16, 32], (Kind::Float, Device::Cpu));
        let logits = |precision| {
            autocast(precision, Device::Cpu, || {
                let hidden = network.features(&windows, false).hidden;
                network.head().forward(&hidden, false)
            })
            .unwrap()
        };
        let (exact, rounded) = (logits(Precision::F32), logits(Precision::Bf16));
        assert_eq!(
            (exact.kind(), rounded.kind()),
            (Kind::Float, Kind::BFloat16)
        );
        let off = (exact - &rounded).abs().max().double_value(&[]);
        assert!(off > 0.0 && off < 0.05, "off by {off}");
        rounded
            .to_kind(Kind::Float)
            .square()
            .sum(Kind::Float)
            .backward();
        for (name, variable) in network.variables() {
            let kinds = (variable.kind(), variable.grad().kind());
            assert_eq!(kinds, (Kind::Float, Kind::Float), "{name}");
        }
    }
}
