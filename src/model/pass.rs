//! What a forward pass needs besides its input: the parameters, the mode, and the masks of dropout.
//!
//! A pass also decides how the tasks leave what they share. For one gradient of the summed loss they all read the
//! same tensor. For a gradient of each task's loss there are two ways: the shared layers run as many copies as there
//! are tasks beside the replicas, one for each; or the tape is cut where sharing ends, and each task starts from a leaf.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;

use super::batch_norm::Moments;
use super::dropout::DropoutKey;
use super::experts::GateNames;
use super::layout::Slot;

/// How the tasks leave what they share.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Fork {
    /// All read the same tensor.
    #[default]
    Joined,
    /// Each has a copy of all that is shared, beside the replicas.
    Copies(usize),
    /// Each starts from a leaf of its own.
    Cut,
}

impl Fork {
    /// The copies of what is shared.
    pub fn copies(self) -> usize {
        match self {
            Self::Copies(copies) => copies,
            Self::Joined | Self::Cut => 1,
        }
    }
}

/// Where a tape was cut.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The end of what is shared, on the tape.
    pub shared: Tensor<3>,
    /// Where each task goes on.
    pub leaves: Vec<Tensor<3>>,
}

/// One pass of a batch, or of a block of its rows, through a network.
#[derive(Debug)]
pub struct Pass {
    /// The parameters in the order of the layout, each `[replica · lane, rows, columns]`.
    parameters: Vec<Tensor<3>>,
    /// The running statistics in the order of their layout.
    statistics: Vec<Tensor<3>>,
    /// `None` when evaluating: dropout is off and batch norm uses its running statistics.
    training: Option<DropoutKey>,
    /// What batch norm saw, for the running statistics.
    moments: Mutex<Vec<Moments>>,
    fork: Fork,
    cuts: Mutex<Vec<Cut>>,
    /// Where what no tasks share went past the cuts.
    bypass: Mutex<Vec<Cut>>,
    /// The mean shares of each gate, if they are asked for.
    gates: Option<Mutex<Vec<GateShares>>>,
}

/// What a gate gave to each of its experts.
#[derive(Clone, Debug)]
pub struct GateShares {
    /// Who asks and whom it mixes.
    pub names: GateNames,
    /// `[replica, expert]`: the mean over the rows.
    pub shares: Tensor<2>,
}

impl Pass {
    /// A pass that trains.
    pub fn training(
        parameters: Vec<Tensor<3>>,
        statistics: Vec<Tensor<3>>,
        key: DropoutKey,
        fork: Fork,
    ) -> Self {
        Self {
            training: Some(key),
            fork,
            ..Self::evaluation(parameters, statistics)
        }
    }

    /// A pass that evaluates.
    pub fn evaluation(parameters: Vec<Tensor<3>>, statistics: Vec<Tensor<3>>) -> Self {
        Self {
            parameters,
            statistics,
            training: None,
            moments: Mutex::default(),
            fork: Fork::Joined,
            cuts: Mutex::default(),
            bypass: Mutex::default(),
            gates: None,
        }
    }

    /// A parameter.
    pub fn parameter(&self, slot: Slot) -> Tensor<3> {
        self.parameters[slot.0].clone()
    }

    /// A running statistic.
    pub fn statistic(&self, slot: Slot) -> Tensor<3> {
        self.statistics[slot.0].clone()
    }

    /// The key of the dropout masks, if this pass trains.
    pub fn dropout_key(&self) -> Option<&DropoutKey> {
        self.training.as_ref()
    }

    /// How the tasks leave what they share.
    pub fn leaves_by(&self) -> Fork {
        self.fork
    }

    /// Whether all tasks read the same tensor where they leave what they share.
    pub fn reads_alike(&self) -> bool {
        self.fork == Fork::Joined
    }

    /// What each task reads of a tensor that all share.
    ///
    /// # Shapes
    /// - shared: `[replica · copy, batch, width]`
    /// - output: one `[replica, batch, width]` for each task
    pub fn fork(&self, shared: Tensor<3>, tasks: usize) -> Vec<Tensor<3>> {
        match self.fork {
            Fork::Joined => vec![shared; tasks],
            Fork::Copies(copies) => {
                let [planes, batch, width] = shared.dims();
                let replicas = planes / copies;
                let by_copy = shared.reshape([replicas, copies, batch, width]);
                let own = |task| by_copy.clone().narrow(1, task, 1);
                (0..tasks)
                    .map(|task| own(task).reshape([replicas, batch, width]))
                    .collect()
            }
            Fork::Cut => {
                let leaves: Vec<Tensor<3>> = (0..tasks).map(|_| leaf(&shared)).collect();
                let cut = Cut {
                    shared: shared.clone(),
                    leaves: leaves.clone(),
                };
                self.cuts
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(cut);
                leaves
            }
        }
    }

    /// What each task has of what is its own, past all that is shared: in its own copy, or past the cut.
    ///
    /// # Shapes
    /// - each: for each task `[replica · copy, batch, width]`
    /// - output: for each task `[replica, batch, width]`
    pub fn own(&self, each: Vec<Tensor<3>>) -> Vec<Tensor<3>> {
        match self.fork {
            Fork::Joined => each,
            Fork::Copies(copies) => {
                let own = |(task, tensor): (usize, Tensor<3>)| {
                    let [planes, batch, width] = tensor.dims();
                    let by_copy = tensor.reshape([planes / copies, copies, batch, width]);
                    by_copy.narrow(1, task, 1).squeeze_dim::<3>(1)
                };
                each.into_iter().enumerate().map(own).collect()
            }
            Fork::Cut => {
                let cut = |tensor: Tensor<3>| {
                    let above = leaf(&tensor);
                    let cut = Cut {
                        shared: tensor,
                        leaves: vec![above.clone()],
                    };
                    let bypass = self.bypass.lock();
                    bypass.unwrap_or_else(PoisonError::into_inner).push(cut);
                    above
                };
                each.into_iter().map(cut).collect()
            }
        }
    }

    /// The same of columns, one for each task.
    ///
    /// # Shapes
    /// - columns: `[replica · copy, batch, task]`
    /// - output: `[replica, batch, task]`
    pub fn own_columns(&self, columns: Tensor<3>) -> Tensor<3> {
        if self.fork == Fork::Joined {
            return columns;
        }
        let tasks = columns.dims()[2];
        let each = (0..tasks).map(|task| columns.clone().narrow(2, task, 1));
        Tensor::cat(self.own(each.collect()), 2)
    }

    /// What is the same in all copies, once.
    ///
    /// # Shapes
    /// - input: `[replica · copy, batch, width]`
    /// - output: `[replica, batch, width]`
    pub fn first_copy(&self, input: Tensor<3>) -> Tensor<3> {
        let [planes, batch, width] = input.dims();
        let copies = self.fork.copies();
        let by_copy = input.reshape([planes / copies, copies, batch, width]);
        by_copy.narrow(1, 0, 1).squeeze_dim(1)
    }

    /// What each task reads of several tensors that all share.
    ///
    /// # Shapes
    /// - shared: each `[replica · copy, batch, width]`
    /// - output: for each task the tensors in the same order, `[replica, batch, width]`
    pub fn fork_all(&self, shared: Vec<Tensor<3>>, tasks: usize) -> Vec<Vec<Tensor<3>>> {
        if self.fork == Fork::Joined {
            return vec![shared; tasks];
        }
        // Side by side they are one representation, cut at one place.
        let widths: Vec<usize> = shared.iter().map(|tensor| tensor.dims()[2]).collect();
        let views = self.fork(Tensor::cat(shared, 2), tasks);
        let split = |view: Tensor<3>| {
            let mut start = 0;
            let part = |&width: &usize| {
                start += width;
                view.clone().narrow(2, start - width, width)
            };
            widths.iter().map(part).collect()
        };
        views.into_iter().map(split).collect()
    }

    /// Keeps the mean shares of every gate.
    #[must_use]
    pub fn watching_gates(self) -> Self {
        Self {
            gates: Some(Mutex::default()),
            ..self
        }
    }

    /// Notes what a gate gave.
    ///
    /// # Shapes
    /// - shares: `[replica, batch, expert]`
    pub fn record_gate(&self, names: &GateNames, shares: &Tensor<3>) {
        if let Some(gates) = &self.gates {
            let shares = GateShares {
                names: names.clone(),
                shares: shares.clone().mean_dim(1).squeeze_dim::<2>(1),
            };
            gates
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(shares);
        }
    }

    /// What the gates gave, in the order of the pass.
    pub fn gates(&self) -> Vec<GateShares> {
        let gates = self.gates.as_ref();
        gates.map_or_else(Vec::new, |gates| {
            gates.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// Where the tape was cut.
    pub fn cuts(&self) -> Vec<Cut> {
        self.cuts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Where what no tasks share went past the cuts.
    pub fn bypass(&self) -> Vec<Cut> {
        let bypass = self.bypass.lock();
        bypass.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All parameters, to ask for their gradients.
    pub fn parameters(&self) -> &[Tensor<3>] {
        &self.parameters
    }

    /// Keeps what batch norm saw.
    pub fn record(&self, moments: Moments) {
        self.moments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(moments);
    }

    /// What batch norm saw.
    pub fn take_moments(&self) -> Vec<Moments> {
        std::mem::take(&mut *self.moments.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The same numbers where the tape begins anew.
fn leaf(tensor: &Tensor<3>) -> Tensor<3> {
    let values = Tensor::from_inner(tensor.clone().inner());
    values.to_device(&tensor.device()).require_grad()
}
