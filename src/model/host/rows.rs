//! Rows of tables in the host's memory, taken by their places, added up and changed.

use std::mem::MaybeUninit;
use std::ops::Range;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Int, Tensor};
use rayon::current_num_threads;
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelIterator as _, IntoParallelRefIterator as _,
    ParallelIterator as _,
};
use rayon::slice::{ParallelSlice as _, ParallelSliceMut as _};

use super::dense::made;
use super::planes::{Planes, tensor};
use super::{ints, numbers, vectorized};

/// Rows that are worth a core of their own.
const ROWS: usize = 8192;

/// Parts for each core.
const PARTS: usize = 2;

/// The rows at these places.
///
/// # Shapes
/// - table: `[row, width]`
/// - places: `[use]`
/// - output: `[use, width]`
pub fn taken(table: &Tensor<2>, places: &Tensor<1, Int>) -> Tensor<2> {
    fn fixed<const W: usize>(table: &[f32], places: &[i32]) -> Vec<f32> {
        let table = table.as_chunks::<W>().0;
        let each = places.par_iter().with_min_len(ROWS);
        let rows: Vec<[f32; W]> = each.map(|&place| table[place as usize]).collect();
        rows.into_flattened()
    }
    let width = table.dims()[1];
    let (table, places) = (numbers(table.clone()), ints(places.clone()));
    let (table, places) = (table.storage::<f32>(), places.storage::<i32>());
    let row = |&place: &i32| &table[place as usize * width..][..width];
    let rows = by_width!(width, fixed(table, places), {
        places.iter().flat_map(row).copied().collect()
    });
    Tensor::from_primitive::<Flex>(tensor(rows, [places.len(), width]))
}

/// The rows of a table that each row of the data finds, side by side and followed by numbers of its own.
///
/// # Shapes
/// - table: `[row, width]`
/// - places: `[plane · row · place]`
/// - behind: `[replica · copy, row, column]`
/// - output: `[plane, row, place · width + column]`
#[expect(unsafe_code, reason = "what was not set is set")]
pub fn taken_before(
    table: &Tensor<2>,
    places: &Tensor<1, Int>,
    planes: usize,
    behind: Tensor<3>,
) -> Tensor<3> {
    fn fixed<const W: usize>(found: &mut [MaybeUninit<f32>], table: &[f32], places: &[i32]) {
        let (found, table) = (found.as_chunks_mut::<W>().0, table.as_chunks::<W>().0);
        for (found, &place) in found.iter_mut().zip(places) {
            found.write_copy_of_slice(&table[place as usize]);
        }
    }
    let dim = table.dims()[1];
    let behind = Planes::of(behind);
    let [few, rows, columns] = behind.dims;
    let (table, places) = (numbers(table.clone()), ints(places.clone()));
    let (table, places) = (table.storage::<f32>(), places.storage::<i32>());
    let each = places.len() / (planes * rows).max(1);
    let width = each * dim + columns;
    let found = made([planes, rows, width], 1, |part| {
        let first = part.plane * rows + part.row;
        let places = places[first * each..][..part.rows * each].chunks_exact(each);
        let behind = behind.rows_of(part.plane * few / planes).skip(part.row);
        for ((row, places), behind) in part.numbers.chunks_exact_mut(width).zip(places).zip(behind)
        {
            let (found, rest) = row.split_at_mut(each * dim);
            by_width!(dim, fixed(found, table, places), {
                for (found, &place) in found.chunks_exact_mut(dim).zip(places) {
                    found.write_copy_of_slice(&table[place as usize * dim..][..dim]);
                }
            });
            rest.write_copy_of_slice(behind);
        }
        // SAFETY: each row has so many places and is as wide as what they and the rest are, all of which was just set.
        unsafe { part.numbers.assume_init_mut() }
    });
    Tensor::from_primitive::<Flex>(found)
}

/// The gradient of rows with that of a penalty on each of their uses.
///
/// # Shapes
/// - gradient, values: `[distinct, width]`
/// - counts: `[distinct, 1]`
pub fn pulled(gradient: Tensor<2>, values: &Tensor<2>, counts: Tensor<2>, pull: f32) -> Tensor<2> {
    let width = values.dims()[1];
    let mut gradient = numbers(gradient);
    let (values, counts) = (numbers(values.clone()), numbers(counts));
    let parts = gradient.storage_mut::<f32>().par_chunks_mut(ROWS * width);
    let parts = parts.zip(values.storage::<f32>().par_chunks(ROWS * width));
    let parts = parts.zip(counts.storage::<f32>().par_chunks(ROWS));
    parts.for_each(|((gradient, values), counts)| {
        vectorized(|| {
            let rows = gradient.chunks_exact_mut(width);
            let rows = rows.zip(values.chunks_exact(width)).zip(counts);
            for ((gradient, values), count) in rows {
                for (gradient, value) in gradient.iter_mut().zip(values) {
                    *gradient += value * (count * pull);
                }
            }
        });
    });
    Tensor::from_primitive::<Flex>(gradient)
}

/// What the uses of each row add up to, in the order of the uses.
///
/// # Shapes
/// - uses: `[use]` places below `rows`, and `[plane, batch, place · width]`
/// - output: `[row, width]`
pub fn added_up(uses: Vec<(Tensor<1, Int>, Tensor<3>)>, [rows, width]: [usize; 2]) -> Tensor<2> {
    let blocks: Vec<Uses> = uses.into_par_iter().map(Uses::new).collect();
    let mut sums = vec![0.0; rows * width];
    // Few rows, so that no core waits for one that has those of many uses.
    let part = rows.div_ceil(PARTS * current_num_threads()).max(ROWS / 16);
    let parts = sums.par_chunks_mut(part * width).enumerate();
    parts.for_each(|(index, sums)| {
        for block in &blocks {
            vectorized(
                #[inline(always)]
                || block.add_to(sums, index * part, width),
            );
        }
    });
    Tensor::from_primitive::<Flex>(tensor(sums, [rows, width]))
}

/// What some rows of a batch use.
struct Uses {
    places: FlexTensor,
    values: Planes,
    /// For each plane and place in it the first and the last row that is used there.
    bounds: Vec<[i32; 2]>,
}

impl Uses {
    fn new((places, values): (Tensor<1, Int>, Tensor<3>)) -> Self {
        let [planes, batch, _] = values.dims();
        let places = ints(places);
        let each = places.storage::<i32>().len() / (planes * batch).max(1);
        let mut bounds = vec![[i32::MAX, i32::MIN]; planes * each];
        let of_planes = places.storage::<i32>().chunks(batch * each.max(1));
        for (places, bounds) in of_planes.zip(bounds.chunks_mut(each.max(1))) {
            vectorized(|| {
                for places in places.chunks_exact(bounds.len()) {
                    for (bounds, &place) in bounds.iter_mut().zip(places) {
                        *bounds = [bounds[0].min(place), bounds[1].max(place)];
                    }
                }
            });
        }
        Self {
            places,
            values: Planes::of(values),
            bounds,
        }
    }

    /// Adds what is used of the rows from `first` on to their sums.
    #[expect(clippy::inline_always, reason = "only within what is vectorized")]
    #[inline(always)]
    fn add_to(&self, sums: &mut [f32], first: usize, width: usize) {
        let [planes, batch, _] = self.values.dims;
        let each = self.bounds.len() / planes.max(1);
        let rows = first as i32..(first + sums.len() / width) as i32;
        let of_planes = self.places.storage::<i32>().chunks(batch * each.max(1));
        for (plane, places) in of_planes.enumerate() {
            let bounds = &self.bounds[plane * each..][..each];
            let is_in = |[low, high]: &[i32; 2]| *low < rows.end && rows.start <= *high;
            // Tables lie one behind the other, and so do the places that look into a part of them.
            let Some(start) = bounds.iter().position(is_in) else {
                continue;
            };
            let end = bounds.iter().rposition(is_in).map_or(each, |last| last + 1);
            let rows = places.chunks_exact(each).zip(self.values.rows_of(plane));
            for (places, values) in rows {
                let values = &values[start * width..end * width];
                add(&places[start..end], values, width, (first, sums));
            }
        }
    }
}

/// Adds the uses of the rows from `first` on to their sums.
#[expect(clippy::inline_always, reason = "only within what is vectorized")]
#[inline(always)]
fn add(places: &[i32], values: &[f32], width: usize, (first, sums): (usize, &mut [f32])) {
    #[inline(always)]
    fn fixed<const W: usize>(places: &[i32], values: &[f32], first: usize, sums: &mut [f32]) {
        let (values, sums) = (values.as_chunks::<W>().0, sums.as_chunks_mut::<W>().0);
        for (value, &place) in values.iter().zip(places) {
            if let Some(sum) = sums.get_mut((place as usize).wrapping_sub(first)) {
                // All numbers are read before one is written: else each is an instruction of its own.
                *sum = std::array::from_fn(|column| sum[column] + value[column]);
            }
        }
    }
    by_width!(width, fixed(places, values, first, sums), {
        for (value, &place) in values.chunks_exact(width).zip(places) {
            let row = (place as usize).wrapping_sub(first);
            if let Some(sum) = sums.chunks_exact_mut(width).nth(row) {
                for (sum, value) in sum.iter_mut().zip(value) {
                    *sum += value;
                }
            }
        }
    });
}

/// Adds rows to those of others: each range of them is as long as the next part of what is added.
///
/// # Shapes
/// - others: `[row, width]`
/// - own: `[added, width]`
pub fn added_at(
    others: Tensor<2>,
    own: &Tensor<2>,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Tensor<2> {
    let width = own.dims()[1];
    let (mut others, own) = (numbers(others), numbers(own.clone()));
    let mut own = own.storage::<f32>();
    let all: &mut [f32] = others.storage_mut();
    for range in ranges {
        let sums = &mut all[range.start * width..range.end * width];
        let (added, behind) = own.split_at(sums.len());
        for (sum, number) in sums.iter_mut().zip(added) {
            *sum += number;
        }
        own = behind;
    }
    Tensor::from_primitive::<Flex>(others)
}
