//! A block of rows from its forward to its backward pass.
//!
//! A batch is cut into blocks whose gradients are summed in a fixed order: on the CPU the blocks are spread over the
//! cores, on a GPU one block is the whole batch. The same code serves both, and the sum does not depend on how many
//! cores there are.

use burn::tensor::{Device, Gradients as Tape, Tensor};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::device_data::{DeviceData, Rows};
use super::state::State;
use crate::model::dropout::DropoutKey;
use crate::model::embedding::Lookup;
use crate::model::pass::Cut;
use crate::model::{Fork, Network, Pass};
use crate::strategy::TaskLoss;

/// What a forward pass of a batch needs.
pub(super) struct Forward<'a> {
    pub network: &'a Network,
    pub state: &'a State,
    /// The seed of each replica.
    pub seeds: &'a [u64],
    /// The data rows of each replica.
    pub batch: &'a [&'a [u32]],
    /// The embeddings that the batch touches, with where each is used.
    pub touched: Option<(&'a Lookup, &'a Tensor<2>)>,
    pub data: &'a DeviceData,
    pub loss: &'a TaskLoss,
    /// Steps taken before.
    pub step: u64,
    /// Rows of a block; `None`: the whole batch.
    pub block: Option<usize>,
    pub fork: Fork,
    pub device: &'a Device,
    pub autodiff: &'a Device,
}

/// A block of rows between its forward and its backward pass.
pub(super) struct Block {
    pub pass: Pass,
    /// The touched embeddings, as a leaf of the tape.
    embeddings: Option<Tensor<2>>,
    outputs: Tensor<3>,
    rows: Rows,
    /// `[replica, task]`: the losses of labeled rows.
    pub losses: Tensor<2>,
}

impl Forward<'_> {
    /// The blocks of the batch.
    pub fn run(&self) -> Vec<Block> {
        let size = self.batch.first().map_or(0, |rows| rows.len());
        // Batch norm looks at the whole batch.
        let whole = !self.network.statistics.is_empty();
        let block = self.block.filter(|_| !whole).unwrap_or(size).max(1);
        let starts: Vec<usize> = (0..size).step_by(block).collect();
        let parameters = self
            .network
            .layout
            .split(&self.state.flat, self.fork.copies());
        let one = |&start: &usize| self.block(start, (start + block).min(size), &parameters);
        match starts.len() {
            1 => starts.iter().map(one).collect(),
            _ => starts.par_iter().map(one).collect(),
        }
    }

    fn block(&self, start: usize, end: usize, parameters: &[Tensor<3>]) -> Block {
        let network = self.network;
        let copies = self.fork.copies();
        let cut: Vec<&[u32]> = self.batch.iter().map(|batch| &batch[start..end]).collect();
        let leaves = parameters
            .iter()
            .map(|tensor| leaf(tensor, self.autodiff))
            .collect();
        let key = DropoutKey {
            seeds: self.seeds.to_vec(),
            step: self.step,
            first_row: start,
        };
        let pass = Pass::training(leaves, Vec::new(), key, self.fork);
        let embeddings = self.touched.map(|(_, touched)| {
            let all = Tensor::cat(vec![touched.clone(); copies], 0);
            leaf(&all, self.autodiff)
        });
        let embedded = embeddings
            .as_ref()
            .zip(self.touched)
            .map(|(embeddings, (lookup, _))| {
                let layout = &network.embeddings;
                let places = lookup.places(layout, start..end, copies, self.device);
                let width = layout.num_fields() * layout.dim;
                let planes = cut.len() * copies * layout.lanes;
                embeddings
                    .clone()
                    .select(0, places)
                    .reshape([planes, end - start, width])
            });
        let rows = self.data.rows(&cut);
        let dense = rows.dense.clone().map(|dense| copied(dense, copies));
        let outputs = network.forward(embedded, dense, &pass);
        let values = self
            .loss
            .values(outputs.clone().inner(), rows.labels.clone());
        let losses = masked(values, rows.mask.as_ref())
            .sum_dim(1)
            .squeeze_dim::<2>(1);
        Block {
            pass,
            embeddings,
            outputs,
            rows,
            losses,
        }
    }
}

/// What backward passes have found; blocks are summed.
pub(super) struct Found {
    /// As [`crate::model::Layout::join`] gives it.
    pub flat: Tensor<2>,
    /// `[copy · distinct, dim]`.
    pub rows: Option<Tensor<2>>,
    /// Where the tapes of the blocks were cut.
    pub cuts: Vec<CutGradients>,
}

/// A cut of one block with the gradient of each task at its leaf.
pub(super) struct CutGradients {
    /// The end of what is shared, on the tape.
    shared: Tensor<3>,
    /// `[replica, row, width]` for each task.
    pub of_tasks: Vec<Tensor<3>>,
    /// The leaves that the rest of the backward pass ends in.
    leaves: Leaves,
}

/// The leaves of a block's tape.
#[derive(Clone)]
struct Leaves {
    parameters: Vec<Tensor<3>>,
    embeddings: Option<Tensor<2>>,
}

impl Leaves {
    fn gradients(&self, tape: &Tape, network: &Network, replicas: usize) -> Found {
        let parts = self.parameters.iter();
        let parts = parts.map(|tensor| gradient(tensor, tape)).collect();
        Found {
            flat: network.layout.join(parts, replicas),
            rows: self.embeddings.as_ref().map(|rows| gradient(rows, tape)),
            cuts: Vec::new(),
        }
    }
}

/// The gradients of the losses scaled by `[replica, 1, task]`.
pub(super) fn backward(
    blocks: Vec<Block>,
    scale: &Tensor<3>,
    loss: &TaskLoss,
    network: &Network,
) -> Option<Found> {
    let one = |block: Block| {
        let outputs = block.outputs.clone().inner();
        let replicas = outputs.dims()[0];
        let slopes = loss.derivatives(outputs, block.rows.labels);
        let slopes = masked(slopes, block.rows.mask.as_ref()) * scale.clone();
        let tape = (block.outputs * Tensor::from_inner(slopes))
            .sum()
            .backward();
        let leaves = Leaves {
            parameters: block.pass.parameters().to_vec(),
            embeddings: block.embeddings,
        };
        let mut found = leaves.gradients(&tape, network, replicas);
        let of_tasks = |cut: &Cut| {
            cut.leaves
                .iter()
                .map(|leaf| gradient(leaf, &tape))
                .collect()
        };
        let cuts = block.pass.cuts().into_iter().map(|cut| CutGradients {
            of_tasks: of_tasks(&cut),
            shared: cut.shared,
            leaves: leaves.clone(),
        });
        found.cuts = cuts.collect();
        found
    };
    added(spread(blocks, one))
}

/// The rest of the backward pass below the cuts, where the tasks' gradients are added up with `[replica, task]` weights.
pub(super) fn backward_below(
    cuts: Vec<CutGradients>,
    weights: &Tensor<2>,
    network: &Network,
) -> Option<Found> {
    let one = |cut: CutGradients| {
        let replicas = weights.dims()[0];
        let own = |(task, gradient): (usize, &Tensor<3>)| {
            let weight = weights.clone().narrow(1, task, 1);
            gradient.clone() * weight.unsqueeze_dim::<3>(2)
        };
        let sum = cut.of_tasks.iter().enumerate().map(own);
        let sum = sum.reduce(|sum, next| sum + next)?;
        let tape = (cut.shared * Tensor::from_inner(sum)).sum().backward();
        Some(cut.leaves.gradients(&tape, network, replicas))
    };
    added(spread(cuts, one).into_iter().flatten().collect())
}

/// The parts in order, made side by side where there are several.
fn spread<T: Send, U: Send>(parts: Vec<T>, one: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    match parts.len() {
        1 => parts.into_iter().map(one).collect(),
        _ => parts.into_par_iter().map(one).collect(),
    }
}

fn added(parts: Vec<Found>) -> Option<Found> {
    parts.into_iter().reduce(|mut sum, next| {
        sum.cuts.extend(next.cuts);
        Found {
            flat: sum.flat + next.flat,
            rows: sum.rows.zip(next.rows).map(|(sum, next)| sum + next),
            cuts: sum.cuts,
        }
    })
}

fn gradient<const D: usize>(tensor: &Tensor<D>, tape: &Tape) -> Tensor<D> {
    tensor
        .grad(tape)
        .unwrap_or_else(|| tensor.clone().inner().zeros_like())
}

/// # Shapes
/// - dense: `[replica, row, width]`
/// - output: `[replica · copy, row, width]`
fn copied(dense: Tensor<3>, copies: usize) -> Tensor<3> {
    if copies == 1 {
        return dense;
    }
    let [replicas, rows, width] = dense.dims();
    dense
        .reshape([replicas, 1, rows, width])
        .expand([replicas, copies, rows, width])
        .reshape([replicas * copies, rows, width])
}

fn masked(values: Tensor<3>, mask: Option<&Tensor<3>>) -> Tensor<3> {
    match mask {
        Some(mask) => values * mask.clone(),
        None => values,
    }
}

/// A copy of a tensor that the tape takes for a parameter.
fn leaf<const D: usize>(tensor: &Tensor<D>, autodiff: &Device) -> Tensor<D> {
    Tensor::from_inner(tensor.clone())
        .to_device(autodiff)
        .require_grad()
}
