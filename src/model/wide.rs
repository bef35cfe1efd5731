//! The wide term: a linear function of the features in each task's output, past bottom and towers.
//!
//! The weights of sparse features lie behind their embeddings in the table, see
//! [`EmbeddingLayout`](super::embedding::EmbeddingLayout); those of dense features are parameters like any other.
//! No task shares them, so no strategy that balances gradients weighs them.

use burn::tensor::Tensor;

use super::layout::{Init, Layout, Slot};
use super::pass::Pass;

/// `ŷ_t += Σ_f w_t[x_f] + w_tᵀ·d` (Cheng et al. 2016); all weights start at zero.
#[derive(Debug)]
pub struct Wide {
    /// The weights of dense features, one `[num_dense, 1]` for each task; empty without dense features.
    dense: Vec<Slot>,
    num_tasks: usize,
    lanes: usize,
}

impl Wide {
    /// Adds the weights of dense features, `linear.<task>.weight`.
    pub fn new(layout: &mut Layout, tasks: &[String], lanes: usize, num_dense: usize) -> Self {
        let weight = |task: &String| {
            let role = format!("linear.{task}.weight");
            layout.add(role, &[String::new()], [num_dense, 1], Init::Constant(0.0))
        };
        let with_dense = tasks.iter().filter(|_| num_dense > 0);
        Self {
            dense: with_dense.map(weight).collect(),
            num_tasks: tasks.len(),
            lanes,
        }
    }

    /// The numbers that each id of a lane has: one for each task where there is one lane, else one for the lane's task.
    pub fn terms(tasks: usize, lanes: usize) -> usize {
        if lanes == 1 { tasks } else { 1 }
    }

    /// The terms of all tasks.
    ///
    /// # Shapes
    /// - sparse: `[replica · copy · lane, batch, term]`, summed over fields, if there are any
    /// - dense: `[replica · copy, batch, num_dense]`, if there are dense features
    /// - output: `[replica, batch, task]`
    pub fn forward(
        &self,
        sparse: Option<Tensor<3>>,
        dense: Option<Tensor<3>>,
        pass: &Pass,
    ) -> Option<Tensor<3>> {
        let sparse = sparse.map(|sparse| pass.own_columns(self.by_task(sparse)));
        let weights = self.dense.iter().map(|&slot| pass.parameter(slot));
        let weights: Vec<Tensor<3>> = weights.collect();
        let dense = dense.filter(|_| !weights.is_empty()).map(|dense| {
            let dense = pass.first_copy(dense);
            dense.matmul(Tensor::cat(weights, 2))
        });
        match (sparse, dense) {
            (Some(sparse), Some(dense)) => Some(sparse + dense),
            (sparse, dense) => sparse.or(dense),
        }
    }

    /// # Shapes
    /// - sparse: `[plane · lane, batch, term]`
    /// - output: `[plane, batch, task]`
    fn by_task(&self, sparse: Tensor<3>) -> Tensor<3> {
        if self.lanes == 1 {
            return sparse;
        }
        let [planes, batch, _] = sparse.dims();
        let by_lane = sparse.reshape([planes / self.lanes, self.lanes, batch]);
        // A lane after those of the tasks belongs to all, and its terms to none: they stay at zero.
        by_lane.narrow(1, 0, self.num_tasks).swap_dims(1, 2)
    }
}
