//! A block of rows from its forward to its backward pass.
//!
//! A batch is cut into blocks whose gradients are summed in a fixed order: on the CPU the blocks are spread over the
//! cores, on a GPU one block is the whole batch. The same code serves both, and the sum does not depend on how many
//! cores there are. A block goes back at once, while what it made is in its core's cache, unless the weights depend on
//! the losses of the whole batch.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::device_data::DeviceData;
use super::found::{
    CutGradients, Found, Leaves, Partial, Repeats, Touches, Uses, gradient, merged,
};
use crate::model::batch_norm::Moments;
use crate::model::dropout::DropoutKey;
use crate::model::embedding::{Lookup, RepeatedFields};
use crate::model::host::is_host;
use crate::model::seeded::seeded;
use crate::model::{Features, Fork, Network, Pass};
use crate::strategy::TaskLoss;

/// Rows of a block, at the most, where no field is repeated.
const UNREPEATED: usize = 512;

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
    /// `[replica, 1, task]`: what the gradients of the losses are scaled by, where that is known before the losses are.
    pub scale: Option<&'a Tensor<3>>,
    pub device: &'a Device,
    pub autodiff: &'a Device,
}

/// A block of rows that has gone forward.
pub(super) struct Block {
    /// `[replica, task]`: the losses of labeled rows.
    pub losses: Tensor<2>,
    /// What batch norm saw.
    pub moments: Vec<Moments>,
    way: Way,
}

/// How far a block has come.
enum Way {
    /// It waits for its way back.
    There(Box<Tape>),
    /// It has been there and back.
    Back(Box<Partial>),
}

/// What a block needs for its way back.
struct Tape {
    /// The place of its part among those that are passed.
    part: usize,
    pass: Pass,
    touches: Touches,
    outputs: Tensor<3>,
    /// What the structure adds to the tasks' losses, as a mean over the batch.
    penalty: Option<Tensor<1>>,
    /// `[replica, row, task]`: the derivatives of the losses by the outputs.
    slopes: Tensor<3>,
}

impl Forward<'_> {
    /// The blocks of the batch.
    pub fn run(&self) -> Vec<Block> {
        // Batch norm looks at all rows together.
        let whole = !self.network.statistics.is_empty();
        let block = self.block.filter(|_| !whole);
        let longest = self.parts.iter().map(Range::len).max().unwrap_or(0);
        let repeated = self.repeated(longest.min(block.unwrap_or(longest)));
        // More rows have more of the same ids; without such ids fewer of them stay in a core's cache.
        let most = repeated.as_ref().map_or(UNREPEATED, |_| usize::MAX);
        let block = block.map_or(usize::MAX, |rows| rows.clamp(1, most));
        let cut = |(part, rows): (usize, &Range<usize>)| {
            let end = rows.end;
            let starts = rows.clone().step_by(block);
            starts.map(move |start| (part, start..start.saturating_add(block).min(end)))
        };
        let blocks: Vec<(usize, Range<usize>)> =
            self.parts.iter().enumerate().flat_map(cut).collect();
        let parameters = self.network.layout.split(self.flat, self.fork.copies());
        let one = |(part, rows): (usize, Range<usize>)| {
            self.block(part, rows, (&parameters, repeated.as_ref()))
        };
        spread(blocks, is_host(self.device), one)
    }

    /// The fields that blocks of so many rows repeat, and their rows of what is touched.
    fn repeated(&self, rows: usize) -> Option<(Arc<RepeatedFields>, Tensor<2>)> {
        let (lookup, touched) = self.touched.filter(|_| is_host(self.device))?;
        let candidates = self.network.repeatable();
        let fields = lookup.repeated(candidates, rows, self.fork.copies())?;
        let table = fields.table(touched);
        Some((Arc::new(fields), table))
    }

    /// What the rows of a block read of the tables, and the dense features that do not follow it.
    fn touches(
        &self,
        rows: Range<usize>,
        dense: Option<Tensor<3>>,
        repeated: Option<&(Arc<RepeatedFields>, Tensor<2>)>,
    ) -> (Touches, Option<Tensor<3>>) {
        let layout = &self.network.embeddings;
        let fields = repeated.map(|(fields, _)| fields.as_ref());
        let width = layout.width() - fields.map_or(0, RepeatedFields::width);
        let others = self.touched.filter(|_| width > 0);
        let (behind, dense) = self.network.behind_found(dense, width);
        let uses = others.map(|(lookup, touched)| {
            let places = lookup.places(rows.clone(), self.fork.copies(), fields, self.device);
            let planes = self.batch.len() * self.fork.copies() * layout.lanes;
            let found = places.side_by_side(touched, [planes, rows.len()], behind);
            Uses {
                leaf: leaf(&found, self.autodiff),
                places,
            }
        });
        let repeats = repeated.map(|(fields, table)| Repeats {
            fields: fields.clone(),
            leaf: leaf(table, self.autodiff),
        });
        let touches = Touches {
            distinct: self.touched.map(|(_, touched)| touched.dims()),
            uses,
            repeats,
        };
        (touches, dense)
    }

    fn lookup(&self) -> Option<&Lookup> {
        self.touched.map(|(lookup, _)| lookup)
    }

    fn block(
        &self,
        part: usize,
        Range { start, end }: Range<usize>,
        (parameters, repeated): (&[Tensor<3>], Option<&(Arc<RepeatedFields>, Tensor<2>)>),
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
        let rows = self.data.rows(&cut);
        let dense = rows.dense.clone().map(|dense| copied(dense, copies));
        let (touches, dense) = self.touches(start..end, dense, repeated);
        let repeated = self.lookup().zip(touches.repeats.as_ref());
        let repeated = repeated
            .map(|(lookup, own)| lookup.repeated_uses(&own.fields, own.leaf.clone(), start..end));
        let features = Features {
            found: touches.uses.as_ref().map(|uses| uses.leaf.clone()),
            repeated,
            lengths: rows.lengths.clone().map(|lengths| copied(lengths, copies)),
            dense,
        };
        let outputs = network.forward(features, &pass);
        let penalty = network.penalty(&outputs, &pass).map(|penalty| {
            let rows: usize = self.parts.iter().map(|part| part.len()).sum();
            penalty.sum() / rows as f64
        });
        let mask = rows.mask.as_ref();
        let (losses, slopes) = self
            .loss
            .of(outputs.clone().inner(), rows.labels, mask, self.scale);
        let moments = pass.take_moments();
        let tape = Tape {
            part,
            pass,
            touches,
            outputs,
            penalty,
            slopes,
        };
        let way = match self.scale {
            Some(_) => Way::Back(Box::new(tape.back(network))),
            None => Way::There(Box::new(tape)),
        };
        Block {
            losses,
            moments,
            way,
        }
    }
}

impl Tape {
    /// The way back of one block.
    fn back(self, network: &Network) -> Partial {
        let replicas = self.slopes.dims()[0];
        let losses = seeded(self.outputs, Tensor::from_inner(self.slopes));
        let mut gradients = match self.penalty {
            Some(penalty) => losses + penalty,
            None => losses,
        }
        .backward();
        let leaves = Leaves {
            part: self.part,
            replicas,
            parameters: self.pass.parameters().to_vec(),
            touches: self.touches,
        };
        // They leave the same tape as the cut, which can be walked but once.
        let past = self.pass.bypass().into_iter().filter_map(|cut| {
            let own = gradient(cut.leaves.first()?, &mut gradients);
            Some((cut.shared, own))
        });
        let mut bypass: Vec<(Tensor<3>, Tensor<3>)> = past.collect();
        let cuts = self.pass.cuts().into_iter().map(|cut| {
            let of_tasks = cut.leaves.iter();
            CutGradients {
                of_tasks: of_tasks
                    .map(|leaf| gradient(leaf, &mut gradients))
                    .collect(),
                bypass: std::mem::take(&mut bypass),
                shared: cut.shared,
                leaves: leaves.clone(),
            }
        });
        let cuts = cuts.collect();
        Partial {
            cuts,
            ..leaves.partial(&mut gradients, network)
        }
    }
}

/// The gradients of the losses scaled by `[replica, 1, task]`, part by part in the order of [`Forward::parts`]; blocks
/// that have been back already are only added up.
pub(super) fn backward(blocks: Vec<Block>, scale: &Tensor<3>, network: &Network) -> Vec<Found> {
    let one = |block: Block| match block.way {
        Way::Back(found) => *found,
        Way::There(mut tape) => {
            tape.slopes = tape.slopes * scale.clone();
            tape.back(network)
        }
    };
    let waits =
        |block: &Block| matches!(block.way, Way::There(_)) && is_host(&block.losses.device());
    let side_by_side = blocks.iter().any(waits);
    let found = spread(blocks, side_by_side, one);
    let mut parts: Vec<Vec<Partial>> = Vec::new();
    for found in found {
        match parts.last_mut().filter(|own| own[0].part == found.part) {
            Some(own) => own.push(found),
            None => parts.push(vec![found]),
        }
    }
    parts.into_iter().filter_map(merged).collect()
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
        let factors = factors.get(cut.leaves.part)?;
        let own = |(task, gradient): (usize, &Tensor<3>)| {
            gradient.clone() * factors.clone().narrow(1, task, 1)
        };
        let sum = cut.of_tasks.iter().enumerate().map(own);
        let sum = sum.reduce(|sum, next| sum + next)?;
        let below = seeded(cut.shared, Tensor::from_inner(sum));
        let past = cut.bypass.into_iter();
        let past = past.map(|(tensor, own)| seeded(tensor, Tensor::from_inner(own)));
        let mut tape = past.fold(below, |sum, past| sum + past).backward();
        Some(cut.leaves.partial(&mut tape, network))
    };
    let on_host = cuts.iter().any(|cut| is_host(&cut.shared.device()));
    merged(spread(cuts, on_host, one).into_iter().flatten().collect())
}

/// The parts in order, made side by side where that is asked for and there are several: what a graphics card is told comes
/// from one thread.
fn spread<T: Send, U: Send>(
    parts: Vec<T>,
    side_by_side: bool,
    one: impl Fn(T) -> U + Sync + Send,
) -> Vec<U> {
    if side_by_side && parts.len() > 1 {
        parts.into_par_iter().map(one).collect()
    } else {
        parts.into_iter().map(one).collect()
    }
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

/// A copy of a tensor that the tape takes for a parameter.
fn leaf<const D: usize>(tensor: &Tensor<D>, autodiff: &Device) -> Tensor<D> {
    Tensor::from_inner(tensor.clone())
        .to_device(autodiff)
        .require_grad()
}
