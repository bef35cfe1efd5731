//! Losses and task weights since they were last read, kept on the device.

use burn::tensor::{Device, Tensor};

use crate::error::Report;
use crate::model::host::read;

/// Sums since the last reading.
#[derive(Debug)]
pub(super) struct Tally {
    /// `[replica, task]`: the losses of labeled rows.
    losses: Tensor<2>,
    /// `[replica, task]`: the weights of the steps.
    weights: Tensor<2>,
    /// `replica · task`: labeled rows.
    rows: Vec<f64>,
    /// Steps.
    steps: u64,
}

/// The mean losses and weights since the last reading.
#[derive(Clone, Debug)]
pub struct Reading {
    /// `replica · task`: NaN where no row had a label.
    pub losses: Vec<f64>,
    /// `replica · task`.
    pub weights: Vec<f64>,
    /// `replica · task`: whether any row had a label.
    pub labeled: Vec<bool>,
}

impl Tally {
    /// Nothing yet, of so many replicas and tasks.
    pub fn new([replicas, tasks]: [usize; 2], device: &Device) -> Self {
        let zeros = || Tensor::zeros([replicas, tasks], device);
        Self {
            losses: zeros(),
            weights: zeros(),
            rows: vec![0.0; replicas * tasks],
            steps: 0,
        }
    }

    /// Adds a step.
    ///
    /// # Shapes
    /// - losses, weights: `[replica, task]`, the losses summed over rows
    /// - labeled: `replica · task` rows
    pub fn add(&mut self, losses: Tensor<2>, weights: Tensor<2>, labeled: &[f64]) {
        self.losses = self.losses.clone() + losses;
        self.weights = self.weights.clone() + weights;
        self.steps += 1;
        for (sum, rows) in self.rows.iter_mut().zip(labeled) {
            *sum += rows;
        }
    }

    /// The means since the last reading; starts the next.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub fn read(&mut self) -> Result<Reading, Report> {
        let losses = read(&self.losses)?;
        let weights = read(&self.weights)?;
        let steps = self.steps.max(1) as f64;
        let mean = |(sum, rows): (&f32, &f64)| match *rows {
            0.0 => f64::NAN,
            rows => f64::from(*sum) / rows,
        };
        let reading = Reading {
            losses: losses.iter().zip(&self.rows).map(mean).collect(),
            weights: weights.iter().map(|&sum| f64::from(sum) / steps).collect(),
            labeled: self.rows.iter().map(|&rows| rows > 0.0).collect(),
        };
        self.losses = self.losses.zeros_like();
        self.weights = self.weights.zeros_like();
        self.rows.fill(0.0);
        self.steps = 0;
        Ok(reading)
    }
}
