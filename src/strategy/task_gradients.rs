//! The gradient of each task's loss on what the tasks share, and the update that a strategy makes of them.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor};

use crate::error::Report;

/// The gradients of one step.
#[derive(Clone, Debug)]
pub struct TaskGradients {
    /// `[replica, task, shared]`: by the dense parameters, or by the representation.
    pub dense: Tensor<3>,
    /// By the rows of the embedding tables that the batch touched.
    pub rows: Option<TaskRows>,
    /// Those of parts of the batch that share no row, as many as [`super::Needs::parts`] says; empty if these are all.
    ///
    /// Their embedding rows are those of the whole batch in the same order, 0 where a part did not touch one.
    pub parts: Vec<Self>,
}

/// The gradients of embedding rows.
#[derive(Clone, Debug)]
pub struct TaskRows {
    /// `[task, distinct, dim]`.
    pub values: Tensor<3>,
    /// `[distinct]`: the replica of each row.
    pub owners: Tensor<1, Int>,
    /// The rows of each replica.
    pub ranges: Vec<Range<usize>>,
}

impl TaskRows {
    /// The rows of one replica, `[1, task, number]`.
    fn flat(&self, range: Range<usize>) -> Tensor<3> {
        let own = self.values.clone().narrow(1, range.start, range.len());
        let [tasks, rows, dim] = own.dims();
        own.reshape([1, tasks, rows * dim])
    }
}

/// What a strategy makes of them.
#[derive(Clone, Debug)]
pub struct Update {
    /// `[replica, task]`; drawn as the task weights.
    pub weights: Tensor<2>,
    /// What is followed.
    pub direction: Direction,
}

/// What an update follows.
#[derive(Clone, Debug)]
pub enum Direction {
    /// The weighted sum of the tasks' gradients.
    Sum,
    /// The weighted sum of those of one part of the batch.
    OfPart(usize),
    /// The weighted sum where each number of a gradient has a factor of its own besides.
    Masked {
        /// `[replica, task, shared]`.
        dense: Tensor<3>,
        /// `[task, distinct, dim]`, where there are embedding rows.
        rows: Option<Tensor<3>>,
    },
    /// No sum of this step's gradients, so there is none by the representation.
    Made {
        /// `[replica, shared]`.
        dense: Tensor<2>,
        /// `[distinct, dim]`; `None`: the rows follow the weighted sum.
        rows: Option<Tensor<2>>,
    },
}

impl Direction {
    /// One that is made of the dense parameters alone.
    ///
    /// # Shapes
    /// - dense: `[replica, shared]`
    pub fn dense(dense: Tensor<2>) -> Self {
        Self::Made { dense, rows: None }
    }
}

impl Update {
    /// A weighted sum of the gradients.
    pub fn weighted(weights: Tensor<2>) -> Self {
        Self {
            weights,
            direction: Direction::Sum,
        }
    }
}

impl TaskGradients {
    /// `[replica, task]` in all.
    pub fn dims(&self) -> [usize; 2] {
        let [replicas, tasks, _] = self.dense.dims();
        [replicas, tasks]
    }

    /// Where the gradients are.
    pub fn device(&self) -> Device {
        self.dense.device()
    }

    /// Inner products of the tasks' gradients, embeddings included.
    ///
    /// # Shapes
    /// - output: `[replica, task, task]`
    pub fn gram(&self) -> Tensor<3> {
        self.products_with(self)
    }

    /// Inner products of these gradients with those of another part of the batch, embeddings included.
    ///
    /// # Shapes
    /// - output: `[replica, task of these, task of the others]`
    pub fn products_with(&self, others: &Self) -> Tensor<3> {
        let products = |a: Tensor<3>, b: Tensor<3>| a.matmul(b.swap_dims(1, 2));
        let dense = products(self.dense.clone(), others.dense.clone());
        let (Some(rows), Some(other_rows)) = (&self.rows, &others.rows) else {
            return dense;
        };
        let of_replica = |range: &Range<usize>| {
            products(rows.flat(range.clone()), other_rows.flat(range.clone()))
        };
        dense + Tensor::cat(rows.ranges.iter().map(of_replica).collect(), 0)
    }

    /// The first `N` parts.
    ///
    /// # Errors
    /// There are fewer.
    pub fn in_parts<const N: usize>(&self) -> Result<[&Self; N], Report> {
        let parts = self.parts.first_chunk::<N>().map(|parts| parts.each_ref());
        let found = self.parts.len();
        parts.ok_or_else(|| {
            Report::failure(format!("{N} parts of a batch were expected, {found} found"))
        })
    }

    /// The length of each task's gradient.
    ///
    /// # Shapes
    /// - output: `[replica, task]`
    pub fn norms(&self) -> Tensor<2> {
        let mut squares = self.dense.clone().square().sum_dim(2).squeeze_dim::<2>(2);
        if let Some(rows) = &self.rows {
            let of_replica = |range: &Range<usize>| {
                let own = rows.values.clone().narrow(1, range.start, range.len());
                own.square().sum_dim(2).sum_dim(1).reshape([1, -1])
            };
            squares = squares + Tensor::cat(rows.ranges.iter().map(of_replica).collect(), 0);
        }
        squares.sqrt()
    }

    /// The gradients of the whole, each task's times a factor of its own.
    ///
    /// # Shapes
    /// - factors: `[replica, task]`
    #[must_use]
    pub fn scaled(&self, factors: &Tensor<2>) -> Self {
        let rows = self.rows.as_ref().map(|rows| {
            let of_rows = factors.clone().select(0, rows.owners.clone());
            TaskRows {
                values: rows.values.clone() * of_rows.swap_dims(0, 1).unsqueeze_dim::<3>(2),
                ..rows.clone()
            }
        });
        Self {
            dense: self.dense.clone() * factors.clone().unsqueeze_dim::<3>(2),
            rows,
            parts: Vec::new(),
        }
    }

    /// The replicas of one strategy.
    pub fn narrow(&self, start: usize, replicas: usize) -> Self {
        let rows = self.rows.as_ref().map(|rows| {
            let ranges = &rows.ranges[start..start + replicas];
            let first = ranges.first().map_or(0, |range| range.start);
            let end = ranges.last().map_or(first, |range| range.end);
            TaskRows {
                values: rows.values.clone().narrow(1, first, end - first),
                owners: rows.owners.clone().narrow(0, first, end - first) - start as i32,
                ranges: ranges
                    .iter()
                    .map(|range| range.start - first..range.end - first)
                    .collect(),
            }
        });
        Self {
            dense: self.dense.clone().narrow(0, start, replicas),
            rows,
            parts: self
                .parts
                .iter()
                .map(|part| part.narrow(start, replicas))
                .collect(),
        }
    }

    /// The combined gradient of the dense part.
    ///
    /// # Shapes
    /// - output: `[replica, shared]`
    pub fn combine_dense(&self, update: &Update) -> Tensor<2> {
        let sum = |dense: Tensor<3>| {
            let weights = update.weights.clone().unsqueeze_dim::<3>(1);
            weights.matmul(dense).squeeze_dim::<2>(1)
        };
        match &update.direction {
            Direction::Sum => sum(self.dense.clone()),
            Direction::OfPart(part) => sum(self.part(*part).dense.clone()),
            Direction::Masked { dense, .. } => sum(self.dense.clone() * dense.clone()),
            Direction::Made { dense, .. } => dense.clone(),
        }
    }

    /// The combined gradient of the embedding rows, if there are any.
    ///
    /// # Shapes
    /// - output: `[distinct, dim]`
    pub fn combine_rows(&self, update: &Update) -> Option<Tensor<2>> {
        let sum = |rows: &TaskRows, values: Tensor<3>| {
            let of_rows = update.weights.clone().select(0, rows.owners.clone());
            let weights = of_rows.swap_dims(0, 1).unsqueeze_dim::<3>(2);
            (values * weights).sum_dim(0).squeeze_dim::<2>(0)
        };
        let rows = self.rows.as_ref()?;
        Some(match &update.direction {
            Direction::OfPart(part) => {
                let rows = self.part(*part).rows.as_ref()?;
                sum(rows, rows.values.clone())
            }
            Direction::Masked {
                rows: Some(mask), ..
            } => sum(rows, rows.values.clone() * mask.clone()),
            Direction::Made {
                rows: Some(made), ..
            } => made.clone(),
            Direction::Sum | Direction::Masked { .. } | Direction::Made { .. } => {
                sum(rows, rows.values.clone())
            }
        })
    }

    /// A part of the batch; all of it where it is not told apart.
    fn part(&self, part: usize) -> &Self {
        self.parts.get(part).unwrap_or(self)
    }
}
