//! Runs of a plan that take steps in turns.

use std::time::Instant;

use mtl_lab::error::Report;
use mtl_lab::experiment::Plan;
use mtl_lab::strategy::{StrategyConfig, TaskLoss, strategy};
use mtl_lab::train::batch::Epoch;
use mtl_lab::train::cohort::{Cohort, Recipe, StepAt, cpu_block};
use mtl_lab::train::device_data::DeviceData;
use mtl_lab::train::optimizer::{learning_rate, optimizer};
use mtl_lab::train::{OpenDevice, network};

/// A cohort of some of a plan's variants, each with all its seeds.
pub struct Steps<'a> {
    plan: &'a Plan,
    data: DeviceData,
    pub cohort: Cohort,
    batches: Epoch,
    lr: f64,
    step: usize,
}

impl<'a> Steps<'a> {
    /// The cohort at its first step; all variants have the shapes of the first.
    pub fn new(
        plan: &'a Plan,
        variants: &[usize],
        data: &DeviceData,
        device: &OpenDevice,
    ) -> Result<Self, Report> {
        let unknown = |what: &str| Report::failure(format!("there is no such {what}"));
        let (training, dataset) = (plan.training(), plan.dataset());
        let batch_size = training.batch_size as usize;
        let first = &plan.variants()[variants[0]];
        let rule = optimizer(&training.optimizer.name).ok_or_else(|| unknown("optimizer"))?;
        let entry = strategy(&first.strategy.name).ok_or_else(|| unknown("strategy"))?;
        let recipe = Recipe {
            network: network(plan, first)?,
            optimizer: rule.build(&training.optimizer),
            l2_embedding: training.l2_embedding,
            l2_dnn: training.l2_dnn,
            clip_norm: training.clip_norm,
            block: device.is_cpu.then(|| cpu_block(batch_size)),
            needs: entry.needs(&first.strategy),
            normalize_weights: training.normalize_weights,
        };
        let trained = first.trained_tasks(&dataset.tasks);
        let (mut seeds, mut strategies) = (Vec::new(), Vec::new());
        for &variant in variants {
            let choice = &plan.variants()[variant].strategy;
            let entry = strategy(&choice.name).ok_or_else(|| unknown("strategy"))?;
            let config = StrategyConfig {
                tasks: &trained,
                seeds: plan.seeds(),
                num_shared: recipe.num_compared(),
                device: &device.handle,
            };
            strategies.push((plan.seeds().len(), entry.build(choice, &config)));
            seeds.extend_from_slice(plan.seeds());
        }
        let (loss, data) = match &first.fusion {
            Some(fusion) => (TaskLoss::of_goal(), data.with_label(fusion.goals(dataset))),
            None => (TaskLoss::new(&trained, &device.handle), data.clone()),
        };
        Ok(Self {
            plan,
            data,
            batches: Epoch::new(&dataset.split.train, &seeds, 0, batch_size),
            cohort: Cohort::new(recipe, &seeds, strategies, loss, &device.handle),
            lr: learning_rate(rule, &training.optimizer),
            step: 0,
        })
    }

    /// Takes so many steps and waits for the device; the seconds of one.
    pub fn take(&mut self, steps: usize) -> Result<f64, Report> {
        // The last batch may be short.
        let whole = (self.batches.num_batches() - 1).max(1);
        let began = Instant::now();
        for _ in 0..steps {
            let at = StepAt {
                step: self.step as u64,
                epoch: (self.step / whole) as u32,
                lr: self.lr,
            };
            self.step += 1;
            self.cohort.announce(&self.batches.batch(self.step % whole));
            let batch = self.batches.batch((self.step - 1) % whole);
            self.cohort
                .step(&batch, self.plan.dataset(), &self.data, at)?;
        }
        self.cohort.read()?;
        Ok(began.elapsed().as_secs_f64() / steps as f64)
    }
}
