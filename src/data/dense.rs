//! Dense inputs: scaled numbers, and indicators of where they are missing.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::Problem;

use super::column_spec::{ColumnSpec, Scale};
use super::dataset::Split;
use super::label::infinite;
use super::scale::{FittedScale, visit_numbers};
use super::table::{Column, Values};

/// Rows that one thread fills at a time.
const CHUNK: usize = 4096;

/// One input of the dense axis.
pub(super) enum DenseInput<'a> {
    /// The scaled value.
    Value(&'a Column, FittedScale),
    /// 1 where the column is missing.
    Indicator(&'a Column),
}

impl DenseInput<'_> {
    /// The name on the dense axis.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Value(column, _) => column.name.clone(),
            Self::Indicator(column) => format!("{}_missing", column.name),
        }
    }

    /// Writes the inputs of some rows.
    fn write<'o>(&self, rows: Range<usize>, mut out: impl Iterator<Item = &'o mut f32>) {
        let mut put = |value: f32| {
            if let Some(slot) = out.next() {
                *slot = value;
            }
        };
        match self {
            Self::Indicator(column) => {
                rows.for_each(|row| put(f32::from(u8::from(column.values.is_missing(row)))));
            }
            Self::Value(column, scale) => visit_numbers(&column.values, rows, |value| {
                let scaled = if value.is_nan() {
                    scale.stand_in()
                } else {
                    scale.apply(value)
                };
                // A finite number may be too large for single precision.
                put(scaled.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32);
            }),
        }
    }
}

/// The column's own input, and an indicator if training rows miss it.
pub(super) fn fit_dense<'a>(
    column: &'a Column,
    spec: &ColumnSpec,
    parts: &Split,
    rows: usize,
) -> Result<Vec<DenseInput<'a>>, Vec<Problem>> {
    let values = &column.values;
    let name = column.name.as_str();
    match values {
        Values::Text { .. } => {
            let problem = Problem::new(name, "text cannot be a dense feature");
            return Err(vec![
                problem
                    .expected("numbers")
                    .found("text")
                    .help("make it sparse"),
            ]);
        }
        // Reported by `check_columns`.
        Values::List { .. } => return Ok(Vec::new()),
        Values::Real(values) => {
            if let Some(problem) = infinite(name, values.iter().take(rows)) {
                return Err(vec![problem]);
            }
        }
        Values::Integer(_) => {}
    }
    let train = || parts.train.iter().map(|&row| row as usize);
    let each = |visit: &mut dyn FnMut(f64)| visit_numbers(values, train(), visit);
    let Some(scale) = FittedScale::fit(spec.scale.unwrap_or(Scale::Standard), each) else {
        let problem = Problem::new(name, "the column has no usable number in the training rows");
        return Err(vec![problem.help("ignore the column")]);
    };
    let mut inputs = vec![DenseInput::Value(column, scale)];
    if train().any(|row| values.is_missing(row)) {
        inputs.push(DenseInput::Indicator(column));
    }
    Ok(inputs)
}

/// All inputs, row by row.
pub(super) fn dense_values(dense: &[DenseInput<'_>], rows: usize) -> Vec<f32> {
    let width = dense.len();
    let mut values = vec![0.0; rows * width];
    values
        .par_chunks_mut(CHUNK * width.max(1))
        .enumerate()
        .for_each(|(chunk, out)| {
            let first = chunk * CHUNK;
            let rows = first..first + out.len() / width;
            for (place, input) in dense.iter().enumerate() {
                input.write(rows.clone(), out[place..].iter_mut().step_by(width));
            }
        });
    values
}
