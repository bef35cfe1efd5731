//! The loss of each task and its derivative by the network's output, in closed form.
//!
//! The derivative starts the backward pass, so no loss is recorded on the tape and a saturated logit cannot turn
//! into NaN there. Rows without a label count neither in the loss nor in its derivative.

use burn::tensor::Tensor;

use crate::data::{Task, TaskKind};
use crate::model::fold::{Folded, folded};
use crate::model::formula::{PairFormula, Real};

/// Binary cross-entropy on logits, or the squared error, task by task; or the weighted cross-entropy of one goal.
///
/// ```text
/// binary:      L = max(x, 0) − x·y + ln(1 + e^−|x|)     ∂L/∂x = σ(x) − y
/// regression:  L = (x − y)²                             ∂L/∂x = 2·(x − y)
/// goal:        L = g·ln(1 + e^−x) + [g = 0]·ln(1 + e^x)  ∂L/∂x = [g = 0]·σ(x) − g·σ(−x)
/// ```
#[derive(Clone, Debug)]
pub struct TaskLoss(Vec<RowLoss>);

/// The loss of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RowLoss {
    CrossEntropy,
    SquaredError,
    /// The cross-entropy of whether a goal is reached, weighted by the goal where it is.
    Goal,
}

impl TaskLoss {
    /// The losses of these tasks.
    pub fn new(tasks: &[Task]) -> Self {
        let of_task = |task: &Task| match task.kind {
            TaskKind::Binary => RowLoss::CrossEntropy,
            TaskKind::Regression => RowLoss::SquaredError,
        };
        Self(tasks.iter().map(of_task).collect())
    }

    /// The loss of one goal, as [`super::Fusion`] makes it.
    pub fn of_goal() -> Self {
        Self(vec![RowLoss::Goal])
    }

    /// The number of losses.
    pub fn num_tasks(&self) -> usize {
        self.0.len()
    }

    /// The losses added up over the rows, and the derivative of each row's loss by its output.
    ///
    /// # Shapes
    /// - outputs, labels: `[replica, batch, task]`
    /// - mask: `[replica, batch, task]`, 0 where there is no label
    /// - scale: `[replica, 1, task]`: what the derivatives are multiplied by
    /// - output: `[replica, task]`, `[replica, batch, task]`
    pub fn of(
        &self,
        outputs: Tensor<3>,
        labels: Tensor<3>,
        mask: Option<&Tensor<3>>,
        scale: Option<&Tensor<3>>,
    ) -> (Tensor<2>, Tensor<3>) {
        let of = Folded {
            left: outputs,
            right: labels,
            weights: mask,
            scale,
        };
        folded(&self.0, of)
    }
}

impl PairFormula for RowLoss {
    fn made<R: Real>(&self, output: &R, label: &R) -> [R; 2] {
        let (x, y) = (output.clone(), label.clone());
        // [g = 0] + g, which a binary label has no need of.
        let weight = match self {
            Self::SquaredError => {
                let miss = x + y * -1.0;
                return [miss.clone().square(), miss * 2.0];
            }
            Self::CrossEntropy => None,
            Self::Goal => Some(y.clone().one_at_zero() + y.clone()),
        };
        let weighted = |made: R| match &weight {
            Some(weight) => made * weight.clone(),
            None => made,
        };
        let above = x.clone().relu();
        // e^−|x|.
        let small = (above.clone() * -2.0 + x.clone()).exp();
        // e^min(x, 0).
        let odds = (above.clone() * -1.0 + x.clone()).exp();
        let probability = odds / (small.clone() + 1.0);
        // Where a label is 1 and an output large, the first two cancel and leave the third as it is.
        let value = weighted(above) + x * y.clone() * -1.0 + weighted(small.ln_1p());
        [value, weighted(probability) + y * -1.0]
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::model::host::read;

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

    fn tensor(numbers: &[f32], shape: [usize; 3]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &Device::flex())
    }

    /// The loss of each row, which is a replica by itself, and its derivative.
    fn each_row(loss: &TaskLoss, outputs: &[f32], labels: &[f32]) -> [Vec<f32>; 2] {
        let tasks = loss.num_tasks();
        let shape = [outputs.len() / tasks, 1, tasks];
        let of = |numbers| tensor(numbers, shape);
        let (values, slopes) = loss.of(of(outputs), of(labels), None, None);
        [read(&values).unwrap(), read(&slopes).unwrap()]
    }

    fn assert_close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (own, other) in found.iter().zip(expected) {
            assert!(
                (own - other).abs() < 1e-6 * other.abs().max(1.0),
                "{found:?}"
            );
        }
    }

    // import torch, torch.nn.functional as F
    // x = torch.tensor([0.5, -3.0, 100.0, -1.0], requires_grad=True); g = torch.tensor([12.5, 0.0, 0.0, 0.3])
    // l = F.binary_cross_entropy_with_logits(x, (g > 0).float(), weight=torch.where(g > 0, g, 1.0), reduction="none")
    // l.sum().backward(); print(l, x.grad)
    #[test]
    fn a_goal_is_a_weighted_cross_entropy() {
        let (x, g) = ([0.5, -3.0, 100.0, -1.0], [12.5, 0.0, 0.0, 0.3]);
        let [values, slopes] = each_row(&TaskLoss::of_goal(), &x, &g);
        assert_close(&values, &[5.925_962, 0.048_587_35, 100.0, 0.393_978_5]);
        assert_close(&slopes, &[-4.719_258, 0.047_425_874, 1.0, -0.219_317_57]);
    }

    // import torch, torch.nn.functional as F
    // x = torch.tensor([[0.5, -1.2], [-3.0, 0.25], [100.0, 2.0]], requires_grad=True)
    // y = torch.tensor([[1.0, 0.4], [0.0, 0.25], [0.0, -1.0]])
    // b = F.binary_cross_entropy_with_logits(x[:, 0], y[:, 0], reduction="none")
    // r = F.mse_loss(x[:, 1], y[:, 1], reduction="none")
    // (b.sum() + r.sum()).backward(); print(b, r, x.grad)
    #[test]
    fn values_and_derivatives_are_those_of_torch() {
        let x = [0.5, -1.2, -3.0, 0.25, 100.0, 2.0];
        let y = [1.0, 0.4, 0.0, 0.25, 0.0, -1.0];
        let [values, slopes] = each_row(&TaskLoss::new(&tasks()), &x, &y);
        assert_close(&values, &[0.474_077, 2.56, 0.048_587_35, 0.0, 100.0, 9.0]);
        assert_close(
            &slopes,
            &[-0.377_540_65, -3.2, 0.047_425_874, 0.0, 1.0, 6.0],
        );
    }

    // m = torch.tensor([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]); b = (b * m[:, 0]).sum(); r = (r * m[:, 1]).sum()
    // (0.5 * b + 3.0 * r).backward(); print(b, r, x.grad)
    #[test]
    fn a_row_without_a_label_counts_nowhere() {
        let of = |numbers: [f32; 6]| tensor(&numbers, [1, 3, 2]);
        let x = of([0.5, -1.2, -3.0, 0.25, 100.0, 2.0]);
        let y = of([1.0, 0.4, 0.0, 0.25, 0.0, -1.0]);
        let mask = of([1.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
        let scale = tensor(&[0.5, 3.0], [1, 1, 2]);
        let loss = TaskLoss::new(&tasks());
        let (sums, slopes) = loss.of(x, y, Some(&mask), Some(&scale));
        assert_close(&read(&sums).unwrap(), &[100.474_075, 2.56]);
        assert_close(
            &read(&slopes).unwrap(),
            &[-0.188_770_32, -9.6, 0.0, 0.0, 0.5, 0.0],
        );
    }
}
