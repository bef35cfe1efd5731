//! How each run of a cohort ended: test scores at the chosen epochs, the best weights, predictions.

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint;
use super::evaluate;
use super::event::{
    Checkpoint, CheckpointKind, Event, Outcome, Predictions, Scores, Selected, TaskPredictions,
};
use super::history::{History, Snapshot};
use super::run::CohortRun;
use crate::error::Report;
use crate::experiment::Selection;

/// By epoch from 0: the test scores of a run and its outputs, `[task][row]`.
type Tested = BTreeMap<usize, (Scores, Vec<Vec<f32>>)>;

impl CohortRun<'_, '_> {
    /// Scores the test rows at every epoch that a selection chooses, and tells the outcome of each run.
    pub(super) fn report(&mut self) -> Result<(), Report> {
        let shared = self.shared;
        let chosen = shared.plan.training().selection;
        let needed: Vec<Vec<usize>> = self.histories.iter().map(needed_epochs).collect();
        let rows = &shared.dataset.split.test;
        let mut tested: Vec<Tested> = vec![Tested::new(); self.runs.len()];
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
                    tested[replica].insert(epoch, (scores, predicted));
                }
            }
        }
        for (replica, own) in tested.iter().enumerate() {
            self.keep_best(replica, chosen);
            if shared.options.predictions && !own.is_empty() {
                let epochs = self.histories[replica].selected(chosen);
                shared.keep_predictions(self.runs[replica], &self.predictions(&epochs, own));
            }
            let outcome = self.outcome(replica, chosen, own);
            let run = self.runs[replica];
            shared.tell(Event::RunFinished {
                run,
                outcome: Box::new(outcome),
            });
        }
        Ok(())
    }

    fn outcome(&self, replica: usize, chosen: Selection, tested: &Tested) -> Outcome {
        let (status, reason) = self.ended[replica].clone().unwrap_or_default();
        let history = &self.histories[replica];
        let selected = |selection| self.selected(history, selection, tested);
        let reported = selected(chosen);
        let others = Selection::ALL.into_iter().filter(|&other| other != chosen);
        let steps = self.reached.step.max(1) as f64;
        let tasks = self.tasks.iter().zip(&self.weight_sums[replica]);
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

    fn selected(&self, history: &History, selection: Selection, tested: &Tested) -> Selected {
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

    fn predictions(&self, epochs: &[usize], tested: &Tested) -> Predictions {
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
            tasks: epochs
                .iter()
                .enumerate()
                .map(one)
                .filter(|task| !task.scores.is_empty())
                .collect(),
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
