//! One cohort from its first step to its report.

use std::ops::{Range, RangeInclusive};
use std::time::Instant;

use super::batch::Epoch;
use super::checkpoint::{self, Keeping, Reached};
use super::cohort::{Cohort, StepAt, cpu_cores};
use super::cores::Share;
use super::device_data::DeviceData;
use super::evaluate;
use super::event::{
    At, CheckpointKind, Event, GRADIENT_COSINE, GRADIENT_NORM, Part, Point, Scores, Status,
};
use super::fit::Shared;
use super::history::{Evaluated, History};
use super::schedule::Schedule;
use super::tally::Reading as Tallied;
use crate::data::{Task, TaskKind, Unscale};
use crate::error::Report;
use crate::strategy::Reading;

/// Points of the training curves in an epoch.
const SLICES: usize = 20;
/// Training rows that are scored beside the validation rows, at the least and at the most.
const TRAIN_SAMPLE: RangeInclusive<usize> = 4_000..=20_000;

/// A cohort with what is known of each of its runs.
pub(super) struct CohortRun<'a, 'b> {
    pub(super) shared: &'a Shared<'b>,
    pub(super) cohort: Cohort,
    /// The tasks that have a weight: all, or none where several labels are one target.
    pub(super) tasks: Vec<Task>,
    pub(super) data: DeviceData,
    /// Where each task's score comes from.
    readings: Vec<(usize, Reading)>,
    /// The run of each replica.
    pub(super) runs: Vec<usize>,
    pub(super) histories: Vec<History>,
    /// How each replica ended, as soon as it did.
    pub(super) ended: Vec<Option<(Status, Option<String>)>>,
    /// `[replica][task]`: the sum over steps of the weights.
    pub(super) weight_sums: Vec<Vec<f64>>,
    pub(super) reached: Reached,
    keeping: Keeping,
    schedule: Box<dyn Schedule>,
    /// Whether there are shares of experts to tell.
    pub(super) has_gates: bool,
}

impl<'a, 'b> CohortRun<'a, 'b> {
    pub(super) fn new(
        shared: &'a Shared<'b>,
        runs: Vec<usize>,
        cohort: Cohort,
        data: DeviceData,
        schedule: Box<dyn Schedule>,
    ) -> Self {
        let variant = &shared.plan.variants()[shared.plan.runs()[runs[0]].0];
        let tasks = match variant.fusion {
            Some(_) => Vec::new(),
            None => variant.trained_tasks(&shared.dataset.tasks),
        };
        Self {
            shared,
            has_gates: cohort.network().has_gates(),
            cohort,
            data,
            readings: variant.readings(&shared.dataset.tasks),
            histories: vec![History::default(); runs.len()],
            ended: vec![None; runs.len()],
            weight_sums: vec![vec![0.0; tasks.len()]; runs.len()],
            tasks,
            runs,
            reached: Reached::default(),
            keeping: Keeping::default(),
            schedule,
        }
    }

    /// Goes on from kept states, one for each replica.
    pub(super) fn resume(&mut self, resumed: Vec<checkpoint::Resumed>) -> Result<(), Report> {
        checkpoint::restore(&mut self.cohort, &resumed)?;
        for (replica, run) in resumed.into_iter().enumerate() {
            self.reached = run.reached;
            self.histories[replica] = run.history;
            self.weight_sums[replica] = run.weight_sums;
        }
        Ok(())
    }

    /// Trains all epochs and reports; what breaks ends the runs of this cohort alone.
    pub(super) fn train(&mut self, share: &mut Share<'_>) -> Result<(), Report> {
        let parameters = self.cohort.network().num_parameters();
        for &run in &self.runs {
            self.shared.tell(Event::RunStarted { run, parameters });
        }
        self.tell_unshared();
        let epochs = self.shared.plan.training().epochs;
        for epoch in self.reached.epochs..epochs {
            if !self.epoch(epoch, share)? {
                break;
            }
            share.turn_of_steps(usize::MAX, || {
                self.evaluate()?;
                self.probe()?;
                self.tell_gates()
            })?;
            let patience = self.shared.plan.training().early_stop;
            for replica in 0..self.runs.len() {
                if self.histories[replica].is_out_of_patience(patience) {
                    self.end(replica, Status::Finished, None);
                }
            }
            if self.all_ended() || epoch + 1 == epochs {
                break;
            }
            share.turn(|| self.keep_state())?;
        }
        for replica in 0..self.runs.len() {
            self.end(replica, Status::Finished, None);
        }
        self.tell_unsolved();
        share.turn_of_steps(usize::MAX, || self.report())
    }

    fn tell_unshared(&self) {
        if !self.cohort.has_nothing_to_balance() {
            return;
        }
        for &run in &self.runs {
            let message = "the strategy balances gradients of what the tasks share, and here they share nothing; each \
                task follows the plain gradient of its own loss";
            self.shared.tell(Event::Warning {
                run: Some(run),
                message: message.to_owned(),
            });
        }
    }

    fn tell_unsolved(&self) {
        for (replica, &run) in self.runs.iter().enumerate() {
            let unsolved = self.cohort.unsolved(replica);
            if unsolved > 0 {
                let message = format!(
                    "the strategy found no solution at {unsolved} of {} steps; there the gradients were summed as they are",
                    self.reached.step
                );
                self.shared.tell(Event::Warning {
                    run: Some(run),
                    message,
                });
            }
        }
    }

    /// Trains one epoch in slices; whether there is anything left to train.
    fn epoch(&mut self, epoch: u32, share: &mut Share<'_>) -> Result<bool, Report> {
        let batch_size = self.shared.plan.training().batch_size as usize;
        let rows = &self.shared.dataset.split.train;
        let batches = Epoch::new(rows, self.cohort.seeds(), epoch, batch_size);
        let num_batches = batches.num_batches();
        let slice = num_batches.div_ceil(SLICES);
        let cores = cpu_cores(batch_size);
        for start in (0..num_batches).step_by(slice) {
            let slice = start..(start + slice).min(num_batches);
            if !share.turn_of_steps(cores, || self.slice(epoch, &batches, slice))? {
                return Ok(false);
            }
        }
        self.reached.epochs = epoch + 1;
        Ok(!self.all_ended())
    }

    /// Trains on some batches of an epoch; whether there is anything left to train.
    fn slice(&mut self, epoch: u32, batches: &Epoch, slice: Range<usize>) -> Result<bool, Report> {
        let shared = self.shared;
        let epochs = f64::from(shared.plan.training().epochs);
        let num_batches = batches.num_batches();
        let mut clock = Instant::now();
        for index in slice.clone() {
            if shared.control.is_paused() {
                self.reached.seconds += clock.elapsed().as_secs_f64();
                shared.control.wait_while_paused();
                clock = Instant::now();
            }
            self.end_skipped();
            if self.all_ended() {
                return Ok(false);
            }
            let done = f64::from(epoch) + index as f64 / num_batches as f64;
            let at = StepAt {
                step: self.reached.step,
                epoch,
                lr: self.cohort.lr() * self.schedule.factor(done, epochs),
            };
            if index + 1 < num_batches {
                self.cohort.announce(&batches.batch(index + 1));
            }
            let batch = batches.batch(index);
            self.cohort.step(&batch, shared.dataset, &self.data, at)?;
            self.reached.step += 1;
            let seen = batch.first().map_or(0, |rows| rows.len());
            self.reached.samples += (seen * self.cohort.network().num_networks()) as u64;
        }
        let reading = self.cohort.read()?;
        self.reached.seconds += clock.elapsed().as_secs_f64();
        let at = self.at(f64::from(epoch) + slice.end as f64 / num_batches as f64);
        self.tell_reading(&reading, at, slice.len());
        self.tell_progress(epoch, num_batches);
        Ok(true)
    }

    pub(super) fn at(&self, epoch: f64) -> At {
        let Reached {
            step,
            samples,
            seconds,
            ..
        } = self.reached;
        At {
            step,
            epoch,
            samples,
            seconds,
        }
    }

    fn tell_reading(&mut self, reading: &Tallied, at: At, steps: usize) {
        let each = self.cohort.network().num_tasks();
        for replica in 0..self.runs.len() {
            if self.ended[replica].is_some() {
                continue;
            }
            let own = replica * each..(replica + 1) * each;
            // The loss of a target made of several labels is no task's own, and its weight is 1.
            for (index, task) in self.tasks.clone().iter().enumerate() {
                let (loss, weight) = (
                    reading.losses[own.start + index],
                    reading.weights[own.start + index],
                );
                self.weight_sums[replica][index] += weight * steps as f64;
                self.tell_point(replica, &task.name, Part::Train, "loss", at, finite(loss));
                self.tell_point(
                    replica,
                    &task.name,
                    Part::Train,
                    "weight",
                    at,
                    finite(weight),
                );
            }
            let broken = own.into_iter().position(|entry| {
                let loss = reading.losses[entry];
                loss.is_infinite() || loss.is_nan() && reading.labeled[entry]
            });
            if let Some(broken) = broken {
                let loss = match self.tasks.get(broken) {
                    Some(task) => format!("the loss of {}", task.name),
                    None => "the loss".to_owned(),
                };
                let reason = format!(
                    "{loss} was no longer finite by step {}; try a smaller learning rate",
                    at.step
                );
                self.end(replica, Status::Diverged, Some(reason));
            }
        }
    }

    fn tell_progress(&self, epoch: u32, num_batches: usize) {
        let epochs = self.shared.plan.training().epochs;
        for (replica, &run) in self.runs.iter().enumerate() {
            if self.ended[replica].is_none() {
                self.shared.tell(Event::Progress {
                    run,
                    epoch: epoch + 1,
                    epochs,
                    step: self.reached.step,
                    steps: u64::from(epochs) * num_batches as u64,
                    seconds: self.reached.seconds,
                });
            }
        }
    }

    fn tell_point(
        &self,
        replica: usize,
        task: &str,
        split: Part,
        metric: &str,
        at: At,
        value: Option<f64>,
    ) {
        let (run, task, metric) = (self.runs[replica], task.to_owned(), metric.to_owned());
        self.shared.tell(Event::Point(Point {
            run,
            task,
            split,
            metric,
            other: None,
            at,
            value,
        }));
    }

    /// Scores the validation rows and a sample of the training rows.
    fn evaluate(&mut self) -> Result<(), Report> {
        let shared = self.shared;
        let at = self.at(f64::from(self.reached.epochs));
        let train = &shared.dataset.split.train;
        // A fortieth of an epoch's rows where there are many, so that looking costs little beside learning.
        let wanted = (train.len() / 40).clamp(*TRAIN_SAMPLE.start(), *TRAIN_SAMPLE.end());
        let stride = train.len().div_ceil(wanted).max(1);
        let sample: Vec<u32> = train.iter().copied().step_by(stride).collect();
        let validation = &shared.dataset.split.validation;
        // Together, so that no core waits for the last rows of the sample.
        let predicted = self.predict(&[sample.as_slice(), validation].concat())?;
        let snapshots = self.cohort.state.snapshots()?;
        for (replica, snapshot) in snapshots.into_iter().enumerate() {
            if self.ended[replica].is_some() {
                continue;
            }
            let tasks = predicted[replica].iter();
            let (sampled, validated): (Vec<_>, Vec<_>) = tasks
                .map(|scores| scores.split_at(sample.len().min(scores.len())))
                .unzip();
            let (of_sample, validation) = rayon::join(
                || evaluate::scores(shared.dataset, &sample, &sampled),
                || evaluate::scores(shared.dataset, validation, &validated),
            );
            self.tell_scores(replica, &of_sample, Part::Train, at);
            self.tell_scores(replica, &validation, Part::Validation, at);
            let quality = evaluate::quality(shared.dataset, &validation);
            self.histories[replica].add(
                Evaluated {
                    validation,
                    quality,
                },
                snapshot,
            );
        }
        Ok(())
    }

    /// Compares the tasks' gradients on a sample of the training rows.
    fn probe(&mut self) -> Result<(), Report> {
        let shared = self.shared;
        let wanted = shared.plan.training().gradient_rows as usize;
        let train = &shared.dataset.split.train;
        if wanted == 0 || self.tasks.len() < 2 {
            return Ok(());
        }
        let stride = train.len().div_ceil(wanted).max(1);
        let sample: Vec<u32> = train.iter().copied().step_by(stride).collect();
        let at = self.at(f64::from(self.reached.epochs));
        let place = StepAt {
            step: at.step,
            epoch: self.reached.epochs,
            lr: self.cohort.lr(),
        };
        let probed = self
            .cohort
            .probe(&sample, shared.dataset, &self.data, place)?;
        for (replica, probe) in probed.into_iter().flatten().enumerate() {
            if self.ended[replica].is_some() {
                continue;
            }
            for (task, norm) in self.tasks.iter().zip(probe.norms) {
                self.tell_point(replica, &task.name, Part::Train, GRADIENT_NORM, at, norm);
            }
            for (a, b, cosine) in probe.cosines {
                shared.tell(Event::Point(Point {
                    run: self.runs[replica],
                    task: self.tasks[a].name.clone(),
                    split: Part::Train,
                    metric: GRADIENT_COSINE.to_owned(),
                    other: Some(self.tasks[b].name.clone()),
                    at,
                    value: cosine,
                }));
            }
        }
        Ok(())
    }

    pub(super) fn predict(&self, rows: &[u32]) -> Result<Vec<Vec<Vec<f32>>>, Report> {
        evaluate::predict(
            self.cohort.network(),
            &self.cohort.state,
            rows,
            self.shared.dataset,
            &self.data,
            (&self.readings, self.shared.is_cpu),
        )
    }

    fn tell_scores(&self, replica: usize, scores: &Scores, split: Part, at: At) {
        for (task, scores) in scores {
            for (metric, &value) in scores {
                self.tell_point(replica, task, split, metric, at, value);
            }
        }
        if split == Part::Validation {
            for task in &self.shared.dataset.tasks {
                let score = |id: &str| scores.get(&task.name)?.get(id).copied().flatten();
                let loss = match (task.kind, &task.unscale) {
                    (TaskKind::Binary, _) => score("log_loss"),
                    (
                        _,
                        Some(Unscale::Affine {
                            deviation,
                            log: false,
                            ..
                        }),
                    ) => score("rmse").map(|rmse| (rmse / deviation).powi(2)),
                    _ => None,
                };
                if loss.is_some() {
                    self.tell_point(replica, &task.name, split, "loss", at, loss);
                }
            }
        }
    }

    /// Keeps what a resume needs, unless it has just been kept.
    fn keep_state(&mut self) -> Result<(), Report> {
        let mut keeping = std::mem::take(&mut self.keeping);
        let kept = keeping.keep(|| self.pack_state());
        self.keeping = keeping;
        kept
    }

    fn pack_state(&mut self) -> Result<(), Report> {
        let runs: Vec<(&History, &[f64])> = self
            .histories
            .iter()
            .zip(&self.weight_sums)
            .map(|(history, sums)| (history, sums.as_slice()))
            .collect();
        let packed = checkpoint::pack(&mut self.cohort, self.reached, &runs)?;
        for (replica, checkpoint) in packed.iter().enumerate() {
            if self.ended[replica].is_none() {
                let run = self.runs[replica];
                self.shared
                    .keep_checkpoint(run, CheckpointKind::Resume, checkpoint);
            }
        }
        Ok(())
    }

    fn end_skipped(&mut self) {
        for replica in 0..self.runs.len() {
            if self.shared.control.is_skipped(self.runs[replica]) {
                self.end(replica, Status::Stopped, None);
            }
        }
    }

    fn all_ended(&self) -> bool {
        self.ended.iter().all(Option::is_some)
    }

    fn end(&mut self, replica: usize, status: Status, reason: Option<String>) {
        if self.ended[replica].is_none() {
            self.ended[replica] = Some((status, reason));
            self.cohort.freeze(replica);
        }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
