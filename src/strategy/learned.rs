//! Numbers that a strategy learns beside the network, one for each task.

use burn::tensor::{Device, Tensor};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// A number for each replica and task, trained by Adam with a learning rate of its own and without weight decay.
///
/// In the network's optimizer they would move by its small learning rate, and weight decay would pull the weights
/// towards their start.
#[derive(Clone, Debug)]
pub struct Learned {
    /// `[replica, task]`.
    pub values: Tensor<2>,
    mean: Tensor<2>,
    square: Tensor<2>,
    lr: f64,
}

impl Learned {
    /// The numbers at the start.
    pub fn new(start: f64, lr: f64, shape: [usize; 2], device: &Device) -> Self {
        let zeros = Tensor::zeros(shape, device);
        Self {
            values: zeros.clone() + start,
            mean: zeros.clone(),
            square: zeros,
            lr,
        }
    }

    /// Takes a step along a gradient; entries whose `known` is 0 stay as they are.
    ///
    /// # Shapes
    /// - gradient, known: `[replica, task]`
    pub fn step(&mut self, gradient: Tensor<2>, known: &Tensor<2>, step: u64) {
        let gradient = gradient * known.clone();
        self.mean = self.mean.clone() * BETA_1 + gradient.clone() * (1.0 - BETA_1);
        self.square = self.square.clone() * BETA_2 + gradient.square() * (1.0 - BETA_2);
        let count = (step + 1) as f64;
        let mean = self.mean.clone() / (1.0 - BETA_1.powf(count));
        let square = self.square.clone() / (1.0 - BETA_2.powf(count));
        let change = mean / (square.sqrt() + EPSILON) * self.lr;
        self.values = self.values.clone() - change * known.clone();
    }

    /// What a resume needs.
    pub fn state(&mut self) -> Vec<&mut Tensor<2>> {
        vec![&mut self.values, &mut self.mean, &mut self.square]
    }
}

/// 1 where a task has a loss above 0, else 0.
///
/// A task without a labeled row in the batch has loss 0; it must not pass for one that is solved. Neither must one whose
/// loss is too small to have an inverse.
pub fn known(losses: &Tensor<2>) -> Tensor<2> {
    losses.clone().greater_scalar(f32::MIN_POSITIVE).float()
}

/// Losses that can be divided by and have a logarithm: where they are not known, 1.
pub fn positive(losses: &Tensor<2>, known: &Tensor<2>) -> Tensor<2> {
    let unknown = known.clone().equal_scalar(0.0);
    losses.clone().mask_fill(unknown, 1.0)
}
