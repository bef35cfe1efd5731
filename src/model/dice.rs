//! An activation that bends where its input's distribution does, with a slope of its own below (Zhou et al. 2018).

use burn::tensor::{Tensor, activation};

use super::batch_norm::Moments;
use super::layout::{Init, Slot};
use super::mlp::Builder;
use super::pass::Pass;

const EPSILON: f64 = 1e-8;

/// `y = p·x + (1 − p)·α·x` with `p = σ((x − mean)/√(variance + ε))` over what the mask lets through.
#[derive(Clone, Copy, Debug)]
pub struct Dice {
    alpha: Slot,
    mean: Slot,
    variance: Slot,
}

impl Dice {
    /// Adds the slopes, zero at first, and the running statistics.
    pub fn new(builder: &mut Builder, role: &str, lanes: &[String], width: usize) -> Self {
        let size = [1, width];
        let statistics = &mut builder.statistics;
        let mut statistic = |name: &str, value| {
            statistics.add(format!("{role}.{name}"), lanes, size, Init::Constant(value))
        };
        Self {
            mean: statistic("running_mean", 0.0),
            variance: statistic("running_var", 1.0),
            alpha: builder
                .layout
                .add(format!("{role}.alpha"), lanes, size, Init::Constant(0.0)),
        }
    }

    /// Applies it.
    ///
    /// # Shapes
    /// - input: `[replica · lane, rows, width]`
    /// - mask: `[replica · lane, rows, 1]`: 1 for rows that are there, 0 for padding, which no statistic counts
    /// - output: `[replica · lane, rows, width]`
    pub fn forward(&self, input: Tensor<3>, mask: &Tensor<3>, pass: &Pass) -> Tensor<3> {
        let (mean, variance) = if pass.dropout_key().is_some() {
            let rows = mask.clone().sum_dim(1).clamp_min(1.0);
            let mean = (input.clone() * mask.clone()).sum_dim(1) / rows.clone();
            let squares = (input.clone() - mean.clone()).square() * mask.clone();
            let variance = squares.sum_dim(1) / rows.clone();
            let unbiased = rows.clone() / (rows - 1.0).clamp_min(1.0);
            pass.record(Moments {
                mean_slot: self.mean,
                variance_slot: self.variance,
                mean: mean.clone().inner(),
                variance: variance.clone().inner() * unbiased,
            });
            (mean, variance)
        } else {
            (pass.statistic(self.mean), pass.statistic(self.variance))
        };
        let share = activation::sigmoid((input.clone() - mean) / (variance + EPSILON).sqrt());
        let below = (share.clone().neg() + 1.0) * pass.parameter(self.alpha);
        input * (share + below)
    }
}
