//! One cohort from its first step to its report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::batch::Epoch;
use super::checkpoint::{self, Reached};
use super::cohort::{Cohort, StepAt};
use super::evaluate;
use super::event::{
    At, Checkpoint, CheckpointKind, Event, Outcome, Part, Point, Predictions, Scores, Selected,
    Status, TaskPredictions,
};
use super::fit::{Shared, Slices};
use super::history::{Evaluated, History, Snapshot};
use super::schedule::Schedule;
use crate::data::{TaskKind, Unscale};
use crate::error::Report;
use crate::experiment::Selection;

/// Training rows that are scored beside the validation rows, at the most.
const TRAIN_SAMPLE: usize = 20_000;

/// A cohort with what is known of each of its runs.
pub(super) struct CohortRun<'a, 'b> {
    shared: &'a Shared<'b>,
    cohort: Cohort,
    /// The run of each replica.
    runs: Vec<usize>,
    histories: Vec<History>,
    /// How each replica ended, as soon as it did.
    ended: Vec<Option<(Status, Option<String>)>>,
    /// `[replica][task]`: the sum over steps of the weights.
    weight_sums: Vec<Vec<f64>>,
    reached: Reached,
    schedule: Box<dyn Schedule>,
    lr: f64,
}

impl<'a, 'b> CohortRun<'a, 'b> {
    pub(super) fn new(
        shared: &'a Shared<'b>,
        runs: Vec<usize>,
        cohort: Cohort,
        schedule: Box<dyn Schedule>,
        lr: f64,
    ) -> Self {
        let num_tasks = shared.dataset.tasks.len();
        Self {
            shared,
            cohort,
            histories: vec![History::default(); runs.len()],
            ended: vec![None; runs.len()],
            weight_sums: vec![vec![0.0; num_tasks]; runs.len()],
            runs,
            reached: Reached::default(),
            schedule,
            lr,
        }
    }

    /// Goes on from kept states, one for each replica.
    pub(super) fn resume(&mut self, resumed: Vec<checkpoint::Resumed>) -> Result<(), Report> {
        checkpoint::restore(&mut self.cohort.state, &resumed)?;
        for (replica, run) in resumed.into_iter().enumerate() {
            self.reached = run.reached;
            self.histories[replica] = run.history;
            self.weight_sums[replica] = run.weight_sums;
        }
        Ok(())
    }

    /// Trains all epochs and reports; what breaks ends the runs of this cohort alone.
    pub(super) fn train(&mut self, slices: &Slices<'_>) -> Result<(), Report> {
        let parameters = self.cohort.network().num_parameters();
        for &run in &self.runs {
            self.shared.tell(Event::RunStarted { run, parameters });
        }
        let epochs = self.shared.plan.training().epochs;
        for epoch in self.reached.epochs..epochs {
            if !self.epoch(epoch, slices)? {
                break;
            }
            let turn = slices.turns.take();
            self.evaluate()?;
            self.keep_state()?;
            drop(turn);
            let patience = self.shared.plan.training().early_stop;
            for replica in 0..self.runs.len() {
                if self.histories[replica].is_out_of_patience(patience) {
                    self.end(replica, Status::Finished, None);
                }
            }
            if self.all_ended() {
                break;
            }
        }
        for replica in 0..self.runs.len() {
            self.end(replica, Status::Finished, None);
        }
        let _turn = slices.turns.take();
        self.report()
    }

    /// One pass over the training rows; `false` if all runs ended inside it.
    fn epoch(&mut self, epoch: u32, slices: &Slices<'_>) -> Result<bool, Report> {
        let shared = self.shared;
        let training = shared.plan.training();
        let batch_size = training.batch_size as usize;
        let rows = &shared.dataset.split.train;
        let batches = Epoch::new(rows, self.cohort.seeds(), epoch, batch_size);
        let num_batches = batches.num_batches();
        let slice = num_batches.div_ceil(slices.per_epoch);
        for start in (0..num_batches).step_by(slice) {
            let turn = slices.turns.take();
            let mut clock = Instant::now();
            for index in start..(start + slice).min(num_batches) {
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
                let factor = self.schedule.factor(done, f64::from(training.epochs));
                let at = StepAt {
                    step: self.reached.step,
                    epoch,
                    lr: self.lr * factor,
                };
                let batch = batches.batch(index);
                self.cohort.step(&batch, shared.dataset, &shared.data, at);
                self.reached.step += 1;
                let seen = batch.first().map_or(0, |rows| rows.len());
                self.reached.samples += (seen * self.cohort.network().lanes.len()) as u64;
            }
            let end = (start + slice).min(num_batches);
            let reading = self.cohort.read()?;
            self.reached.seconds += clock.elapsed().as_secs_f64();
            drop(turn);
            let at = self.at(f64::from(epoch) + end as f64 / num_batches as f64);
            self.tell_reading(&reading, at, end - start);
            self.tell_progress(epoch, num_batches);
        }
        self.reached.epochs = epoch + 1;
        Ok(!self.all_ended())
    }

    fn at(&self, epoch: f64) -> At {
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

    fn tell_reading(&mut self, reading: &super::cohort::Reading, at: At, steps: usize) {
        let tasks = &self.shared.dataset.tasks;
        for replica in 0..self.runs.len() {
            if self.ended[replica].is_some() {
                continue;
            }
            for (index, task) in tasks.iter().enumerate() {
                let entry = replica * tasks.len() + index;
                let (loss, weight) = (reading.losses[entry], reading.weights[entry]);
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
                if loss.is_infinite() || loss.is_nan() && reading.labelled[entry] {
                    let reason = format!(
                        "the loss of {} was no longer finite by step {}; try a smaller learning rate",
                        task.name, at.step
                    );
                    self.end(replica, Status::Diverged, Some(reason));
                    break;
                }
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
            at,
            value,
        }));
    }

    /// Scores the validation rows and a sample of the training rows.
    fn evaluate(&mut self) -> Result<(), Report> {
        let shared = self.shared;
        let at = self.at(f64::from(self.reached.epochs));
        let train = &shared.dataset.split.train;
        let stride = train.len().div_ceil(TRAIN_SAMPLE).max(1);
        let sample: Vec<u32> = train.iter().copied().step_by(stride).collect();
        let sampled = self.predict(&sample)?;
        let validation = &shared.dataset.split.validation;
        let predicted = self.predict(validation)?;
        let snapshots = self.cohort.state.snapshots()?;
        for (replica, snapshot) in snapshots.into_iter().enumerate() {
            if self.ended[replica].is_some() {
                continue;
            }
            let scores = evaluate::scores(shared.dataset, &sample, &sampled[replica]);
            self.tell_scores(replica, &scores, Part::Train, at);
            let validation = evaluate::scores(shared.dataset, validation, &predicted[replica]);
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

    fn predict(&self, rows: &[u32]) -> Result<Vec<Vec<Vec<f32>>>, Report> {
        let Shared {
            dataset,
            data,
            is_cpu,
            ..
        } = self.shared;
        evaluate::predict(
            self.cohort.network(),
            &self.cohort.state,
            rows,
            dataset,
            data,
            *is_cpu,
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

    /// Keeps what a resume needs.
    fn keep_state(&self) -> Result<(), Report> {
        let runs: Vec<(&History, &[f64])> = self
            .histories
            .iter()
            .zip(&self.weight_sums)
            .map(|(history, sums)| (history, sums.as_slice()))
            .collect();
        let packed = checkpoint::pack(&self.cohort.state, self.reached, &runs)?;
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

    /// Scores the test rows at every epoch that a selection chooses, and tells the outcome of each run.
    fn report(&mut self) -> Result<(), Report> {
        let shared = self.shared;
        let chosen = shared.plan.training().selection;
        let needed: Vec<Vec<usize>> = self.histories.iter().map(needed_epochs).collect();
        let rows = &shared.dataset.split.test;
        let mut tested: BTreeMap<(usize, usize), (Scores, Vec<Vec<f32>>)> = BTreeMap::new();
        let current = self.cohort.state.snapshots()?;
        for turn in 0..needed.iter().map(Vec::len).max().unwrap_or(0) {
            let snapshots: Vec<&Snapshot> = (0..self.runs.len())
                .map(|replica| {
                    let epoch = needed[replica].get(turn);
                    let kept = epoch.and_then(|&epoch| self.histories[replica].weights_of(epoch));
                    kept.unwrap_or(&current[replica])
                })
                .collect();
            self.cohort.state.load(&snapshots);
            let predicted = self.predict(rows)?;
            for (replica, predicted) in predicted.into_iter().enumerate() {
                if let Some(&epoch) = needed[replica].get(turn) {
                    let scores = evaluate::scores(shared.dataset, rows, &predicted);
                    tested.insert((replica, epoch), (scores, predicted));
                }
            }
        }
        for replica in 0..self.runs.len() {
            let own: BTreeMap<usize, &(Scores, Vec<Vec<f32>>)> = tested
                .iter()
                .filter(|((owner, _), _)| *owner == replica)
                .map(|((_, epoch), found)| (*epoch, found))
                .collect();
            self.keep_best(replica, chosen);
            if shared.options.predictions && !own.is_empty() {
                let epochs = self.histories[replica].selected(chosen);
                shared.keep_predictions(self.runs[replica], &self.predictions(&epochs, &own));
            }
            let outcome = self.outcome(replica, chosen, &own);
            let run = self.runs[replica];
            shared.tell(Event::RunFinished {
                run,
                outcome: Box::new(outcome),
            });
        }
        Ok(())
    }

    fn outcome(
        &self,
        replica: usize,
        chosen: Selection,
        tested: &BTreeMap<usize, &(Scores, Vec<Vec<f32>>)>,
    ) -> Outcome {
        let (status, reason) = self.ended[replica].clone().unwrap_or_default();
        let history = &self.histories[replica];
        let selected = |selection| self.selected(history, selection, tested);
        let reported = selected(chosen);
        let others = Selection::ALL.into_iter().filter(|&other| other != chosen);
        let steps = self.reached.step.max(1) as f64;
        let tasks = self
            .shared
            .dataset
            .tasks
            .iter()
            .zip(&self.weight_sums[replica]);
        Outcome {
            status,
            best_epoch: history
                .selected(chosen)
                .iter()
                .max()
                .map(|&epoch| epoch as u32 + 1),
            seconds: self.reached.seconds,
            samples_per_second: self.reached.samples as f64 / self.reached.seconds.max(1e-9),
            validation: reported.validation,
            test: reported.test,
            selections: if history.epochs.is_empty() {
                BTreeMap::new()
            } else {
                others
                    .map(|other| (other.id().to_owned(), selected(other)))
                    .collect()
            },
            task_weights: tasks
                .map(|(task, sum)| (task.name.clone(), sum / steps))
                .collect(),
            reason,
        }
    }

    fn selected(
        &self,
        history: &History,
        selection: Selection,
        tested: &BTreeMap<usize, &(Scores, Vec<Vec<f32>>)>,
    ) -> Selected {
        let mut selected = Selected::default();
        let epochs = history.selected(selection);
        for (task, epoch) in self.shared.dataset.tasks.iter().zip(epochs) {
            let name = &task.name;
            selected.epochs.insert(name.clone(), epoch as u32 + 1);
            if let Some(scores) = history.epochs[epoch].validation.get(name) {
                selected.validation.insert(name.clone(), scores.clone());
            }
            if let Some(scores) = tested.get(&epoch).and_then(|(scores, _)| scores.get(name)) {
                selected.test.insert(name.clone(), scores.clone());
            }
        }
        selected
    }

    fn predictions(
        &self,
        epochs: &[usize],
        tested: &BTreeMap<usize, &(Scores, Vec<Vec<f32>>)>,
    ) -> Predictions {
        let dataset = self.shared.dataset;
        let rows = &dataset.split.test;
        let one = |(index, &epoch): (usize, &usize)| TaskPredictions {
            task: dataset.tasks[index].name.clone(),
            labels: evaluate::truths(dataset, index, rows),
            scores: tested
                .get(&epoch)
                .map_or_else(Vec::new, |(_, all)| all[index].clone()),
        };
        Predictions {
            rows: rows.to_vec(),
            tasks: epochs.iter().enumerate().map(one).collect(),
        }
    }

    /// Keeps the weights of the reported epoch; with `per_task` one set for each task.
    fn keep_best(&self, replica: usize, chosen: Selection) {
        let network = self.cohort.network();
        let epochs = self.histories[replica].selected(chosen);
        let mut checkpoint = Checkpoint::default();
        for (task, &epoch) in self.shared.dataset.tasks.iter().zip(&epochs) {
            let Some(snapshot) = self.histories[replica].weights_of(epoch) else {
                continue;
            };
            let each = chosen == Selection::PerTask;
            let prefix = if each {
                format!("best_for_{}", task.name)
            } else {
                String::new()
            };
            checkpoint
                .facts
                .insert(format!("epoch.{}", task.name), (epoch + 1).to_string());
            if each || checkpoint.tensors.is_empty() {
                checkpoint
                    .tensors
                    .extend(checkpoint::weights(network, snapshot, &prefix));
            }
        }
        if !checkpoint.tensors.is_empty() {
            self.shared
                .keep_checkpoint(self.runs[replica], CheckpointKind::Best, &checkpoint);
        }
    }
}

/// Every epoch that some selection chooses.
fn needed_epochs(history: &History) -> Vec<usize> {
    let chosen = Selection::ALL
        .into_iter()
        .flat_map(|selection| history.selected(selection));
    chosen.collect::<BTreeSet<_>>().into_iter().collect()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
