//! The loss of each task and its derivative by the network's output, in closed form.
//!
//! The derivative starts the backward pass, so no loss is recorded on the tape and a saturated logit cannot turn
//! into NaN there. Rows without a label count neither in the loss nor in its derivative.

use burn::tensor::{Device, Tensor, TensorData, activation};

use crate::data::{Task, TaskKind};

/// Binary cross-entropy on logits, or the squared error, task by task.
///
/// ```text
/// binary:      L = max(x, 0) − x·y + ln(1 + e^−|x|)     ∂L/∂x = σ(x) − y
/// regression:  L = (x − y)²                             ∂L/∂x = 2·(x − y)
/// ```
#[derive(Clone, Debug)]
pub struct TaskLoss {
    /// `[1, 1, task]`: 1 for binary, 0 for regression; `None` if all are of one kind.
    is_binary: Option<Tensor<3>>,
    only: TaskKind,
}

impl TaskLoss {
    /// The losses of these tasks.
    pub fn new(tasks: &[Task], device: &Device) -> Self {
        let only = tasks.first().map_or(TaskKind::Binary, |task| task.kind);
        let mixed = tasks.iter().any(|task| task.kind != only);
        let flags: Vec<f32> = tasks
            .iter()
            .map(|task| f32::from(task.kind == TaskKind::Binary))
            .collect();
        let shape = [1, 1, tasks.len()];
        let is_binary = mixed.then(|| Tensor::from_data(TensorData::new(flags, shape), device));
        Self { is_binary, only }
    }

    /// The loss of each row, not masked.
    ///
    /// # Shapes
    /// - outputs, labels: `[replica, batch, task]`
    /// - output: `[replica, batch, task]`
    pub fn values(&self, outputs: Tensor<3>, labels: Tensor<3>) -> Tensor<3> {
        self.choose(outputs, labels, binary_value, |x, y| (x - y).square())
    }

    /// The derivative of each row's loss by its output, not masked.
    ///
    /// # Shapes
    /// - outputs, labels: `[replica, batch, task]`
    /// - output: `[replica, batch, task]`
    pub fn derivatives(&self, outputs: Tensor<3>, labels: Tensor<3>) -> Tensor<3> {
        self.choose(
            outputs,
            labels,
            |x, y| activation::sigmoid(x) - y,
            |x, y| (x - y) * 2.0,
        )
    }

    fn choose(
        &self,
        outputs: Tensor<3>,
        labels: Tensor<3>,
        binary: impl Fn(Tensor<3>, Tensor<3>) -> Tensor<3>,
        regression: impl Fn(Tensor<3>, Tensor<3>) -> Tensor<3>,
    ) -> Tensor<3> {
        match (&self.is_binary, self.only) {
            (None, TaskKind::Binary) => binary(outputs, labels),
            (None, TaskKind::Regression) => regression(outputs, labels),
            (Some(is_binary), _) => {
                let where_regression = is_binary.clone().equal_scalar(0.0);
                let shape = outputs.shape();
                let other = regression(outputs.clone(), labels.clone());
                binary(outputs, labels).mask_where(where_regression.expand(shape), other)
            }
        }
    }
}

fn binary_value(x: Tensor<3>, y: Tensor<3>) -> Tensor<3> {
    let log_term = x.clone().abs().neg().exp().log1p();
    activation::relu(x.clone()) - x * y + log_term
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks() -> Vec<Task> {
        let task = |name: &str, kind| Task {
            name: name.to_owned(),
            kind,
            unscale: None,
        };
        vec![
            task("click", TaskKind::Binary),
            task("watch", TaskKind::Regression),
        ]
    }

    fn tensor(values: [f32; 6]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, 3, 2]), &Device::flex())
    }

    // import torch, torch.nn.functional as F
    // x = torch.tensor([[0.5, -1.2], [-3.0, 0.25], [100.0, 2.0]], requires_grad=True)
    // y = torch.tensor([[1.0, 0.4], [0.0, 0.25], [0.0, -1.0]])
    // b = F.binary_cross_entropy_with_logits(x[:, 0], y[:, 0], reduction="none")
    // r = F.mse_loss(x[:, 1], y[:, 1], reduction="none")
    // (b.sum() + r.sum()).backward(); print(b, r, x.grad)
    #[test]
    fn values_and_derivatives_are_those_of_torch() {
        let loss = TaskLoss::new(&tasks(), &Device::flex());
        let x = tensor([0.5, -1.2, -3.0, 0.25, 100.0, 2.0]);
        let y = tensor([1.0, 0.4, 0.0, 0.25, 0.0, -1.0]);
        let values: Vec<f32> = loss
            .values(x.clone(), y.clone())
            .into_data()
            .try_to_vec()
            .unwrap();
        let derivatives: Vec<f32> = loss.derivatives(x, y).into_data().try_to_vec().unwrap();
        let expected = [0.474_077, 2.56, 0.048_587_35, 0.0, 100.0, 9.0];
        let slopes = [-0.377_540_65, -3.2, 0.047_425_874, 0.0, 1.0, 6.0];
        for (found, expected) in values.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{values:?}");
        }
        for (found, expected) in derivatives.iter().zip(slopes) {
            assert!((found - expected).abs() < 1e-6, "{derivatives:?}");
        }
    }
}
