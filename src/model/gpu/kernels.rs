//! The kernels.
//!
//! Over an index, a *plane* is a lane of a copy of a replica; its uses lie one behind the other. Distinct rows lie by copy, replica and lane.

#![expect(
    clippy::needless_pass_by_value,
    reason = "what a kernel is compiled for is handed over to it"
)]

use burn::cubecl;
use burn::cubecl::prelude::*;

use super::index::{
    BATCHES, BOUNDS, FIRSTS, LANES, MANY, MANY_BOUNDS, MANY_USES, ORDER, PLACES, PLANE, REPLICAS,
    ROWS, STARTS, USES,
};
use super::written::{Operation, Written};

/// Threads that add up a row of many uses.
pub(super) const GROUP: usize = 256;

/// A distinct row of a replica's lane.
#[derive(CubeType)]
struct Distinct {
    replica: usize,
    lane: usize,
    /// Its place among the distinct rows of all batches.
    row: usize,
}

#[cube]
fn word(index: &Tensor<i32>, place: usize) -> usize {
    usize::cast_from(index[place])
}

#[cube]
fn entry(index: &Tensor<i32>, #[comptime] section: usize, place: usize) -> usize {
    word(index, word(index, section) + place)
}

/// The last of so many ascending words, `step` apart from `start` on, that is not above `place`.
#[cube]
fn last_begun(
    words: &Tensor<i32>,
    start: usize,
    #[comptime] step: usize,
    number: usize,
    place: usize,
) -> usize {
    let mut last = 0;
    let mut end = number;
    while end - last > 1 {
        let middle = last + (end - last) / 2;
        let has_begun = word(words, start + middle * step) <= place;
        last = select(has_begun, middle, last);
        end = select(has_begun, end, middle);
    }
    last
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
pub(super) fn unfold(
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
pub(super) fn take(
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
pub(super) fn add_up(
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
pub(super) fn add_up_many(
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
    let all = sum_of_group(sum);
    if unit == 0 && to > from {
        let place = copy * (sums.shape(0) / copies) + place_of(index, replica, lane, row - start);
        sums[place * width + column] = all;
    }
}

/// What the numbers of all threads of a group add up to.
#[cube]
fn sum_of_group(number: f32) -> f32 {
    let unit = UNIT_POS as usize;
    let mut partial = Shared::<[f32]>::new_slice(GROUP);
    partial[unit] = number;
    sync_cube();
    let mut half = (GROUP / 2).runtime();
    while half > 0 {
        if unit < half {
            partial[unit] += partial[unit + half];
        }
        sync_cube();
        half /= 2;
    }
    partial[0]
}

/// What the distinct rows of each replica add up to: a group of threads for each.
#[cube(launch)]
pub(super) fn add_up_replicas(values: &Tensor<f32>, index: &Tensor<i32>, sums: &mut Tensor<f32>) {
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
    let all = sum_of_group(sum);
    if unit == 0 && replica < sums.len() {
        sums[replica] = all;
    }
}

/// Steps numbers of a table, the first of `numbers`, along their gradients by a formula, and brings what is remembered of each
/// up to date.
#[cube(launch)]
pub(super) fn step(
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
    #[unroll]
    for index in 0..comptime!(formula.operations.len()) {
        let value = calculated(comptime!(formula.operations[index]), &values, constants);
        values.push(value);
    }
    let own = numbers.index_mut(0);
    own[place] = values[0] - values[comptime!(formula.made[0])];
    #[unroll]
    for moment in 1..comptime!(formula.made.len()) {
        let own = numbers.index_mut(moment);
        own[place] = values[comptime!(formula.made[moment])];
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
pub(super) fn fold(
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
    let mut rows = 0;
    if plane < each.shape(0) {
        rows = each.shape(1);
    }
    let mut formula = 0;
    #[unroll]
    for own in 0..comptime!(of_column.len()) {
        formula = select(column == own, comptime!(of_column[own]).runtime(), formula);
    }
    let mut sum = f32::new(0.0);
    for row in range_stepped(unit, rows, GROUP) {
        let mut values = Sequence::<f32>::new();
        values.push(at(left, plane, row, column));
        values.push(at(right, plane, row, column));
        #[unroll]
        for index in 0..comptime!(formulas.operations.len()) {
            let value = calculated(comptime!(formulas.operations[index]), &values, constants);
            values.push(value);
        }
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
    let all = sum_of_group(sum);
    if unit == 0 && plane < each.shape(0) {
        sums[CUBE_POS] = all;
    }
}

/// Words of a table of pieces for each of them: where it begins in the copy and in a flat vector, its length, its copies.
pub(super) const PIECE_WORDS: usize = 4;

/// Copies the pieces of flat vectors to where the table says.
#[cube(launch)]
pub(super) fn cut(flat: &Tensor<f32>, table: &Tensor<i32>, copy: &mut Tensor<f32>) {
    if ABSOLUTE_POS >= copy.len() {
        terminate!();
    }
    let pieces = table.len() / PIECE_WORDS;
    let piece = last_begun(table, 0, PIECE_WORDS, pieces, ABSOLUTE_POS);
    let words = piece * PIECE_WORDS;
    let own = ABSOLUTE_POS - word(table, words);
    let len = word(table, words + 2);
    let replica = own / (len * word(table, words + 3));
    // Between two pieces there are numbers that nobody reads.
    if replica < flat.shape(0) {
        let column = word(table, words + 1) + own % len;
        copy[ABSOLUTE_POS] = flat[replica * flat.stride(0) + column * flat.stride(1)];
    }
}

/// Adds the bias of each plane to its rows, and rectifies them.
#[cube(launch)]
pub(super) fn add_bias(numbers: &mut Tensor<f32>, bias: &Tensor<f32>, slope: f32) {
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
pub(super) fn below_rectifier(
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
    let mut rows = 0;
    if plane < below.shape(0) {
        rows = below.shape(1);
    }
    let mut sum = f32::new(0.0);
    for row in range_stepped(unit, rows, GROUP) {
        let own = at(gradient, plane, row, column);
        let number = select(at(output, plane, row, column) > 0.0, own, own * slope);
        below[(plane * rows + row) * width + column] = number;
        sum += number;
    }
    let all = sum_of_group(sum);
    if unit == 0 && plane < below.shape(0) {
        sums[CUBE_POS] = all;
    }
}

#[cube]
fn at(tensor: &Tensor<f32>, plane: usize, row: usize, column: usize) -> f32 {
    tensor[plane * tensor.stride(0) + row * tensor.stride(1) + column * tensor.stride(2)]
}
