//! Runs with the same shapes, trained in lock-step as one tensor program.
//!
//! A batch is cut into blocks of rows whose gradients are summed in a fixed order: on the CPU the blocks are spread
//! over the cores, on a GPU one block is the whole batch. The same code serves both, and the sum does not depend on
//! how many cores there are.

use burn::tensor::{Bool, Device, Tensor, TensorData};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::device_data::{DeviceData, Rows};
use super::optimizer::{Optimizer, StepSize};
use super::state::{Gradients, RowGradients, State};
use crate::data::{Dataset, Task};
use crate::model::batch_norm;
use crate::model::dropout::DropoutKey;
use crate::model::embedding::{Lookup, LookupFinder};
use crate::model::{Network, Pass};
use crate::strategy::{Progress, Strategy, TaskLoss};

/// Rows of a block on the CPU: the size at which its matrix products are fastest.
pub const CPU_BLOCK: usize = 256;

/// What the runs of a cohort have in common.
#[derive(Debug)]
pub struct Recipe {
    /// The network.
    pub network: Network,
    /// The update rule.
    pub optimizer: Box<dyn Optimizer>,
    /// The penalty on touched embeddings, per row of the batch.
    pub l2_embedding: f64,
    /// The penalty on dense weights.
    pub l2_dnn: f64,
    /// The largest norm of a run's gradient.
    pub clip_norm: Option<f64>,
    /// Rows of a block; `None`: the whole batch.
    pub block: Option<usize>,
}

/// Runs in lock-step.
#[derive(Debug)]
pub struct Cohort {
    recipe: Recipe,
    /// The numbers.
    pub state: State,
    /// The seed of each replica.
    seeds: Vec<u64>,
    /// Strategies with the number of replicas that each weighs, in order.
    pub(super) strategies: Vec<(usize, Box<dyn Strategy>)>,
    loss: TaskLoss,
    finder: LookupFinder,
    /// `[1, parameter]`: 1 for the weights that `l2_dnn` pulls to zero.
    decayed: Option<Tensor<2>>,
    /// Whether each replica still trains.
    active: Vec<bool>,
    /// Sums over the rows since the last reading.
    tally: Tally,
    autodiff: Device,
    device: Device,
}

/// Sums since the last reading, on the device.
#[derive(Debug)]
struct Tally {
    /// `[replica, task]`: the losses of labeled rows.
    losses: Tensor<2>,
    /// `[replica, task]`: the weights of the steps.
    weights: Tensor<2>,
    /// `replica · task`: labeled rows.
    rows: Vec<f64>,
    /// Steps.
    steps: u64,
}

/// The mean losses and weights since the last reading.
#[derive(Clone, Debug)]
pub struct Reading {
    /// `replica · task`: NaN where no row had a label.
    pub losses: Vec<f64>,
    /// `replica · task`.
    pub weights: Vec<f64>,
    /// `replica · task`: whether any row had a label.
    pub labeled: Vec<bool>,
}

/// The place of a step.
#[derive(Clone, Copy, Debug)]
pub struct StepAt {
    /// Steps taken before.
    pub step: u64,
    /// The epoch, from 0.
    pub epoch: u32,
    /// The learning rate after the schedule.
    pub lr: f64,
}

/// A block of rows between its forward and its backward pass.
struct Block {
    pass: Pass,
    /// The touched embeddings, as a leaf of the tape.
    embeddings: Option<Tensor<2>>,
    outputs: Tensor<3>,
    rows: Rows,
    /// `[replica, task]`: the losses of labeled rows.
    losses: Tensor<2>,
}

impl Cohort {
    /// A cohort at the start of training.
    pub fn new(
        recipe: Recipe,
        seeds: &[u64],
        strategies: Vec<(usize, Box<dyn Strategy>)>,
        tasks: &[Task],
        device: &Device,
    ) -> Self {
        let state = State::new(&recipe.network, recipe.optimizer.as_ref(), seeds, device);
        let zeros = || Tensor::zeros([seeds.len(), tasks.len()], device);
        let tally = Tally {
            losses: zeros(),
            weights: zeros(),
            rows: vec![0.0; seeds.len() * tasks.len()],
            steps: 0,
        };
        Self {
            finder: LookupFinder::new(recipe.network.embeddings.clone()),
            decayed: (recipe.l2_dnn > 0.0).then(|| decayed(&recipe.network, device)),
            recipe,
            state,
            seeds: seeds.to_vec(),
            strategies,
            loss: TaskLoss::new(tasks, device),
            active: vec![true; seeds.len()],
            tally,
            autodiff: device.clone().autodiff(),
            device: device.clone(),
        }
    }

    /// The network that all replicas train.
    pub fn network(&self) -> &Network {
        &self.recipe.network
    }

    /// The seed of each replica.
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// Whether a replica still trains.
    pub fn is_active(&self, replica: usize) -> bool {
        self.active[replica]
    }

    /// Leaves a replica as it is from now on.
    pub fn freeze(&mut self, replica: usize) {
        self.active[replica] = false;
    }

    /// Takes one step on a batch of each replica.
    pub fn step(&mut self, batch: &[&[u32]], dataset: &Dataset, data: &DeviceData, at: StepAt) {
        let size = batch.first().map_or(0, |rows| rows.len());
        let labeled = labeled(batch, dataset, data);
        let lookup = (!self.recipe.network.embeddings.is_empty())
            .then(|| self.finder.find(batch, &dataset.sparse_ids));
        let touched = lookup.as_ref().map(|lookup| {
            self.state
                .table
                .clone()
                .select(0, lookup.rows(&self.device))
        });
        let blocks = self.forward(batch, lookup.as_ref(), touched.as_ref(), data, at.step);

        let counts = self.task_rows(&labeled);
        let sums = blocks
            .iter()
            .map(|block| block.losses.clone())
            .reduce(|sum, next| sum + next);
        let Some(sums) = sums else { return };
        let weights = self.weigh(&(sums.clone() / counts.clone()), at);
        self.tally.losses = self.tally.losses.clone() + sums;
        self.tally.weights = self.tally.weights.clone() + weights.clone();
        self.tally.steps += 1;
        for (sum, rows) in self.tally.rows.iter_mut().zip(&labeled) {
            *sum += rows;
        }

        let scale = (weights / counts).unsqueeze_dim::<3>(1);
        let (flat, rows) = self.backward(blocks, &scale);
        let flat = self.regularized(flat);
        let rows = lookup
            .as_ref()
            .zip(rows)
            .zip(touched)
            .map(|((lookup, gradient), touched)| {
                let pull = 2.0 * self.recipe.l2_embedding / size.max(1) as f64;
                let gradient = if pull > 0.0 {
                    gradient + touched * lookup.counts(&self.device) * pull
                } else {
                    gradient
                };
                let active = self.some_frozen().then_some(self.active.as_slice());
                let lanes = self.recipe.network.lanes.len();
                RowGradients::new(lookup, gradient, active, lanes, &self.device)
            });
        let gradients = self.clipped(Gradients { flat, rows }, lookup.as_ref());
        let frozen: Vec<bool> = self.active.iter().map(|active| !active).collect();
        let frozen = self.some_frozen().then_some(frozen.as_slice());
        let size = StepSize {
            lr: at.lr,
            step: at.step + 1,
        };
        self.state
            .step(gradients, self.recipe.optimizer.as_ref(), size, frozen);
    }

    /// The means since the last reading; starts the next.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub fn read(&mut self) -> Result<Reading, crate::error::Report> {
        let losses = super::state::read(&self.tally.losses)?;
        let weights = super::state::read(&self.tally.weights)?;
        let steps = self.tally.steps.max(1) as f64;
        let mean = |(sum, rows): (&f32, &f64)| match *rows {
            0.0 => f64::NAN,
            rows => f64::from(*sum) / rows,
        };
        let reading = Reading {
            losses: losses.iter().zip(&self.tally.rows).map(mean).collect(),
            weights: weights.iter().map(|&sum| f64::from(sum) / steps).collect(),
            labeled: self.tally.rows.iter().map(|&rows| rows > 0.0).collect(),
        };
        self.tally.losses = self.tally.losses.zeros_like();
        self.tally.weights = self.tally.weights.zeros_like();
        self.tally.rows.fill(0.0);
        self.tally.steps = 0;
        Ok(reading)
    }

    /// The statistics after what batch norm saw of a batch.
    fn update_statistics(&mut self, blocks: &[Block]) {
        if self.recipe.network.statistics.is_empty() {
            return;
        }
        let layout = &self.recipe.network.statistics;
        for block in blocks {
            let parts = layout.split(&self.state.statistics);
            let parts = batch_norm::update_running(parts, block.pass.take_moments());
            let next = layout.join(parts, self.seeds.len());
            let frozen: Vec<bool> = self.active.iter().map(|active| !active).collect();
            if frozen.contains(&true) {
                let rows = TensorData::new(frozen, [self.seeds.len(), 1]);
                let mask = Tensor::<2, Bool>::from_data(rows, &self.device);
                let shape = self.state.statistics.dims();
                self.state.statistics =
                    next.mask_where(mask.expand(shape), self.state.statistics.clone());
            } else {
                self.state.statistics = next;
            }
        }
    }

    fn forward(
        &mut self,
        batch: &[&[u32]],
        lookup: Option<&Lookup>,
        touched: Option<&Tensor<2>>,
        data: &DeviceData,
        step: u64,
    ) -> Vec<Block> {
        let size = batch.first().map_or(0, |rows| rows.len());
        // Batch norm looks at the whole batch.
        let whole = !self.recipe.network.statistics.is_empty();
        let block = self.recipe.block.filter(|_| !whole).unwrap_or(size).max(1);
        let starts: Vec<usize> = (0..size).step_by(block).collect();
        let parameters = self.recipe.network.layout.split(&self.state.flat);
        let statistics = if self.recipe.network.statistics.is_empty() {
            Vec::new()
        } else {
            self.recipe.network.statistics.split(&self.state.statistics)
        };
        let one = |&start: &usize| {
            let rows = start..(start + block).min(size);
            let cut: Vec<&[u32]> = batch.iter().map(|batch| &batch[rows.clone()]).collect();
            let leaves = parameters
                .iter()
                .map(|tensor| leaf(tensor, &self.autodiff))
                .collect();
            let key = DropoutKey {
                seeds: self.seeds.clone(),
                step,
                first_row: start,
            };
            let pass = Pass::training(leaves, statistics.clone(), key);
            let embeddings = touched.map(|touched| leaf(touched, &self.autodiff));
            let embedded = embeddings.as_ref().zip(lookup).map(|(embeddings, lookup)| {
                let layout = &self.recipe.network.embeddings;
                let places = lookup.places(layout, rows.start, rows.end, &self.device);
                let width = layout.num_fields() * layout.dim;
                let planes = batch.len() * layout.lanes;
                embeddings
                    .clone()
                    .select(0, places)
                    .reshape([planes, rows.len(), width])
            });
            let rows = data.rows(&cut);
            let outputs = self
                .recipe
                .network
                .forward(embedded, rows.dense.clone(), &pass);
            let values = self
                .loss
                .values(outputs.clone().inner(), rows.labels.clone());
            let values = masked(values, rows.mask.as_ref());
            let losses = values.sum_dim(1).squeeze_dim::<2>(1);
            Block {
                pass,
                embeddings,
                outputs,
                rows,
                losses,
            }
        };
        let blocks: Vec<Block> = match starts.len() {
            1 => starts.iter().map(one).collect(),
            _ => starts.par_iter().map(one).collect(),
        };
        self.update_statistics(&blocks);
        blocks
    }

    /// The gradients of all blocks, summed in order.
    fn backward(&self, blocks: Vec<Block>, scale: &Tensor<3>) -> (Tensor<2>, Option<Tensor<2>>) {
        let one = |block: Block| {
            let outputs = block.outputs.clone().inner();
            let slopes = self.loss.derivatives(outputs, block.rows.labels);
            let slopes = masked(slopes, block.rows.mask.as_ref()) * scale.clone();
            let gradients = (block.outputs * Tensor::from_inner(slopes))
                .sum()
                .backward();
            let taken = |tensor: &Tensor<3>| {
                tensor
                    .grad(&gradients)
                    .unwrap_or_else(|| tensor.clone().inner().zeros_like())
            };
            let parts = block.pass.parameters().iter().map(taken).collect();
            let flat = self.recipe.network.layout.join(parts, self.seeds.len());
            let rows = block.embeddings.map(|embeddings| {
                embeddings
                    .grad(&gradients)
                    .unwrap_or_else(|| embeddings.clone().inner().zeros_like())
            });
            (flat, rows)
        };
        let parts: Vec<(Tensor<2>, Option<Tensor<2>>)> = match blocks.len() {
            1 => blocks.into_iter().map(one).collect(),
            _ => blocks.into_par_iter().map(one).collect(),
        };
        let add = |sum: (Tensor<2>, Option<Tensor<2>>), next: (Tensor<2>, Option<Tensor<2>>)| {
            (
                sum.0 + next.0,
                sum.1.zip(next.1).map(|(sum, next)| sum + next),
            )
        };
        let zeros = || (self.state.flat.zeros_like(), None);
        parts.into_iter().reduce(add).unwrap_or_else(zeros)
    }

    fn weigh(&mut self, losses: &Tensor<2>, at: StepAt) -> Tensor<2> {
        let progress = Progress {
            step: at.step,
            epoch: at.epoch,
        };
        let mut start = 0;
        let mut weights = Vec::with_capacity(self.strategies.len());
        for (replicas, strategy) in &mut self.strategies {
            let own = losses.clone().narrow(0, start, *replicas);
            weights.push(strategy.weigh(&own, progress));
            start += *replicas;
        }
        Tensor::cat(weights, 0)
    }

    fn regularized(&self, gradient: Tensor<2>) -> Tensor<2> {
        match &self.decayed {
            Some(decayed) => {
                gradient + self.state.flat.clone() * decayed.clone() * (2.0 * self.recipe.l2_dnn)
            }
            None => gradient,
        }
    }

    /// Each run's gradient, embeddings included, brought to the largest allowed norm.
    fn clipped(&self, gradients: Gradients, lookup: Option<&Lookup>) -> Gradients {
        let Some(largest) = self.recipe.clip_norm else {
            return gradients;
        };
        let replicas = self.seeds.len();
        let mut squares = gradients.flat.clone().square().sum_dim(1);
        let lanes = self.recipe.network.lanes.len();
        let owner = lookup.map(|lookup| lookup.owners(lanes, &self.device));
        if let (Some(rows), Some(owner)) = (&gradients.rows, &owner) {
            let of_rows = rows.gradient.clone().square().sum_dim(1);
            let none = Tensor::zeros([replicas, 1], &self.device);
            let add = burn::tensor::IndexingUpdateOp::Add;
            squares = squares + none.select_assign(0, owner.clone(), of_rows, add);
        }
        let factor = (squares.sqrt() + 1e-6)
            .recip()
            .mul_scalar(largest)
            .clamp_max(1.0);
        let rows = gradients.rows.zip(owner).map(|(rows, owner)| RowGradients {
            gradient: rows.gradient * factor.clone().select(0, owner),
            ..rows
        });
        Gradients {
            flat: gradients.flat * factor,
            rows,
        }
    }

    fn some_frozen(&self) -> bool {
        self.active.contains(&false)
    }

    /// `[replica, task]`: labeled rows, at least one so that a task without any has loss 0.
    fn task_rows(&self, labeled: &[f64]) -> Tensor<2> {
        let counts: Vec<f32> = labeled.iter().map(|&rows| rows.max(1.0) as f32).collect();
        let shape = [self.seeds.len(), counts.len() / self.seeds.len()];
        Tensor::from_data(TensorData::new(counts, shape), &self.device)
    }
}

/// `replica · task`: the labeled rows of a batch.
fn labeled(batch: &[&[u32]], dataset: &Dataset, data: &DeviceData) -> Vec<f64> {
    let num_tasks = data.num_tasks();
    let mut counts = vec![0.0; batch.len() * num_tasks];
    for (rows, counts) in batch.iter().zip(counts.chunks_mut(num_tasks)) {
        if !data.has_mask() {
            counts.fill(rows.len() as f64);
            continue;
        }
        for &row in *rows {
            let start = row as usize * num_tasks;
            for (count, label) in counts
                .iter_mut()
                .zip(&dataset.labels[start..start + num_tasks])
            {
                *count += f64::from(u8::from(!label.is_nan()));
            }
        }
    }
    counts
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

fn decayed(network: &Network, device: &Device) -> Tensor<2> {
    let mut flags = Vec::with_capacity(network.layout.len());
    for entry in network.layout.entries() {
        let is_weight = entry.role.ends_with(".weight") && !entry.role.ends_with(".norm.weight");
        flags.extend(std::iter::repeat_n(f32::from(is_weight), entry.len()));
    }
    Tensor::from_data(TensorData::new(flags, [1, network.layout.len()]), device)
}
