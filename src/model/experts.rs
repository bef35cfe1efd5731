//! Experts: bottoms side by side that see the same features, and gates that mix them.

use burn::tensor::Tensor;

use super::bottom::{Bottom, InputShape};
use super::dense::Dense;
use super::input::Input;
use super::lanes;
use super::mixture::mixture;
use super::mlp::{Builder, HiddenConfig, Mlp};
use super::pass::Pass;
use super::softmax::softmax;
use super::structure::StructureConfig;

/// Bottoms that each start from numbers of their own: equal ones would get equal gradients and stay equal.
#[derive(Debug)]
pub struct Experts {
    bottoms: Box<dyn Bottom>,
    role: String,
    number: usize,
}

impl Experts {
    /// Adds so many experts, at least one, that see the features in `input`; `role.0`, `role.1`, … are their names.
    pub fn new(
        builder: &mut Builder,
        role: &str,
        number: usize,
        input: InputShape,
        config: &StructureConfig<'_>,
    ) -> Self {
        let lanes: Vec<String> = (0..number).map(|index| index.to_string()).collect();
        let config = StructureConfig { input, ..*config };
        Self {
            bottoms: config.build_bottom(&format!("{role}.*"), &lanes, builder),
            role: role.to_owned(),
            number,
        }
    }

    /// The width of each.
    pub fn width(&self) -> usize {
        self.bottoms.width()
    }

    /// How many there are.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Their names, as those of their weights begin.
    pub fn names(&self) -> impl Iterator<Item = String> {
        (0..self.number).map(|index| format!("{}.{index}", self.role))
    }

    /// What each makes of the features.
    ///
    /// # Shapes
    /// - input: `[plane, batch, in]`
    pub fn forward(&self, input: impl Into<Input>, pass: &Pass) -> Outputs {
        Outputs {
            planes: self.bottoms.forward_alike(input.into(), self.number, pass),
            number: self.number,
        }
    }
}

/// What experts side by side make of what they see.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// `[plane · expert, batch, width]`.
    pub planes: Tensor<3>,
    /// How many experts there are.
    pub number: usize,
}

impl Outputs {
    /// What is there already, as if one expert had made it.
    pub fn of_one(planes: Tensor<3>) -> Self {
        Self { planes, number: 1 }
    }

    /// What each task reads of outputs that all share, in the same order.
    pub fn fork_all(shared: Vec<Self>, tasks: usize, pass: &Pass) -> Vec<Vec<Self>> {
        if pass.reads_alike() {
            return vec![shared; tasks];
        }
        let numbers: Vec<usize> = shared.iter().map(|own| own.number).collect();
        let wide = shared.into_iter();
        let wide = wide.map(|own| lanes::widened(own.planes, own.number));
        let views = pass.fork_all(wide.collect(), tasks);
        let view = |view: Vec<Tensor<3>>| {
            let each = view.into_iter().zip(&numbers);
            let outputs = each.map(|(wide, &number)| Self {
                planes: lanes::narrowed(wide, number),
                number,
            });
            outputs.collect()
        };
        views.into_iter().map(view).collect()
    }

    /// What each task reads of outputs and of features that all share, in the same order.
    pub fn fork_with(
        shared: Vec<Self>,
        features: Vec<Input>,
        tasks: usize,
        pass: &Pass,
    ) -> Vec<(Vec<Self>, Vec<Input>)> {
        if pass.reads_alike() {
            return vec![(shared, features); tasks];
        }
        let number = shared.len();
        let features = features
            .into_iter()
            .map(|input| Self::of_one(input.whole()));
        let views = Self::fork_all(shared.into_iter().chain(features).collect(), tasks, pass);
        let view = |mut shared: Vec<Self>| {
            let features = shared.split_off(number).into_iter();
            (shared, features.map(|own| own.planes.into()).collect())
        };
        views.into_iter().map(view).collect()
    }

    /// The same for nobody to learn from.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            planes: self.planes.clone().detach(),
            number: self.number,
        }
    }
}

/// An expert's name for people: the level that it stands in, if it stands in one, and such as `own click 1`.
pub fn shown_name(name: &str) -> (Option<usize>, String) {
    let (level, rest) = match name.strip_prefix("level").and_then(|it| it.split_once('.')) {
        Some((level, rest)) => (level.parse().ok(), rest),
        None => (None, name),
    };
    let rest = if level.is_some() { rest } else { name };
    let (stem, index) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let number = index
        .parse::<usize>()
        .map_or_else(|_| index.to_owned(), |it| (it + 1).to_string());
    let stem = match stem.split_once('.') {
        Some((kind, task)) => format!("{kind} {task}"),
        None => stem.strip_suffix('s').unwrap_or(stem).to_owned(),
    };
    (level, format!("{stem} {number}"))
}

/// The shares of experts in a mixture: `softmax(W·MLP(x))`.
#[derive(Clone, Debug)]
pub struct Gate {
    hidden: Mlp,
    output: Dense,
    names: GateNames,
}

/// What a gate is built from.
#[derive(Clone, Debug)]
pub struct GateConfig<'a> {
    /// Who asks and whom it mixes.
    pub names: GateNames,
    /// The width of what it sees.
    pub inputs: usize,
    /// The width of each hidden layer; none: it is linear.
    pub units: &'a [usize],
    /// Whether its output has a bias.
    pub has_bias: bool,
    /// What all hidden layers have in common.
    pub hidden: HiddenConfig,
}

/// Who asks a gate and whom it mixes.
#[derive(Clone, Debug)]
pub struct GateNames {
    /// The tasks that get the mixture; none: it goes on to experts of all tasks.
    pub tasks: Vec<String>,
    /// The experts, in the order of the mixture.
    pub experts: Vec<String>,
}

impl Gate {
    /// Adds a gate.
    pub fn new(builder: &mut Builder, role: &str, config: GateConfig<'_>) -> Self {
        let lanes = [String::new()];
        // Normalized or dropped inputs of a softmax are asked for by no paper.
        let plain = HiddenConfig {
            batch_norm: false,
            dropout: 0.0,
            ..config.hidden
        };
        let hidden = Mlp::new(builder, role, &lanes, config.inputs, config.units, plain);
        let name = format!("{role}.{}", config.units.len());
        let (width, experts) = (hidden.width(), config.names.experts.len());
        let output = if config.has_bias {
            Dense::new
        } else {
            Dense::without_bias
        };
        Self {
            output: output(&mut builder.layout, &name, &lanes, width, experts),
            hidden,
            names: config.names,
        }
    }

    /// The experts' outputs in the shares that the gate gives them.
    ///
    /// # Shapes
    /// - input: `[plane, batch, in]`
    /// - output: `[plane, batch, width]`
    pub fn mix(&self, input: impl Into<Input>, experts: &[Outputs], pass: &Pass) -> Tensor<3> {
        let logits = self.output.forward(self.hidden.forward(input, pass), pass);
        let shares = softmax(logits);
        pass.record_gate(&self.names, &shares);
        mixed(&shares, experts)
    }
}

/// `Σ_e share_e·f_e`.
///
/// # Shapes
/// - shares: `[plane, batch, expert]`, or `[plane, 1, expert]` for all rows
/// - output: `[plane, batch, width]`
pub fn mixed(shares: &Tensor<3>, experts: &[Outputs]) -> Tensor<3> {
    let mut end = 0;
    let each = experts.iter().map(|own| {
        let first = end;
        end += own.number;
        let shares = if own.number == shares.dims()[2] {
            shares.clone()
        } else {
            shares.clone().narrow(2, first, own.number)
        };
        mixture(shares, own.planes.clone())
    });
    let sum = each.reduce(|sum, next| sum + next);
    sum.unwrap_or_else(|| shares.zeros_like())
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn names_of_experts_read_well() {
        let shown = [
            ("experts.0", (None, "expert 1")),
            ("own.click.1", (None, "own click 2")),
            ("level2.own.like.it.0", (Some(2), "own like.it 1")),
            ("level1.shared.9", (Some(1), "shared 10")),
        ];
        for (name, (level, words)) in shown {
            assert_eq!(shown_name(name), (level, words.to_owned()));
        }
    }
}
