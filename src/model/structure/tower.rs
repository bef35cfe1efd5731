//! The network of one task on top of a bottom.

use burn::tensor::Tensor;

use crate::model::dense::Dense;
use crate::model::input::Input;
use crate::model::mlp::{Builder, HiddenConfig, Mlp};
use crate::model::pass::Pass;

/// Hidden layers and one output, for each of some lanes.
#[derive(Clone, Debug)]
pub struct Tower {
    hidden: Mlp,
    output: Dense,
}

impl Tower {
    /// Adds the tower's parameters.
    pub fn new(
        builder: &mut Builder,
        (role, lanes): (&str, &[String]),
        inputs: usize,
        units: &[usize],
        config: HiddenConfig,
    ) -> Self {
        let hidden = Mlp::new(builder, role, lanes, inputs, units, config);
        let name = format!("{role}.{}", units.len());
        let output = Dense::new(&mut builder.layout, &name, lanes, hidden.width(), 1);
        Self { hidden, output }
    }

    /// The task's output: a logit for binary, the scaled label for regression.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`, or `[replica, batch, in]` for all lanes
    /// - output: `[replica · lane, batch, 1]`
    pub fn forward(&self, input: impl Into<Input>, pass: &Pass) -> Tensor<3> {
        self.forward_with(input, pass, |_, hidden| hidden)
    }

    /// The same, where the output of each hidden layer is changed before it goes on; layers count from 0.
    pub fn forward_with(
        &self,
        input: impl Into<Input>,
        pass: &Pass,
        change: impl Fn(usize, Tensor<3>) -> Tensor<3>,
    ) -> Tensor<3> {
        let hidden = self.hidden.forward_with(input, pass, change);
        self.output.forward(hidden, pass)
    }
}
