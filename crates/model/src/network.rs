//! A network of any architecture with its weights on a device.

use std::collections::HashMap;
use std::path::Path;

use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::architecture::{Backbone, BackboneOutput};
use super::ast::{self, Ast, Size};
use super::attention::AttentionPooling;
use super::conv_encoder::ConvEncoder;
use super::fcn::{self, Fcn};
use super::head::Head;
use super::mobilenet_v3::{MobileNetV3, Width};
use super::musicnn::{self, Musicnn};
use super::resnet18::ResNet18;
use super::short_chunk_cnn::ShortChunkCnn;
use super::stern_cnn::SternCnn;
use super::{ModelError, adapter, weights};
use inference::{AdapterPlan, Architecture, NetworkConfig, PredictError, Prediction, Predictor};

/// Windows in a forward pass of a prediction.
const INFERENCE_BATCH: usize = 8;

/// A backbone with its head and, if it was trained, attention over windows.
pub struct Network {
    shape: NetworkConfig,
    store: VarStore,
    backbone: Box<dyn Backbone>,
    head: Head,
    attention: Option<AttentionPooling>,
}

impl Network {
    /// A network with random weights from torch's generator. If the configuration has adapters, only they and the head are
    /// trainable.
    ///
    /// # Errors
    /// Returns an error if the window is too small, patchout drops every patch, or the adapters are invalid or match no
    /// linear layer.
    pub fn new(shape: NetworkConfig, device: Device) -> Result<Self, ModelError> {
        let min = min_window(shape.architecture);
        if shape.n_mels < min[0] || shape.frames < min[1] {
            return Err(ModelError::Window {
                architecture: shape.architecture.name(),
                min,
                window: [shape.n_mels, shape.frames],
            });
        }
        if let Some(plan) = &shape.adapter {
            adapter::check(plan).map_err(ModelError::Adapter)?;
        }
        let store = VarStore::new(device);
        let root = store.root();
        let mobilenet = |width| Box::new(MobileNetV3::new(&root, &shape, Width(width)));
        let backbone: Box<dyn Backbone> = match shape.architecture {
            Architecture::Mn04 => mobilenet(0.4),
            Architecture::Mn05 => mobilenet(0.5),
            Architecture::Mn10 => mobilenet(1.0),
            Architecture::Mn20 => mobilenet(2.0),
            Architecture::Mn30 => mobilenet(3.0),
            Architecture::Mn40 => mobilenet(4.0),
            Architecture::SternCnn => Box::new(SternCnn::new(&root, &shape)),
            Architecture::ShortChunkCnn => Box::new(ShortChunkCnn::new(&root, &shape)),
            Architecture::Resnet18 => Box::new(ResNet18::new(&root)),
            Architecture::ConvEncoder => Box::new(ConvEncoder::new(&root, &shape)),
            Architecture::Musicnn => Box::new(Musicnn::new(&root, &shape)),
            Architecture::Fcn => Box::new(Fcn::new(&root)),
            Architecture::Ast => Box::new(Ast::new(&root, &shape, Size::BASE)?),
            Architecture::AstSmall => Box::new(Ast::new(&root, &shape, Size::SMALL)?),
        };
        let path = backbone
            .head_name()
            .split('.')
            .fold(root, |path, part| path / part);
        let head = Head::new(path, backbone.hidden_width(), &shape);
        store.variables().into_values().for_each(channels_last);
        let attention = shape
            .attention
            .map(|width| AttentionPooling::new(width, device));
        let network = Self {
            shape,
            store,
            backbone,
            head,
            attention,
        };
        if let Some(plan) = &network.shape.adapter {
            network.freeze_base_weights(plan)?;
            network.init_adapters()?;
        }
        Ok(network)
    }

    /// A second instance for another thread; both share the memory of the weights.
    ///
    /// # Errors
    /// Returns an error if the device is out of memory.
    pub fn share_weights(&self) -> Result<Self, ModelError> {
        let shared = Self::new(self.shape.clone(), self.device())?;
        let own = self.variables();
        for (name, mut variable) in shared.variables() {
            if let Some(weights) = own.get(&name) {
                variable.set_data(weights);
            }
        }
        Ok(shared)
    }

    fn freeze_base_weights(&self, plan: &AdapterPlan) -> Result<(), ModelError> {
        let variables = self.variables();
        if !variables.keys().any(|name| self.is_adapter(name)) {
            return Err(self.no_matching_layer(plan));
        }
        for (name, variable) in variables {
            if !self.is_head(&name) && !self.is_adapter(&name) {
                let _ = variable.f_set_requires_grad(false)?;
            }
        }
        Ok(())
    }

    /// The message if adapters match no layer, with the names of the linear layers.
    fn no_matching_layer(&self, plan: &AdapterPlan) -> ModelError {
        let variables = self.variables();
        let matrices = variables.iter().filter(|(_, variable)| variable.dim() == 2);
        let layers = matrices.filter_map(|(name, _)| name.strip_suffix(".weight"));
        let mut layers: Vec<&str> = layers
            .filter(|layer| !self.is_head(&format!("{layer}.")))
            .collect();
        layers.sort_unstable();
        let among = plan.layers.map_or_else(String::new, |[first, last]| {
            format!(" among the layers {first} to {last}")
        });
        let there = match layers[..] {
            [] => "it has none except its head, which is not adapted".to_owned(),
            [first, .., last] => format!("it has {}, from {first} to {last}", layers.len()),
            [one] => format!("its only one is {one}"),
        };
        ModelError::Adapter(format!(
            "adapter.names = \"{}\" finds no linear layer of {}{among}; {there}",
            plan.names,
            self.shape.architecture.name()
        ))
    }

    fn init_adapters(&self) -> Result<(), ModelError> {
        Ok(adapter::init(&self.variables())?)
    }

    /// The configuration.
    pub fn shape(&self) -> &NetworkConfig {
        &self.shape
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.store.device()
    }

    /// All variables by name, those of the attention included.
    pub fn variables(&self) -> HashMap<String, Tensor> {
        let attention = self.attention.iter().flat_map(AttentionPooling::variables);
        self.store
            .variables()
            .into_iter()
            .chain(attention)
            .collect()
    }

    /// Replaces the attention over windows; `None` removes it.
    pub fn set_attention(&mut self, attention: Option<AttentionPooling>) {
        self.shape.attention = attention.as_ref().map(AttentionPooling::width);
        self.attention = attention;
    }

    /// Whether a variable of this name belongs to the head rather than to the backbone.
    pub fn is_head(&self, name: &str) -> bool {
        name.strip_prefix(self.backbone.head_name())
            .is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether a variable of this name belongs to an adapter rather than to the backbone or the head.
    pub fn is_adapter(&self, name: &str) -> bool {
        self.shape.adapter.is_some() && !self.is_head(name) && adapter::is_adapter(name)
    }

    /// Number of trainable parameters, and of all; running statistics are not counted.
    pub fn trainable(&self) -> [usize; 2] {
        let all = self.store.trainable_variables();
        let count = |learns: bool| {
            let counted = all
                .iter()
                .filter(|variable| !learns || variable.requires_grad());
            counted.map(Tensor::numel).sum()
        };
        [count(true), count(false)]
    }

    /// The head: hidden units to logits.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Loads every variable by name; adapters are not in the file and are initialised.
    ///
    /// # Errors
    /// As [`weights::load`].
    pub fn load(&mut self, bytes: &[u8], origin: &Path) -> Result<(), ModelError> {
        let as_stored = |_: &str, stored, _: &[i64]| flush_subnormals(&stored);
        let is_adapter = |name: &str| self.is_adapter(name);
        let no_alternatives = |_: &str| Vec::new();
        let variables = self.variables();
        weights::load(
            &variables,
            bytes,
            origin,
            is_adapter,
            no_alternatives,
            as_stored,
        )?;
        self.init_adapters()
    }

    /// Loads the backbone by name, without the head; adapters are not in the file and are initialised.
    ///
    /// # Errors
    /// As [`weights::load`].
    pub fn load_backbone(&mut self, bytes: &[u8], origin: &Path) -> Result<(), ModelError> {
        let convert = |name: &str, stored, wanted: &[i64]| {
            flush_subnormals(&self.backbone.convert_weight(name, stored, wanted))
        };
        let is_new = |name: &str| self.is_head(name) || self.is_adapter(name);
        let alternatives = |name: &str| self.backbone.alternative_names(name);
        let variables = self.variables();
        weights::load(&variables, bytes, origin, is_new, alternatives, convert)?;
        self.init_adapters()
    }

    /// The configuration of the network that [`Network::save`] writes: without adapters.
    pub fn saved_shape(&self) -> NetworkConfig {
        NetworkConfig {
            adapter: None,
            ..self.shape.clone()
        }
    }

    /// The weights as the bytes of a safetensors file, adapters merged into their layers.
    ///
    /// # Errors
    /// As [`weights::save`].
    pub fn save(&self) -> Result<Vec<u8>, ModelError> {
        let architecture = self.shape.architecture.name().to_owned();
        let variables = match &self.shape.adapter {
            Some(plan) => adapter::merge(self.variables(), plan),
            None => self.variables(),
        };
        weights::save(
            &variables,
            HashMap::from([("architecture".into(), architecture)]),
        )
    }

    /// `[batch, n_mels, frames]`, flat, as a tensor `[batch, 1, n_mels, frames]` on the network's device.
    ///
    /// # Errors
    /// Returns an error if the device is out of memory.
    pub fn windows_tensor(&self, windows: &[f32]) -> Result<Tensor, ModelError> {
        let (bands, frames) = (self.shape.n_mels as i64, self.shape.frames as i64);
        let flat = Tensor::f_from_slice(windows)?;
        Ok(flat
            .f_view([-1, 1, bands, frames])?
            .f_to_device(self.device())?)
    }

    /// As [`Backbone::features`].
    pub fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        self.backbone.features(windows, training)
    }

    /// As [`Backbone::layers`].
    pub fn layers(&self) -> Vec<String> {
        self.backbone.layers()
    }

    /// As [`Backbone::reconstruct`].
    pub fn reconstruct(&self, features: &BackboneOutput, training: bool) -> Option<Tensor> {
        self.backbone.reconstruct(features, training)
    }
}

/// Sets subnormal values to zero. Weight decay leaves many of them in published weights, where they have no effect, and CPUs
/// are slow on them: with those of musicnn a window takes 80 times as long.
fn flush_subnormals(values: &Tensor) -> Tensor {
    values.masked_fill(&values.abs().lt(f64::from(f32::MIN_POSITIVE)), 0.0)
}

/// `[n_mels, frames]` of the smallest window of an architecture.
fn min_window(architecture: Architecture) -> [usize; 2] {
    match architecture {
        Architecture::Ast | Architecture::AstSmall => ast::MIN_WINDOW,
        Architecture::Musicnn => musicnn::MIN_WINDOW,
        Architecture::Fcn => fcn::MIN_WINDOW,
        Architecture::Mn04
        | Architecture::Mn05
        | Architecture::Mn10
        | Architecture::Mn20
        | Architecture::Mn30
        | Architecture::Mn40
        | Architecture::SternCnn
        | Architecture::ShortChunkCnn
        | Architecture::Resnet18
        | Architecture::ConvEncoder => [1, 1],
    }
}

/// Converts a convolution's weights to PyTorch's memory format `channels_last`, which its outputs then have too; values and
/// shapes do not change. Convolutions on the CPU are faster so.
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

impl Predictor for Network {
    fn predict(&self, windows: &[f32]) -> Result<Prediction, PredictError> {
        let size = self.shape.n_mels * self.shape.frames;
        let mut prediction = Prediction {
            windows: windows.len() / size,
            ..Prediction::default()
        };
        for batch in windows.chunks(INFERENCE_BATCH * size) {
            let batch = self.windows_tensor(batch)?;
            let (logits, embedding, exponents) = tch::no_grad(|| {
                let BackboneOutput { hidden, embedding } = self.features(&batch, false);
                let attention = self.attention.as_ref();
                let exponents = attention.map(|attention| attention.exponents(&embedding));
                (self.head.forward(&hidden, false), embedding, exponents)
            });
            append(&logits, &mut prediction.logits)?;
            append(&embedding, &mut prediction.embeddings)?;
            if let Some(exponents) = exponents {
                append(&exponents, &mut prediction.attention)?;
            }
        }
        Ok(prediction)
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
mod tests;
