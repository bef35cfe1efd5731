//! The kernels, and what several of them do.

pub mod dense;
pub mod flat;
pub mod formula;
pub mod mixture;
pub mod rows;

use burn::cubecl;
use burn::cubecl::prelude::*;

/// Threads that add up together.
pub const GROUP: usize = 256;

#[cube]
fn word(index: &Tensor<i32>, place: usize) -> usize {
    usize::cast_from(index[place])
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

/// What the numbers of so many threads beside each other add up to, a power of 2 up to all of a group. All threads of the
/// group meet in it.
#[cube]
fn sum_of(number: f32, #[comptime] threads: usize) -> f32 {
    let unit = UNIT_POS as usize;
    let own = unit % threads;
    let mut partial = Shared::<[f32]>::new_slice(GROUP);
    partial[unit] = number;
    sync_cube();
    let mut half = (threads / 2).runtime();
    while half > 0 {
        if own < half {
            partial[unit] += partial[unit + half];
        }
        sync_cube();
        half /= 2;
    }
    partial[unit - own]
}

/// The rows of a plane; none beyond the last one, where groups have nothing to do but meet at the barriers.
#[cube]
fn rows_of(tensor: &Tensor<f32>, plane: usize) -> usize {
    let mut rows = 0;
    if plane < tensor.shape(0) {
        rows = tensor.shape(1);
    }
    rows
}

#[cube]
fn at(tensor: &Tensor<f32>, plane: usize, row: usize, column: usize) -> f32 {
    tensor[plane * tensor.stride(0) + row * tensor.stride(1) + column * tensor.stride(2)]
}
