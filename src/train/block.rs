//! A block of rows from its forward to its backward pass.
//!
//! A batch is cut into blocks whose gradients are summed in a fixed order: on the CPU the blocks are spread over the
//! cores, on a GPU one block is the whole batch. The same code serves both, and the sum does not depend on how many
//! cores there are.

use std::ops::Range;

use burn::tensor::{Device, Gradients as Tape, Tensor};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::device_data::{DeviceData, Rows};
use crate::model::dropout::DropoutKey;
use crate::model::embedding::{Lookup, Places};
use crate::model::host::summed;
use crate::model::pass::Cut;
use crate::model::seeded::seeded;
use crate::model::{Features, Fork, Network, Pass};
use crate::strategy::TaskLoss;

/// What a forward pass of a batch needs.
pub(super) struct Forward<'a> {
    pub network: &'a Network,
    /// `[replica, parameter]`.
    pub flat: &'a Tensor<2>,
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
    /// Epochs done before.
    pub epoch: u32,
    /// The parts of the batch that are passed, none of them empty.
    pub parts: &'a [Range<usize>],
    /// Rows of a block; `None`: a whole part.
    pub block: Option<usize>,
    pub fork: Fork,
    pub device: &'a Device,
    pub autodiff: &'a Device,
}

/// A block of rows between its forward and its backward pass.
pub(super) struct Block {
    /// The place of its part among those that are passed.
    part: usize,
    pub pass: Pass,
    uses: Option<Uses>,
    outputs: Tensor<3>,
    /// `[replica, row, 1]`: what the structure adds to the tasks' losses.
    penalty: Option<Tensor<3>>,
    rows: Rows,
    /// `[replica, task]`: the losses of labeled rows.
    pub losses: Tensor<2>,
}

impl Forward<'_> {
    /// The blocks of the batch.
    pub fn run(&self) -> Vec<Block> {
        // Batch norm looks at all rows together.
        let whole = !self.network.statistics.is_empty();
        let block = self.block.filter(|_| !whole).unwrap_or(usize::MAX).max(1);
        let cut = |(part, rows): (usize, &Range<usize>)| {
            let end = rows.end;
            let starts = rows.clone().step_by(block);
            starts.map(move |start| (part, start..start.saturating_add(block).min(end)))
        };
        let blocks: Vec<(usize, Range<usize>)> =
            self.parts.iter().enumerate().flat_map(cut).collect();
        let parameters = self.network.layout.split(self.flat, self.fork.copies());
        let one = |(part, rows): (usize, Range<usize>)| self.block(part, rows, &parameters);
        spread(blocks, one)
    }

    fn block(
        &self,
        part: usize,
        Range { start, end }: Range<usize>,
        parameters: &[Tensor<3>],
    ) -> Block {
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
            epoch: self.epoch,
            first_row: start,
        };
        let pass = Pass::training(leaves, Vec::new(), key, self.fork);
        let layout = &network.embeddings;
        let uses = self.touched.map(|(lookup, touched)| {
            let places = lookup.places(start..end, copies, self.device);
            let planes = cut.len() * copies * layout.lanes;
            let found = places.taken(touched);
            let found = found.reshape([planes, end - start, layout.width()]);
            Uses {
                distinct: touched.dims(),
                leaf: leaf(&found, self.autodiff),
                places,
            }
        });
        let found = uses.as_ref().map(|uses| uses.leaf.clone());
        let rows = self.data.rows(&cut);
        let features = Features {
            found,
            lengths: rows.lengths.clone().map(|lengths| copied(lengths, copies)),
            dense: rows.dense.clone().map(|dense| copied(dense, copies)),
        };
        let outputs = network.forward(features, &pass);
        let penalty = network.penalty(&outputs, &pass);
        let values = self
            .loss
            .values(outputs.clone().inner(), rows.labels.clone());
        let losses = masked(values, rows.mask.as_ref())
            .sum_dim(1)
            .squeeze_dim::<2>(1);
        Block {
            part,
            pass,
            uses,
            outputs,
            penalty,
            rows,
            losses,
        }
    }
}

/// The embeddings of a block, one row for each use.
///
/// The tape begins here and not at the distinct rows: where these are many, a block would have a gradient as long as all
/// that its batch touches.
#[derive(Clone)]
struct Uses {
    /// `[plane, row, width]`.
    leaf: Tensor<3>,
    /// Their places among the distinct rows.
    places: Places,
    /// The distinct rows, and their width.
    distinct: [usize; 2],
}

/// What the backward pass of a block has found.
struct Partial {
    flat: Tensor<2>,
    /// The leaf stands for its gradient.
    uses: Option<Uses>,
    cuts: Vec<CutGradients>,
}

/// What backward passes have found; blocks are summed.
#[derive(Clone)]
pub(super) struct Found {
    /// As [`crate::model::Layout::join`] gives it.
    pub flat: Tensor<2>,
    /// `[copy · distinct, dim]`.
    pub rows: Option<Tensor<2>>,
    /// Where the tapes of the blocks were cut.
    pub cuts: Vec<CutGradients>,
}

/// A cut of one block with the gradient of each task at its leaf.
#[derive(Clone)]
pub(super) struct CutGradients {
    /// The place of its part among those that were passed.
    part: usize,
    /// The end of what is shared, on the tape.
    pub shared: Tensor<3>,
    /// `[replica, row, width]` for each task.
    pub of_tasks: Vec<Tensor<3>>,
    /// What no tasks share, on the tape, with its gradient.
    pub bypass: Vec<(Tensor<3>, Tensor<3>)>,
    /// The leaves that the rest of the backward pass ends in.
    leaves: Leaves,
}

/// The leaves of a block's tape.
#[derive(Clone)]
struct Leaves {
    parameters: Vec<Tensor<3>>,
    uses: Option<Uses>,
}

impl Leaves {
    fn gradients(&self, tape: &Tape, network: &Network, replicas: usize) -> Partial {
        let parts = self.parameters.iter();
        let parts = parts.map(|tensor| gradient(tensor, tape)).collect();
        let uses = self.uses.as_ref().map(|uses| Uses {
            leaf: gradient(&uses.leaf, tape),
            ..uses.clone()
        });
        Partial {
            flat: network.layout.join(parts, replicas),
            uses,
            cuts: Vec::new(),
        }
    }
}

/// The gradients of the losses scaled by `[replica, 1, task]`, part by part in the order of [`Forward::parts`].
pub(super) fn backward(
    blocks: Vec<Block>,
    scale: &Tensor<3>,
    loss: &TaskLoss,
    network: &Network,
) -> Vec<Found> {
    let num_rows: usize = blocks.iter().map(|block| block.outputs.dims()[1]).sum();
    let one = |block: Block| {
        let part = block.part;
        let outputs = block.outputs.clone().inner();
        let replicas = outputs.dims()[0];
        let slopes = loss.derivatives(outputs, block.rows.labels);
        let slopes = masked(slopes, block.rows.mask.as_ref()) * scale.clone();
        let losses = seeded(block.outputs, Tensor::from_inner(slopes));
        let tape = match block.penalty {
            Some(penalty) => losses + penalty.sum() / num_rows as f64,
            None => losses,
        }
        .backward();
        let leaves = Leaves {
            parameters: block.pass.parameters().to_vec(),
            uses: block.uses,
        };
        let mut found = leaves.gradients(&tape, network, replicas);
        let of_tasks = |cut: &Cut| {
            cut.leaves
                .iter()
                .map(|leaf| gradient(leaf, &tape))
                .collect()
        };
        // They leave the same tape as the cut, which can be walked but once.
        let past = block.pass.bypass().into_iter().filter_map(|cut| {
            let own = gradient(cut.leaves.first()?, &tape);
            Some((cut.shared, own))
        });
        let mut bypass: Vec<(Tensor<3>, Tensor<3>)> = past.collect();
        let cuts = block.pass.cuts().into_iter().map(|cut| CutGradients {
            part,
            of_tasks: of_tasks(&cut),
            bypass: std::mem::take(&mut bypass),
            shared: cut.shared,
            leaves: leaves.clone(),
        });
        found.cuts = cuts.collect();
        (part, found)
    };
    let found = spread(blocks, one);
    let mut parts: Vec<(usize, Vec<Partial>)> = Vec::new();
    for (part, found) in found {
        match parts.last_mut().filter(|(last, _)| *last == part) {
            Some((_, own)) => own.push(found),
            None => parts.push((part, vec![found])),
        }
    }
    parts
        .into_iter()
        .filter_map(|(_, own)| merged(own))
        .collect()
}

/// The rest of the backward pass below the cuts, where the tasks' gradients are added up.
///
/// # Shapes
/// - factors: for each part `[replica, task, width]`, or a width of 1
pub(super) fn backward_below(
    cuts: Vec<CutGradients>,
    factors: &[Tensor<3>],
    network: &Network,
) -> Option<Found> {
    let one = |cut: CutGradients| {
        let factors = factors.get(cut.part)?;
        let replicas = factors.dims()[0];
        let own = |(task, gradient): (usize, &Tensor<3>)| {
            gradient.clone() * factors.clone().narrow(1, task, 1)
        };
        let sum = cut.of_tasks.iter().enumerate().map(own);
        let sum = sum.reduce(|sum, next| sum + next)?;
        let below = seeded(cut.shared, Tensor::from_inner(sum));
        let past = cut.bypass.into_iter();
        let past = past.map(|(tensor, own)| seeded(tensor, Tensor::from_inner(own)));
        let tape = past.fold(below, |sum, past| sum + past).backward();
        Some(cut.leaves.gradients(&tape, network, replicas))
    };
    merged(spread(cuts, one).into_iter().flatten().collect())
}

/// The blocks of one part added up.
fn merged(blocks: Vec<Partial>) -> Option<Found> {
    let (mut flats, mut uses, mut cuts) = (vec![], vec![], vec![]);
    let mut distinct = [0; 2];
    for block in blocks {
        flats.push(block.flat);
        cuts.extend(block.cuts);
        if let Some(own) = block.uses {
            distinct = own.distinct;
            uses.push((own.places, own.leaf));
        }
    }
    Some(Found {
        flat: summed(flats)?,
        rows: Places::added_up(uses, distinct),
        cuts,
    })
}

/// The parts in order, made side by side where there are several.
fn spread<T: Send, U: Send>(parts: Vec<T>, one: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    match parts.len() {
        1 => parts.into_iter().map(one).collect(),
        _ => parts.into_par_iter().map(one).collect(),
    }
}

/// The parts added up.
pub(super) fn added(parts: Vec<Found>) -> Option<Found> {
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
