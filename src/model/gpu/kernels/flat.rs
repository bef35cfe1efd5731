//! Flat vectors of parameters, cut into matrices and joined again.

use burn::cubecl;
use burn::cubecl::prelude::*;

use super::{at, last_begun, word};

/// Words of a table of pieces for each of them: where it begins in the copy and in a flat vector, its length, its copies.
pub const PIECE_WORDS: usize = 4;

/// Copies the pieces of flat vectors to where the table says.
#[cube(launch)]
pub fn cut(flat: &Tensor<f32>, table: &Tensor<i32>, copy: &mut Tensor<f32>) {
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

/// Writes parts side by side into flat vectors, from a column on.
#[cube(launch)]
pub fn join(parts: &Sequence<OwnedTensor<f32>>, flat: &mut Tensor<f32>, first: usize) {
    let vectors = flat.shape(0);
    let width = flat.shape(1);
    let mut place = ABSOLUTE_POS;
    let mut column = first;
    let mut is_done = false;
    #[unroll]
    for index in 0..comptime!(parts.len()) {
        let part = parts.index(index);
        let rows = part.shape(1);
        let columns = part.shape(2);
        let numbers = part.shape(0) * rows * columns;
        let each = numbers / vectors;
        if !is_done && place < numbers {
            let plane = place / (rows * columns);
            let row = place / columns % rows;
            let number = at(part, plane, row, place % columns);
            flat[place / each * width + column + place % each] = number;
            is_done = true;
        }
        place -= min(place, numbers);
        column += each;
    }
}
