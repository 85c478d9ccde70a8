//! The status that the C++ files of this folder return, as a [`ModelError`]. `glue.h` holds the other side.

use std::ffi::{CStr, c_char};

use tch::Tensor;
use torch_sys::C_tensor;

use super::ModelError;

/// A tensor as the C++ side takes it; valid while the [`Tensor`] it comes from is alive.
pub type TensorPtr = *const C_tensor;

const OK: i32 = 0;
const INVALID_ARGUMENT: i32 = 1;

/// `PlaylistFitStatus` of `glue.h`. Only the C++ side makes one.
#[derive(Debug)]
#[must_use]
#[repr(C)]
pub struct Status {
    code: i32,
    message: *const c_char,
}

impl Status {
    /// Turns the status of a call into a result; must run before this thread's next call into the C++ side.
    ///
    /// # Errors
    /// [`ModelError::Tensors`] if the arguments are invalid, [`ModelError::Torch`] if libtorch failed.
    pub fn check(self, operation: &'static str) -> Result<(), ModelError> {
        if self.code == OK {
            return Ok(());
        }
        let reason = if self.message.is_null() {
            "no message".to_owned()
        } else {
            unsafe { CStr::from_ptr(self.message) }
                .to_string_lossy()
                .into_owned()
        };
        let reason = reason.lines().next().unwrap_or_default();
        Err(match self.code {
            INVALID_ARGUMENT => invalid(operation, reason),
            _ => ModelError::Torch(format!("{operation}: {reason}")),
        })
    }
}

/// The error of an argument that an operation does not accept.
pub fn invalid(operation: &'static str, reason: impl Into<String>) -> ModelError {
    ModelError::Tensors {
        operation,
        reason: reason.into(),
    }
}

/// Pointers to tensors, in their order; valid while `tensors` is borrowed.
pub fn pointers(tensors: &[Tensor]) -> Vec<TensorPtr> {
    tensors.iter().map(Tensor::as_ptr).collect()
}
