//! Runs with the same shapes, trained in lock-step as one tensor program.

use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::block::{Block, Forward, Found, backward, backward_below};
use super::device_data::DeviceData;
use super::optimizer::{Optimizer, StepSize};
use super::penalty::{Pull, clipped};
use super::state::{Gradients, RowGradients, State};
use super::tally::{Reading, Tally};
use super::task_balance;
use crate::data::{Dataset, Task};
use crate::error::Report;
use crate::model::batch_norm;
use crate::model::embedding::{Lookup, LookupFinder};
use crate::model::{Fork, Network};
use crate::strategy::{Needs, Progress, Strategy, TaskLoss};

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
    /// What the strategies of all runs must see.
    pub needs: Needs,
    /// Whether the weights of each step are scaled to the sum that equal weights have.
    pub normalize_weights: bool,
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
    pub(super) strategies: Vec<(usize, Strategy)>,
    loss: TaskLoss,
    finder: LookupFinder,
    pull: Option<Pull>,
    /// Whether each replica still trains.
    active: Vec<bool>,
    /// Sums over the rows since the last reading.
    tally: Tally,
    autodiff: Device,
    device: Device,
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

impl Cohort {
    /// A cohort at the start of training.
    pub fn new(
        recipe: Recipe,
        seeds: &[u64],
        strategies: Vec<(usize, Strategy)>,
        tasks: &[Task],
        device: &Device,
    ) -> Self {
        let state = State::new(&recipe.network, recipe.optimizer.as_ref(), seeds, device);
        Self {
            finder: LookupFinder::new(recipe.network.embeddings.clone()),
            pull: Pull::new(recipe.l2_dnn, &recipe.network, device),
            recipe,
            state,
            seeds: seeds.to_vec(),
            strategies,
            loss: TaskLoss::new(tasks, device),
            active: vec![true; seeds.len()],
            tally: Tally::new([seeds.len(), tasks.len()], device),
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

    /// The steps at which the strategy of a replica found no solution.
    pub fn unsolved(&self, replica: usize) -> u64 {
        let mut each = self.strategies.iter().flat_map(|(replicas, strategy)| {
            let counts = match strategy {
                Strategy::Weighting(_) => &[],
                Strategy::Balancing(balancing) => balancing.unsolved(),
            };
            (0..*replicas).map(|own| counts.get(own).copied().unwrap_or(0))
        });
        each.nth(replica).unwrap_or(0)
    }

    /// Leaves a replica as it is from now on.
    pub fn freeze(&mut self, replica: usize) {
        self.active[replica] = false;
    }

    /// How the tasks leave what they share: with nothing shared or one task there is nothing to balance.
    fn fork(&self) -> Fork {
        let tasks = self.tally.num_tasks();
        match self.recipe.needs {
            _ if tasks < 2 || self.recipe.network.layout.num_shared() == 0 => Fork::Joined,
            Needs::Losses => Fork::Joined,
            Needs::ParameterGradients => Fork::Copies(tasks),
            Needs::RepresentationGradients => Fork::Cut,
        }
    }

    /// Takes one step on a batch of each replica.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub fn step(
        &mut self,
        batch: &[&[u32]],
        dataset: &Dataset,
        data: &DeviceData,
        at: StepAt,
    ) -> Result<(), Report> {
        let size = batch.first().map_or(0, |rows| rows.len());
        let labeled = labeled(batch, dataset, data);
        let lookup = (!self.recipe.network.embeddings.is_empty())
            .then(|| self.finder.find(batch, &dataset.sparse_ids));
        let touched = self.touched(lookup.as_ref());
        let blocks = self.forward(batch, lookup.as_ref().zip(touched.as_ref()), data, at.step);
        self.update_statistics(&blocks);
        let counts = self.task_rows(&labeled);
        let Some(sums) = losses(&blocks) else {
            return Ok(());
        };
        let means = sums.clone() / counts.clone();
        let Some((found, weights)) =
            self.gradients(blocks, &means, &counts, lookup.as_ref(), at)?
        else {
            return Ok(());
        };
        self.tally.add(sums, weights, &labeled);
        self.apply(found, lookup.as_ref(), touched, size, at);
        self.look_back(batch, lookup.as_ref(), data, (&means, &counts), at);
        Ok(())
    }

    /// The gradient of the step, and the task weights in it.
    fn gradients(
        &mut self,
        blocks: Vec<Block>,
        losses: &Tensor<2>,
        counts: &Tensor<2>,
        lookup: Option<&Lookup>,
        at: StepAt,
    ) -> Result<Option<(Found, Tensor<2>)>, Report> {
        let progress = Progress {
            step: at.step,
            epoch: at.epoch,
        };
        let fork = self.fork();
        let network = &self.recipe.network;
        let mean = counts.clone().recip();
        if fork == Fork::Joined {
            let weights = weigh(&mut self.strategies, losses, progress);
            let weights = self.normalized(weights);
            let scale = (weights.clone() * mean).unsqueeze_dim::<3>(1);
            let found = backward(blocks, &scale, &self.loss, &self.recipe.network);
            return Ok(found.map(|found| (found, weights)));
        }
        let scale = mean.unsqueeze_dim::<3>(1);
        let Some(found) = backward(blocks, &scale, &self.loss, network) else {
            return Ok(None);
        };
        let seen = task_balance::task_gradients(&found, fork, network, lookup, &self.device);
        let updates = task_balance::updates(&mut self.strategies, &seen, losses, progress)?;
        let updates = if self.recipe.normalize_weights {
            updates.into_iter().map(task_balance::normalized).collect()
        } else {
            updates
        };
        let weights = Tensor::cat(
            updates
                .iter()
                .map(|(_, update)| update.weights.clone())
                .collect(),
            0,
        );
        let found = match fork {
            Fork::Cut => {
                let Some(below) = backward_below(found.cuts, &weights, network) else {
                    return Ok(None);
                };
                Found {
                    flat: found.flat + below.flat,
                    rows: below.rows,
                    cuts: Vec::new(),
                }
            }
            Fork::Copies(_) | Fork::Joined => {
                let (shared, rows) = task_balance::combined(&updates);
                Found {
                    flat: network
                        .layout
                        .with_shared(&found.flat, fork.copies(), &shared),
                    rows,
                    cuts: Vec::new(),
                }
            }
        };
        Ok(Some((found, weights)))
    }

    /// The optimizer's step along a gradient.
    fn apply(
        &mut self,
        found: Found,
        lookup: Option<&Lookup>,
        touched: Option<Tensor<2>>,
        size: usize,
        at: StepAt,
    ) {
        let flat = match &self.pull {
            Some(pull) => pull.add(found.flat, &self.state.flat),
            None => found.flat,
        };
        let lanes = self.recipe.network.lanes.len();
        let rows = lookup
            .zip(found.rows)
            .zip(touched)
            .map(|((lookup, gradient), touched)| {
                let pull = 2.0 * self.recipe.l2_embedding / size.max(1) as f64;
                let gradient = if pull > 0.0 {
                    gradient + touched * lookup.counts(&self.device) * pull
                } else {
                    gradient
                };
                let active = self.some_frozen().then_some(self.active.as_slice());
                RowGradients::new(lookup, gradient, active, lanes, &self.device)
            });
        let gradients = Gradients { flat, rows };
        let gradients = match self.recipe.clip_norm {
            Some(largest) => clipped(gradients, largest, lookup, lanes),
            None => gradients,
        };
        let frozen: Vec<bool> = self.active.iter().map(|active| !active).collect();
        let frozen = self.some_frozen().then_some(frozen.as_slice());
        let size = StepSize {
            lr: at.lr,
            step: at.step + 1,
        };
        self.state
            .step(gradients, self.recipe.optimizer.as_ref(), size, frozen);
    }

    /// Lets the strategies that ask for it see what the step did to its own batch.
    fn look_back(
        &mut self,
        batch: &[&[u32]],
        lookup: Option<&Lookup>,
        data: &DeviceData,
        (before, counts): (&Tensor<2>, &Tensor<2>),
        at: StepAt,
    ) {
        let looks = |(_, strategy): &(usize, Strategy)| match strategy {
            Strategy::Weighting(weighting) => weighting.looks_back(),
            Strategy::Balancing(_) => false,
        };
        if !self.strategies.iter().any(looks) {
            return;
        }
        let touched = self.touched(lookup);
        // The same dropout masks; the statistics of batch norm do not move.
        let blocks = self.forward(batch, lookup.zip(touched.as_ref()), data, at.step);
        let Some(sums) = losses(&blocks) else { return };
        let after = sums / counts.clone();
        let progress = Progress {
            step: at.step,
            epoch: at.epoch,
        };
        let mut start = 0;
        for (replicas, strategy) in &mut self.strategies {
            let own = |losses: &Tensor<2>| losses.clone().narrow(0, start, *replicas);
            if let Strategy::Weighting(weighting) = strategy {
                weighting.learn(&own(before), &own(&after), progress);
            }
            start += *replicas;
        }
    }

    /// The means since the last reading; starts the next.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub fn read(&mut self) -> Result<Reading, Report> {
        self.tally.read()
    }

    /// The statistics after what batch norm saw of a batch.
    fn update_statistics(&mut self, blocks: &[Block]) {
        if self.recipe.network.statistics.is_empty() {
            return;
        }
        let layout = &self.recipe.network.statistics;
        for block in blocks {
            let replicas = self.seeds.len();
            let parts = layout.split(&self.state.statistics, 1);
            let moments = block.pass.take_moments();
            let parts = batch_norm::update_running(parts, moments, replicas);
            let next = layout.join(parts, replicas);
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

    /// The embeddings that a batch touches, as they are now.
    fn touched(&self, lookup: Option<&Lookup>) -> Option<Tensor<2>> {
        let rows = lookup?.rows(&self.device);
        Some(self.state.table.clone().select(0, rows))
    }

    fn forward(
        &self,
        batch: &[&[u32]],
        touched: Option<(&Lookup, &Tensor<2>)>,
        data: &DeviceData,
        step: u64,
    ) -> Vec<Block> {
        let forward = Forward {
            network: &self.recipe.network,
            state: &self.state,
            seeds: &self.seeds,
            batch,
            touched,
            data,
            loss: &self.loss,
            step,
            block: self.recipe.block,
            fork: self.fork(),
            device: &self.device,
            autodiff: &self.autodiff,
        };
        forward.run()
    }

    fn normalized(&self, weights: Tensor<2>) -> Tensor<2> {
        if self.recipe.normalize_weights {
            task_balance::to_sum_of_tasks(&weights) * weights
        } else {
            weights
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

/// `[replica, task]`: the losses of labeled rows in all blocks.
fn losses(blocks: &[Block]) -> Option<Tensor<2>> {
    let each = blocks.iter().map(|block| block.losses.clone());
    each.reduce(|sum, next| sum + next)
}

/// The weights of each strategy; one that balances what is not shared has nothing to weigh.
fn weigh(
    strategies: &mut [(usize, Strategy)],
    losses: &Tensor<2>,
    progress: Progress,
) -> Tensor<2> {
    let mut start = 0;
    let mut weights = Vec::with_capacity(strategies.len());
    for (replicas, strategy) in strategies {
        let own = losses.clone().narrow(0, start, *replicas);
        weights.push(match strategy {
            Strategy::Weighting(weighting) => weighting.weigh(&own, progress),
            Strategy::Balancing(_) => own.ones_like(),
        });
        start += *replicas;
    }
    Tensor::cat(weights, 0)
}
