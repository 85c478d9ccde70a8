//! Optimiser operations on lists of tensors: one call each, in a few kernels, where tch would start some for every tensor.
//! The kernels are libtorch's (`_fused_adamw_`, `_foreach_*`), as in PyTorch's optimisers.
//!
//! All tensors of a call are of single precision, strided, and on one device (CPU or CUDA). The C++ side checks that, and
//! the shapes, before it changes a tensor, so a call that returns [`ModelError::Tensors`] has changed nothing.

use tch::Tensor;

use super::ModelError;
use super::glue::{Status, TensorPtr, invalid, pointers};

const ZERO_GRAD: &str = "zero_grad";
const CLIP_GRAD_NORM: &str = "clip_grad_norm";
const ADAMW: &str = "AdamW step";
const LERP: &str = "lerp";

// SAFETY: the signatures equal those of `fused.cpp`, which `build.rs` compiles from this folder; no C++ exception leaves
// them. Every list holds `count` pointers, each null or to a live tensor; the C++ side rejects null.
unsafe extern "C" {
    fn playlist_fit_zero_grad(variables: *const TensorPtr, count: usize) -> Status;
    fn playlist_fit_clip_grad_norm(
        variables: *const TensorPtr,
        count: usize,
        max_norm: f64,
    ) -> Status;
    fn playlist_fit_adamw(
        variables: *const TensorPtr,
        exp_avgs: *const TensorPtr,
        exp_avg_sqs: *const TensorPtr,
        count: usize,
        steps: TensorPtr,
        lr: f64,
        beta_1: f64,
        beta_2: f64,
        weight_decay: f64,
        eps: f64,
    ) -> Status;
    fn playlist_fit_lerp(
        to: *const TensorPtr,
        from: *const TensorPtr,
        count: usize,
        weight: f64,
    ) -> Status;
}

/// The hyperparameters of one step of AdamW, as in `torch.optim.AdamW`: finite and at least 0, `betas` below 1.
#[derive(Clone, Copy, Debug)]
pub struct StepParams {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first and the second moment.
    pub betas: [f64; 2],
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
}

/// Drops the gradients of all variables and frees their memory (`zero_grad(set_to_none=True)`).
///
/// # Errors
/// [`ModelError::Tensors`] if a variable is undefined or of another dtype, layout or device than the module requires.
pub fn zero_grad(variables: &[Tensor]) -> Result<(), ModelError> {
    let variables = pointers(variables);
    // SAFETY: `variables` holds `variables.len()` pointers to tensors that the caller's slice keeps alive.
    let status = unsafe { playlist_fit_zero_grad(variables.as_ptr(), variables.len()) };
    status.check(ZERO_GRAD)
}

/// Scales all gradients down together so that their norm is at most `max_norm` (`torch.nn.utils.clip_grad_norm_`).
///
/// # Errors
/// [`ModelError::Tensors`] as [`zero_grad`], also if a gradient is sparse or `max_norm` is negative or not finite;
/// [`ModelError::Torch`] if libtorch fails (out of memory).
pub fn clip_grad_norm(variables: &[Tensor], max_norm: f64) -> Result<(), ModelError> {
    let variables = pointers(variables);
    // SAFETY: `variables` holds `variables.len()` pointers to tensors that the caller's slice keeps alive.
    let status =
        unsafe { playlist_fit_clip_grad_norm(variables.as_ptr(), variables.len(), max_norm) };
    status.check(CLIP_GRAD_NORM)
}

/// One step of AdamW for the variables that have a gradient. `exp_avgs` and `exp_avg_sqs` hold each variable's running
/// averages of the gradient and its square, in the variable's shape and strides. `steps`, of one element on the same
/// device, counts the steps including this one, so it is at least 1.
///
/// # Errors
/// [`ModelError::Tensors`] if the lists differ in length, a tensor differs from its variable in dtype, device, shape or
/// strides, a variable is not dense, or a parameter is out of range; [`ModelError::Torch`] if libtorch fails.
pub fn adamw_step(
    variables: &[Tensor],
    [exp_avgs, exp_avg_sqs]: [&[Tensor]; 2],
    steps: &Tensor,
    params: StepParams,
) -> Result<(), ModelError> {
    same_length(ADAMW, variables, exp_avgs)?;
    same_length(ADAMW, variables, exp_avg_sqs)?;
    let [variables, exp_avgs, exp_avg_sqs] = [variables, exp_avgs, exp_avg_sqs].map(pointers);
    // SAFETY: the three lists hold `variables.len()` pointers each (checked above) to tensors that the caller's slices
    // keep alive; `steps` is alive too.
    let status = unsafe {
        playlist_fit_adamw(
            variables.as_ptr(),
            exp_avgs.as_ptr(),
            exp_avg_sqs.as_ptr(),
            variables.len(),
            steps.as_ptr(),
            params.lr,
            params.betas[0],
            params.betas[1],
            params.weight_decay,
            params.eps,
        )
    };
    status.check(ADAMW)
}

/// Moves each tensor of `to` by the fraction `weight` towards the tensor of `from` at its index (`torch.Tensor.lerp_`).
///
/// # Errors
/// [`ModelError::Tensors`] if the lists differ in length or two tensors in dtype, device or shape, or `weight` is not
/// finite; [`ModelError::Torch`] if libtorch fails.
pub fn lerp(to: &[Tensor], from: &[Tensor], weight: f64) -> Result<(), ModelError> {
    same_length(LERP, to, from)?;
    let [to, from] = [to, from].map(pointers);
    // SAFETY: both lists hold `to.len()` pointers (checked above) to tensors that the caller's slices keep alive.
    let status = unsafe { playlist_fit_lerp(to.as_ptr(), from.as_ptr(), to.len(), weight) };
    status.check(LERP)
}

fn same_length(
    operation: &'static str,
    left: &[Tensor],
    right: &[Tensor],
) -> Result<(), ModelError> {
    if left.len() == right.len() {
        return Ok(());
    }
    let reason = format!("lists of {} and {} tensors", left.len(), right.len());
    Err(invalid(operation, reason))
}

#[cfg(test)]
mod tests;
