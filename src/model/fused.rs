//! One call for all tensors of a network where tch would start a few kernels for each: steps of AdamW, clipping, running
//! averages. The kernels are libtorch's own (`_fused_adamw_`, `_foreach_…`), those of PyTorch's optimisers.

use std::ffi::{CStr, c_char};

use tch::{TchError, Tensor};
use torch_sys::C_tensor;

type Pointer = *const C_tensor;

// SAFETY: the signatures are those of `fused.cpp`, which `build.rs` compiles beside this file.
unsafe extern "C" {
    fn playlist_fit_forget_gradients(variables: *const Pointer, count: usize) -> *const c_char;
    fn playlist_fit_clip(variables: *const Pointer, count: usize, norm: f64) -> *const c_char;
    fn playlist_fit_adamw(
        variables: *const Pointer,
        first: *const Pointer,
        second: *const Pointer,
        count: usize,
        steps: Pointer,
        rate: f64,
        beta_1: f64,
        beta_2: f64,
        weight_decay: f64,
        epsilon: f64,
    ) -> *const c_char;
    fn playlist_fit_lerp(
        to: *const Pointer,
        from: *const Pointer,
        count: usize,
        share: f64,
    ) -> *const c_char;
}

/// What a step of AdamW is told beside its tensors.
#[derive(Clone, Copy)]
pub struct Pace {
    pub rate: f64,
    pub betas: [f64; 2],
    pub weight_decay: f64,
    pub epsilon: f64,
}

/// Leaves the variables without gradients, and their memory free.
pub fn forget_gradients(variables: &[Tensor]) -> Result<(), TchError> {
    let pointers = pointers(variables);
    // SAFETY: the pointers are of live tensors, as many as are said.
    told(unsafe { playlist_fit_forget_gradients(pointers.as_ptr(), pointers.len()) })
}

/// Shortens the gradients, taken together, to `norm` where they are longer (`torch.nn.utils.clip_grad_norm_`).
pub fn clip(variables: &[Tensor], norm: f64) -> Result<(), TchError> {
    let pointers = pointers(variables);
    // SAFETY: as above.
    told(unsafe { playlist_fit_clip(pointers.as_ptr(), pointers.len(), norm) })
}

/// One step of the variables that have a gradient; `steps` counts it already and lies on their device.
pub fn adamw(
    [variables, first, second]: [&[Tensor]; 3],
    steps: &Tensor,
    pace: Pace,
) -> Result<(), TchError> {
    let count = variables.len().min(first.len()).min(second.len());
    let [variables, first, second] = [variables, first, second].map(pointers);
    // SAFETY: as above; `count` is the least of the three lengths.
    told(unsafe {
        playlist_fit_adamw(
            variables.as_ptr(),
            first.as_ptr(),
            second.as_ptr(),
            count,
            steps.as_ptr(),
            pace.rate,
            pace.betas[0],
            pace.betas[1],
            pace.weight_decay,
            pace.epsilon,
        )
    })
}

/// Moves each tensor by `share` of the way to its partner.
pub fn lerp(to: &[Tensor], from: &[Tensor], share: f64) -> Result<(), TchError> {
    let count = to.len().min(from.len());
    let [to, from] = [to, from].map(pointers);
    // SAFETY: as above; `count` is the least of both lengths.
    told(unsafe { playlist_fit_lerp(to.as_ptr(), from.as_ptr(), count, share) })
}

fn pointers(tensors: &[Tensor]) -> Vec<Pointer> {
    tensors.iter().map(Tensor::as_ptr).collect()
}

fn told(why: *const c_char) -> Result<(), TchError> {
    if why.is_null() {
        return Ok(());
    }
    // SAFETY: not null, so it is a text that ends in zero and lives until this thread's next call.
    let why = unsafe { CStr::from_ptr(why) };
    Err(TchError::Torch(why.to_string_lossy().into_owned()))
}
