//! Tensors as the readers of file formats return them, and the conversion of their elements to `f32`.

use half::{bf16, f16};

/// A named tensor, contiguous and in row-major order.
#[derive(Debug, PartialEq)]
pub struct TensorData {
    /// Its key in the state dict, such as `features.0.0.weight`.
    pub name: String,
    /// Length of each axis, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// Little-endian `f32`: four bytes for each element of the shape.
    pub bytes: Vec<u8>,
}

/// Floating-point element types that can be converted to `f32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatType {
    /// `torch.float64`
    F64,
    /// `torch.float32`
    F32,
    /// `torch.float16`
    F16,
    /// `torch.bfloat16`
    Bf16,
}

impl FloatType {
    /// Size of one element in bytes.
    pub fn size_in_bytes(self) -> usize {
        match self {
            FloatType::F64 => 8,
            FloatType::F32 => 4,
            FloatType::F16 | FloatType::Bf16 => 2,
        }
    }

    /// Converts little-endian elements of this type to little-endian `f32`, rounding `f64` to the nearest value. An
    /// incomplete element at the end is dropped.
    pub fn to_f32(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            FloatType::F64 => convert(bytes, |element| f64::from_le_bytes(element) as f32),
            FloatType::F32 => convert(bytes, f32::from_le_bytes),
            FloatType::F16 => convert(bytes, |element| f16::from_le_bytes(element).to_f32()),
            FloatType::Bf16 => convert(bytes, |element| bf16::from_le_bytes(element).to_f32()),
        }
    }
}

fn convert<const SIZE: usize>(bytes: &[u8], to_f32: impl Fn([u8; SIZE]) -> f32) -> Vec<u8> {
    let (elements, _) = bytes.as_chunks::<SIZE>();
    let values = elements.iter().map(|&element| to_f32(element));
    values.flat_map(f32::to_le_bytes).collect()
}
