//! Formulas of the numbers of tensors.

#![expect(
    clippy::needless_pass_by_value,
    reason = "what a kernel is compiled for is handed over to it"
)]

use burn::cubecl;
use burn::cubecl::prelude::*;

use super::{GROUP, at, rows_of, sum_of};
use crate::model::gpu::written::{Operation, Written};

/// Steps numbers of a table, the first of `numbers`, along their gradients by a formula, and brings what is remembered of each
/// up to date.
#[cube(launch)]
pub fn step(
    numbers: &mut Sequence<OwnedTensor<f32>>,
    gradient: &Tensor<f32>,
    rows: ComptimeOption<OwnedTensor<i32>>,
    frozen: ComptimeOption<OwnedTensor<i32>>,
    constants: &Sequence<f32>,
    #[comptime] formula: Written,
) {
    let width = gradient.shape(1);
    let at = ABSOLUTE_POS / width;
    let column = ABSOLUTE_POS % width;
    if at >= gradient.shape(0) {
        terminate!();
    }
    let stays: ComptimeOption<i32> = frozen.map(|frozen| frozen[at]);
    if stays.unwrap_or_else(|| 0) != 0 {
        terminate!();
    }
    let row: ComptimeOption<i32> = rows.map(|rows| rows[at]);
    let row = row.unwrap_or_else(|| i32::cast_from(at));
    let place = usize::cast_from(row) * width + column;
    let mut values = Sequence::<f32>::new();
    values.push(numbers.index(0)[place]);
    values.push(gradient[at * gradient.stride(0) + column * gradient.stride(1)]);
    #[unroll]
    for moment in 1..comptime!(numbers.len()) {
        values.push(numbers.index(moment)[place]);
    }
    calculate(&mut values, constants, comptime!(formula.clone()));
    let own = numbers.index_mut(0);
    own[place] = values[0] - values[comptime!(formula.made[0])];
    #[unroll]
    for moment in 1..comptime!(formula.made.len()) {
        let own = numbers.index_mut(moment);
        own[place] = values[comptime!(formula.made[moment])];
    }
}

/// Puts what the operations of a formula make behind the values that it is given.
#[cube]
fn calculate(values: &mut Sequence<f32>, constants: &Sequence<f32>, #[comptime] formula: Written) {
    #[unroll]
    for index in 0..comptime!(formula.operations.len()) {
        let value = calculated(comptime!(formula.operations[index]), &*values, constants);
        values.push(value);
    }
}

/// What one operation makes of values before it.
#[cube]
fn calculated(
    #[comptime] operation: Operation,
    values: &Sequence<f32>,
    constants: &Sequence<f32>,
) -> f32 {
    match comptime!(operation) {
        Operation::Sum(a, b) => values[a] + values[b],
        Operation::Product(a, b) => values[a] * values[b],
        Operation::Quotient(a, b) => values[a] / values[b],
        Operation::SumWith(a, constant) => values[a] + constants[constant],
        Operation::ProductWith(a, constant) => values[a] * constants[constant],
        Operation::Root(a) => values[a].sqrt(),
        Operation::Square(a) => values[a] * values[a],
        Operation::Exponential(a) => values[a].exp(),
        Operation::LogOnePlus(a) => values[a].log1p(),
        Operation::Rectified(a) => max(values[a], 0.0),
        Operation::IsZero(a) => select(values[a] == 0.0, 1.0, 0.0),
    }
}

/// What formulas make of each pair of numbers, and what that adds up to over the rows of each plane: a group of threads for
/// each column.
#[cube(launch)]
pub fn fold(
    left: &Tensor<f32>,
    right: &Tensor<f32>,
    weights: ComptimeOption<OwnedTensor<f32>>,
    scale: ComptimeOption<OwnedTensor<f32>>,
    sums: &mut Tensor<f32>,
    each: &mut Tensor<f32>,
    constants: &Sequence<f32>,
    #[comptime] formulas: Written,
    #[comptime] of_column: Vec<usize>,
) {
    let width = each.shape(2);
    let column = CUBE_POS % width;
    let plane = CUBE_POS / width;
    let unit = UNIT_POS as usize;
    let rows = rows_of(left, plane);
    let mut formula = 0;
    #[unroll]
    for own in 0..comptime!(of_column.len()) {
        formula = select(
            column == own,
            comptime!(of_column.get(own).copied().unwrap_or(0)).runtime(),
            formula,
        );
    }
    let mut sum = f32::new(0.0);
    for row in range_stepped(unit, rows, GROUP) {
        let mut values = Sequence::<f32>::new();
        values.push(at(left, plane, row, column));
        values.push(at(right, plane, row, column));
        calculate(&mut values, constants, comptime!(formulas.clone()));
        let mut added = values[comptime!(formulas.made[0])];
        let mut kept = values[comptime!(formulas.made[1])];
        #[unroll]
        for own in 1..comptime!(formulas.made.len() / 2) {
            let is_own = formula == own;
            added = select(is_own, values[comptime!(formulas.made[2 * own])], added);
            kept = select(is_own, values[comptime!(formulas.made[2 * own + 1])], kept);
        }
        let weight: ComptimeOption<f32> = weights
            .as_ref()
            .map(|weights| at(weights, plane, row, column));
        let weight = weight.unwrap_or_else(|| 1.0);
        let scale: ComptimeOption<f32> = scale.as_ref().map(|scale| at(scale, plane, 0, column));
        let scale = scale.unwrap_or_else(|| 1.0);
        sum += added * weight;
        each[(plane * rows + row) * width + column] = kept * weight * scale;
    }
    let all = sum_of(sum, GROUP);
    if unit == 0 && plane < each.shape(0) {
        sums[CUBE_POS] = all;
    }
}
