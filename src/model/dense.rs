//! A stacked dense layer: one weight matrix for each replica and lane.

use burn::tensor::Tensor;

use super::layout::{Init, Layout, Slot};
use super::pass::Pass;

/// `y = x·W + b`, with `W` of `[replica · lane, in, out]`.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    weight: Slot,
    bias: Slot,
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
        Self {
            weight: layout.add(format!("{role}.weight"), lanes, [inputs, outputs], init),
            bias: layout.add(format!("{role}.bias"), lanes, [1, outputs], init),
        }
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`
    /// - output: `[replica · lane, batch, out]`
    pub fn forward(&self, input: Tensor<3>, pass: &Pass) -> Tensor<3> {
        input.matmul(pass.parameter(self.weight)) + pass.parameter(self.bias)
    }
}
