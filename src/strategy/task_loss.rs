//! The loss of each task and its derivative by the network's output, in closed form.
//!
//! The derivative starts the backward pass, so no loss is recorded on the tape and a saturated logit cannot turn
//! into NaN there. Rows without a label count neither in the loss nor in its derivative.

use burn::tensor::{Device, Tensor, TensorData, activation};

use crate::data::{Task, TaskKind};

/// Binary cross-entropy on logits, or the squared error, task by task; or the weighted cross-entropy of one goal.
///
/// ```text
/// binary:      L = max(x, 0) − x·y + ln(1 + e^−|x|)     ∂L/∂x = σ(x) − y
/// regression:  L = (x − y)²                             ∂L/∂x = 2·(x − y)
/// goal:        L = g·ln(1 + e^−x) + [g = 0]·ln(1 + e^x)  ∂L/∂x = [g = 0]·σ(x) − g·σ(−x)
/// ```
#[derive(Clone, Debug)]
pub struct TaskLoss {
    /// `[1, 1, task]`: 1 for binary, 0 for regression; `None` if all are of one kind.
    is_binary: Option<Tensor<3>>,
    only: Only,
    num_tasks: usize,
}

/// What a loss is that all tasks have.
#[derive(Clone, Copy, Debug)]
enum Only {
    Kind(TaskKind),
    Goal,
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
        Self {
            is_binary,
            only: Only::Kind(only),
            num_tasks: tasks.len(),
        }
    }

    /// The loss of one goal, as [`super::Fusion`] makes it.
    pub fn of_goal() -> Self {
        Self {
            is_binary: None,
            only: Only::Goal,
            num_tasks: 1,
        }
    }

    /// The number of losses.
    pub fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    /// The loss of each row, not masked.
    ///
    /// # Shapes
    /// - outputs, labels: `[replica, batch, task]`
    /// - output: `[replica, batch, task]`
    pub fn values(&self, outputs: Tensor<3>, labels: Tensor<3>) -> Tensor<3> {
        if matches!(self.only, Only::Goal) {
            let negative = negatives(&labels);
            return labels * softplus(outputs.clone().neg()) + negative * softplus(outputs);
        }
        self.choose(outputs, labels, binary_value, |x, y| (x - y).square())
    }

    /// The derivative of each row's loss by its output, not masked.
    ///
    /// # Shapes
    /// - outputs, labels: `[replica, batch, task]`
    /// - output: `[replica, batch, task]`
    pub fn derivatives(&self, outputs: Tensor<3>, labels: Tensor<3>) -> Tensor<3> {
        if matches!(self.only, Only::Goal) {
            let probability = activation::sigmoid(outputs);
            let negative = negatives(&labels);
            return (negative + labels.clone()) * probability - labels;
        }
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
            (None, Only::Kind(TaskKind::Binary)) => binary(outputs, labels),
            (None, _) => regression(outputs, labels),
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
    softplus(x.clone()) - x * y
}

/// `ln(1 + e^x)`.
fn softplus(x: Tensor<3>) -> Tensor<3> {
    let log_term = x.clone().abs().neg().exp().log1p();
    activation::relu(x) + log_term
}

/// 1 where a goal is 0.
fn negatives(goals: &Tensor<3>) -> Tensor<3> {
    goals.clone().equal_elem(0.0).float()
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
    // x = torch.tensor([0.5, -3.0, 100.0, -1.0], requires_grad=True); g = torch.tensor([12.5, 0.0, 0.0, 0.3])
    // l = F.binary_cross_entropy_with_logits(x, (g > 0).float(), weight=torch.where(g > 0, g, 1.0), reduction="none")
    // l.sum().backward(); print(l, x.grad)
    #[test]
    fn a_goal_is_a_weighted_cross_entropy() {
        let tensor = |values: [f32; 4]| {
            Tensor::from_data(TensorData::new(values.to_vec(), [1, 4, 1]), &Device::flex())
        };
        let (x, g) = (
            tensor([0.5, -3.0, 100.0, -1.0]),
            tensor([12.5, 0.0, 0.0, 0.3]),
        );
        let numbers = |found: Tensor<3>| found.into_data().try_to_vec::<f32>().unwrap();
        let values = numbers(TaskLoss::of_goal().values(x.clone(), g.clone()));
        let slopes = numbers(TaskLoss::of_goal().derivatives(x, g));
        let expected = [5.925_962, 0.048_587_35, 100.0, 0.393_978_5];
        let expected_slopes = [-4.719_258, 0.047_425_874, 1.0, -0.219_317_57];
        for (found, expected) in [(values, expected), (slopes, expected_slopes)] {
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() < 2e-6 * b.abs().max(1.0), "{found:?}");
            }
        }
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
