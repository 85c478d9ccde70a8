//! What the convolutional architectures share: batch normalisation, the convolution that it follows, and kernels whose
//! sides differ.

use std::ffi::{CStr, c_char};

use tch::Tensor;
use tch::nn::init::DEFAULT_KAIMING_UNIFORM;
use tch::nn::{self, ConvConfigND, Init, PaddingMode, Path};
use torch_sys::C_tensor;

/// PyTorch's defaults.
const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Batch normalisation (Ioffe and Szegedy 2015) as `torch.nn.BatchNorm1d` and `BatchNorm2d`.
#[derive(Debug)]
pub struct BatchNorm {
    scale: Tensor,
    shift: Tensor,
    running_mean: Tensor,
    running_variance: Tensor,
    epsilon: f64,
}

impl BatchNorm {
    pub fn new(path: &Path, channels: i64) -> Self {
        Self {
            scale: path.var("weight", &[channels], Init::Const(1.0)),
            shift: path.var("bias", &[channels], Init::Const(0.0)),
            running_mean: path.zeros_no_train("running_mean", &[channels]),
            running_variance: path.ones_no_train("running_var", &[channels]),
            epsilon: EPSILON,
        }
    }

    /// With another number than PyTorch's beneath the root.
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// `[batch, channels, …]` to the same shape. When training by the batch, whose statistics the running ones then
    /// follow; but a single value a channel has no spread and would make them not a number, so it goes by them instead.
    pub fn forward(&self, map: &Tensor, training: bool) -> Tensor {
        let values = map.numel() / self.running_mean.numel().max(1);
        map.batch_norm(
            Some(&self.scale),
            Some(&self.shift),
            Some(&self.running_mean),
            Some(&self.running_variance),
            training && values > 1,
            MOMENTUM,
            self.epsilon,
            true,
        )
    }

    /// A single channel's values as they were before the running statistics took their mean and spread away.
    pub fn undo(&self, map: &Tensor) -> Tensor {
        map * self.deviation() + &self.running_mean
    }

    fn deviation(&self) -> Tensor {
        (&self.running_variance + self.epsilon).sqrt()
    }
}

/// A convolution over one or two sides, and batch normalisation of what comes out.
#[derive(Debug)]
pub struct ConvNorm {
    weight: Tensor,
    bias: Option<Tensor>,
    stride: Vec<i64>,
    padding: Vec<i64>,
    groups: i64,
    norm: BatchNorm,
}

impl ConvNorm {
    pub fn new<const SIDES: usize>(
        convolution: Path,
        norm: BatchNorm,
        [inputs, outputs]: [i64; 2],
        kernel: [i64; SIDES],
        config: ConvConfigND<[i64; SIDES]>,
    ) -> Self {
        let convolution = nn::conv(convolution, inputs, outputs, kernel, config);
        Self {
            weight: convolution.ws,
            bias: convolution.bs,
            stride: config.stride.into(),
            padding: config.padding.into(),
            groups: config.groups,
            norm,
        }
    }

    /// `[batch, inputs, …]` to `[batch, outputs, …]`; `training` as in [`BatchNorm::forward`]. When not, the normalisation
    /// is a factor and a shift for each channel, and goes into the weights: the map is passed over once less, and where
    /// nothing is to be learned from it, only once in all.
    pub fn forward(&self, map: &Tensor, activation: Activation, training: bool) -> Tensor {
        if training {
            let map = self.convolve(map, &self.weight, self.bias.as_ref());
            return activation.of(self.norm.forward(&map, true));
        }
        let factor = &self.norm.scale / self.norm.deviation();
        let mut each = vec![1; self.weight.dim()];
        each[0] = -1;
        let weight = &self.weight * factor.view(each.as_slice());
        let below = match &self.bias {
            Some(bias) => &self.norm.running_mean - bias,
            None => self.norm.running_mean.shallow_clone(),
        };
        let bias = &self.norm.shift - below * factor;
        self.convolve_at_once(map, &weight, &bias, activation)
            .unwrap_or_else(|| activation.of(self.convolve(map, &weight, Some(&bias))))
    }

    /// By the operators that autocast knows: it passes the general `convolution` by.
    fn convolve(&self, map: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
        let dilation = vec![1; self.stride.len()];
        let (stride, padding) = (&self.stride, &self.padding);
        match self.stride.len() {
            1 => map.conv1d(weight, bias, stride, padding, &dilation, self.groups),
            _ => map.conv2d(weight, bias, stride, padding, &dilation, self.groups),
        }
    }

    /// On the CPU and without a graph, in the precision of autocast; none elsewhere.
    fn convolve_at_once(
        &self,
        map: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        activation: Activation,
    ) -> Option<Tensor> {
        // SAFETY: the tensors live, and stride and padding have as many sides as are said.
        let convolved = unsafe {
            playlist_fit_convolve(
                map.as_ptr(),
                weight.as_ptr(),
                bias.as_ptr(),
                self.stride.as_ptr(),
                self.padding.as_ptr(),
                self.stride.len(),
                self.groups,
                activation.name().as_ptr(),
            )
        };
        // SAFETY: a tensor that nobody else has.
        (!convolved.is_null()).then(|| unsafe { Tensor::from_ptr(convolved) })
    }
}

// SAFETY: the signature is that of `convolution.cpp`, which `build.rs` compiles beside this file; no C++ exception comes out.
unsafe extern "C" {
    fn playlist_fit_convolve(
        map: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        stride: *const i64,
        padding: *const i64,
        sides: usize,
        groups: i64,
        activation: *const c_char,
    ) -> *mut C_tensor;
}

/// What follows a normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    None,
    Relu,
    HardSwish,
}

impl Activation {
    /// Writes over the map.
    fn of(self, mut map: Tensor) -> Tensor {
        match self {
            Self::None => map,
            Self::Relu => map.relu_(),
            Self::HardSwish => map.hardswish_(),
        }
    }

    /// As oneDNN's glue in libtorch calls it.
    fn name(self) -> &'static CStr {
        match self {
            Self::None => c"none",
            Self::Relu => c"relu",
            Self::HardSwish => c"hardswish",
        }
    }
}

/// PyTorch's defaults, but for the stride of all sides and the padding of each.
pub fn config<const SIDES: usize>(
    stride: i64,
    padding: [i64; SIDES],
) -> ConvConfigND<[i64; SIDES]> {
    ConvConfigND {
        stride: [stride; SIDES],
        padding,
        dilation: [1; SIDES],
        groups: 1,
        bias: true,
        ws_init: DEFAULT_KAIMING_UNIFORM,
        bs_init: Init::Const(0.0),
        padding_mode: PaddingMode::Zeros,
    }
}

#[cfg(test)]
mod tests {
    use tch::nn::VarStore;
    use tch::{Device, Kind};

    use super::*;
    use crate::model::golden::{assert_near, follow_the_rule, uniform};
    use crate::model::{Precision, autocast};

    /// The same by three ways: one after the other, folded into the weights, and at once.
    fn agrees<const SIDES: usize>(
        kernel: [i64; SIDES],
        groups: i64,
        bias: bool,
        activation: Activation,
    ) {
        let store = VarStore::new(Device::Cpu);
        let root = store.root();
        let config = ConvConfigND {
            groups,
            bias,
            ..config(2, kernel.map(|side| side / 2))
        };
        let norm = BatchNorm::new(&(&root / "norm"), 16).with_epsilon(1e-3);
        let convolution = ConvNorm::new(&root / "conv", norm, [8, 16], kernel, config);
        follow_the_rule(store.variables());
        let size: Vec<i64> = [3, 8].into_iter().chain([21; SIDES]).collect();
        let map = uniform(1 << 20, &size).to_kind(Kind::Float);
        let what = format!("{kernel:?} {groups} {bias} {activation:?}");

        let folded = convolution.forward(&map, activation, false);
        let plain = convolution.convolve(&map, &convolution.weight, convolution.bias.as_ref());
        let plain = activation.of(convolution.norm.forward(&plain, false));
        assert_near(&folded, &plain, 1e-5, &what);
        assert!(folded.requires_grad(), "{what}");

        let weight = convolution.weight.detach();
        let shift = convolution.norm.shift.detach();
        let at_once =
            |weight: &Tensor| convolution.convolve_at_once(&map, weight, &shift, activation);
        assert!(at_once(&weight).is_none(), "{what}: with a graph");
        tch::no_grad(|| {
            assert_near(
                &convolution.forward(&map, activation, false),
                &plain,
                1e-5,
                &what,
            );
            assert!(at_once(&weight).is_some(), "{what}");
            assert!(at_once(&weight.transpose(0, 1)).is_none(), "{what}: faulty");
        });

        // Last, because training moves the statistics.
        let bf16 = |training| {
            let heard = autocast(Precision::Bf16, Device::Cpu, || {
                convolution.forward(&map, activation, training)
            })
            .unwrap();
            if !training {
                assert_near(&heard.to_kind(Kind::Float), &plain, 0.02, &what);
            }
            heard.kind()
        };
        for training in [false, true] {
            assert_eq!(bf16(training), Kind::BFloat16, "{what}");
            assert_eq!(tch::no_grad(|| bf16(training)), Kind::BFloat16, "{what}");
        }
    }

    #[test]
    fn a_normalisation_folded_into_its_convolution_says_the_same() {
        for activation in [Activation::None, Activation::Relu, Activation::HardSwish] {
            for bias in [false, true] {
                agrees([3, 5], 1, bias, activation);
                agrees([3, 3], 8, bias, activation);
                agrees([1, 1], 1, bias, activation);
                agrees([7], 1, bias, activation);
            }
        }
    }
}
