//! Steps along gradients by one kernel: each number and what is remembered of it is read and written once.

use burn::backend::wgpu::{CubeTensor, Wgpu};
use burn::tensor::{Int, Tensor, TensorData};

use super::kernels;
use super::operation::told;
use super::rows::threads;
use super::written::{self, Written};
use crate::model::formula::Formula;
use crate::model::rows::TableRows;

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
    let (written, constants) = written::step(formula);
    let frozen = frozen.map(|frozen| {
        let flags: Vec<i32> = frozen.iter().map(|&frozen| i32::from(frozen)).collect();
        Tensor::<1, Int>::from_data(TensorData::new(flags, [frozen.len()]), &gradient.device())
    });
    let mut numbers: Vec<&mut Tensor<2>> = std::iter::once(table).chain(moments).collect();
    // The gradient stands in for numbers while they are away, so that the card is told nothing else.
    let away = numbers
        .iter_mut()
        .map(|own| std::mem::replace(*own, gradient.clone()));
    let mut floats: Vec<Tensor<2>> = away.collect();
    let shapes = floats.iter().map(Tensor::shape).collect();
    floats.push(gradient);
    let [has_rows, has_frozen] = [rows.is_some(), frozen.is_some()];
    let rows = rows.map(|rows| rows.rows.clone());
    let ints = rows.into_iter().chain(frozen).collect();
    let stepped = told("step", floats, ints, shapes, move |mut floats, ints| {
        let gradient = floats.remove(M + 1);
        let mut ints = ints.into_iter();
        let rows = if has_rows { ints.next() } else { None };
        let frozen = if has_frozen { ints.next() } else { None };
        step(floats, gradient, [rows, frozen], &constants, &written)
    });
    for (own, stepped) in numbers.into_iter().zip(stepped) {
        *own = Tensor::from_primitive::<Wgpu>(stepped);
    }
}

fn step(
    numbers: Vec<CubeTensor>,
    gradient: CubeTensor,
    [rows, frozen]: [Option<CubeTensor>; 2],
    constants: &[f32],
    written: &Written,
) -> Vec<CubeTensor> {
    let own = |own: CubeTensor| if own.can_mut() { own } else { own.copy() };
    let numbers: Vec<CubeTensor> = numbers.into_iter().map(own).collect();
    let (count, dim) = threads(&gradient, gradient.meta.num_elements());
    let arg = |tensor: CubeTensor| tensor.into_tensor_arg();
    kernels::formula::step::launch(
        &gradient.client.clone(),
        count,
        dim,
        numbers.iter().cloned().map(arg).collect(),
        arg(gradient),
        rows.map(arg).into(),
        frozen.map(arg).into(),
        constants.iter().copied().collect(),
        written.clone(),
    );
    numbers
}
