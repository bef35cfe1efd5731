//! Experts: bottoms side by side that see the same features, and gates that mix them.

use burn::tensor::{Tensor, activation};

use super::bottom::{Bottom, InputShape};
use super::dense::Dense;
use super::mlp::{Builder, HiddenConfig, Mlp};
use super::pass::Pass;
use super::structure::StructureConfig;

/// Bottoms that each start from numbers of their own.
#[derive(Debug)]
pub struct Experts {
    bottoms: Box<dyn Bottom>,
    number: usize,
}

impl Experts {
    /// Adds so many experts that see the features in `input`; their lanes are `expert0`, `expert1`, …
    pub fn new(
        builder: &mut Builder,
        role: &str,
        number: usize,
        input: InputShape,
        config: &StructureConfig<'_>,
    ) -> Self {
        let lanes: Vec<String> = (0..number).map(|index| format!("expert{index}")).collect();
        let config = StructureConfig { input, ..*config };
        let bottoms = builder.distinct(|builder| config.build_bottom(role, &lanes, builder));
        Self { bottoms, number }
    }

    /// The width of each.
    pub fn width(&self) -> usize {
        self.bottoms.width()
    }

    /// How many there are.
    pub fn number(&self) -> usize {
        self.number
    }

    /// What each makes of the features.
    ///
    /// # Shapes
    /// - input: `[plane, batch, in]`
    /// - output: for each expert `[plane, batch, width]`
    pub fn forward(&self, input: Tensor<3>, pass: &Pass) -> Vec<Tensor<3>> {
        if self.number == 0 {
            return Vec::new();
        }
        let [planes, batch, width] = input.dims();
        let spread = input
            .reshape([planes, 1, batch, width])
            .expand([planes, self.number, batch, width])
            .reshape([planes * self.number, batch, width]);
        let found = self.bottoms.forward(spread, pass);
        let width = self.width();
        let by_expert = found.reshape([planes, self.number, batch, width]);
        let one = |expert| {
            let own = by_expert.clone().narrow(1, expert, 1);
            own.reshape([planes, batch, width])
        };
        (0..self.number).map(one).collect()
    }
}

/// The shares of experts in a mixture: `softmax(W·MLP(x))`.
#[derive(Clone, Debug)]
pub struct Gate {
    hidden: Mlp,
    output: Dense,
    role: String,
}

impl Gate {
    /// Adds a gate over so many experts; without hidden layers it is the paper's, linear and without a bias.
    pub fn new(
        builder: &mut Builder,
        role: &str,
        [inputs, experts]: [usize; 2],
        units: &[usize],
        hidden: HiddenConfig,
    ) -> Self {
        let lanes = [String::new()];
        // Normalized or dropped inputs of a softmax are asked for by no paper.
        let plain = HiddenConfig {
            batch_norm: false,
            dropout: 0.0,
            ..hidden
        };
        let hidden = Mlp::new(builder, role, &lanes, inputs, units, plain);
        let name = format!("{role}.{}", units.len());
        let width = hidden.width();
        Self {
            output: Dense::without_bias(&mut builder.layout, &name, &lanes, width, experts),
            hidden,
            role: role.to_owned(),
        }
    }

    /// The experts' outputs in the shares that the gate gives them.
    ///
    /// # Shapes
    /// - input: `[plane, batch, in]`
    /// - experts: each `[plane, batch, width]`
    /// - output: `[plane, batch, width]`
    pub fn mix(&self, input: Tensor<3>, experts: &[Tensor<3>], pass: &Pass) -> Tensor<3> {
        let logits = self.output.forward(self.hidden.forward(input, pass), pass);
        let shares = activation::softmax(logits, 2);
        pass.record_gate(&self.role, &shares);
        mixed(&shares, experts)
    }
}

/// `Σ_e share_e·f_e`.
///
/// # Shapes
/// - shares: `[plane, batch, expert]`
/// - experts: each `[plane, batch, width]`
pub fn mixed(shares: &Tensor<3>, experts: &[Tensor<3>]) -> Tensor<3> {
    let weighted = experts.iter().enumerate().map(|(place, expert)| {
        let share = shares.clone().narrow(2, place, 1);
        share * expert.clone()
    });
    let sum = weighted.reduce(|sum, next| sum + next);
    sum.unwrap_or_else(|| shares.zeros_like())
}
