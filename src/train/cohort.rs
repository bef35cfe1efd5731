//! Runs with the same shapes, trained in lock-step as one tensor program.

use std::mem::take;
use std::ops::Range;

use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::block::{Block, Forward};
use super::device_data::DeviceData;
use super::found::Found;
use super::lookups::Lookups;
use super::optimizer::StepSize;
use super::penalty::{Pull, clipped};
use super::recipe::Recipe;
use super::state::{Gradients, RowGradients, State};
use super::tally::{Reading, Tally};
use crate::data::Dataset;
use crate::error::Report;
use crate::model::batch_norm;
use crate::model::embedding::Lookup;
use crate::model::rows::{pulled, taken};
use crate::model::{Fork, Network, host};
use crate::strategy::{Needs, Progress, Strategy, TaskLoss};

/// Rows of a block on the CPU: two cores share even a small batch and eight a large one, and each block costs a tape of its
/// own.
pub fn cpu_block(batch_size: usize) -> usize {
    let of_two = (batch_size / 2).clamp(64, 512);
    of_two.max((batch_size / 8).min(1024))
}

/// Cores that have a block of such a batch.
pub fn cpu_cores(batch_size: usize) -> usize {
    batch_size.div_ceil(cpu_block(batch_size))
}

/// Runs in lock-step.
#[derive(Debug)]
pub struct Cohort {
    pub(super) recipe: Recipe,
    /// The numbers.
    pub state: State,
    /// The seed of each replica.
    seeds: Vec<u64>,
    /// Strategies with the number of replicas that each weighs, in order.
    pub(super) strategies: Vec<(usize, Strategy)>,
    pub(super) loss: TaskLoss,
    /// `None` if there are no embeddings, or while they are out on a step.
    lookups: Option<Lookups>,
    pull: Option<Pull>,
    /// Whether each replica still trains.
    active: Vec<bool>,
    /// Sums over the rows since the last reading.
    tally: Tally,
    /// The labeled rows of the last batch: where all have labels, a card is told them once.
    counts: Option<(Vec<f64>, Tensor<2>)>,
    autodiff: Device,
    pub(super) device: Device,
}

/// A batch on its way through a step.
#[derive(Clone, Copy)]
pub(super) struct StepBatch<'a> {
    /// The data rows of each replica.
    pub rows: &'a [&'a [u32]],
    /// The embeddings that it touches.
    pub lookup: Option<&'a Lookup>,
    /// `[distinct, dim]`: their numbers.
    pub touched: Option<&'a Tensor<2>>,
    pub data: &'a DeviceData,
    pub at: StepAt,
}

impl StepBatch<'_> {
    /// Rows of each replica.
    pub fn size(&self) -> usize {
        self.rows.first().map_or(0, |rows| rows.len())
    }

    /// So many parts of nearly equal size, or as many as there are rows.
    pub fn parts(&self, number: usize) -> Vec<Range<usize>> {
        let size = self.size();
        let bound = |index: usize| index * size / number;
        let parts = (0..number).map(|index| bound(index)..bound(index + 1));
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// `[replica, task]`: labeled rows, at least one so that a task without any has loss 0.
    pub fn counts(&self, part: Range<usize>) -> Tensor<2> {
        self.at_least_one(&self.data.labeled(self.rows, part))
    }

    fn at_least_one(&self, labeled: &[f64]) -> Tensor<2> {
        let shape = [self.rows.len(), self.data.num_tasks()];
        let counts: Vec<f32> = labeled.iter().map(|&rows| rows.max(1.0) as f32).collect();
        Tensor::from_data(TensorData::new(counts, shape), self.data.device())
    }

    pub fn progress(&self) -> Progress {
        Progress {
            step: self.at.step,
            epoch: self.at.epoch,
        }
    }
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
        loss: TaskLoss,
        device: &Device,
    ) -> Self {
        let state = State::new(&recipe.network, recipe.optimizer.as_ref(), seeds, device);
        let embeddings = &recipe.network.embeddings;
        Self {
            lookups: (!embeddings.is_empty()).then(|| Lookups::new(embeddings.clone(), device)),
            pull: Pull::new(recipe.l2_dnn, &recipe.network, device),
            recipe,
            state,
            seeds: seeds.to_vec(),
            strategies,
            active: vec![true; seeds.len()],
            tally: Tally::new([seeds.len(), loss.num_tasks()], device),
            counts: None,
            loss,
            autodiff: device.clone().autodiff(),
            device: device.clone(),
        }
    }

    /// The network that all replicas train.
    pub fn network(&self) -> &Network {
        &self.recipe.network
    }

    /// The learning rate before the schedule.
    pub fn lr(&self) -> f64 {
        self.recipe.lr
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

    /// Whether the strategies balance gradients of what is shared, and nothing is.
    pub fn has_nothing_to_balance(&self) -> bool {
        let several = self.loss.num_tasks() > 1;
        self.recipe.needs != Needs::Losses && several && !self.recipe.network.shares()
    }

    /// How the tasks leave what they share: with nothing shared or one task there is nothing to balance.
    pub(super) fn fork(&self) -> Fork {
        match self.recipe.needs {
            Needs::Losses => Fork::Joined,
            needs if needs.on_representation() && self.has_balance() => Fork::Cut,
            Needs::Gradients { .. } => self.copies(),
        }
    }

    /// A copy of what is shared for each task.
    pub(super) fn copies(&self) -> Fork {
        if self.has_balance() {
            Fork::Copies(self.loss.num_tasks())
        } else {
            Fork::Joined
        }
    }

    fn has_balance(&self) -> bool {
        self.loss.num_tasks() > 1 && self.recipe.network.shares()
    }

    /// Says which batch comes after the next step, so that the embeddings it touches are looked up beside that step.
    pub fn announce(&mut self, batch: &[&[u32]]) {
        if let Some(lookups) = &mut self.lookups {
            lookups.announce(batch);
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
        let Some(mut lookups) = self.lookups.take() else {
            return self.step_on(batch, None, (data, at), None::<fn()>);
        };
        let lookup = Some(lookups.find(batch, dataset));
        let lookup = lookup.as_ref();
        let stepped = if host::is_host(&self.device) {
            // All of the step is on the cores that share it: none has to be woken from outside.
            rayon::scope(|_| {
                let beside = || lookups.look_ahead(dataset);
                self.step_on(batch, lookup, (data, at), Some(beside))
            })
        } else {
            // What a device is told comes from one thread.
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| lookups.look_ahead(dataset));
                self.step_on(batch, lookup, (data, at), None::<fn()>)
            })
        };
        self.lookups = Some(lookups);
        stepped
    }

    /// Takes a step, and does something else beside that part of it which does not keep all cores busy.
    fn step_on(
        &mut self,
        batch: &[&[u32]],
        lookup: Option<&Lookup>,
        (data, at): (&DeviceData, StepAt),
        beside: Option<impl FnOnce() + Send>,
    ) -> Result<(), Report> {
        let touched = self.touched(lookup);
        let batch = StepBatch {
            rows: batch,
            lookup,
            touched: touched.as_ref(),
            data,
            at,
        };
        let fork = self.fork();
        let parts = match fork {
            Fork::Copies(_) | Fork::Cut => batch.parts(self.recipe.needs.parts()),
            Fork::Joined => batch.parts(1),
        };
        let labeled = data.labeled(batch.rows, 0..batch.size());
        let counts = match &self.counts {
            Some((known, counts)) if *known == labeled => counts.clone(),
            _ => {
                let counts = batch.at_least_one(&labeled);
                self.counts = Some((labeled.clone(), counts.clone()));
                counts
            }
        };
        let scale = self.scale_ahead(&counts, batch.progress());
        let mut blocks = self.forward(&self.state.flat, &batch, &parts, fork, scale.as_ref());
        self.update_statistics(&mut blocks);
        let Some(sums) = losses(&blocks) else {
            return Ok(());
        };
        let means = sums.clone() / counts.clone();
        let Some((found, weights)) = self.direction(&batch, blocks, &parts, (&means, &counts))?
        else {
            return Ok(());
        };
        self.tally.add(sums, weights, &labeled);
        match beside {
            Some(beside) => {
                rayon::join(|| self.apply(found, &batch), beside);
            }
            None => self.apply(found, &batch),
        }
        self.look_back(&batch, (&means, &counts));
        Ok(())
    }

    /// The distinct embeddings of a batch, if there are any.
    pub(super) fn lookup(&mut self, batch: &[&[u32]], dataset: &Dataset) -> Option<Lookup> {
        let lookups = self.lookups.as_mut();
        lookups.map(|lookups| lookups.find(batch, dataset))
    }

    /// The optimizer's step along a gradient.
    fn apply(&mut self, found: Found, batch: &StepBatch<'_>) {
        let lookup = batch.lookup;
        let flat = match &self.pull {
            Some(pull) => pull.add(found.flat, &self.state.flat),
            None => found.flat,
        };
        let rows =
            lookup
                .zip(found.rows)
                .zip(batch.touched)
                .map(|((lookup, gradient), touched)| {
                    let pull = 2.0 * self.recipe.l2_embedding / batch.size().max(1) as f64;
                    let gradient = if pull > 0.0 {
                        pulled(gradient, touched, lookup.counts(&self.device), pull)
                    } else {
                        gradient
                    };
                    let active = self.some_frozen().then_some(self.active.as_slice());
                    RowGradients::new(lookup, gradient, active, &self.device)
                });
        let gradients = Gradients { flat, rows };
        let gradients = match self.recipe.clip_norm {
            Some(largest) => clipped(gradients, largest, lookup),
            None => gradients,
        };
        let frozen: Vec<bool> = self.active.iter().map(|active| !active).collect();
        let frozen = self.some_frozen().then_some(frozen.as_slice());
        let size = StepSize {
            lr: batch.at.lr,
            step: batch.at.step + 1,
        };
        self.state
            .step(gradients, self.recipe.optimizer.as_ref(), size, frozen);
    }

    /// Lets the strategies that ask for it see what the step did to its own batch.
    fn look_back(&mut self, batch: &StepBatch<'_>, (before, counts): (&Tensor<2>, &Tensor<2>)) {
        let looks = |(_, strategy): &(usize, Strategy)| match strategy {
            Strategy::Weighting(weighting) => weighting.looks_back(),
            Strategy::Balancing(_) => false,
        };
        if !self.strategies.iter().any(looks) {
            return;
        }
        let touched = self.touched(batch.lookup);
        let now = StepBatch {
            touched: touched.as_ref(),
            ..*batch
        };
        // The same dropout masks; the statistics of batch norm do not move.
        let blocks = self.forward(&self.state.flat, &now, &now.parts(1), Fork::Joined, None);
        let Some(sums) = losses(&blocks) else { return };
        let after = sums / counts.clone();
        let progress = batch.progress();
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
    fn update_statistics(&mut self, blocks: &mut [Block]) {
        if self.recipe.network.statistics.is_empty() {
            return;
        }
        let layout = &self.recipe.network.statistics;
        for block in blocks {
            let replicas = self.seeds.len();
            let parts = layout.split(&self.state.statistics, 1);
            let parts = batch_norm::update_running(parts, take(&mut block.moments), replicas);
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
    pub(super) fn touched(&self, lookup: Option<&Lookup>) -> Option<Tensor<2>> {
        let rows = lookup?.rows(&self.device);
        Some(taken(&self.state.table, &rows))
    }

    pub(super) fn forward(
        &self,
        flat: &Tensor<2>,
        batch: &StepBatch<'_>,
        parts: &[Range<usize>],
        fork: Fork,
        scale: Option<&Tensor<3>>,
    ) -> Vec<Block> {
        let forward = Forward {
            network: &self.recipe.network,
            flat,
            seeds: &self.seeds,
            batch: batch.rows,
            touched: batch.lookup.zip(batch.touched),
            data: batch.data,
            loss: &self.loss,
            step: batch.at.step,
            epoch: batch.at.epoch,
            parts,
            block: self.recipe.block,
            fork,
            scale,
            device: &self.device,
            autodiff: &self.autodiff,
        };
        forward.run()
    }

    fn some_frozen(&self) -> bool {
        self.active.contains(&false)
    }
}

/// `[replica, task]`: the losses of labeled rows in all blocks.
fn losses(blocks: &[Block]) -> Option<Tensor<2>> {
    let each = blocks.iter().map(|block| block.losses.clone());
    each.reduce(|sum, next| sum + next)
}
