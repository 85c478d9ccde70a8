//! A network of any architecture with its weights on a device.

use std::collections::HashMap;
use std::path::Path;

use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::architecture::{Features, Trunk};
use super::head::Head;
use super::mobilenet_v3::MobileNetV3;
use super::stern_cnn::SternCnn;
use super::{Architecture, Listener, ModelError, NetworkShape, Prediction, weights};

/// Windows that go through the network at once when it only listens.
const LISTEN_BATCH: usize = 8;

pub struct Network {
    shape: NetworkShape,
    store: VarStore,
    trunk: Box<dyn Trunk>,
    head: Head,
}

impl Network {
    /// A network with fresh random weights, drawn from torch's generator.
    pub fn new(shape: NetworkShape, device: Device) -> Self {
        let store = VarStore::new(device);
        let root = store.root();
        let trunk: Box<dyn Trunk> = match shape.architecture {
            Architecture::Mn04 => Box::new(MobileNetV3::new(&root, &shape)),
            Architecture::SternCnn => Box::new(SternCnn::new(&root, &shape)),
        };
        let path = trunk
            .head_name()
            .split('.')
            .fold(root, |path, part| path / part);
        let head = Head::new(path, trunk.hidden_width(), &shape);
        store.variables().into_values().for_each(channels_last);
        Self {
            shape,
            store,
            trunk,
            head,
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
        name.strip_prefix(self.trunk.head_name())
            .is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether a variable of this name is of an adapter that learns in the place of the backbone.
    pub fn is_adapter(&self, _name: &str) -> bool {
        false
    }

    /// Hidden units to logits.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Loads every variable by name.
    ///
    /// # Errors
    /// As [`weights::load`].
    pub fn load(&mut self, bytes: &[u8], origin: &Path) -> Result<(), ModelError> {
        let as_stored = |_: &str, stored, _: &[i64]| stored;
        weights::load(&self.variables(), bytes, origin, |_| false, as_stored)
    }

    /// Loads all but the head, which other classes trained.
    ///
    /// # Errors
    /// As [`weights::load`].
    pub fn load_backbone(&mut self, bytes: &[u8], origin: &Path) -> Result<(), ModelError> {
        let adapt = |name: &str, stored, wanted: &[i64]| self.trunk.adapt(name, stored, wanted);
        let is_head = |name: &str| self.is_head(name);
        weights::load(&self.variables(), bytes, origin, is_head, adapt)
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
    pub fn features(&self, windows: &Tensor, training: bool) -> Features {
        self.trunk.features(windows, training)
    }

    /// As [`Trunk::layers`].
    pub fn layers(&self) -> Vec<String> {
        self.trunk.layers()
    }

    /// As [`Trunk::reconstruct`].
    pub fn reconstruct(&self, hidden: &Tensor) -> Option<Tensor> {
        self.trunk.reconstruct(hidden)
    }
}

/// Lays the channels of a convolution's weights side by side in memory (PyTorch's `channels_last`); its outputs follow.
/// Values and shapes stay as they are.
fn channels_last(mut variable: Tensor) {
    if let [outputs, inputs, height, width] = variable.size()[..] {
        let strides = [height * width * inputs, 1, width * inputs, inputs];
        let size = [outputs, inputs, height, width];
        // By strides, because those of a single channel do not follow from a permutation.
        let mut laid = Tensor::empty_strided(size, strides, (variable.kind(), variable.device()));
        tch::no_grad(|| laid.copy_(&variable));
        variable.set_data(&laid);
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
                let features = self.features(&batch, false);
                (
                    self.head.forward(&features.hidden, false),
                    features.embedding,
                )
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

#[cfg(test)]
mod measure {
    use super::*;
    #[test]
    #[ignore]
    fn channels() {
        use crate::model::{Precision, autocast};
        tch::set_num_threads(1);
        for (architecture, bands, frames) in [
            (Architecture::Mn04, 128, 1000),
            (Architecture::SternCnn, 64, 2584),
        ] {
            let shape = NetworkShape {
                architecture,
                mel_bands: bands,
                frames,
                playlists: 20,
                dropout: 0.0,
                mlp_head: None,
                adapter: None,
            };
            let laid = Network::new(shape.clone(), Device::Cpu);
            let plain = Network::new(shape, Device::Cpu);
            for mut v in plain.variables().into_values() {
                if v.dim() == 4 {
                    let c = v.detach().contiguous();
                    v.set_data(&c);
                }
            }
            let x = Tensor::randn(
                [8, 1, bands as i64, frames as i64],
                (Kind::Float, Device::Cpu),
            );
            for precision in [Precision::F32, Precision::Bf16] {
                for train in [false, true] {
                    let mut best = [f64::MAX; 2];
                    for round in 0..6 {
                        for (k, network) in [&plain, &laid].into_iter().enumerate() {
                            let start = std::time::Instant::now();
                            let step = || {
                                autocast(precision, Device::Cpu, || {
                                    let h = network.features(&x, train).hidden;
                                    network.head().forward(&h, train)
                                })
                                .to_kind(Kind::Float)
                                .square()
                                .mean(Kind::Float)
                            };
                            if train {
                                step().backward();
                            } else {
                                let _ = tch::no_grad(step);
                            }
                            if round > 0 {
                                best[k] = best[k].min(start.elapsed().as_secs_f64());
                            }
                        }
                    }
                    println!(
                        "{architecture:?} {precision:?} train {train}: contiguous {:.1} ms, channels last {:.1} ms, {:.2}",
                        best[0] * 1e3,
                        best[1] * 1e3,
                        best[0] / best[1]
                    );
                }
            }
        }
    }
}
