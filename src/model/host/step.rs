//! Steps along gradients, in place: each number and what is remembered of it is read and written once.

#![expect(
    clippy::inline_always,
    reason = "only within what is vectorized, and else with the instructions of any processor"
)]

use std::array::from_fn;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::pack::Pack;
use super::{ints, moved_out, numbers, vectorized};
use crate::model::formula::Formula;
use crate::model::rows::TableRows;

/// Numbers that a core steps at a time where all are stepped.
const CHUNK: usize = 16_384;

/// Steps some rows of a table, or all.
///
/// # Shapes
/// - table, each of moments: `[row, width]`
/// - gradient: `[stepped, width]`
/// - rows: which are stepped; `None`: all
/// - frozen: `[stepped]`, those that stay as they are
pub fn stepped<const M: usize>(
    formula: &impl Formula<M>,
    (table, moments): (&mut Tensor<2>, &mut [Tensor<2>; M]),
    gradient: Tensor<2>,
    rows: Option<&TableRows>,
    frozen: Option<&[bool]>,
) {
    let [_, width] = table.dims();
    let gradient = numbers(gradient);
    let mut own = moved_out(table);
    let mut remembered = moments.each_mut().map(moved_out);
    let whole = Step {
        numbers: own.storage_mut(),
        moments: remembered.each_mut().map(FlexTensor::storage_mut),
        gradient: gradient.storage(),
    };
    match rows {
        None => step_all(formula, whole, width, frozen),
        Some(rows) => step_rows(formula, whole, width, (rows, frozen)),
    }
    *table = Tensor::from_primitive::<Flex>(own);
    for (moment, remembered) in moments.iter_mut().zip(remembered) {
        *moment = Tensor::from_primitive::<Flex>(remembered);
    }
}

/// Numbers, what is remembered of each, and their gradients.
struct Step<'a, const M: usize> {
    numbers: &'a mut [f32],
    moments: [&'a mut [f32]; M],
    gradient: &'a [f32],
}

impl<const M: usize> Step<'_, M> {
    /// The first of its numbers, which are taken off.
    fn split_off(&mut self, numbers: usize, gradients: usize) -> Self {
        Self {
            numbers: self.numbers.split_off_mut(..numbers).unwrap_or_default(),
            moments: self
                .moments
                .each_mut()
                .map(|all| all.split_off_mut(..numbers).unwrap_or_default()),
            gradient: self.gradient.split_off(..gradients).unwrap_or_default(),
        }
    }

    /// Steps so many numbers from a place on, along the gradients from a place on.
    #[inline(always)]
    fn run(&mut self, formula: &impl Formula<M>, [start, from]: [usize; 2], len: usize) {
        let mut done = 0;
        self.packs::<16>(formula, [start, from], &mut done, len);
        self.packs::<8>(formula, [start, from], &mut done, len);
        self.packs::<4>(formula, [start, from], &mut done, len);
        self.packs::<1>(formula, [start, from], &mut done, len);
    }

    /// Steps so many numbers at a time, as far as they go.
    #[inline(always)]
    fn packs<const N: usize>(
        &mut self,
        formula: &impl Formula<M>,
        [start, from]: [usize; 2],
        done: &mut usize,
        len: usize,
    ) {
        while *done + N <= len {
            let at = start + *done;
            let number = Pack::<N>::read(self.numbers, at);
            let gradient = Pack::read(self.gradient, from + *done);
            let mut moments = from_fn(|moment| Pack::read(self.moments[moment], at));
            let change = formula.change(&number, gradient, &mut moments);
            (number - change).write(self.numbers, at);
            for (all, moment) in self.moments.iter_mut().zip(moments) {
                moment.write(all, at);
            }
            *done += N;
        }
    }
}

fn step_all<const M: usize>(
    formula: &impl Formula<M>,
    mut whole: Step<'_, M>,
    width: usize,
    frozen: Option<&[bool]>,
) {
    let mut parts = Vec::new();
    for row in 0..whole.numbers.len() / width.max(1) {
        let is_frozen = frozen.is_some_and(|frozen| frozen[row]);
        for start in (0..width).step_by(CHUNK) {
            let len = CHUNK.min(width - start);
            let part = whole.split_off(len, len);
            if !is_frozen {
                parts.push(part);
            }
        }
    }
    parts.into_par_iter().for_each(|mut part| {
        let len = part.numbers.len();
        vectorized(
            #[inline(always)]
            || part.run(formula, [0, 0], len),
        );
    });
}

fn step_rows<const M: usize>(
    formula: &impl Formula<M>,
    mut whole: Step<'_, M>,
    width: usize,
    (rows, frozen): (&TableRows, Option<&[bool]>),
) {
    let places = ints(rows.rows.clone());
    let places = places.storage::<i32>();
    let mut parts = Vec::with_capacity(rows.parts.len());
    for part in &rows.parts {
        let own = whole.split_off(part.table.len() * width, part.distinct.len() * width);
        parts.push((part, own));
    }
    parts.into_par_iter().for_each(|(part, step)| {
        let places = Places {
            rows: &places[part.distinct.clone()],
            first: part.table.start,
            frozen: frozen.map(|frozen| &frozen[part.distinct.clone()]),
        };
        vectorized(
            #[inline(always)]
            || step_at(formula, step, width, places),
        );
    });
}

/// Rows of a part of a table.
#[derive(Clone, Copy)]
struct Places<'a> {
    rows: &'a [i32],
    /// The row of the table that its part begins with.
    first: usize,
    frozen: Option<&'a [bool]>,
}

/// The commonest widths have loops of their own, in which a row is a few instructions.
#[inline(always)]
fn step_at<const M: usize>(
    formula: &impl Formula<M>,
    step: Step<'_, M>,
    width: usize,
    places: Places<'_>,
) {
    match width {
        4 => step_each(formula, step, 4, places),
        8 => step_each(formula, step, 8, places),
        16 => step_each(formula, step, 16, places),
        32 => step_each(formula, step, 32, places),
        width => step_each(formula, step, width, places),
    }
}

#[inline(always)]
fn step_each<const M: usize>(
    formula: &impl Formula<M>,
    mut step: Step<'_, M>,
    width: usize,
    places: Places<'_>,
) {
    for (index, &row) in places.rows.iter().enumerate() {
        if places.frozen.is_none_or(|frozen| !frozen[index]) {
            let start = (row as usize - places.first) * width;
            step.run(formula, [start, index * width], width);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int, TensorData};

    use super::*;
    use crate::model::formula::Real;
    use crate::model::rows::TablePart;

    /// The momentum of `SGD`, by hand below.
    struct Momentum;

    impl Formula<1> for Momentum {
        fn change<R: Real>(&self, _number: &R, gradient: R, [buffer]: &mut [R; 1]) -> R {
            *buffer = buffer.clone() * 0.5 + gradient;
            buffer.clone() * 0.25
        }
    }

    fn tensor(numbers: &[f32], width: usize) -> Tensor<2> {
        let shape = [numbers.len() / width, width];
        Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &Device::flex())
    }

    fn floats(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn rows_at_their_places_are_stepped_and_no_others() {
        const ROWS: usize = 9;
        let places = [1, 2, 5, 8];
        let frozen = [false, true, false, false];
        let parts = [(0..5, 0..2), (5..9, 2..4)];
        let parts = parts.map(|(table, distinct)| TablePart { table, distinct });
        let rows: Vec<i32> = places.iter().map(|&place| place as i32).collect();
        let rows = TableRows {
            rows: Tensor::<1, Int>::from_data(TensorData::new(rows, [4]), &Device::flex()),
            parts: parts.into(),
        };
        for width in [1, 3, 4, 8, 16, 29, 32] {
            let wave = |len: usize, step: f32| -> Vec<f32> {
                (0..len * width)
                    .map(|at| (at as f32 * step).sin())
                    .collect()
            };
            let [numbers, buffer] = [0.7, 0.3].map(|step| wave(ROWS, step));
            let gradient = wave(places.len(), 0.9);
            let mut expected = [numbers.clone(), buffer.clone()];
            for (index, (place, frozen)) in places.iter().zip(frozen).enumerate() {
                for column in (0..width).filter(|_| !frozen) {
                    let at = place * width + column;
                    expected[1][at] = buffer[at] * 0.5 + gradient[index * width + column];
                    expected[0][at] = numbers[at] - expected[1][at] * 0.25;
                }
            }
            let mut table = tensor(&numbers, width);
            let mut moments = [tensor(&buffer, width)];
            let gradient = tensor(&gradient, width);
            let both = (&mut table, &mut moments);
            stepped(&Momentum, both, gradient, Some(&rows), Some(&frozen));
            let [buffer] = moments;
            assert_eq!([floats(table), floats(buffer)], expected, "{width}");
        }
    }

    #[test]
    fn long_rows_are_stepped_in_parts() {
        let width = CHUNK + 3;
        let ones = vec![1.0; 2 * width];
        let mut table = tensor(&ones, width);
        let mut moments = [tensor(&ones, width)];
        let both = (&mut table, &mut moments);
        stepped(
            &Momentum,
            both,
            tensor(&ones, width),
            None,
            Some(&[true, false]),
        );
        let found = floats(table);
        assert!(found[..width].iter().all(|&number| number == 1.0));
        assert!(found[width..].iter().all(|&number| number == 0.625));
    }
}
