//! What runs of equal shapes have in common, as the plan says it, and their cohort at its first step.

use super::cohort::{Cohort, cpu_block};
use super::device::OpenDevice;
use super::device_data::DeviceData;
use super::optimizer::{Optimizer, learning_rate, optimizer};
use crate::data::Dataset;
use crate::error::{Problem, Report};
use crate::experiment::{Plan, Variant};
use crate::model::Network;
use crate::spec::Choice;
use crate::strategy::{Needs, StrategyConfig, StrategyEntry, TaskLoss, strategy};

const REFUSED: &str = "the plan cannot be trained";

/// What the runs of a cohort have in common.
#[derive(Debug)]
pub struct Recipe {
    /// The network.
    pub network: Network,
    /// The update rule.
    pub optimizer: Box<dyn Optimizer>,
    /// The learning rate before the schedule.
    pub lr: f64,
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

impl Recipe {
    /// That of a variant.
    ///
    /// # Errors
    /// A name that no registry has.
    pub fn new(plan: &Plan, variant: &Variant, is_cpu: bool) -> Result<Self, Report> {
        let training = plan.training();
        let rule = &training.optimizer;
        let entry = optimizer(&rule.name).ok_or_else(|| unknown("optimizer", &rule.name))?;
        Ok(Self {
            network: network(plan, variant)?,
            optimizer: entry.build(rule),
            lr: learning_rate(entry, rule),
            l2_embedding: training.l2_embedding,
            l2_dnn: training.l2_dnn,
            clip_norm: training.clip_norm,
            block: is_cpu.then(|| cpu_block(training.batch_size as usize)),
            needs: known_strategy(&variant.strategy)?.needs(&variant.strategy),
            normalize_weights: training.normalize_weights,
        })
    }

    /// The numbers of a task's gradient that the strategies see, embedding rows aside.
    pub fn num_compared(&self) -> usize {
        if self.needs.on_representation() {
            self.network.representation_width()
        } else {
            // Where embeddings alone are shared, a single 0 stands for the dense part.
            self.network.layout.num_shared().max(1)
        }
    }
}

impl Cohort {
    /// The cohort of some of a plan's runs, all of one shape. One strategy weighs all seeds of a variant that come
    /// one after the other, as what it computes is launched once for them all.
    ///
    /// # Errors
    /// A name that no registry has, or no runs.
    pub fn of_runs(plan: &Plan, runs: &[usize], device: &OpenDevice) -> Result<Self, Report> {
        let (all, variants) = (plan.runs(), plan.variants());
        let runs: Vec<(usize, u64)> = runs.iter().map(|&run| all[run]).collect();
        let first = runs.first().map(|&(variant, _)| &variants[variant]);
        let first = first.ok_or_else(|| Report::failure("a cohort has no runs"))?;
        let recipe = Recipe::new(plan, first, device.is_cpu)?;
        let tasks = first.trained_tasks(&plan.dataset().tasks);
        let mut strategies = Vec::new();
        for group in runs.chunk_by(|(a, _), (b, _)| a == b) {
            let choice = &variants[group[0].0].strategy;
            let seeds: Vec<u64> = group.iter().map(|&(_, seed)| seed).collect();
            let config = StrategyConfig {
                tasks: &tasks,
                seeds: &seeds,
                num_shared: recipe.num_compared(),
                device: &device.handle,
            };
            let strategy = known_strategy(choice)?.build(choice, &config);
            strategies.push((seeds.len(), strategy));
        }
        let loss = match first.fusion {
            Some(_) => TaskLoss::of_goal(),
            None => TaskLoss::new(&tasks),
        };
        let seeds: Vec<u64> = runs.iter().map(|&(_, seed)| seed).collect();
        Ok(Self::new(recipe, &seeds, strategies, loss, &device.handle))
    }
}

impl DeviceData {
    /// The same features with the labels that a variant is trained on: its one goal, or those of its tasks.
    #[must_use]
    pub fn of_variant(&self, variant: &Variant, dataset: &Dataset) -> Self {
        let trained = &variant.trained;
        match &variant.fusion {
            Some(fusion) => self.with_label(fusion.goals(dataset)),
            None if trained.len() < dataset.tasks.len() => self.with_tasks(trained),
            None => self.clone(),
        }
    }
}

/// The network of a variant.
///
/// # Errors
/// A name that no registry has.
pub fn network(plan: &Plan, variant: &Variant) -> Result<Network, Report> {
    let network = variant.network(plan.dataset(), plan.training());
    network.map_err(|problem| Report::input(REFUSED, vec![problem]))
}

/// The trainable numbers of each variant by block: its name, then `embeddings`, `bottom`, each tower, …
pub fn parameter_counts(plan: &Plan) -> Vec<(String, Vec<(String, usize)>)> {
    let count = |variant: &Variant| {
        let blocks = network(plan, variant).map(|network| network.parameters_by_block());
        (variant.name.clone(), blocks.unwrap_or_default())
    };
    plan.variants().iter().map(count).collect()
}

fn known_strategy(choice: &Choice) -> Result<&'static dyn StrategyEntry, Report> {
    strategy(&choice.name).ok_or_else(|| unknown("strategy", &choice.name))
}

/// No registry has what the plan names.
pub(super) fn unknown(what: &str, name: &str) -> Report {
    let problem = Problem::new(name, format!("unknown {what}"));
    Report::input(REFUSED, vec![problem])
}
