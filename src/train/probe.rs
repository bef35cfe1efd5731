//! How the tasks' gradients on what they share relate: their lengths and the angles between them.
//!
//! One more forward and backward pass over a fixed sample of training rows after each epoch, with a copy of the shared
//! layers for each task; it changes nothing that is trained.

use super::block::backward;
use super::cohort::{Cohort, StepAt, StepBatch};
use super::device_data::DeviceData;
use super::found::added;
use crate::data::Dataset;
use crate::error::Report;
use crate::model::Fork;
use crate::model::host::read;

/// The gradients of one replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The length of each task's gradient; `None` where no row of the sample has its label.
    pub norms: Vec<Option<f64>>,
    /// The cosine between the gradients of two tasks, each pair once and the earlier task first.
    pub cosines: Vec<(usize, usize, Option<f64>)>,
}

impl Probe {
    /// From the inner products of the gradients, row by row.
    fn new(products: &[f32], tasks: usize) -> Self {
        let product = |a: usize, b: usize| f64::from(products[a * tasks + b]);
        let norm = |task| Some(product(task, task).sqrt()).filter(|norm| *norm > 0.0);
        let norms: Vec<Option<f64>> = (0..tasks).map(norm).collect();
        let cosine = |a: usize, b: usize| {
            let cosine = product(a, b) / (norms[a]? * norms[b]?);
            cosine.is_finite().then_some(cosine.clamp(-1.0, 1.0))
        };
        let pairs = (0..tasks).flat_map(|a| (a + 1..tasks).map(move |b| (a, b)));
        Self {
            cosines: pairs.map(|(a, b)| (a, b, cosine(a, b))).collect(),
            norms,
        }
    }
}

impl Cohort {
    /// The gradients of each replica on these rows; `None` if the tasks share nothing.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub fn probe(
        &mut self,
        rows: &[u32],
        dataset: &Dataset,
        data: &DeviceData,
        at: StepAt,
    ) -> Result<Option<Vec<Probe>>, Report> {
        let fork = self.copies();
        if fork == Fork::Joined || rows.is_empty() {
            return Ok(None);
        }
        let all = vec![rows; self.seeds().len()];
        let lookup = self.lookup(&all, dataset);
        let touched = self.touched(lookup.as_ref());
        let batch = StepBatch {
            rows: &all,
            lookup: lookup.as_ref(),
            touched: touched.as_ref(),
            data,
            at,
        };
        let mean = batch.counts(0..rows.len()).recip().unsqueeze_dim::<3>(1);
        let parts = batch.parts(1);
        let blocks = self.forward(&self.state.flat, &batch, &parts, fork, Some(&mean));
        let network = &self.recipe.network;
        let Some(found) = added(backward(blocks, &mean, network)) else {
            return Ok(None);
        };
        let seen = self.task_gradients(&found, fork, lookup.as_ref());
        let tasks = self.loss.num_tasks();
        let products = read(&seen.gram())?;
        let each = products.chunks(tasks * tasks);
        Ok(Some(each.map(|own| Probe::new(own, tasks)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::Probe;

    #[test]
    fn lengths_and_angles_come_from_inner_products() {
        // (3, 4), (0, −2), nothing.
        let products = [25.0, -8.0, 0.0, -8.0, 4.0, 0.0, 0.0, 0.0, 0.0];
        let probe = Probe::new(&products, 3);
        assert_eq!(probe.norms, [Some(5.0), Some(2.0), None]);
        let expected = [(0, 1, Some(-0.8)), (0, 2, None), (1, 2, None)];
        assert_eq!(probe.cosines, expected);
    }
}
