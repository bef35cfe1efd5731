//! Several labels as one target: one output is trained, and each label that it stands for is scored from it.
//!
//! A row's goal is one number from 0: a positive row counts as much as its goal, a row with goal 0 is a negative and
//! counts as one. With `x` the output and `g` the goal
//!
//! ```text
//! L = g·ln(1 + e^−x) + [g = 0]·ln(1 + e^x),   e^x → E[g] / P(g = 0)
//! ```
//!
//! so that the odds `e^x` are read as the expected goal where positives are few.

use crate::data::{Dataset, Task, TaskKind};

/// How labels become one target, and what each label's score is.
#[derive(Clone, Debug, PartialEq)]
pub struct Fusion {
    /// The task whose tower gives the one output.
    pub carrier: usize,
    /// What a row is worth.
    pub goal: Goal,
    /// Where each task's score comes from.
    pub readings: Vec<Reading>,
}

/// What a row is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    /// As much as one label says where another is positive, else nothing.
    Worth {
        /// The binary task.
        positive: usize,
        /// The regression task, in its own unit.
        worth: usize,
        /// The most that a row is worth.
        cap: f64,
    },
    /// Its labels times these weights. A missing one adds nothing: what was not clicked was not finished either.
    Sum(Vec<f64>),
}

/// Where a task's score comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reading {
    /// `σ(x)`.
    Probability,
    /// The output brought back to the label's own scale.
    Value,
    /// `e^x`.
    Odds,
    /// There is none: the output does not stand for this task.
    Nothing,
}

impl Reading {
    /// What a task's own output is read as.
    pub fn own(task: &Task) -> Self {
        match task.kind {
            TaskKind::Binary => Self::Probability,
            TaskKind::Regression => Self::Value,
        }
    }

    /// The score of an output; NaN where there is none.
    pub fn score(self, output: f32, task: &Task) -> f32 {
        match self {
            Self::Probability => (1.0 / (1.0 + (-f64::from(output)).exp())) as f32,
            Self::Value => task.unscaled(output),
            Self::Odds => f64::from(output).exp() as f32,
            Self::Nothing => f32::NAN,
        }
    }
}

impl Fusion {
    /// The goal of each row; NaN where all labels that it needs are missing, or a positive row is worth nothing.
    pub fn goals(&self, dataset: &Dataset) -> Vec<f32> {
        let rows = dataset.labels.chunks(dataset.tasks.len().max(1));
        let goal = |labels: &[f32]| match &self.goal {
            Goal::Worth {
                positive,
                worth,
                cap,
            } => {
                let value = f64::from(dataset.tasks[*worth].unscaled(labels[*worth]));
                match labels[*positive] {
                    0.0 => 0.0,
                    1.0 if value > 0.0 => value.min(*cap) as f32,
                    _ => f32::NAN,
                }
            }
            Goal::Sum(weights) => {
                let counted = || {
                    let pairs = weights.iter().zip(labels);
                    pairs.filter(|(weight, label)| **weight > 0.0 && !label.is_nan())
                };
                if counted().next().is_none() {
                    return f32::NAN;
                }
                counted()
                    .map(|(weight, label)| *weight as f32 * label)
                    .sum()
            }
        };
        rows.map(goal).collect()
    }
}
