//! A stack of hidden layers: dense, batch norm, activation, dropout.

use burn::tensor::Tensor;

use super::activation::Activation;
use super::batch_norm::BatchNorm;
use super::dense::Dense;
use super::dropout;
use super::input::Input;
use super::layout::{Layout, lane_role};
use super::pass::Pass;

/// What all hidden layers of a network have in common.
#[derive(Clone, Copy, Debug)]
pub struct HiddenConfig {
    /// The non-linearity.
    pub activation: &'static dyn Activation,
    /// Whether each layer is batch-normalized.
    pub batch_norm: bool,
    /// The share of activations dropped.
    pub dropout: f64,
}

/// The parameters and statistics of a network while it is built.
#[derive(Debug, Default)]
pub struct Builder {
    /// What is trained.
    pub layout: Layout,
    /// The running statistics of batch norm.
    pub statistics: Layout,
}

impl Builder {
    /// Adds what all tasks use.
    pub fn shared<T>(&mut self, add: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.layout.adds_shared, true);
        let added = add(self);
        self.layout.adds_shared = before;
        added
    }
}

/// A stack of hidden layers.
#[derive(Clone, Debug)]
pub struct Mlp {
    layers: Vec<(Dense, Option<BatchNorm>)>,
    hidden: HiddenConfig,
    width: usize,
    /// For each layer the roles of the lanes that each drop units of their own; one: all lanes drop the same.
    roles: Vec<Vec<String>>,
}

impl Mlp {
    /// Adds the layers' parameters; `role.0`, `role.1`, … are the layers' roles.
    pub fn new(
        builder: &mut Builder,
        role: &str,
        lanes: &[String],
        inputs: usize,
        units: &[usize],
        hidden: HiddenConfig,
    ) -> Self {
        let mut width = inputs;
        let mut layers = Vec::with_capacity(units.len());
        let mut roles = Vec::with_capacity(units.len());
        for (index, &outputs) in units.iter().enumerate() {
            let name = format!("{role}.{index}");
            let dense = Dense::new(&mut builder.layout, &name, lanes, width, outputs);
            let norm = hidden.batch_norm.then(|| {
                let name = format!("{name}.norm");
                let statistics = &mut builder.statistics;
                BatchNorm::new(&mut builder.layout, statistics, &name, lanes, outputs)
            });
            layers.push((dense, norm));
            // Lanes of one role are one network over several tables.
            let apart = if name.contains('*') {
                lanes
            } else {
                &[String::new()]
            };
            roles.push(apart.iter().map(|lane| lane_role(&name, lane)).collect());
            width = outputs;
        }
        Self {
            layers,
            hidden,
            width,
            roles,
        }
    }

    /// The number of layers.
    pub fn num_layers(&self) -> usize {
        self.layers.len()
    }

    /// The width of the output.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Applies the layers in turn.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`, or `[replica, batch, in]` for all lanes if there is a layer
    /// - output: `[replica · lane, batch, width]`
    pub fn forward(&self, input: impl Into<Input>, pass: &Pass) -> Tensor<3> {
        self.forward_with(input, pass, |_, hidden| hidden)
    }

    /// The same, where each layer's output is changed before it goes on; layers count from 0.
    pub fn forward_with(
        &self,
        input: impl Into<Input>,
        pass: &Pass,
        change: impl Fn(usize, Tensor<3>) -> Tensor<3>,
    ) -> Tensor<3> {
        let mut x = input.into();
        for (index, (dense, norm)) in self.layers.iter().enumerate() {
            let activation = self.hidden.activation;
            let mut next = match norm {
                Some(norm) => activation.forward(norm.forward(dense.forward(x, pass), pass)),
                None => dense.activated(x, activation, pass),
            };
            if let Some(key) = pass.dropout_key().filter(|_| self.hidden.dropout > 0.0) {
                let layer = dropout::Layer {
                    roles: &self.roles[index],
                    rate: self.hidden.dropout,
                };
                let mask = dropout::mask(key, &layer, next.dims(), &next.device().inner());
                next = next * mask;
            }
            x = change(index, next).into();
        }
        x.whole()
    }
}
