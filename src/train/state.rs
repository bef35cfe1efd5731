//! The numbers of a cohort: parameters, embeddings, statistics, and what the optimizer remembers of them.

use burn::tensor::{Device, Tensor, TensorData};

use super::history::Snapshot;
use super::optimizer::{Optimizer, StepSize, Stepped};
use crate::error::Report;
use crate::model::Network;
use crate::model::embedding::Lookup;
use crate::model::host::{drop_subnormal, read};
use crate::model::rows::TableRows;

/// Steps from one look at what the optimizer remembers to the next: what no longer learns shrinks, and takes hundreds of steps
/// to become subnormal.
const LOOK_EVERY: u64 = 64;

/// Everything that a step changes; axis 0 is the replica, or its rows of the embedding table.
#[derive(Clone, Debug)]
pub struct State {
    /// `[replica, parameter]`.
    pub flat: Tensor<2>,
    /// `[replica, statistic]`.
    pub statistics: Tensor<2>,
    /// `[replica · lane · id, dim]`; one unused row if there is no sparse field.
    pub table: Tensor<2>,
    /// As `flat`, as many as the optimizer remembers.
    pub flat_moments: Vec<Tensor<2>>,
    /// As `table`.
    pub table_moments: Vec<Tensor<2>>,
    /// The number of replicas.
    pub replicas: usize,
}

impl State {
    /// The state that these seeds start from.
    pub fn new(
        network: &Network,
        optimizer: &dyn Optimizer,
        seeds: &[u64],
        device: &Device,
    ) -> Self {
        let flat = network.layout.init(seeds, device);
        let statistics = if network.statistics.is_empty() {
            Tensor::zeros([seeds.len(), 1], device)
        } else {
            network.statistics.init(seeds, device)
        };
        let table = if network.embeddings.is_empty() {
            Tensor::zeros([seeds.len(), 1], device)
        } else {
            network.embeddings.init(seeds, device)
        };
        let moments = optimizer.num_moments();
        let zeros = |like: &Tensor<2>| {
            (0..moments)
                .map(|_| Tensor::zeros(like.shape(), device))
                .collect()
        };
        let (flat_moments, table_moments) = (zeros(&flat), zeros(&table));
        Self {
            flat,
            statistics,
            table,
            flat_moments,
            table_moments,
            replicas: seeds.len(),
        }
    }

    /// Takes a step along the gradients; frozen replicas stay as they are.
    pub fn step(
        &mut self,
        gradients: Gradients,
        optimizer: &dyn Optimizer,
        at: StepSize,
        frozen: Option<&[bool]>,
    ) {
        let flat = Stepped {
            numbers: &mut self.flat,
            moments: &mut self.flat_moments,
            gradient: gradients.flat,
            rows: None,
            frozen,
        };
        optimizer.step(flat, at);
        if at.step.is_multiple_of(LOOK_EVERY) {
            self.flat_moments.iter_mut().for_each(drop_subnormal);
        }
        let Some(found) = gradients.rows else {
            return;
        };
        let rows = Stepped {
            numbers: &mut self.table,
            moments: &mut self.table_moments,
            gradient: found.gradient,
            rows: Some(&found.rows),
            frozen: found.frozen.as_deref(),
        };
        optimizer.step(rows, at);
    }

    /// The weights of each replica on the host.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, Report> {
        let of_each = |tensor| Ok::<_, Report>(equal_parts(read(tensor)?, self.replicas));
        let flat = of_each(&self.flat)?;
        let statistics = of_each(&self.statistics)?;
        let table = of_each(&self.table)?;
        let snapshot = |((flat, statistics), table)| Snapshot {
            epoch: 0,
            flat,
            statistics,
            table,
        };
        let each = flat.into_iter().zip(statistics).zip(table);
        Ok(each.map(snapshot).collect())
    }

    /// Sets the weights of each replica; what the optimizer remembers stays.
    pub fn load(&mut self, snapshots: &[&Snapshot]) {
        let device = self.flat.device();
        let upload = |like: &Tensor<2>, part: fn(&Snapshot) -> &Vec<f32>| {
            let values = snapshots
                .iter()
                .flat_map(|snapshot| part(snapshot))
                .copied()
                .collect();
            Tensor::from_data(
                TensorData::new(values_checked(values, like), like.dims()),
                &device,
            )
        };
        self.flat = upload(&self.flat, |snapshot| &snapshot.flat);
        self.statistics = upload(&self.statistics, |snapshot| &snapshot.statistics);
        self.table = upload(&self.table, |snapshot| &snapshot.table);
    }
}

/// What a backward pass has found.
#[derive(Debug)]
pub struct Gradients {
    /// `[replica, parameter]`.
    pub flat: Tensor<2>,
    /// Those of the embedding rows, if there are sparse fields.
    pub rows: Option<RowGradients>,
}

/// The gradient of the embedding rows that a batch touched.
#[derive(Debug)]
pub struct RowGradients {
    /// Which they are.
    pub rows: TableRows,
    /// `[distinct, dim]`.
    pub gradient: Tensor<2>,
    /// For each row whether its replica is frozen; `None` if none is.
    pub frozen: Option<Vec<bool>>,
}

impl RowGradients {
    /// The rows of a lookup with their gradient.
    pub fn new(
        lookup: &Lookup,
        gradient: Tensor<2>,
        active: Option<&[bool]>,
        device: &Device,
    ) -> Self {
        let frozen = active.map(|active| lookup.frozen(active));
        Self {
            rows: lookup.table_rows(device),
            gradient,
            frozen,
        }
    }
}

/// The numbers of each replica, where those of one lie behind those of the other.
pub(super) fn equal_parts(values: Vec<f32>, number: usize) -> Vec<Vec<f32>> {
    if number == 1 {
        return vec![values];
    }
    let each = values.len() / number.max(1);
    let part = |replica| values[replica * each..][..each].to_vec();
    (0..number).map(part).collect()
}

/// A snapshot of another shape would be a fault of ours; zeros keep the shape and show at once.
fn values_checked(values: Vec<f32>, like: &Tensor<2>) -> Vec<f32> {
    let len: usize = like.dims().iter().product();
    if values.len() == len {
        values
    } else {
        vec![0.0; len]
    }
}
