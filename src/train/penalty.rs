//! What is done to gradients before the step: the pull of `l2_dnn`, and clipping run by run.

use burn::tensor::{Device, Tensor, TensorData};

use super::state::{Gradients, RowGradients};
use crate::model::Network;
use crate::model::embedding::Lookup;

/// The pull of dense weights towards zero; biases and norms are left alone.
#[derive(Debug)]
pub(super) struct Pull {
    /// `[1, parameter]`: twice the penalty for the weights, else 0.
    factors: Tensor<2>,
}

impl Pull {
    /// `None` without a penalty.
    pub fn new(l2_dnn: f64, network: &Network, device: &Device) -> Option<Self> {
        if l2_dnn <= 0.0 {
            return None;
        }
        let mut flags = Vec::with_capacity(network.layout.len());
        for entry in network.layout.entries() {
            let is_weight =
                entry.role.ends_with(".weight") && !entry.role.ends_with(".norm.weight");
            flags.extend(std::iter::repeat_n(f32::from(is_weight), entry.len()));
        }
        let flags = TensorData::new(flags, [1, network.layout.len()]);
        Some(Self {
            factors: Tensor::from_data(flags, device) * (2.0 * l2_dnn),
        })
    }

    /// The gradient with the penalty's.
    ///
    /// # Shapes
    /// - gradient, flat: `[replica, parameter]`
    pub fn add(&self, gradient: Tensor<2>, flat: &Tensor<2>) -> Tensor<2> {
        gradient + flat.clone() * self.factors.clone()
    }
}

/// Each run's gradient, embeddings included, brought to the largest allowed norm.
pub(super) fn clipped(gradients: Gradients, largest: f64, lookup: Option<&Lookup>) -> Gradients {
    let rows = gradients.rows.zip(lookup);
    let mut squares = gradients.flat.clone().square().sum_dim(1);
    if let Some((rows, lookup)) = &rows {
        squares = squares + lookup.by_replica(rows.gradient.clone().square().sum_dim(1));
    }
    let factor = (squares.sqrt() + 1e-6)
        .recip()
        .mul_scalar(largest)
        .clamp_max(1.0);
    let rows = rows.map(|(rows, lookup)| {
        let owners = lookup.owners(&factor.device());
        RowGradients {
            gradient: rows.gradient * factor.clone().select(0, owners),
            ..rows
        }
    });
    Gradients {
        flat: gradients.flat * factor,
        rows,
    }
}
