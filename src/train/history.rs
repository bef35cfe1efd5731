//! The evaluated epochs of one run: which one is reported, when patience ends, which weights are worth keeping.

use serde::{Deserialize, Serialize};

use super::event::Scores;
use crate::experiment::Selection;

/// The weights of one epoch on the host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The epoch, from 0.
    pub epoch: usize,
    /// The dense parameters.
    pub flat: Vec<f32>,
    /// The running statistics of batch norm.
    pub statistics: Vec<f32>,
    /// The embeddings.
    pub table: Vec<f32>,
}

/// One evaluated epoch.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Evaluated {
    /// All validation scores.
    pub validation: Scores,
    /// How good each task's primary metric is; higher is better, `None` where it is undefined.
    pub quality: Vec<Option<f64>>,
}

/// The evaluated epochs of one run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Epoch by epoch.
    pub epochs: Vec<Evaluated>,
    /// Weights of every epoch that a selection may still choose.
    pub snapshots: Vec<Snapshot>,
}

impl History {
    /// Takes in an epoch with its weights, and drops weights that can no longer be chosen.
    pub fn add(&mut self, evaluated: Evaluated, mut snapshot: Snapshot) {
        snapshot.epoch = self.epochs.len();
        self.epochs.push(evaluated);
        self.snapshots.push(snapshot);
        let epochs = &self.epochs;
        let last = epochs.len() - 1;
        // An epoch that another one beats or equals on every task has the worse rank for ever.
        self.snapshots.retain(|kept| {
            let beaten = |(other, rival): (usize, &Evaluated)| {
                other != kept.epoch && dominates(rival, other, &epochs[kept.epoch], kept.epoch)
            };
            kept.epoch == last || !epochs.iter().enumerate().any(beaten)
        });
    }

    /// The epoch that each task reports, from 0; empty if none was evaluated.
    pub fn selected(&self, selection: Selection) -> Vec<usize> {
        let Some(first) = self.epochs.first() else {
            return Vec::new();
        };
        let num_tasks = first.quality.len();
        match selection {
            Selection::Last => vec![self.epochs.len() - 1; num_tasks],
            Selection::PerTask => (0..num_tasks).map(|task| self.best_of(task)).collect(),
            Selection::Common => vec![self.best_common(); num_tasks],
        }
    }

    /// The weights of an epoch, if they are kept.
    pub fn weights_of(&self, epoch: usize) -> Option<&Snapshot> {
        self.snapshots
            .iter()
            .find(|snapshot| snapshot.epoch == epoch)
    }

    /// Whether the best common epoch is at least `patience` epochs old.
    pub fn is_out_of_patience(&self, patience: Option<u32>) -> bool {
        let Some(patience) = patience else {
            return false;
        };
        !self.epochs.is_empty() && self.epochs.len() - 1 - self.best_common() >= patience as usize
    }

    fn quality(&self, epoch: usize, task: usize) -> f64 {
        self.epochs[epoch].quality[task].unwrap_or(f64::NEG_INFINITY)
    }

    /// The epoch that is best for a task; of equals the one with the best mean rank over all tasks.
    fn best_of(&self, task: usize) -> usize {
        (0..self.epochs.len())
            .min_by_key(|&epoch| (self.rank(epoch, task), self.rank_sum(epoch), epoch))
            .unwrap_or(0)
    }

    /// The epoch with the best mean rank over tasks; the earliest of equals.
    fn best_common(&self) -> usize {
        (0..self.epochs.len())
            .min_by_key(|&epoch| (self.rank_sum(epoch), epoch))
            .unwrap_or(0)
    }

    fn rank_sum(&self, epoch: usize) -> usize {
        let num_tasks = self.epochs[epoch].quality.len();
        (0..num_tasks).map(|task| self.rank(epoch, task)).sum()
    }

    /// Twice the mean rank among ties: epochs that are better count two, equals one.
    fn rank(&self, epoch: usize, task: usize) -> usize {
        let own = self.quality(epoch, task);
        let points = |other: usize| match self.quality(other, task) {
            quality if quality > own => 2,
            quality if quality == own => 1,
            _ => 0,
        };
        (0..self.epochs.len()).map(points).sum()
    }
}

/// Whether `a` is at least as good on every task, and better on one or earlier.
fn dominates(a: &Evaluated, a_epoch: usize, b: &Evaluated, b_epoch: usize) -> bool {
    let value = |quality: Option<f64>| quality.unwrap_or(f64::NEG_INFINITY);
    let pairs = || {
        a.quality
            .iter()
            .zip(&b.quality)
            .map(|(a, b)| (value(*a), value(*b)))
    };
    pairs().all(|(a, b)| a >= b) && (pairs().any(|(a, b)| a > b) || a_epoch < b_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(qualities: &[[f64; 2]]) -> History {
        let mut history = History::default();
        for quality in qualities {
            let evaluated = Evaluated {
                validation: Scores::new(),
                quality: quality.iter().copied().map(Some).collect(),
            };
            history.add(evaluated, Snapshot::default());
        }
        history
    }

    // Ranks of task 0: 4 3 1 2, of task 1: 1 2 3 4, sums 5 5 4 6.
    const CROSSED: [[f64; 2]; 4] = [[0.1, 0.9], [0.2, 0.8], [0.5, 0.7], [0.4, 0.6]];

    #[test]
    fn common_is_the_best_mean_rank() {
        assert_eq!(history(&CROSSED).selected(Selection::Common), [2, 2]);
        assert_eq!(history(&CROSSED).selected(Selection::PerTask), [2, 0]);
        assert_eq!(history(&CROSSED).selected(Selection::Last), [3, 3]);
    }

    #[test]
    fn every_epoch_that_a_selection_chooses_has_its_weights() {
        let mut walk = vec![[0.5, 0.5]; 1];
        for index in 0_u64..60 {
            let draw = |salt| (crate::model::random::mix(index * 2 + salt) % 7) as f64;
            walk.push([draw(0), draw(1)]);
            let history = history(&walk);
            let kept: Vec<usize> = history.snapshots.iter().map(|kept| kept.epoch).collect();
            for selection in Selection::ALL {
                for epoch in history.selected(selection) {
                    assert!(
                        kept.contains(&epoch),
                        "{selection:?} {epoch} {kept:?} {walk:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn dominated_weights_are_dropped() {
        let kept = history(&[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]).snapshots;
        assert_eq!(kept.iter().map(|kept| kept.epoch).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn patience_counts_epochs_since_the_best() {
        let history = history(&[[0.1, 0.1], [0.9, 0.9], [0.5, 0.5], [0.6, 0.6]]);
        assert!(!history.is_out_of_patience(None));
        assert!(!history.is_out_of_patience(Some(3)));
        assert!(history.is_out_of_patience(Some(2)));
    }
}
