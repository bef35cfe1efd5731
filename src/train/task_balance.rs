//! From the gradients of each task to one update, strategy by strategy.

use burn::tensor::{Device, Tensor};

use super::cohort::Cohort;
use super::found::{CutGradients, Found};
use crate::error::Report;
use crate::model::embedding::Lookup;
use crate::model::{Fork, Network};
use crate::strategy::task_gradients::TaskRows;
use crate::strategy::{Direction, Progress, Strategy, TaskGradients, Update};

/// 1 for the numbers of the touched rows that all tasks share, 0 for those of one task; `None` if there are none of these.
///
/// # Shapes
/// - output: `[distinct, dim]`
fn shared_numbers(network: &Network, lookup: &Lookup, device: &Device) -> Option<Tensor<2>> {
    let has_own = network.embeddings.has_own();
    has_own.then(|| lookup.shared_mask(&network.embeddings, device))
}

/// What several strategies have for their replicas, one behind the other. A single one is what it is: the backend copies even that.
pub(super) fn stacked<const D: usize>(parts: Vec<Tensor<D>>) -> Tensor<D> {
    match <[Tensor<D>; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => Tensor::cat(parts, 0),
    }
}

/// The gradient of each task on the representation where the tape was cut, summed over the rows.
///
/// # Shapes
/// - output: `[replica, task, width]`
fn on_representation(cuts: &[CutGradients], with_signs: bool) -> Tensor<3> {
    let tasks = cuts.first().map_or(0, |cut| cut.of_tasks.len());
    let of_task = |task: usize| {
        let of_cuts = cuts.iter().map(|cut| {
            let gradient = cut.of_tasks[task].clone();
            let signed = if with_signs {
                gradient * cut.shared.clone().inner().sign()
            } else {
                gradient
            };
            signed.sum_dim(1)
        });
        of_cuts.reduce(|sum, next| sum + next)
    };
    Tensor::cat((0..tasks).filter_map(of_task).collect(), 1)
}

impl Cohort {
    /// The gradient of each task on what all share.
    pub(super) fn task_gradients(
        &self,
        found: &Found,
        fork: Fork,
        lookup: Option<&Lookup>,
    ) -> TaskGradients {
        if fork == Fork::Cut {
            let with_signs = self.recipe.needs.has_signs();
            return TaskGradients {
                dense: on_representation(&found.cuts, with_signs),
                rows: None,
                parts: Vec::new(),
            };
        }
        let copies = fork.copies();
        let network = &self.recipe.network;
        let rows = found.rows.as_ref().zip(lookup).map(|(rows, lookup)| {
            let [all, dim] = rows.dims();
            let values = rows.clone().reshape([copies, all / copies, dim]);
            TaskRows {
                values: match shared_numbers(network, lookup, &self.device) {
                    Some(shared) => values * shared.unsqueeze_dim::<3>(0),
                    None => values,
                },
                owners: lookup.owners(&self.device),
                ranges: lookup.ranges(),
            }
        });
        TaskGradients {
            dense: network.layout.shared(&found.flat, copies),
            rows,
            parts: Vec::new(),
        }
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
    (stacked(dense.collect()), rows.map(stacked))
}

/// What each task's gradient on the representation is multiplied with in one part of the batch.
///
/// # Shapes
/// - scales: for each part `[replica, task]`, from its share of the mean of the batch to its own mean
/// - output: `[replica, task, width]`, or a width of 1 where all numbers of a gradient have one factor
///
/// # Errors
/// An update that is no sum of this step's gradients.
pub(super) fn on_cut(
    updates: &[(TaskGradients, Update)],
    part: usize,
    scales: &[Tensor<2>],
) -> Result<Tensor<3>, Report> {
    let mut start = 0;
    let mut factors = Vec::with_capacity(updates.len());
    for (_, update) in updates {
        let weights = update.weights.clone();
        let [replicas, tasks] = weights.dims();
        let own: Tensor<3> = match &update.direction {
            Direction::OfPart(followed) if *followed < scales.len() => {
                if *followed == part {
                    let scale = scales[part].clone().narrow(0, start, replicas);
                    (weights * scale).unsqueeze_dim(2)
                } else {
                    Tensor::zeros([replicas, tasks, 1], &weights.device())
                }
            }
            Direction::Sum | Direction::OfPart(_) => weights.unsqueeze_dim(2),
            Direction::Masked { dense, .. } => dense.clone() * weights.unsqueeze_dim::<3>(2),
            Direction::Made { .. } => {
                return Err(Report::failure(
                    "a sum of the tasks' gradients on the representation was expected, a made direction found",
                ));
            }
        };
        factors.push(own);
        start += replicas;
    }
    let width = factors.iter().map(|own| own.dims()[2]).max().unwrap_or(1);
    let wide = |own: Tensor<3>| {
        let [replicas, tasks, _] = own.dims();
        own.expand([replicas, tasks, width])
    };
    Ok(stacked(factors.into_iter().map(wide).collect()))
}

/// The update of the embedding rows, where what belongs to one task keeps the gradient of that task.
///
/// # Shapes
/// - rows: `[distinct, dim]`
/// - found: `[copy · distinct, dim]`
pub(super) fn with_own_numbers(
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
    let of_rows = |rows: Tensor<2>| match &gradients.rows {
        Some(own) => rows * factor.clone().select(0, own.owners.clone()),
        None => rows,
    };
    let direction = match update.direction {
        Direction::Made { dense, rows } => Direction::Made {
            dense: dense * factor.clone(),
            rows: rows.map(of_rows),
        },
        weighted => weighted,
    };
    let update = Update {
        direction,
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
