//! An interaction of the features and hidden layers over the same features, side by side.

use burn::tensor::Tensor;

use super::{Bottom, BottomConfig};
use crate::model::input::Input;
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;

/// `h = [interaction(x), MLP(x)]`.
#[derive(Debug)]
pub(super) struct Beside {
    /// `None` where the features have nothing that interacts.
    interaction: Option<Box<dyn Bottom>>,
    /// `None` where the interaction stands alone.
    hidden: Option<Mlp>,
}

impl Beside {
    /// Adds the hidden layers' parameters; without an interaction they are there also if there are none of them.
    pub(super) fn new(
        interaction: Option<Box<dyn Bottom>>,
        units: &[usize],
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let is_needed = interaction.is_none() || !units.is_empty();
        let BottomConfig {
            role,
            lanes,
            input,
            hidden,
        } = *config;
        Self {
            interaction,
            hidden: is_needed.then(|| Mlp::new(builder, role, lanes, input.width(), units, hidden)),
        }
    }
}

impl Bottom for Beside {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        match (&self.interaction, &self.hidden) {
            (Some(interaction), Some(hidden)) => {
                let interaction = interaction.forward(input.clone(), pass);
                Tensor::cat(vec![interaction, hidden.forward(input, pass)], 2)
            }
            (Some(interaction), None) => interaction.forward(input, pass),
            (None, Some(hidden)) => hidden.forward(input, pass),
            (None, None) => input.whole(),
        }
    }

    fn width(&self) -> usize {
        let interaction = self.interaction.as_ref().map_or(0, |part| part.width());
        interaction + self.hidden.as_ref().map_or(0, Mlp::width)
    }
}
