//! Runs of a plan that take steps in turns.

use std::time::Instant;

use mtl_lab::error::Report;
use mtl_lab::experiment::Plan;
use mtl_lab::train::OpenDevice;
use mtl_lab::train::batch::Epoch;
use mtl_lab::train::cohort::{Cohort, StepAt};
use mtl_lab::train::device_data::DeviceData;

/// A cohort of some of a plan's runs.
pub struct Steps<'a> {
    plan: &'a Plan,
    data: DeviceData,
    pub cohort: Cohort,
    batches: Epoch,
    step: usize,
}

impl<'a> Steps<'a> {
    /// The cohort at its first step; all runs have the shapes of the first.
    pub fn new(
        plan: &'a Plan,
        runs: &[usize],
        data: &DeviceData,
        device: &OpenDevice,
    ) -> Result<Self, Report> {
        let (training, dataset) = (plan.training(), plan.dataset());
        let cohort = Cohort::of_runs(plan, runs, device)?;
        let first = &plan.variants()[plan.runs()[runs[0]].0];
        let batch_size = training.batch_size as usize;
        Ok(Self {
            plan,
            data: data.of_variant(first, dataset),
            batches: Epoch::new(&dataset.split.train, cohort.seeds(), 0, batch_size),
            cohort,
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
                lr: self.cohort.lr(),
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
