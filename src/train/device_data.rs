//! The encoded data on the device: uploaded once, a batch is a gather.

use burn::tensor::{Device, Tensor, TensorData};

use crate::data::Dataset;

/// Dense features, labels and masks on the device.
#[derive(Clone, Debug)]
pub struct DeviceData {
    dense: Option<Tensor<2>>,
    labels: Tensor<2>,
    /// `None` if no label is missing.
    mask: Option<Tensor<2>>,
    num_tasks: usize,
    device: Device,
}

/// The rows of a batch, or of a block of it.
#[derive(Debug)]
pub struct Rows {
    /// `[replica, row, num_dense]`, if there are dense features.
    pub dense: Option<Tensor<3>>,
    /// `[replica, row, task]`; 0 where missing.
    pub labels: Tensor<3>,
    /// `[replica, row, task]`: 1 where there is a label; `None` if none is missing.
    pub mask: Option<Tensor<3>>,
}

impl DeviceData {
    /// Uploads the data.
    pub fn new(dataset: &Dataset, device: &Device) -> Self {
        let num_tasks = dataset.tasks.len();
        let shape = [dataset.num_rows, num_tasks];
        let upload = |values: Vec<f32>, shape: [usize; 2]| {
            Tensor::<2>::from_data(TensorData::new(values, shape), device)
        };
        let num_dense = dataset.dense_names.len();
        let dense =
            (num_dense > 0).then(|| upload(dataset.dense.to_vec(), [dataset.num_rows, num_dense]));
        let missing = dataset.labels.iter().any(|label| label.is_nan());
        let known = |label: &f32| if label.is_nan() { 0.0 } else { *label };
        let labels = upload(dataset.labels.iter().map(known).collect(), shape);
        let mask = missing.then(|| {
            upload(
                dataset
                    .labels
                    .iter()
                    .map(|label| f32::from(!label.is_nan()))
                    .collect(),
                shape,
            )
        });
        Self {
            dense,
            labels,
            mask,
            num_tasks,
            device: device.clone(),
        }
    }

    /// The rows of each replica, all of one length.
    pub fn rows(&self, rows: &[&[u32]]) -> Rows {
        let replicas = rows.len();
        let each = rows.first().map_or(0, |rows| rows.len());
        let index: Vec<i32> = rows
            .iter()
            .flat_map(|rows| rows.iter().map(|&row| row as i32))
            .collect();
        let len = index.len();
        let index = Tensor::from_data(TensorData::new(index, [len]), &self.device);
        let gather = |table: &Tensor<2>| {
            let width = table.dims()[1];
            table
                .clone()
                .select(0, index.clone())
                .reshape([replicas, each, width])
        };
        Rows {
            dense: self.dense.as_ref().map(gather),
            labels: gather(&self.labels),
            mask: self.mask.as_ref().map(gather),
        }
    }

    /// The dense features of rows that all replicas see alike.
    ///
    /// # Shapes
    /// - output: `[replica, row, num_dense]`
    pub fn dense_for_all(&self, rows: &[u32], replicas: usize) -> Option<Tensor<3>> {
        let dense = self.dense.as_ref()?;
        let index: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
        let index = Tensor::from_data(TensorData::new(index, [rows.len()]), &self.device);
        let width = dense.dims()[1];
        let gathered = dense
            .clone()
            .select(0, index)
            .reshape([1, rows.len(), width]);
        Some(gathered.expand([replicas, rows.len(), width]))
    }

    /// The number of tasks.
    pub fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    /// Whether a label is missing somewhere.
    pub fn has_mask(&self) -> bool {
        self.mask.is_some()
    }

    /// Where the data are.
    pub fn device(&self) -> &Device {
        &self.device
    }
}
