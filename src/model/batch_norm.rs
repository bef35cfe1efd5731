//! Batch normalization with statistics of each replica and lane alone (Ioffe and Szegedy 2015).

use burn::tensor::Tensor;

use super::layout::{Init, Layout, Slot};
use super::pass::Pass;

/// How much of the running statistics a batch replaces, as in `torch.nn.BatchNorm1d`.
pub const MOMENTUM: f64 = 0.1;
const EPSILON: f64 = 1e-5;

/// `y = γ·(x − mean)/√(variance + ε) + β` over the rows of the batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    gamma: Slot,
    beta: Slot,
    mean: Slot,
    variance: Slot,
}

/// What one layer saw of one batch.
#[derive(Debug)]
pub struct Moments {
    /// Where the running mean lies.
    pub mean_slot: Slot,
    /// Where the running variance lies.
    pub variance_slot: Slot,
    /// `[replica · lane, 1, width]`.
    pub mean: Tensor<3>,
    /// `[replica · lane, 1, width]`, unbiased.
    pub variance: Tensor<3>,
}

impl BatchNorm {
    /// Adds the scale and shift to `layout` and the running statistics to `statistics`.
    pub fn new(
        layout: &mut Layout,
        statistics: &mut Layout,
        role: &str,
        lanes: &[String],
        width: usize,
    ) -> Self {
        let one = |layout: &mut Layout, name: &str, value| {
            layout.add(
                format!("{role}.{name}"),
                lanes,
                [1, width],
                Init::Constant(value),
            )
        };
        Self {
            gamma: one(layout, "weight", 1.0),
            beta: one(layout, "bias", 0.0),
            mean: one(statistics, "running_mean", 0.0),
            variance: one(statistics, "running_var", 1.0),
        }
    }

    /// Normalizes the rows.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, width]`
    /// - output: `[replica · lane, batch, width]`
    pub fn forward(&self, input: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let (mean, variance) = if pass.dropout_key().is_some() {
            let rows = input.dims()[1];
            let mean = input.clone().mean_dim(1);
            let variance = (input.clone() - mean.clone()).square().mean_dim(1);
            let unbiased = rows as f64 / (rows.max(2) - 1) as f64;
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
        (input - mean) / (variance + EPSILON).sqrt() * pass.parameter(self.gamma)
            + pass.parameter(self.beta)
    }
}

/// The running statistics after a batch, in the order of their layout; of copies the first counts.
pub fn update_running(
    mut statistics: Vec<Tensor<3>>,
    moments: Vec<Moments>,
    replicas: usize,
) -> Vec<Tensor<3>> {
    for seen in moments {
        let pairs = [
            (seen.mean_slot, seen.mean),
            (seen.variance_slot, seen.variance),
        ];
        for (Slot(index), value) in pairs {
            let value = first_copy(value, statistics[index].dims()[0], replicas);
            statistics[index] = statistics[index].clone() * (1.0 - MOMENTUM) + value * MOMENTUM;
        }
    }
    statistics
}

/// # Shapes
/// - seen: `[replica · copy · lane, 1, width]`
/// - output: `[replica · lane, 1, width]`
fn first_copy(seen: Tensor<3>, planes: usize, replicas: usize) -> Tensor<3> {
    let [seen_planes, _, width] = seen.dims();
    if seen_planes == planes {
        return seen;
    }
    let copies = seen_planes / planes;
    let lanes = planes / replicas;
    seen.reshape([replicas, copies, lanes, width])
        .narrow(1, 0, 1)
        .reshape([planes, 1, width])
}
