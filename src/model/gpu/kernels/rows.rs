//! Rows of tables by an index.
//!
//! A *plane* is a lane of a copy of a replica; its uses lie one behind the other. Distinct rows lie by copy, replica and lane.

use burn::cubecl;
use burn::cubecl::prelude::*;

use super::{GROUP, last_begun, sum_of, word};
use crate::model::gpu::index::{
    BATCHES, BOUNDS, FIRSTS, LANES, MANY, MANY_BOUNDS, MANY_USES, ORDER, PLACES, PLANE, REPLICAS,
    ROWS, STARTS, USES,
};

/// A distinct row of a replica's lane.
#[derive(CubeType)]
struct Distinct {
    replica: usize,
    lane: usize,
    /// Its place among the distinct rows of all batches.
    row: usize,
}

#[cube]
fn entry(index: &Tensor<i32>, #[comptime] section: usize, place: usize) -> usize {
    word(index, word(index, section) + place)
}

/// The distinct row at a place among those of all replicas.
#[cube]
fn distinct(index: &Tensor<i32>, place: usize) -> Distinct {
    let replica = last_begun(
        index,
        word(index, FIRSTS),
        1usize,
        word(index, REPLICAS),
        place,
    );
    let batch = entry(index, BATCHES, replica);
    let start = entry(index, BOUNDS, batch);
    let each = entry(index, BOUNDS, batch + 1) - start;
    let own = place - entry(index, FIRSTS, replica);
    Distinct {
        replica,
        lane: own / each,
        row: start + own % each,
    }
}

/// The place of a distinct row among those of all replicas: the reverse of [`distinct()`].
#[cube]
fn place_of(index: &Tensor<i32>, replica: usize, lane: usize, own: usize) -> usize {
    let batch = entry(index, BATCHES, replica);
    let each = entry(index, BOUNDS, batch + 1) - entry(index, BOUNDS, batch);
    entry(index, FIRSTS, replica) + lane * each + own
}

/// For each distinct row of all replicas its row in the table, how often it is used, and its replica.
#[cube(launch)]
pub fn unfold(
    index: &Tensor<i32>,
    rows: &mut Tensor<i32>,
    counts: &mut Tensor<f32>,
    owners: &mut Tensor<i32>,
) {
    let place = ABSOLUTE_POS;
    if place >= rows.len() {
        terminate!();
    }
    let own = distinct(index, place);
    let plane = own.replica * word(index, LANES) + own.lane;
    rows[place] = i32::cast_from(plane * word(index, PLANE) + entry(index, ROWS, own.row));
    counts[place] =
        f32::cast_from(entry(index, STARTS, own.row + 1) - entry(index, STARTS, own.row));
    owners[place] = i32::cast_from(own.replica);
}

/// What each use of a part of the batch finds among the distinct rows, for each copy of a replica.
#[cube(launch)]
pub fn take(
    table: &Tensor<f32>,
    index: &Tensor<i32>,
    found: &mut Tensor<f32>,
    first: usize,
    len: usize,
    copies: usize,
) {
    if ABSOLUTE_POS >= found.len() {
        terminate!();
    }
    let width = found.shape(1);
    let column = ABSOLUTE_POS % width;
    let at = ABSOLUTE_POS / width;
    let lanes = word(index, LANES);
    let plane = at / len;
    let lane = plane % lanes;
    let replica = plane / (lanes * copies);
    let batch = entry(index, BATCHES, replica);
    let place = batch * word(index, USES) + first + at % len;
    let own = index[word(index, PLACES) + place];
    let row = place_of(index, replica, lane, usize::cast_from(max(own, 0)));
    found[ABSOLUTE_POS] = table[row * table.stride(0) + column * table.stride(1)];
}

/// One number of a use of a plane, 0 where the use is in no row of the part.
#[cube]
fn used(
    values: &Tensor<f32>,
    index: &Tensor<i32>,
    nth: usize,
    plane: usize,
    column: usize,
    first: usize,
    len: usize,
) -> f32 {
    let place = entry(index, ORDER, nth);
    let mut value = f32::new(0.0);
    if place >= first && place < first + len {
        let row = plane * len + place - first;
        value = values[row * values.stride(0) + column * values.stride(1)];
    }
    value
}

/// What the uses of each distinct row in a part of the batch add up to, for each copy; rows of many uses are left out.
#[cube(launch)]
pub fn add_up(
    values: &Tensor<f32>,
    index: &Tensor<i32>,
    sums: &mut Tensor<f32>,
    first: usize,
    len: usize,
    copies: usize,
) {
    if ABSOLUTE_POS >= sums.len() {
        terminate!();
    }
    let width = sums.shape(1);
    let column = ABSOLUTE_POS % width;
    let at = ABSOLUTE_POS / width;
    let all = sums.shape(0) / copies;
    let own = distinct(index, at % all);
    let lanes = word(index, LANES);
    let plane = (own.replica * copies + at / all) * lanes + own.lane;
    let from = entry(index, STARTS, own.row);
    let to = entry(index, STARTS, own.row + 1);
    if to - from <= MANY_USES {
        let mut sum = f32::new(0.0);
        for nth in from..to {
            sum += used(values, index, nth, plane, column, first, len);
        }
        sums[ABSOLUTE_POS] = sum;
    }
}

/// The same for the rows of many uses: a group of threads for each number of each of them.
#[cube(launch)]
pub fn add_up_many(
    values: &Tensor<f32>,
    index: &Tensor<i32>,
    sums: &mut Tensor<f32>,
    first: usize,
    len: usize,
    copies: usize,
    many: usize,
) {
    let width = sums.shape(1);
    let column = CUBE_POS % width;
    let at = CUBE_POS / width;
    let lanes = word(index, LANES);
    let plane = at / many;
    let lane = plane % lanes;
    let copy = plane / lanes % copies;
    let replica = plane / (lanes * copies);
    let unit = UNIT_POS as usize;
    // Groups beyond the last one have nothing to add up; all threads of a group meet at each barrier.
    let mut row = 0;
    let mut start = 0;
    let mut from = 0;
    let mut to = 0;
    if replica < word(index, REPLICAS) {
        let batch = entry(index, BATCHES, replica);
        let own = entry(index, MANY_BOUNDS, batch) + at % many;
        if own < entry(index, MANY_BOUNDS, batch + 1) {
            row = entry(index, MANY, own);
            start = entry(index, BOUNDS, batch);
            from = entry(index, STARTS, row);
            to = entry(index, STARTS, row + 1);
        }
    }
    let mut sum = f32::new(0.0);
    for nth in range_stepped(from + unit, to, GROUP) {
        sum += used(values, index, nth, plane, column, first, len);
    }
    let all = sum_of(sum, GROUP);
    if unit == 0 && to > from {
        let place = copy * (sums.shape(0) / copies) + place_of(index, replica, lane, row - start);
        sums[place * width + column] = all;
    }
}

/// What the distinct rows of each replica add up to: a group of threads for each.
#[cube(launch)]
pub fn add_up_replicas(values: &Tensor<f32>, index: &Tensor<i32>, sums: &mut Tensor<f32>) {
    let replica = CUBE_POS;
    let unit = UNIT_POS as usize;
    let mut from = 0;
    let mut to = 0;
    if replica < sums.len() {
        from = entry(index, FIRSTS, replica);
        to = entry(index, FIRSTS, replica + 1);
    }
    let mut sum = f32::new(0.0);
    for row in range_stepped(from + unit, to, GROUP) {
        sum += values[row * values.stride(0)];
    }
    let all = sum_of(sum, GROUP);
    if unit == 0 && replica < sums.len() {
        sums[replica] = all;
    }
}
