//! What a forward pass needs besides its input: the parameters, the mode, and the masks of dropout.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;

use super::batch_norm::Moments;
use super::dropout::DropoutKey;
use super::layout::Slot;

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
}

impl Pass {
    /// A pass that trains.
    pub fn training(
        parameters: Vec<Tensor<3>>,
        statistics: Vec<Tensor<3>>,
        key: DropoutKey,
    ) -> Self {
        Self {
            parameters,
            statistics,
            training: Some(key),
            moments: Mutex::default(),
        }
    }

    /// A pass that evaluates.
    pub fn evaluation(parameters: Vec<Tensor<3>>, statistics: Vec<Tensor<3>>) -> Self {
        Self {
            parameters,
            statistics,
            training: None,
            moments: Mutex::default(),
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
