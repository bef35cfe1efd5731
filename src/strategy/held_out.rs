//! Weights that are tried on rows which the trial step did not see.
//!
//! One half of the batch takes a trial step with the weights of now, the other half judges where it led. The weights learn
//! from that, and the step itself follows the whole batch. For one plain step the slope is exact, of inner products alone:
//!
//! ```text
//! θ' = θ − η·Σ_t w_t·g_t(θ; first half)
//! ∂L_s(θ'; second half)/∂w_t = −η·g_s(θ'; second half)·g_t(θ; first half)
//! ```
//!
//! Both run over what the tasks share: a tower follows its own task whatever the weights are, so it takes no trial step.

use burn::tensor::{Device, Tensor, activation};

use super::learned::Learned;
use crate::spec::{ParamKind, ParamSpec};

/// The learning rate η of the trial step.
pub const RATE: ParamSpec = ParamSpec {
    name: "rate",
    meaning: "The learning rate of the trial step, a plain one along the weighted gradients",
    kind: ParamKind::Number {
        default: 0.1,
        min: 1e-6,
        max: 10.0,
    },
};

/// The learning rate of the weights.
pub const LR: ParamSpec = ParamSpec {
    name: "lr",
    meaning: "The learning rate of the weights, by Adam on their logits",
    kind: ParamKind::Number {
        default: 0.001,
        min: 1e-6,
        max: 1.0,
    },
};

/// Weights that sum to 1: `w = softmax(α)`, α trained by Adam.
#[derive(Clone, Debug)]
pub struct Shares {
    logits: Learned,
}

impl Shares {
    /// Equal weights.
    pub fn new(lr: f64, shape: [usize; 2], device: &Device) -> Self {
        Self {
            logits: Learned::new(0.0, lr, shape, device),
        }
    }

    /// `[replica, task]`.
    pub fn weights(&self) -> Tensor<2> {
        activation::softmax(self.logits.values.clone(), 1)
    }

    /// Takes a step down a slope by the weights; tasks whose `known` is 0 stay and have no say.
    ///
    /// # Shapes
    /// - slope, known: `[replica, task]`
    pub fn step(&mut self, slope: Tensor<2>, known: &Tensor<2>, step: u64) {
        let weights = self.weights() * known.clone();
        let sum = weights.clone().sum_dim(1).clamp_min(1e-30);
        let mean = (weights.clone() * slope.clone()).sum_dim(1) / sum;
        self.logits.step(weights * (slope - mean), known, step);
    }

    /// What a resume needs.
    pub fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.logits.state()
    }
}
