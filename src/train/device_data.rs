//! The encoded data as batches are taken from it: uploaded once where it fits, and a batch is a gather.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::numbers::{Chosen, Numbers};
use crate::data::Dataset;
use crate::model::Features;

/// Dense features, labels and masks on the device.
#[derive(Clone, Debug)]
pub struct DeviceData {
    dense: Option<Numbers>,
    /// The number of items of each list.
    lengths: Option<Numbers>,
    labels: Numbers,
    /// `None` if no label is missing.
    mask: Option<Numbers>,
    /// `[row, task]` on the host; NaN where missing.
    known: Arc<Vec<f32>>,
    num_tasks: usize,
    device: Device,
}

/// The rows of a batch, or of a block of it.
#[derive(Debug)]
pub struct Rows {
    /// `[replica, row, num_dense]`, if there are dense features.
    pub dense: Option<Tensor<3>>,
    /// `[replica, row, list]`: the number of items, if there are lists.
    pub lengths: Option<Tensor<3>>,
    /// `[replica, row, task]`; 0 where missing.
    pub labels: Tensor<3>,
    /// `[replica, row, task]`: 1 where there is a label; `None` if none is missing.
    pub mask: Option<Tensor<3>>,
}

impl DeviceData {
    /// Uploads what fits the device.
    pub fn new(dataset: &Dataset, device: &Device) -> Self {
        let num_dense = dataset.dense_names.len();
        let dense = (num_dense > 0)
            .then(|| Numbers::new(Arc::clone(&dataset.dense), num_dense, None, device));
        let lists = &dataset.sequences;
        let lengths = (!lists.is_empty()).then(|| {
            let of_row = |row| lists.iter().map(move |list| list.items(row).len() as f32);
            let lengths: Vec<f32> = (0..dataset.num_rows as u32).flat_map(of_row).collect();
            Numbers::new(Arc::new(lengths), lists.len(), None, device)
        });
        let num_tasks = dataset.tasks.len();
        let labels = dataset.labels.clone();
        Self::labeled_by([dense, lengths], labels, num_tasks, device)
    }

    /// The same features with one other label.
    ///
    /// # Shapes
    /// - label: `[row]`, NaN where missing
    #[must_use]
    pub fn with_label(&self, label: Vec<f32>) -> Self {
        let features = [self.dense.clone(), self.lengths.clone()];
        Self::labeled_by(features, Arc::new(label), 1, &self.device)
    }

    /// The same features with some of the labels.
    #[must_use]
    pub fn with_tasks(&self, tasks: &[usize]) -> Self {
        let of_row = |row: &[f32]| -> Vec<f32> { tasks.iter().map(|&task| row[task]).collect() };
        let rows = self.known.chunks(self.num_tasks.max(1));
        let labels = rows.flat_map(of_row).collect();
        let features = [self.dense.clone(), self.lengths.clone()];
        Self::labeled_by(features, Arc::new(labels), tasks.len(), &self.device)
    }

    fn labeled_by(
        [dense, lengths]: [Option<Numbers>; 2],
        labels: Arc<Vec<f32>>,
        num_tasks: usize,
        device: &Device,
    ) -> Self {
        let of = |change| Numbers::new(Arc::clone(&labels), num_tasks, change, device);
        let missing = labels.iter().any(|label| label.is_nan());
        let known: fn(f32) -> f32 = |label| f32::from(!label.is_nan());
        let or_zero: fn(f32) -> f32 = |label| if label.is_nan() { 0.0 } else { label };
        Self {
            dense,
            lengths,
            mask: missing.then(|| of(Some(known))),
            labels: of(missing.then_some(or_zero)),
            known: labels,
            num_tasks,
            device: device.clone(),
        }
    }

    /// `[row, task]` on the host; NaN where missing.
    pub fn labels(&self) -> &[f32] {
        &self.known
    }

    /// The labeled rows of a part of a batch, task by task.
    ///
    /// # Shapes
    /// - output: `replica · task`
    pub fn labeled(&self, batch: &[&[u32]], part: Range<usize>) -> Vec<f64> {
        let tasks = self.num_tasks;
        let mut counts = vec![0.0; batch.len() * tasks];
        for (rows, counts) in batch.iter().zip(counts.chunks_mut(tasks.max(1))) {
            if self.mask.is_none() {
                counts.fill(part.len() as f64);
                continue;
            }
            for &row in &rows[part.clone()] {
                let start = row as usize * tasks;
                let labels = &self.known[start..start + tasks];
                for (count, label) in counts.iter_mut().zip(labels) {
                    *count += f64::from(u8::from(!label.is_nan()));
                }
            }
        }
        counts
    }

    /// The rows of each replica, all of one length.
    pub fn rows(&self, rows: &[&[u32]]) -> Rows {
        let replicas = rows.len();
        let each = rows.first().map_or(0, |rows| rows.len());
        let chosen = Chosen::new(rows.concat());
        let gather = |table: &Numbers| {
            let found = table.rows(&chosen);
            let width = found.dims()[1];
            found.reshape([replicas, each, width])
        };
        Rows {
            dense: self.dense.as_ref().map(gather),
            lengths: self.lengths.as_ref().map(gather),
            labels: gather(&self.labels),
            mask: self.mask.as_ref().map(gather),
        }
    }

    /// The features of rows that all replicas see alike, but for what they find in the tables.
    pub fn features_for_all(&self, rows: &[u32], replicas: usize) -> Features {
        let chosen = Chosen::new(rows.to_vec());
        let gather = |table: &Numbers| {
            let found = table.rows(&chosen);
            let width = found.dims()[1];
            found
                .reshape([1, rows.len(), width])
                .expand([replicas, rows.len(), width])
        };
        Features {
            found: None,
            repeated: None,
            lengths: self.lengths.as_ref().map(gather),
            dense: self.dense.as_ref().map(gather),
        }
    }

    /// The number of tasks.
    pub fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    /// Where the data are.
    pub fn device(&self) -> &Device {
        &self.device
    }
}
