//! What the convolutional architectures share: batch normalisation, the convolution that it follows, and kernels whose
//! sides differ.

use std::ptr;

use tch::Tensor;
use tch::nn::init::DEFAULT_KAIMING_UNIFORM;
use tch::nn::{self, ConvConfigND, Init, PaddingMode, Path};
use torch_sys::C_tensor;

use super::ModelError;
use super::glue::{Status, TensorPtr, invalid};

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

    /// With another epsilon than PyTorch's default.
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// `[batch, channels, …]` to the same shape. In training it uses the batch statistics and updates the running
    /// ones; a single value per channel has no variance and would make them NaN, so it is normalised by the running ones.
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
    pub fn denormalise(&self, map: &Tensor) -> Tensor {
        map * self.deviation() + &self.running_mean
    }

    fn deviation(&self) -> Tensor {
        (&self.running_variance + self.epsilon).sqrt()
    }
}

/// A convolution over one or two axes, and batch normalisation of its output.
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

    /// `[batch, inputs, …]` to `[batch, outputs, …]`; `training` as in [`BatchNorm::forward`]. Without
    /// training the normalisation is folded into the weights as a factor and a shift per channel, which saves a pass over
    /// the map; without gradients the whole is one pass.
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
        let fused = self.fused(map, &weight, &bias, activation);
        // conv2d computes the same and reports invalid arguments itself, so an error here loses only time.
        let fused = fused.unwrap_or_else(|error| {
            tracing::debug!("{error}; falling back to conv2d");
            None
        });
        fused.unwrap_or_else(|| activation.of(self.convolve(map, &weight, Some(&bias))))
    }

    /// By the operators that autocast handles: it does not handle the general `convolution`.
    fn convolve(&self, map: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
        let dilation = vec![1; self.stride.len()];
        let (stride, padding) = (&self.stride, &self.padding);
        match self.stride.len() {
            1 => map.conv1d(weight, bias, stride, padding, &dilation, self.groups),
            _ => map.conv2d(weight, bias, stride, padding, &dilation, self.groups),
        }
    }

    fn fused(
        &self,
        input: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        activation: Activation,
    ) -> Result<Option<Tensor>, ModelError> {
        let sides = [self.stride.as_slice(), self.padding.as_slice()];
        fused_convolution([input, weight, bias], sides, self.groups, activation)
    }
}

const CONVOLUTION: &str = "fused convolution";

/// Convolution, bias and activation in one pass over the input, by oneDNN, in the dtype of autocast if it is on: input
/// `[batch, groups * channels, ...]`, weight `[outputs, channels, ...]`, bias `[outputs]`, to `[batch, outputs, ...]`, with
/// a stride and a padding for each of the one or two sides. `None` if oneDNN's operator does not apply: on another device
/// than the CPU, with autograd, and for an empty input.
///
/// # Errors
/// [`ModelError::Tensors`] if a tensor is undefined, not strided or neither f32 nor bf16, or the devices, dtypes, shapes,
/// strides or paddings do not fit together; [`ModelError::Torch`] if libtorch fails (out of memory).
fn fused_convolution(
    [input, weight, bias]: [&Tensor; 3],
    [stride, padding]: [&[i64]; 2],
    groups: i64,
    activation: Activation,
) -> Result<Option<Tensor>, ModelError> {
    if stride.len() != padding.len() {
        let reason = format!("{} strides, {} paddings", stride.len(), padding.len());
        return Err(invalid(CONVOLUTION, reason));
    }
    let mut output = ptr::null_mut();
    // SAFETY: the tensors are borrowed for the call; `stride` and `padding` have `stride.len()` values each (checked
    // above); `output` is a live local. The C++ side checks everything else before it reads a tensor's memory.
    let status = unsafe {
        playlist_fit_convolve(
            input.as_ptr(),
            weight.as_ptr(),
            bias.as_ptr(),
            stride.as_ptr(),
            padding.as_ptr(),
            stride.len(),
            groups,
            activation.code(),
            &raw mut output,
        )
    };
    status.check(CONVOLUTION)?;
    // SAFETY: the call succeeded, so `output` is null or a new tensor that nothing else owns; `Tensor` frees it.
    Ok((!output.is_null()).then(|| unsafe { Tensor::from_ptr(output) }))
}

// SAFETY: the signature equals that of `convolution.cpp`, which `build.rs` compiles from this folder; no C++ exception
// leaves it. Tensors are null or alive, `stride` and `padding` null or of `sides` values, `output` null or writable; the
// C++ side rejects null.
unsafe extern "C" {
    fn playlist_fit_convolve(
        input: TensorPtr,
        weight: TensorPtr,
        bias: TensorPtr,
        stride: *const i64,
        padding: *const i64,
        sides: usize,
        groups: i64,
        activation: i32,
        output: *mut *mut C_tensor,
    ) -> Status;
}

/// The activation after a normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    None,
    Relu,
    HardSwish,
}

impl Activation {
    /// Applies it in place.
    fn of(self, mut map: Tensor) -> Tensor {
        match self {
            Self::None => map,
            Self::Relu => map.relu_(),
            Self::HardSwish => map.hardswish_(),
        }
    }

    /// Its index in `ACTIVATIONS` of `convolution.cpp`.
    fn code(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Relu => 1,
            Self::HardSwish => 2,
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
    use crate::golden::{assert_near, fill_deterministically, uniform};
    use crate::{Precision, autocast};

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
        fill_deterministically(store.variables());
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
        let fused = |weight: &Tensor| convolution.fused(&map, weight, &shift, activation);
        assert!(fused(&weight).unwrap().is_none(), "{what}: with a graph");
        tch::no_grad(|| {
            assert_near(
                &convolution.forward(&map, activation, false),
                &plain,
                1e-5,
                &what,
            );
            assert!(fused(&weight).unwrap().is_some(), "{what}");
            assert!(fused(&weight.transpose(0, 1)).is_err(), "{what}: faulty");
        });

        // Last, because training moves the statistics.
        let bf16 = |training| {
            let output = autocast(Precision::Bf16, Device::Cpu, || {
                convolution.forward(&map, activation, training)
            })
            .unwrap();
            if !training {
                assert_near(&output.to_kind(Kind::Float), &plain, 0.02, &what);
            }
            output.kind()
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

    fn float(size: &[i64]) -> Tensor {
        Tensor::ones(size, (Kind::Float, Device::Cpu))
    }

    /// Fails unless the call was rejected before libtorch ran, with `says` in the message.
    #[track_caller]
    fn assert_invalid(result: Result<Option<Tensor>, ModelError>, says: &str) {
        match result {
            Err(ModelError::Tensors { reason, .. }) => assert!(reason.contains(says), "{reason}"),
            other => panic!("expected {says:?}, got {other:?}"),
        }
    }

    /// Input `[2, 4, 5, 5]`, weight `[6, 2, 3, 3]` in two groups, bias `[6]`, of which one is `other`.
    fn with(index: usize, other: &Tensor) -> Result<Option<Tensor>, ModelError> {
        let good = [float(&[2, 4, 5, 5]), float(&[6, 2, 3, 3]), float(&[6])];
        let mut tensors = good.each_ref();
        tensors[index] = other;
        let sides: [&[i64]; 2] = [&[1, 1], &[0, 0]];
        tch::no_grad(|| fused_convolution(tensors, sides, 2, Activation::Relu))
    }

    #[test]
    fn unacceptable_tensors_are_errors() {
        let sizes: [&[i64]; 3] = [&[2, 4, 5, 5], &[6, 2, 3, 3], &[6]];
        for (index, name) in ["input", "weight", "bias"].into_iter().enumerate() {
            let good = float(sizes[index]);
            let bf16 = match index {
                0 => "weight: dtype Float, expected BFloat16".to_owned(),
                _ => format!("{name}: dtype BFloat16, expected Float"),
            };
            assert!(with(index, &good).unwrap().is_some(), "{name}");
            assert_invalid(with(index, &Tensor::new()), &format!("{name}: undefined"));
            assert_invalid(with(index, &good.to_kind(Kind::BFloat16)), &bf16);
            for (kind, dtype) in [(Kind::Double, "Double"), (Kind::Int64, "Long")] {
                let says = format!("{name}: dtype {dtype}, expected Float or BFloat16");
                assert_invalid(with(index, &good.to_kind(kind)), &says);
            }
            let sparse = good.to_sparse_sparse_dim(1);
            assert_invalid(with(index, &sparse), &format!("{name}: layout Sparse"));
        }
        let bf16 = float(&[2, 4, 5, 5]).to_kind(Kind::BFloat16);
        let mixed = || autocast(Precision::Bf16, Device::Cpu, || with(0, &bf16));
        assert_eq!(mixed().unwrap().unwrap().unwrap().kind(), Kind::BFloat16);
    }

    #[test]
    fn shapes_that_do_not_fit_together_are_errors() {
        for (index, size, says) in [
            (0, &[2, 4, 5][..], "input: 3 dimensions, expected 4"),
            (0, &[2, 3, 5, 5], "weight: 2 input channels"),
            (0, &[2, 4, 2, 5], "weight: kernel size 3 on side 0"),
            (1, &[6, 2, 3], "weight: 3 dimensions, expected 4"),
            (1, &[6, 4, 3, 3], "weight: 4 input channels"),
            (1, &[5, 2, 3, 3], "weight: 5 output channels"),
            (1, &[0, 2, 3, 3], "weight: 0 output channels"),
            (1, &[6, 2, 3, 0], "weight: kernel size 0 on side 1"),
            (1, &[6, 2, 3, 6], "weight: kernel size 6 on side 1"),
            (2, &[5], "bias: shape [5], expected [6]"),
            (2, &[6, 1], "bias: shape [6, 1], expected [6]"),
            (2, &[], "bias: shape [], expected [6]"),
        ] {
            assert_invalid(with(index, &float(size)), says);
        }
        assert!(with(0, &float(&[0, 4, 5, 5])).unwrap().is_none());
    }

    #[test]
    fn strides_paddings_and_groups_out_of_range_are_errors() {
        let tensors = [float(&[2, 4, 5, 5]), float(&[6, 2, 3, 3]), float(&[6])];
        let with = |stride: &[i64], padding: &[i64], groups| {
            let tensors = tensors.each_ref();
            tch::no_grad(|| fused_convolution(tensors, [stride, padding], groups, Activation::None))
        };
        assert_invalid(with(&[1, 0], &[0, 0], 2), "stride[1]: 0");
        assert_invalid(with(&[1, 1], &[-1, 0], 2), "padding[0]: -1");
        assert_invalid(with(&[1, 1], &[0, i64::MAX], 2), "padding[1]");
        assert_invalid(with(&[1, 1], &[0, 0], 0), "groups: 0");
        assert_invalid(with(&[1, 1], &[0, 0], 3), "input channels");
        assert_invalid(with(&[1, 1], &[0], 2), "2 strides, 1 paddings");
        assert_invalid(with(&[1], &[0], 2), "input: 4 dimensions, expected 3");
        assert_invalid(with(&[], &[], 2), "expected 1 or 2");
        assert_invalid(with(&[1; 3], &[0; 3], 2), "expected 1 or 2");
    }

    #[test]
    fn null_pointers_and_unknown_activations_are_errors() {
        let tensors = [float(&[2, 4, 5]), float(&[6, 4, 3]), float(&[6])];
        let [input, weight, bias] = tensors.each_ref().map(tch::Tensor::as_ptr);
        let (one, none) = ([1_i64], [0_i64]);
        let call = |tensors: [TensorPtr; 3], stride, padding, activation| {
            let mut output = ptr::null_mut();
            let [input, weight, bias] = tensors;
            // SAFETY: live tensors and arrays of one value, or null, which the C++ side rejects.
            let status = unsafe {
                playlist_fit_convolve(
                    input,
                    weight,
                    bias,
                    stride,
                    padding,
                    1,
                    1,
                    activation,
                    &raw mut output,
                )
            };
            status.check(CONVOLUTION).map(|()| None)
        };
        let (stride, padding) = (one.as_ptr(), none.as_ptr());
        let all = [input, weight, bias];
        for (index, name) in ["input", "weight", "bias"].into_iter().enumerate() {
            let mut tensors = all;
            tensors[index] = ptr::null();
            let says = format!("{name}: null pointer");
            assert_invalid(call(tensors, stride, padding, 0), &says);
        }
        assert_invalid(call(all, ptr::null(), padding, 0), "stride: null pointer");
        assert_invalid(call(all, stride, ptr::null(), 0), "padding: null pointer");
        assert_invalid(call(all, stride, padding, 3), "activation: unknown code 3");
        assert_invalid(
            call(all, stride, padding, -1),
            "activation: unknown code -1",
        );
        // SAFETY: live tensors and arrays of one value; the C++ side rejects a null `output` before it writes.
        let status = unsafe {
            playlist_fit_convolve(
                input,
                weight,
                bias,
                stride,
                padding,
                1,
                1,
                0,
                ptr::null_mut(),
            )
        };
        assert_invalid(
            status.check(CONVOLUTION).map(|()| None),
            "output: null pointer",
        );
    }

    #[test]
    #[ignore = "needs a CUDA device"]
    fn tensors_on_two_devices_are_errors() {
        let there = float(&[6]).to_device(Device::Cuda(0));
        assert_invalid(with(2, &there), "bias: device cuda:0, expected cpu");
    }
}
