//! Mixed precision: while a closure runs, libtorch computes matrix products and convolutions in bfloat16 and keeps the
//! weights, and what needs the range, in single precision (Micikevicius et al. 2018, with bfloat16 in the place of half,
//! so without loss scaling). `torch.autocast` of PyTorch.

use serde::{Deserialize, Serialize};
use tch::Device;

/// In what a network computes; its weights and their gradients are of single precision in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    #[default]
    F32,
    /// Eight bits of mantissa, the range of single precision.
    Bf16,
}

/// Runs a forward pass in this precision on this device, which is the CPU or a CUDA GPU; backward belongs outside, as
/// the graph remembers its types. May be nested: inside bf16, f32 is single precision again.
pub fn autocast<T>(precision: Precision, device: Device, run: impl FnOnce() -> T) -> T {
    let _entered = Entered::new(precision, device);
    run()
}

/// While it lives, autocast is as wanted; its end brings back what was before, after a panic too.
struct Entered {
    cuda: bool,
    before: Autocast,
}

/// As in `autocast.cpp`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Autocast {
    enabled: bool,
    dtype: i8,
}

// SAFETY: the signatures are those of `autocast.cpp`, which `build.rs` compiles beside this file. Both functions only
// read and set libtorch's state of this thread, take plain values, and let no C++ exception out.
unsafe extern "C" {
    safe fn playlist_fit_autocast_enter(cuda: bool, bf16: bool) -> Autocast;
    safe fn playlist_fit_autocast_leave(cuda: bool, before: Autocast);
}

impl Entered {
    fn new(precision: Precision, device: Device) -> Self {
        let cuda = device.is_cuda();
        Self {
            cuda,
            before: playlist_fit_autocast_enter(cuda, precision == Precision::Bf16),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        playlist_fit_autocast_leave(self.cuda, self.before);
    }
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use super::*;
    use crate::Network;
    use inference::{Architecture, NetworkShape};

    fn product() -> Kind {
        let matrix = Tensor::eye(4, (Kind::Float, Device::Cpu));
        matrix.matmul(&matrix).kind()
    }

    #[test]
    fn products_are_bf16_inside_alone_and_f32_can_be_nested() {
        let bf16 = |run: &dyn Fn() -> Kind| autocast(Precision::Bf16, Device::Cpu, run);
        assert_eq!(product(), Kind::Float);
        assert_eq!(bf16(&product), Kind::BFloat16);
        let nested = || autocast(Precision::F32, Device::Cpu, product);
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
            });
        };
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert_eq!(product(), Kind::Float);
    }

    /// Logits of about 1 differ by less than 0.05: bfloat16 keeps three digits, and errors add up over four layers.
    #[test]
    fn logits_are_near_those_of_f32_and_gradients_stay_f32() {
        tch::manual_seed(3);
        let shape = NetworkShape::plain(Architecture::SternCnn, [16, 32], 5);
        let network = Network::new(shape, Device::Cpu).unwrap();
        let windows = Tensor::randn([4, 1, 16, 32], (Kind::Float, Device::Cpu));
        let logits = |precision| {
            autocast(precision, Device::Cpu, || {
                let hidden = network.features(&windows, false).hidden;
                network.head().forward(&hidden, false)
            })
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
