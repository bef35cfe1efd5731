//! Dense layers, but for their products.

use burn::cubecl;
use burn::cubecl::prelude::*;

use super::{GROUP, at, rows_of, sum_of};

/// Adds the bias of each plane to its rows, and rectifies them.
#[cube(launch)]
pub fn add_bias(numbers: &mut Tensor<f32>, bias: &Tensor<f32>, slope: f32) {
    if ABSOLUTE_POS >= numbers.len() {
        terminate!();
    }
    let column = ABSOLUTE_POS % numbers.shape(2);
    let plane = ABSOLUTE_POS / (numbers.shape(1) * numbers.shape(2));
    let sum = numbers[ABSOLUTE_POS] + bias[plane * bias.stride(0) + column * bias.stride(2)];
    numbers[ABSOLUTE_POS] = select(sum > 0.0, sum, sum * slope);
}

/// What a rectifier lets through of a gradient where its output is this, and what the rows of each plane add up to: a group
/// of threads for each column.
#[cube(launch)]
pub fn below_rectifier(
    gradient: &Tensor<f32>,
    output: &Tensor<f32>,
    below: &mut Tensor<f32>,
    sums: &mut Tensor<f32>,
    slope: f32,
) {
    let width = below.shape(2);
    let column = CUBE_POS % width;
    let plane = CUBE_POS / width;
    let unit = UNIT_POS as usize;
    let rows = rows_of(output, plane);
    let mut sum = f32::new(0.0);
    for row in range_stepped(unit, rows, GROUP) {
        let own = at(gradient, plane, row, column);
        let number = select(at(output, plane, row, column) > 0.0, own, own * slope);
        below[(plane * rows + row) * width + column] = number;
        sum += number;
    }
    let all = sum_of(sum, GROUP);
    if unit == 0 && plane < below.shape(0) {
        sums[CUBE_POS] = all;
    }
}
