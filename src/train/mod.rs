//! Training: devices, cohorts, batches, optimizers, `fit` and the worker thread.
//!
//! [`fit()`] is an ordinary blocking function that tells what happens through a [`Sink`]; only `fit` and `worker`
//! know threads.

mod awake;
pub mod batch;
mod block;
pub mod checkpoint;
pub mod cohort;
mod control;
mod cores;
mod device;
pub mod device_data;
mod direction;
pub mod evaluate;
mod event;
mod fit;
mod found;
mod gates;
pub mod history;
mod lookups;
mod numbers;
pub mod optimizer;
mod outcome;
mod penalty;
pub mod probe;
pub mod recipe;
mod run;
pub mod schedule;
pub mod self_test;
pub mod state;
mod tally;
mod task_balance;
mod turns;
mod worker;

pub use control::Control;
pub use device::{DeviceChoice, DeviceEntry, OpenDevice, cpu, devices, open};
pub use event::{
    At, Checkpoint, CheckpointKind, DeviceInfo, Event, GATE, GRADIENT_COSINE, GRADIENT_NORM,
    NamedTensor, Outcome, Part, Point, Predictions, RunInfo, Scores, Selected, Sink, Status,
    TaskPredictions,
};
pub use fit::{Earlier, FitOptions, fit};
pub use optimizer::OPTIMIZERS;
pub use recipe::{network, parameter_counts};
pub use schedule::SCHEDULES;
pub use worker::{Update, Worker, spawn};

use crate::experiment::Registries;

/// All registries that an experiment draws on.
pub fn registries() -> Registries<'static> {
    Registries {
        structures: crate::model::STRUCTURES
            .iter()
            .map(|entry| entry.spec())
            .collect(),
        bottoms: crate::model::BOTTOMS
            .iter()
            .map(|entry| entry.spec())
            .collect(),
        activations: crate::model::ACTIVATIONS
            .iter()
            .map(|entry| entry.spec())
            .collect(),
        strategies: crate::strategy::STRATEGIES
            .iter()
            .map(|entry| entry.spec())
            .collect(),
        optimizers: OPTIMIZERS.iter().map(|entry| entry.spec()).collect(),
        schedules: SCHEDULES.iter().map(|entry| entry.spec()).collect(),
    }
}
