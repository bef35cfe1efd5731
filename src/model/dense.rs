//! A stacked dense layer: one weight matrix for each replica and lane.

use burn::tensor::Tensor;

use super::activation::Activation;
use super::input::Input;
use super::layer::dense;
use super::layout::{Init, Layout, Slot};
use super::pass::Pass;
use super::{host, lanes};

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

    /// Applies the layer; lanes that see the same features need them but once.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`, or `[replica, batch, in]` for all lanes
    /// - output: `[replica · lane, batch, out]`
    pub fn forward(&self, input: impl Into<Input>, pass: &Pass) -> Tensor<3> {
        self.rectified(input.into(), None, pass)
    }

    /// Applies the layer and a non-linearity.
    ///
    /// # Shapes
    /// As [`Self::forward`] has them.
    pub fn activated(
        &self,
        input: impl Into<Input>,
        activation: &dyn Activation,
        pass: &Pass,
    ) -> Tensor<3> {
        match activation.slope_below_zero() {
            slope @ Some(_) => self.rectified(input.into(), slope, pass),
            None => activation.forward(self.forward(input, pass)),
        }
    }

    fn rectified(&self, input: Input, slope: Option<f32>, pass: &Pass) -> Tensor<3> {
        let weight = pass.parameter(self.weight);
        let bias = self.bias.map(|bias| pass.parameter(bias));
        let device = input.device();
        let [planes, _, outputs] = weight.dims();
        let zeros = || Tensor::zeros([planes, 1, outputs], &device);
        match input {
            Input::Parted(rest, repeated) => {
                let bias = bias.unwrap_or_else(zeros);
                host::dense_repeated(rest, repeated, [weight, bias], slope)
            }
            // On a card a bias that adds nothing is one more kernel.
            Input::Whole(input) if bias.is_none() && slope.is_none() && !host::is_host(&device) => {
                let lanes = planes / input.dims()[0];
                lanes::spread(input, lanes).matmul(weight)
            }
            Input::Whole(input) => dense(input, weight, bias.unwrap_or_else(zeros), slope),
        }
    }
}
