//! Mixtures of experts and the shares in them.

use burn::cubecl;
use burn::cubecl::prelude::*;

use super::{at, sum_of};

/// Threads that share a row.
pub const SEGMENT: usize = 32;

/// The softmax of each row: a thread for each.
#[cube(launch)]
pub fn softmax(logits: &Tensor<f32>, shares: &mut Tensor<f32>) {
    let columns = shares.shape(2);
    let start = ABSOLUTE_POS * columns;
    if start >= shares.len() {
        terminate!();
    }
    let plane = ABSOLUTE_POS / shares.shape(1);
    let row = ABSOLUTE_POS % shares.shape(1);
    let mut largest = at(logits, plane, row, 0);
    for column in 1..columns {
        largest = max(largest, at(logits, plane, row, column));
    }
    let mut sum = f32::new(0.0);
    for column in 0..columns {
        let share = (at(logits, plane, row, column) - largest).exp();
        shares[start + column] = share;
        sum += share;
    }
    for column in 0..columns {
        shares[start + column] /= sum;
    }
}

/// `dx = s ⊙ (ds − Σ ds·s)` of each row: a thread for each.
#[cube(launch)]
pub fn softmax_gradient(shares: &Tensor<f32>, gradient: &Tensor<f32>, below: &mut Tensor<f32>) {
    let columns = below.shape(2);
    let start = ABSOLUTE_POS * columns;
    if start >= below.len() {
        terminate!();
    }
    let plane = ABSOLUTE_POS / below.shape(1);
    let row = ABSOLUTE_POS % below.shape(1);
    let mut mean = f32::new(0.0);
    for column in 0..columns {
        mean += at(shares, plane, row, column) * at(gradient, plane, row, column);
    }
    for column in 0..columns {
        let share = at(shares, plane, row, column);
        below[start + column] = share * (at(gradient, plane, row, column) - mean);
    }
}

/// Adds up the experts in the shares that each has: a thread for each number.
#[cube(launch)]
pub fn mix(shares: &Tensor<f32>, experts: &Tensor<f32>, mixed: &mut Tensor<f32>) {
    if ABSOLUTE_POS >= mixed.len() {
        terminate!();
    }
    let rows = mixed.shape(1);
    let width = mixed.shape(2);
    let column = ABSOLUTE_POS % width;
    let row = ABSOLUTE_POS / width % rows;
    let plane = ABSOLUTE_POS / (rows * width);
    let share_row = min(row, shares.shape(1) - 1);
    let number = shares.shape(2);
    let mut sum = f32::new(0.0);
    for expert in 0..number {
        let share = at(shares, plane, share_row, expert);
        sum += share * at(experts, plane * number + expert, row, column);
    }
    mixed[ABSOLUTE_POS] = sum;
}

/// The gradient of each row of each expert, and that of its share: a segment of threads for each row.
#[cube(launch)]
pub fn mix_gradients(
    shares: &Tensor<f32>,
    experts: &Tensor<f32>,
    gradient: &Tensor<f32>,
    of_shares: &mut Tensor<f32>,
    of_experts: &mut Tensor<f32>,
) {
    let rows = of_experts.shape(1);
    let width = of_experts.shape(2);
    let number = of_shares.shape(2);
    let lane = UNIT_POS as usize % SEGMENT;
    let row_of_all = ABSOLUTE_POS / SEGMENT;
    let row = row_of_all % rows;
    let own = row_of_all / rows;
    let plane = own / number;
    let expert = own % number;
    // Threads beyond the last row have nothing to add up, but meet the others.
    let mut end = 0;
    let mut share = f32::new(0.0);
    if own < of_experts.shape(0) {
        end = width;
        share = at(shares, plane, min(row, shares.shape(1) - 1), expert);
    }
    let mut sum = f32::new(0.0);
    for column in range_stepped(lane, end, SEGMENT) {
        let slope = at(gradient, plane, row, column);
        sum += slope * at(experts, own, row, column);
        of_experts[row_of_all * width + column] = share * slope;
    }
    let all = sum_of(sum, SEGMENT);
    if lane == 0 && end > 0 {
        of_shares[(plane * rows + row) * number + expert] = all;
    }
}
