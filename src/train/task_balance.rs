//! From the gradients of each task to one update, strategy by strategy.

use burn::tensor::{Device, Tensor};

use super::block::Found;
use crate::error::Report;
use crate::model::embedding::Lookup;
use crate::model::{Fork, Network};
use crate::strategy::task_gradients::TaskRows;
use crate::strategy::{Progress, Strategy, TaskGradients, Update};

/// 1 for the numbers of the touched rows that all tasks share, 0 for those of linear terms; `None` if there are none.
///
/// # Shapes
/// - output: `[distinct, dim]`
fn shared_numbers(network: &Network, lookup: &Lookup, device: &Device) -> Option<Tensor<2>> {
    let has_linear = network.is_wide();
    has_linear.then(|| lookup.embedding_mask(&network.embeddings, device))
}

/// The gradient of each task on what all share.
pub(super) fn task_gradients(
    found: &Found,
    fork: Fork,
    network: &Network,
    lookup: Option<&Lookup>,
    device: &Device,
) -> TaskGradients {
    let copies = fork.copies();
    if fork == Fork::Cut {
        let tasks = found.cuts.first().map_or(0, |cut| cut.of_tasks.len());
        let of_task = |task: usize| {
            let of_cuts = found.cuts.iter().map(|cut| {
                let gradient = cut.of_tasks[task].clone();
                gradient.sum_dim(1)
            });
            of_cuts.reduce(|sum, next| sum + next)
        };
        let parts: Vec<Tensor<3>> = (0..tasks).filter_map(of_task).collect();
        return TaskGradients {
            dense: Tensor::cat(parts, 1),
            rows: None,
            parts: Vec::new(),
        };
    }
    let lanes = network.lanes.len();
    let rows = found.rows.as_ref().zip(lookup).map(|(rows, lookup)| {
        let [all, dim] = rows.dims();
        let values = rows.clone().reshape([copies, all / copies, dim]);
        TaskRows {
            values: match shared_numbers(network, lookup, device) {
                Some(shared) => values * shared.unsqueeze_dim::<3>(0),
                None => values,
            },
            owners: lookup.owners(lanes, device),
            ranges: lookup.ranges(lanes),
        }
    });
    TaskGradients {
        dense: network.layout.shared(&found.flat, copies),
        rows,
        parts: Vec::new(),
    }
}

/// What each strategy makes of the gradients of its replicas.
///
/// # Errors
/// A device that cannot be read.
pub(super) fn updates(
    strategies: &mut [(usize, Strategy)],
    gradients: &TaskGradients,
    losses: &Tensor<2>,
    progress: Progress,
) -> Result<Vec<(TaskGradients, Update)>, Report> {
    let mut start = 0;
    let mut updates = Vec::with_capacity(strategies.len());
    for (replicas, strategy) in strategies {
        let own = gradients.narrow(start, *replicas);
        let losses = losses.clone().narrow(0, start, *replicas);
        let update = match strategy {
            Strategy::Balancing(balancing) => balancing.balance(&own, &losses, progress)?,
            Strategy::Weighting(weighting) => Update::weighted(weighting.weigh(&losses, progress)),
        };
        updates.push((own, update));
        start += *replicas;
    }
    Ok(updates)
}

/// The update of the shared dense parameters and of the embedding rows, for all replicas.
///
/// # Shapes
/// - output: `[replica, shared]` and `[distinct, dim]`
pub(super) fn combined(updates: &[(TaskGradients, Update)]) -> (Tensor<2>, Option<Tensor<2>>) {
    let dense = updates
        .iter()
        .map(|(gradients, update)| gradients.combine_dense(update));
    let rows: Option<Vec<Tensor<2>>> = updates
        .iter()
        .map(|(gradients, update)| gradients.combine_rows(update))
        .collect();
    (
        Tensor::cat(dense.collect(), 0),
        rows.map(|rows| Tensor::cat(rows, 0)),
    )
}

/// The update of the embedding rows, where linear terms keep the gradient of their own task.
///
/// # Shapes
/// - rows: `[distinct, dim]`
/// - found: `[copy · distinct, dim]`
pub(super) fn with_linear_terms(
    rows: Tensor<2>,
    found: &Tensor<2>,
    network: &Network,
    lookup: &Lookup,
) -> Tensor<2> {
    let device = rows.device();
    let Some(shared) = shared_numbers(network, lookup, &device) else {
        return rows;
    };
    let [distinct, dim] = rows.dims();
    let copies = found.dims()[0] / distinct;
    let by_copy = found.clone().reshape([copies, distinct, dim]);
    let own = by_copy.sum_dim(0).squeeze_dim::<2>(0);
    rows * shared.clone() + own * (shared.neg() + 1.0)
}

/// An update scaled so that its weights have the sum that equal weights have.
pub(super) fn normalized((gradients, update): (TaskGradients, Update)) -> (TaskGradients, Update) {
    let factor = to_sum_of_tasks(&update.weights);
    let rows = update.rows.map(|rows| match &gradients.rows {
        Some(own) => rows * factor.clone().select(0, own.owners.clone()),
        None => rows,
    });
    let update = Update {
        dense: update.dense.map(|dense| dense * factor.clone()),
        rows,
        weights: update.weights * factor,
    };
    (gradients, update)
}

/// What brings weights to the sum that equal weights have; 1 where they have no positive sum.
///
/// # Shapes
/// - weights: `[replica, task]`
/// - output: `[replica, 1]`
pub(super) fn to_sum_of_tasks(weights: &Tensor<2>) -> Tensor<2> {
    let tasks = weights.dims()[1] as f64;
    let sum = weights.clone().sum_dim(1);
    let none = sum.clone().lower_equal_elem(1e-12);
    sum.recip().mul_scalar(tasks).mask_fill(none, 1.0)
}
