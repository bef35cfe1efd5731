//! Task losses, and how they become one update; one strategy a file.
//!
//! A *weighting* sees the loss of each replica and task and answers with weights; what is minimized is the weighted
//! sum, replica by replica. A *balancing* sees each task's gradient on what the tasks share and answers with the
//! update of that; each tower follows the plain loss of its own task. Strategies with state keep it on the device, a row for each replica.
#![doc = ""]
#![doc = include_str!("references.md")]
#![doc = include_str!("costs.md")]

mod aligned_mtl;
mod auto_lambda;
mod by_replica;
mod cagrad;
mod config;
mod db_mtl;
mod dualproj;
mod dwa;
mod epoch_mean;
mod equal;
mod excess_mtl;
mod fairgrad;
mod family;
mod famo;
mod forum;
mod fusion;
mod gls;
mod graddrop;
mod gradnorm;
mod gradvac;
pub mod gram;
mod held_out;
mod imtl;
mod imtl_g;
mod imtl_l;
mod learned;
mod manual;
mod metabalance;
mod mgda;
mod moco;
mod modo;
mod moml;
mod nash_mtl;
mod needs;
mod parts;
mod pcgrad;
mod pe_mtl;
mod rlw;
mod sample_weights;
mod sdmgrad;
mod si;
mod solver;
mod stch;
mod surgery;
pub mod task_gradients;
pub mod task_loss;
#[cfg(test)]
mod tests;
mod uncertainty;
mod upgrad;
mod weighted_cross_entropy;

use std::fmt::Debug;

use burn::tensor::{Device, Tensor};

use crate::data::Task;
use crate::error::{Problem, Report};
use crate::spec::{Choice, Spec};

pub use family::Family;
pub use fusion::{Fusion, Goal, Reading};
pub use needs::{Look, Needs, ON, On};
pub use task_gradients::{Direction, TaskGradients, Update};
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
    /// The numbers of a task's gradient, embedding rows aside: the dense parameters that the tasks share, or the width
    /// of the representation.
    pub num_shared: usize,
    /// Where its state lives.
    pub device: &'a Device,
}

/// A strategy of the registry.
pub trait StrategyEntry: Sync {
    /// Its name, summary, formula, parameters and paper.
    fn spec(&self) -> &'static Spec;
    /// Which strategies it works like.
    fn family(&self) -> Family;
    /// What it must see.
    fn needs(&self, _choice: &Choice) -> Needs {
        Needs::Losses
    }
    /// How it makes one target of several labels, if it does; it then weighs the one loss that is left.
    ///
    /// # Errors
    /// Labels that it needs are missing; the place names the parameter.
    fn fusion(&self, _choice: &Choice, _tasks: &[Task]) -> Result<Option<Fusion>, Problem> {
        Ok(None)
    }
    /// A strategy at the start of training: a weighting if it needs losses only, else a balancing.
    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy;
}

/// A strategy while it trains.
#[derive(Debug)]
pub enum Strategy {
    /// Weighs losses.
    Weighting(Box<dyn Weighting>),
    /// Combines gradients.
    Balancing(Box<dyn Balancing>),
}

impl Strategy {
    /// A strategy that weighs losses.
    pub fn weighting(weighting: impl Weighting + 'static) -> Self {
        Self::Weighting(Box::new(weighting))
    }

    /// A strategy that combines gradients.
    pub fn balancing(balancing: impl Balancing + 'static) -> Self {
        Self::Balancing(Box::new(balancing))
    }

    /// What a resume needs besides the network, in the same order each time; training resumes at the start of an epoch.
    ///
    /// # Shapes
    /// - each: `[replica, number]`
    pub fn state(&mut self) -> Vec<&mut Tensor<2>> {
        match self {
            Self::Weighting(weighting) => weighting.state(),
            Self::Balancing(balancing) => balancing.state(),
        }
    }
}

/// A strategy that weighs losses.
pub trait Weighting: Debug + Send + Sync {
    /// The weights of this step.
    ///
    /// # Shapes
    /// - losses: `[replica, task]`, the mean over the labeled rows of the batch, 0 where there are none
    /// - output: `[replica, task]`
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2>;

    /// What [`Self::weigh`] will say, where that does not depend on the losses of this step: gradients then need not
    /// wait for them.
    ///
    /// # Shapes
    /// - counts: `[replica, task]`, the labeled rows of the batch
    /// - output: `[replica, task]`
    fn ahead(&mut self, _counts: &Tensor<2>, _progress: Progress) -> Option<Tensor<2>> {
        None
    }

    /// Whether [`Self::learn`] wants the losses of the same batch after the step, at the price of another forward pass.
    fn looks_back(&self) -> bool {
        false
    }

    /// Learns from what the step did to the losses of its batch.
    ///
    /// # Shapes
    /// - before, after: `[replica, task]`, as those of [`Self::weigh`]
    fn learn(&mut self, _before: &Tensor<2>, _after: &Tensor<2>, _progress: Progress) {}

    /// See [`Strategy::state`].
    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        Vec::new()
    }
}

/// A strategy that combines the tasks' gradients.
pub trait Balancing: Debug + Send + Sync {
    /// The update of what the tasks share.
    ///
    /// # Shapes
    /// - losses: as those of [`Weighting::weigh`]
    ///
    /// # Errors
    /// A device that cannot be read.
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report>;

    /// How far each task's gradient is followed in the trial step of [`Look::Trial`], the learning rate of the
    /// trial among it.
    ///
    /// # Shapes
    /// - output: `[replica, task]`; `None`: there is no trial
    fn trial(&self) -> Option<Tensor<2>> {
        None
    }

    /// See [`Strategy::state`].
    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        Vec::new()
    }

    /// The steps at which no solution was found, for each replica.
    fn unsolved(&self) -> &[u64] {
        &[]
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
    &famo::Famo,
    &gradnorm::GradNorm,
    &mgda::MGDA,
    &pcgrad::PCGRAD,
    &gradvac::GRADVAC,
    &graddrop::GradDrop,
    &cagrad::CAGRAD,
    &imtl_g::IMTL_G,
    &imtl::Imtl,
    &nash_mtl::NASH_MTL,
    &fairgrad::FAIRGRAD,
    &aligned_mtl::ALIGNED_MTL,
    &upgrad::UPGRAD,
    &dualproj::DUALPROJ,
    &config::CONFIG,
    &pe_mtl::PE_MTL,
    &moco::MoCo,
    &modo::MODO,
    &sdmgrad::SDMGRAD,
    &excess_mtl::ExcessMtl,
    &db_mtl::DbMtl,
    &metabalance::MetaBalance,
    &auto_lambda::AutoLambda,
    &moml::Moml,
    &forum::Forum,
    &weighted_cross_entropy::WeightedCrossEntropy,
    &sample_weights::SampleWeights,
];

/// The strategy of this id.
pub fn strategy(id: &str) -> Option<&'static dyn StrategyEntry> {
    STRATEGIES
        .iter()
        .copied()
        .find(|entry| entry.spec().id == id)
}
