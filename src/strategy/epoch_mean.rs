//! The mean loss of each task over an epoch.

use burn::tensor::{Device, Tensor};

use super::learned::known;

/// Sums losses step by step and closes an epoch when the next one begins.
///
/// Training is resumed at the start of an epoch only, so which epoch is open need not be kept.
#[derive(Clone, Debug)]
pub struct EpochMean {
    /// `[replica, task]`: the mean of the last closed epoch; 0 before the first, or where no label was seen.
    pub last: Tensor<2>,
    /// The one before.
    pub before: Tensor<2>,
    sum: Tensor<2>,
    count: Tensor<2>,
    open: Option<u32>,
}

impl EpochMean {
    /// Nothing seen yet.
    pub fn new(shape: [usize; 2], device: &Device) -> Self {
        let zeros = Tensor::zeros(shape, device);
        Self {
            last: zeros.clone(),
            before: zeros.clone(),
            sum: zeros.clone(),
            count: zeros,
            open: None,
        }
    }

    /// Closes the epoch before, if this one is new.
    pub fn begin(&mut self, epoch: u32) {
        if self.open == Some(epoch) {
            return;
        }
        self.open = Some(epoch);
        if epoch == 0 {
            return;
        }
        let mean = self.sum.clone() / self.count.clone().clamp_min(1.0);
        self.before = std::mem::replace(&mut self.last, mean);
        self.sum = self.sum.zeros_like();
        self.count = self.count.zeros_like();
    }

    /// Adds the losses of a step.
    pub fn add(&mut self, losses: &Tensor<2>) {
        let known = known(losses);
        self.sum = self.sum.clone() + losses.clone() * known.clone();
        self.count = self.count.clone() + known;
    }

    /// What a resume needs.
    pub fn state(&mut self) -> Vec<&mut Tensor<2>> {
        vec![
            &mut self.last,
            &mut self.before,
            &mut self.sum,
            &mut self.count,
        ]
    }
}
