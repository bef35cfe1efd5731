//! A stacked dense layer: one weight matrix for each replica and lane.

use burn::tensor::Tensor;

use super::layout::{Init, Layout, Slot};
use super::pass::Pass;

/// `y = x·W + b`, with `W` of `[replica · lane, in, out]`.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    weight: Slot,
    /// `None`: no bias.
    bias: Option<Slot>,
}

impl Dense {
    /// Adds the layer's parameters to a layout; they start as those of `torch.nn.Linear`.
    pub fn new(
        layout: &mut Layout,
        role: &str,
        lanes: &[String],
        inputs: usize,
        outputs: usize,
    ) -> Self {
        let init = Init::Uniform { fan_in: inputs };
        let weight = layout.add(format!("{role}.weight"), lanes, [inputs, outputs], init);
        let bias = layout.add(format!("{role}.bias"), lanes, [1, outputs], init);
        Self {
            weight,
            bias: Some(bias),
        }
    }

    /// The same without a bias.
    pub fn without_bias(
        layout: &mut Layout,
        role: &str,
        lanes: &[String],
        inputs: usize,
        outputs: usize,
    ) -> Self {
        let init = Init::Uniform { fan_in: inputs };
        Self {
            weight: layout.add(format!("{role}.weight"), lanes, [inputs, outputs], init),
            bias: None,
        }
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`
    /// - output: `[replica · lane, batch, out]`
    pub fn forward(&self, input: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let product = input.matmul(pass.parameter(self.weight));
        match self.bias {
            Some(bias) => product + pass.parameter(bias),
            None => product,
        }
    }
}
