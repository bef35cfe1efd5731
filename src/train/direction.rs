//! What a step follows: the gradient that the strategies make of the tasks' losses and gradients.

use std::ops::Range;

use burn::tensor::Tensor;

use super::block::{Block, backward, backward_below};
use super::cohort::{Cohort, StepBatch};
use super::found::{Found, added};
use super::task_balance::{
    combined, normalized, on_cut, stacked, to_sum_of_tasks, updates, with_own_numbers,
};
use crate::error::Report;
use crate::model::Fork;
use crate::strategy::{Progress, Strategy, TaskGradients, Update};

impl Cohort {
    /// The gradient of the step, and the task weights in it; `None` for a batch without rows.
    ///
    /// # Shapes
    /// - losses, counts: `[replica, task]`, the means over labeled rows and how many these are
    pub(super) fn direction(
        &mut self,
        batch: &StepBatch<'_>,
        blocks: Vec<Block>,
        parts: &[Range<usize>],
        (losses, counts): (&Tensor<2>, &Tensor<2>),
    ) -> Result<Option<(Found, Tensor<2>)>, Report> {
        let progress = batch.progress();
        let fork = self.fork();
        if fork == Fork::Joined {
            let weights = weigh(&mut self.strategies, losses, progress);
            let weights = self.normalized(weights);
            let scale = scale(weights.clone() / counts.clone());
            let found = added(backward(blocks, &scale, &self.recipe.network));
            return Ok(found.map(|found| (found, weights)));
        }
        let mean = scale(counts.clone().recip());
        let of_parts = backward(blocks, &mean, &self.recipe.network);
        let Some(found) = added(of_parts.clone()) else {
            return Ok(None);
        };
        let mut seen = self.task_gradients(&found, fork, batch.lookup);
        if self.recipe.needs.parts() > 1 {
            seen.parts = self.part_gradients(batch, parts, &of_parts, counts, &seen);
        }
        let updates = updates(&mut self.strategies, &seen, losses, progress)?;
        let updates: Vec<(TaskGradients, Update)> = if self.recipe.normalize_weights {
            updates.into_iter().map(normalized).collect()
        } else {
            updates
        };
        let of_updates = updates.iter().map(|(_, update)| update.weights.clone());
        let weights = stacked(of_updates.collect());
        let network = &self.recipe.network;
        if fork == Fork::Cut {
            let scale = |part: &Range<usize>| counts.clone() / batch.counts(part.clone());
            let scales: Vec<Tensor<2>> = parts.iter().map(scale).collect();
            let of_parts = (0..parts.len()).map(|part| on_cut(&updates, part, &scales));
            let factors: Vec<Tensor<3>> = of_parts.collect::<Result<_, _>>()?;
            let below = backward_below(found.cuts, &factors, network);
            let whole = |below: Found| Found {
                flat: found.flat + below.flat,
                rows: below.rows,
                cuts: Vec::new(),
            };
            return Ok(below.map(whole).map(|found| (found, weights)));
        }
        let (shared, rows) = combined(&updates);
        let of_copies = found.rows.as_ref().zip(batch.lookup);
        let rows = rows
            .zip(of_copies)
            .map(|(rows, (found, lookup))| with_own_numbers(rows, found, network, lookup));
        let flat = network
            .layout
            .with_shared(&found.flat, fork.copies(), &shared);
        let found = Found {
            flat,
            rows,
            cuts: Vec::new(),
        };
        Ok(Some((found, weights)))
    }

    /// What the gradients of the losses are scaled by, where that is known before the losses are.
    ///
    /// # Shapes
    /// - counts: `[replica, task]`
    /// - output: `[replica, 1, task]`
    pub(super) fn scale_ahead(
        &mut self,
        counts: &Tensor<2>,
        progress: Progress,
    ) -> Option<Tensor<3>> {
        if self.fork() != Fork::Joined {
            return Some(scale(counts.clone().recip()));
        }
        // A single block has nothing to gain.
        self.recipe.block?;
        let mut start = 0;
        let ahead = self.strategies.iter_mut().map(|(replicas, strategy)| {
            let own = counts.clone().narrow(0, start, *replicas);
            start += *replicas;
            match strategy {
                Strategy::Weighting(weighting) => weighting.ahead(&own, progress),
                Strategy::Balancing(_) => Some(own.ones_like()),
            }
        });
        let weights = stacked(ahead.collect::<Option<_>>()?);
        Some(scale(self.normalized(weights) / counts.clone()))
    }

    fn normalized(&self, weights: Tensor<2>) -> Tensor<2> {
        if self.recipe.normalize_weights {
            to_sum_of_tasks(&weights) * weights
        } else {
            weights
        }
    }

    /// The mean gradients of each part; those of the whole batch stand for a part that has no rows.
    fn part_gradients(
        &self,
        batch: &StepBatch<'_>,
        parts: &[Range<usize>],
        found: &[Found],
        counts: &Tensor<2>,
        whole: &TaskGradients,
    ) -> Vec<TaskGradients> {
        let one = |(part, found): (&Range<usize>, &Found)| {
            let sums = self.task_gradients(found, self.fork(), batch.lookup);
            sums.scaled(&(counts.clone() / batch.counts(part.clone())))
        };
        let mut means: Vec<TaskGradients> = parts.iter().zip(found).map(one).collect();
        means.resize_with(self.recipe.needs.parts(), || whole.clone());
        if self.recipe.needs.has_trial()
            && let [first, held_out] = parts
            && let Some(tried) = self.after_trial(batch, (first, &means[0]), held_out)
        {
            means[1] = tried;
        }
        means
    }

    /// The gradients of the rows that are held out of a trial step on what the tasks share.
    fn after_trial(
        &self,
        batch: &StepBatch<'_>,
        first: (&Range<usize>, &TaskGradients),
        held_out: &Range<usize>,
    ) -> Option<TaskGradients> {
        let fork = self.fork();
        let of_strategy = |(replicas, strategy): &(usize, Strategy)| {
            let trial = match strategy {
                Strategy::Balancing(balancing) => balancing.trial(),
                Strategy::Weighting(_) => None,
            };
            let none = || Tensor::zeros([*replicas, self.loss.num_tasks()], &self.device);
            trial.unwrap_or_else(none)
        };
        let step = stacked(self.strategies.iter().map(of_strategy).collect());
        let (flat, rows) = self.trial_step(batch, first, step)?;
        let flat = self.state.flat.clone() - flat;
        let touched = batch
            .touched
            .zip(rows)
            .map(|(now, rows)| now.clone() - rows);
        let tried = StepBatch {
            touched: touched.as_ref(),
            ..*batch
        };
        let found = self.part_backward(&flat, &tried, held_out)?;
        Some(self.task_gradients(&found, fork, batch.lookup))
    }

    /// The step along the weighted gradients of the first part, 0 for what belongs to one task.
    ///
    /// # Shapes
    /// - weights: `[replica, task]`
    /// - output: `[replica, parameter]` and `[distinct, dim]`
    fn trial_step(
        &self,
        batch: &StepBatch<'_>,
        (part, gradients): (&Range<usize>, &TaskGradients),
        weights: Tensor<2>,
    ) -> Option<(Tensor<2>, Option<Tensor<2>>)> {
        let network = &self.recipe.network;
        if self.fork() == Fork::Cut {
            // The tape of the step itself is walked but once, and later.
            let mut found = self.part_backward(&self.state.flat, batch, part)?;
            for cut in &mut found.cuts {
                cut.bypass.clear();
            }
            let below = backward_below(found.cuts, &[weights.unsqueeze_dim(2)], network)?;
            return Some((below.flat, below.rows));
        }
        let step = Update::weighted(weights);
        let towers = self.state.flat.zeros_like();
        let shared = gradients.combine_dense(&step);
        let flat = network.layout.with_shared(&towers, 1, &shared);
        Some((flat, gradients.combine_rows(&step)))
    }

    /// The gradients of the mean losses of one part of a batch.
    fn part_backward(
        &self,
        flat: &Tensor<2>,
        batch: &StepBatch<'_>,
        part: &Range<usize>,
    ) -> Option<Found> {
        let mean = scale(batch.counts(part.clone()).recip());
        let part = std::slice::from_ref(part);
        let blocks = self.forward(flat, batch, part, self.fork(), Some(&mean));
        added(backward(blocks, &mean, &self.recipe.network))
    }
}

/// `[replica, 1, task]`: the same for all rows.
fn scale(factors: Tensor<2>) -> Tensor<3> {
    factors.unsqueeze_dim(1)
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
    stacked(weights)
}
