//! Weights for the items of a list by what they have to do with a target (Zhou et al. 2018).

use burn::tensor::{Tensor, activation};

use super::dense::Dense;
use super::dice::Dice;
use super::mlp::Builder;
use super::pass::Pass;

/// What an attention unit is built from.
#[derive(Clone, Debug)]
pub struct AttentionConfig {
    /// The width of each hidden layer.
    pub units: Vec<usize>,
    /// Whether the weights of a list are made to add up to 1.
    pub is_normalized: bool,
}

/// `w_i = MLP([q, k_i, q − k_i, q ⊙ k_i])` with Dice between the layers.
#[derive(Debug)]
pub struct AttentionUnit {
    layers: Vec<(Dense, Dice)>,
    output: Dense,
    is_normalized: bool,
}

impl AttentionUnit {
    /// Adds the unit's parameters.
    pub fn new(
        builder: &mut Builder,
        role: &str,
        lanes: &[String],
        dim: usize,
        config: &AttentionConfig,
    ) -> Self {
        let mut width = 4 * dim;
        let mut layers = Vec::with_capacity(config.units.len());
        for (index, &units) in config.units.iter().enumerate() {
            let name = format!("{role}.{index}");
            let dense = Dense::new(&mut builder.layout, &name, lanes, width, units);
            let dice = Dice::new(builder, &format!("{name}.dice"), lanes, units);
            layers.push((dense, dice));
            width = units;
        }
        let name = format!("{role}.{}", config.units.len());
        Self {
            layers,
            output: Dense::new(&mut builder.layout, &name, lanes, width, 1),
            is_normalized: config.is_normalized,
        }
    }

    /// The weighted sum of the items.
    ///
    /// # Shapes
    /// - query: `[replica · lane, batch, dim]`
    /// - keys: `[replica · lane, batch, item, dim]`
    /// - mask: `[replica · lane, batch, item, 1]`: 1 for items, 0 for padding
    /// - output: `[replica · lane, batch, dim]`
    pub fn forward(
        &self,
        query: Tensor<3>,
        keys: Tensor<4>,
        mask: &Tensor<4>,
        pass: &Pass,
    ) -> Tensor<3> {
        let [planes, batch, items, dim] = keys.dims();
        let rows = batch * items;
        let query = query
            .unsqueeze_dim::<4>(2)
            .expand([planes, batch, items, dim]);
        let seen = vec![
            query.clone(),
            keys.clone(),
            query.clone() - keys.clone(),
            query * keys.clone(),
        ];
        let mut x = Tensor::cat(seen, 3).reshape([planes, rows, 4 * dim]);
        let present = mask.clone().reshape([planes, rows, 1]);
        for (dense, dice) in &self.layers {
            x = dice.forward(dense.forward(x, pass), &present, pass);
        }
        let weights = self.output.forward(x, pass);
        let weights = weights.reshape([planes, batch, items, 1]);
        let weights = if self.is_normalized {
            // What is far below all others has no share; a list without items has none at all.
            activation::softmax(weights + (mask.clone() - 1.0) * 1e9, 2)
        } else {
            weights
        };
        (keys * (weights * mask.clone())).sum_dim(2).squeeze_dim(2)
    }
}
