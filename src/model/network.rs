//! A network of any architecture with its weights on a device.

use std::collections::HashMap;
use std::path::Path;

use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::architecture::{Features, Trunk};
use super::mobilenet_v3::MobileNetV3;
use super::stern_cnn::SternCnn;
use super::{Architecture, Listener, ModelError, NetworkShape, Prediction, weights};

/// Windows that go through the network at once when it only listens.
const LISTEN_BATCH: usize = 8;

pub struct Network {
    shape: NetworkShape,
    store: VarStore,
    trunk: Box<dyn Trunk>,
}

impl Network {
    /// A network with fresh random weights, drawn from torch's generator.
    pub fn new(shape: NetworkShape, device: Device) -> Self {
        let store = VarStore::new(device);
        let trunk: Box<dyn Trunk> = match shape.architecture {
            Architecture::Mn04 => Box::new(MobileNetV3::new(&store.root(), &shape)),
            Architecture::SternCnn => Box::new(SternCnn::new(&store.root(), &shape)),
        };
        Self {
            shape,
            store,
            trunk,
        }
    }

    pub fn shape(&self) -> &NetworkShape {
        &self.shape
    }

    pub fn device(&self) -> Device {
        self.store.device()
    }

    pub fn variables(&self) -> HashMap<String, Tensor> {
        self.store.variables()
    }

    /// Whether a variable of this name belongs to the head rather than to the backbone.
    pub fn is_head(&self, name: &str) -> bool {
        name.starts_with(self.trunk.head_name())
    }

    /// The head's weight `[playlists, hidden]` and bias `[playlists]`.
    pub fn head_variables(&self) -> [Tensor; 2] {
        let name = self.trunk.head_name();
        let variables = self.variables();
        ["weight", "bias"].map(|part| variables[&format!("{name}{part}")].shallow_clone())
    }

    /// Loads every variable by name.
    ///
    /// # Errors
    /// As [`weights::load`].
    pub fn load(&mut self, bytes: &[u8], origin: &Path) -> Result<(), ModelError> {
        weights::load(&self.variables(), bytes, origin, |_| false)
    }

    /// Loads all but the head, which other classes trained.
    ///
    /// # Errors
    /// As [`weights::load`].
    pub fn load_backbone(&mut self, bytes: &[u8], origin: &Path) -> Result<(), ModelError> {
        weights::load(&self.variables(), bytes, origin, |name| self.is_head(name))
    }

    /// The weights as the bytes of a safetensors file.
    ///
    /// # Errors
    /// As [`weights::save`].
    pub fn save(&self) -> Result<Vec<u8>, ModelError> {
        let architecture = self.shape.architecture.name().to_owned();
        weights::save(
            &self.variables(),
            HashMap::from([("architecture".into(), architecture)]),
        )
    }

    /// `[batch, n_mels, frames]`, flat, as a tensor `[batch, 1, n_mels, frames]` on the network's device.
    ///
    /// # Errors
    /// Where the device has no memory left.
    pub fn windows_tensor(&self, windows: &[f32]) -> Result<Tensor, ModelError> {
        let (bands, frames) = (self.shape.mel_bands as i64, self.shape.frames as i64);
        let flat = Tensor::f_from_slice(windows)?;
        Ok(flat
            .f_view([-1, 1, bands, frames])?
            .f_to_device(self.device())?)
    }

    /// As [`Trunk::features`].
    pub fn features(&self, windows: &Tensor) -> Features {
        self.trunk.features(windows)
    }

    /// As [`Trunk::head`].
    pub fn head(&self, hidden: &Tensor, training: bool) -> Tensor {
        self.trunk.head(hidden, training)
    }
}

impl Listener for Network {
    fn listen(&self, windows: &[f32]) -> Result<Prediction, ModelError> {
        let size = self.shape.mel_bands * self.shape.frames;
        let mut heard = Prediction {
            windows: windows.len() / size,
            ..Prediction::default()
        };
        for batch in windows.chunks(LISTEN_BATCH * size) {
            let batch = self.windows_tensor(batch)?;
            let (logits, embedding) = tch::no_grad(|| {
                let features = self.features(&batch);
                (self.head(&features.hidden, false), features.embedding)
            });
            append(&logits, &mut heard.logits)?;
            append(&embedding, &mut heard.embeddings)?;
        }
        Ok(heard)
    }
}

fn append(tensor: &Tensor, out: &mut Vec<f32>) -> Result<(), ModelError> {
    let flat = tensor
        .f_to_device(Device::Cpu)?
        .f_to_kind(Kind::Float)?
        .f_contiguous()?;
    let start = out.len();
    out.resize(start + flat.numel(), 0.0);
    flat.f_copy_data(&mut out[start..], flat.numel())?;
    Ok(())
}
