//! Rows of tables in the host's memory, taken by their places, added up and put back.

use burn::backend::Flex;
use burn::tensor::{Int, Tensor};
use rayon::current_num_threads;
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::{ParallelSlice as _, ParallelSliceMut as _};

use super::planes::tensor;
use super::{ints, numbers, vectorized};

/// Rows that a core takes at a time.
const ROWS: usize = 8192;

/// The rows at these places.
///
/// # Shapes
/// - table: `[row, width]`
/// - places: `[use]`
/// - output: `[use, width]`
pub fn taken(table: &Tensor<2>, places: &Tensor<1, Int>) -> Tensor<2> {
    let [rows, width] = table.dims();
    let (table, places) = (numbers(table.clone()), ints(places.clone()));
    let (table, places) = (table.storage::<f32>(), places.storage::<i32>());
    assert!(rows * width <= table.len(), "a table of {rows} rows");
    let mut out = vec![0.0; places.len() * width];
    let one = |(out, places): (&mut [f32], &[i32])| copy(table, places, width, out);
    if places.len() <= ROWS {
        one((&mut out, places));
    } else {
        let parts = out.par_chunks_mut(ROWS * width);
        parts.zip(places.par_chunks(ROWS)).for_each(one);
    }
    Tensor::from_primitive::<Flex>(tensor(out, [places.len(), width]))
}

/// What the uses of each row add up to, in the order of the uses.
///
/// # Shapes
/// - uses: `[use]` places below `rows`, and `[use, width]`
/// - output: `[row, width]`
pub fn added_up(uses: Vec<(Tensor<1, Int>, Tensor<2>)>, rows: usize) -> Tensor<2> {
    let width = uses.first().map_or(1, |(_, values)| values.dims()[1]);
    let uses = uses.into_iter();
    let uses: Vec<_> = uses
        .map(|(places, values)| (ints(places), numbers(values)))
        .collect();
    let mut sums = vec![0.0; rows * width];
    // Each core looks through all uses for those of its own rows.
    let each = rows.div_ceil(current_num_threads()).max(ROWS / 4);
    let parts = sums.par_chunks_mut(each * width).enumerate();
    parts.for_each(|(part, sums)| {
        for (places, values) in &uses {
            add(
                (values.storage::<f32>(), places.storage::<i32>()),
                width,
                (part * each, sums),
            );
        }
    });
    Tensor::from_primitive::<Flex>(tensor(sums, [rows, width]))
}

/// Puts rows back into a table.
///
/// # Shapes
/// - table: `[row, width]`
/// - places: `[use]`, each at most once
/// - values: `[use, width]`
pub fn put_back(table: Tensor<2>, places: Tensor<1, Int>, values: Tensor<2>) -> Tensor<2> {
    let [_, width] = table.dims();
    let (mut table, values, places) = (numbers(table), numbers(values), ints(places));
    let rows = values.storage::<f32>().chunks_exact(width);
    let own = table.storage_mut::<f32>();
    for (&place, row) in places.storage::<i32>().iter().zip(rows) {
        own[place as usize * width..][..width].copy_from_slice(row);
    }
    Tensor::from_primitive::<Flex>(table)
}

/// A loop over a row is a few instructions where its width is known beforehand.
fn copy(table: &[f32], places: &[i32], width: usize, out: &mut [f32]) {
    fn fixed<const W: usize>(table: &[f32], places: &[i32], out: &mut [f32]) {
        let (table, out) = (table.as_chunks::<W>().0, out.as_chunks_mut::<W>().0);
        for (out, &place) in out.iter_mut().zip(places) {
            *out = table[place as usize];
        }
    }
    vectorized(|| match width {
        2 => fixed::<2>(table, places, out),
        4 => fixed::<4>(table, places, out),
        8 => fixed::<8>(table, places, out),
        16 => fixed::<16>(table, places, out),
        32 => fixed::<32>(table, places, out),
        _ => {
            for (out, &place) in out.chunks_exact_mut(width).zip(places) {
                out.copy_from_slice(&table[place as usize * width..][..width]);
            }
        }
    });
}

/// Adds the uses of the rows from `first` on to their sums.
fn add((values, places): (&[f32], &[i32]), width: usize, (first, sums): (usize, &mut [f32])) {
    fn fixed<const W: usize>(
        (values, places): (&[f32], &[i32]),
        (first, sums): (usize, &mut [f32]),
    ) {
        let (values, sums) = (values.as_chunks::<W>().0, sums.as_chunks_mut::<W>().0);
        for (value, &place) in values.iter().zip(places) {
            if let Some(sum) = sums.get_mut((place as usize).wrapping_sub(first)) {
                for (sum, value) in sum.iter_mut().zip(value) {
                    *sum += value;
                }
            }
        }
    }
    let (uses, part) = ((values, places), (first, sums));
    vectorized(|| match width {
        2 => fixed::<2>(uses, part),
        4 => fixed::<4>(uses, part),
        8 => fixed::<8>(uses, part),
        16 => fixed::<16>(uses, part),
        32 => fixed::<32>(uses, part),
        _ => {
            let (first, sums) = part;
            let rows = sums.len() / width;
            for (value, &place) in values.chunks_exact(width).zip(places) {
                let row = (place as usize).wrapping_sub(first);
                if row < rows {
                    let sum = &mut sums[row * width..][..width];
                    for (sum, value) in sum.iter_mut().zip(value) {
                        *sum += value;
                    }
                }
            }
        }
    });
}
