//! Task losses, and how they become one update; one strategy a file.
//!
//! A strategy sees the loss of each replica and task and answers with weights; what is minimized is the weighted
//! sum, replica by replica. Strategies with state keep it on the device, a row for each replica.

mod dwa;
mod epoch_mean;
mod equal;
mod gls;
mod imtl_l;
mod learned;
mod manual;
mod rlw;
mod si;
mod stch;
pub mod task_loss;
#[cfg(test)]
mod tests;
mod uncertainty;

use std::fmt::Debug;

use burn::tensor::{Device, Tensor};

use crate::data::Task;
use crate::spec::{Choice, Spec};

pub use task_loss::TaskLoss;

/// How far training is when a strategy is asked.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps taken before this one.
    pub step: u64,
    /// The epoch, from 0.
    pub epoch: u32,
}

/// What a strategy is built from.
#[derive(Clone, Copy, Debug)]
pub struct StrategyConfig<'a> {
    /// The tasks.
    pub tasks: &'a [Task],
    /// The seeds of the runs that it weighs, one for each row of the losses.
    pub seeds: &'a [u64],
    /// Where its state lives.
    pub device: &'a Device,
}

/// A strategy of the registry.
pub trait StrategyEntry: Sync {
    /// Its name, summary, formula, parameters and paper.
    fn spec(&self) -> &'static Spec;
    /// A strategy at the start of training.
    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Box<dyn Strategy>;
}

/// A strategy while it trains.
pub trait Strategy: Debug + Send + Sync {
    /// The weights of this step.
    ///
    /// # Shapes
    /// - losses: `[replica, task]`, the mean over the labeled rows of the batch, 0 where there are none
    /// - output: `[replica, task]`
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2>;

    /// What a resume needs besides the network, in the same order each time; training resumes at the start of an epoch.
    ///
    /// # Shapes
    /// - each: `[replica, task]`
    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        Vec::new()
    }
}

/// All strategies, the plainest first.
pub static STRATEGIES: &[&dyn StrategyEntry] = &[
    &equal::Equal,
    &manual::Manual,
    &uncertainty::Uncertainty,
    &dwa::Dwa,
    &rlw::Rlw,
    &gls::Gls,
    &si::ScaleInvariant,
    &imtl_l::ImtlL,
    &stch::Stch,
];

/// The strategy of this id.
pub fn strategy(id: &str) -> Option<&'static dyn StrategyEntry> {
    STRATEGIES
        .iter()
        .copied()
        .find(|entry| entry.spec().id == id)
}
