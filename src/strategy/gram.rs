//! Strategies that look at nothing but the inner products of the tasks' gradients.
//!
//! A task without a gradient (no row of the batch has its label) takes no part: it would have all of the weight in a
//! mean that is to be short. Where a step has no solution (a solver gave up, gradients were not finite) it counts as unsolved, and the gradients
//! are summed as they are.
//!
//! The products are as small as the number of tasks squared. They are read once a step for all replicas, and what is
//! to be solved is solved on the host in double precision.

use std::fmt::Debug;

use burn::tensor::{Tensor, TensorData};
use nalgebra::{DMatrix, DVector};

use super::by_replica::by_replica;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::model::host::read;
use crate::spec::{Choice, Spec};

/// A registry entry whose strategy is a rule.
#[derive(Debug)]
pub struct GramEntry<R> {
    /// See [`StrategyEntry::spec`]; the parameter [`super::ON`] is among its own.
    pub spec: &'static Spec,
    /// See [`StrategyEntry::family`].
    pub family: Family,
    /// The rule at the start of training.
    pub rule: fn(&Choice, &StrategyConfig<'_>) -> R,
}

impl<R: GramRule + Clone + 'static> StrategyEntry for GramEntry<R> {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn family(&self) -> Family {
        self.family
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Batch.on(choice, self.spec)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let rule = (self.rule)(choice, config);
        Strategy::balancing(ByGram::new(&rule, config))
    }
}

/// One strategy on one replica's inner products.
pub trait GramRule: Debug + Send + Sync {
    /// The weights with which the gradients are added up; `None` if none were found.
    ///
    /// The inner products are symmetric and finite, those of a gradient with itself above 0.
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>>;

    /// The numbers that a resume needs, as many each time.
    fn state(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Goes on from kept numbers.
    fn restore(&mut self, _state: &[f32]) {}
}

/// What a rule sees.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Inner products of the gradients of those tasks that have one.
    pub gram: &'a DMatrix<f64>,
    /// Which tasks these are.
    pub tasks: &'a [usize],
    /// Their losses.
    pub losses: &'a [f64],
    /// The seed of the run.
    pub seed: u64,
    /// How far training is.
    pub progress: Progress,
}

/// A rule for each replica.
#[derive(Debug)]
pub struct ByGram<R> {
    rules: Vec<(u64, R)>,
    unsolved: Vec<u64>,
    /// `[replica, number]`: what the rules keep, if anything.
    kept: Option<Tensor<2>>,
    /// Whether `kept` was handed out and may have been set.
    was_handed_out: bool,
}

impl<R: GramRule + Clone> ByGram<R> {
    /// The same rule at its start for each seed.
    pub fn new(rule: &R, config: &StrategyConfig<'_>) -> Self {
        let rules: Vec<(u64, R)> = config
            .seeds
            .iter()
            .map(|&seed| (seed, rule.clone()))
            .collect();
        let numbers = rule.state().len();
        let shape = [rules.len(), numbers];
        Self {
            unsolved: vec![0; rules.len()],
            kept: (numbers > 0).then(|| Tensor::zeros(shape, config.device)),
            rules,
            was_handed_out: false,
        }
    }
}

impl<R: GramRule> ByGram<R> {
    fn take_back(&mut self) -> Result<(), Report> {
        if let Some(kept) = self.kept.as_ref().filter(|_| self.was_handed_out) {
            let numbers = read(kept)?;
            let each = numbers.len() / self.rules.len().max(1);
            for ((_, rule), own) in self.rules.iter_mut().zip(numbers.chunks(each.max(1))) {
                rule.restore(own);
            }
        }
        self.was_handed_out = false;
        Ok(())
    }
}

impl<R: GramRule> Balancing for ByGram<R> {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        self.take_back()?;
        let mut each: Vec<_> = self.rules.iter_mut().zip(&mut self.unsolved).collect();
        let losses = losses.clone().unsqueeze_dim::<3>(2);
        let seen = Tensor::cat(vec![gradients.gram(), losses], 2);
        let weights = by_replica(&seen, &mut each, |((seed, rule), unsolved), seen| {
            let weights = solved(rule, seen, *seed, progress);
            **unsolved += u64::from(weights.is_none());
            weights.unwrap_or_else(|| vec![1.0; seen.nrows()])
        })?;
        Ok(Update::weighted(weights))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        if let Some(kept) = &mut self.kept {
            if !self.was_handed_out {
                let numbers: Vec<f32> = self
                    .rules
                    .iter()
                    .flat_map(|(_, rule)| rule.state())
                    .collect();
                *kept = Tensor::from_data(TensorData::new(numbers, kept.dims()), &kept.device());
            }
            self.was_handed_out = true;
        }
        self.kept.iter_mut().collect()
    }

    fn unsolved(&self) -> &[u64] {
        &self.unsolved
    }
}

/// The weights of one replica's tasks, 1 for those without a gradient; `None` if there is no solution.
///
/// # Shapes
/// - seen: `[task, task + 1]`: the inner products, then the losses
fn solved(
    rule: &mut impl GramRule,
    seen: &DMatrix<f64>,
    seed: u64,
    progress: Progress,
) -> Option<Vec<f64>> {
    let tasks = seen.nrows();
    let gram = seen.columns(0, tasks);
    let heard: Vec<usize> = (0..tasks).filter(|&it| gram[(it, it)] != 0.0).collect();
    let mut all = vec![1.0; tasks];
    if heard.is_empty() {
        return Some(all);
    }
    if !gram.iter().all(|product| product.is_finite()) {
        return None;
    }
    let weights = rule.solve(&Seen {
        gram: &gram.select_rows(&heard).select_columns(&heard),
        tasks: &heard,
        losses: seen.column(tasks).select_rows(&heard).as_slice(),
        seed,
        progress,
    })?;
    for (&task, &weight) in heard.iter().zip(weights.iter()) {
        all[task] = weight;
    }
    all.iter().all(|weight| weight.is_finite()).then_some(all)
}

/// Inner products of trace 1 with a trace of the identity, so that a projection is defined for parallel gradients too.
pub fn regularized(gram: &DMatrix<f64>) -> DMatrix<f64> {
    let tasks = gram.nrows();
    gram / gram.trace() + DMatrix::identity(tasks, tasks) * 1e-4
}
