//! What is solved on the host, for each replica by itself.

use burn::tensor::{Tensor, TensorData};
use nalgebra::DMatrix;
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefMutIterator as _, ParallelIterator as _,
};
use rayon::slice::ParallelSlice as _;

use crate::error::Report;
use crate::model::host::read;

/// Reads a matrix for each replica, at once, and answers each with as many numbers, side by side on the cores.
///
/// # Shapes
/// - seen: `[replica, row, column]`
/// - states: `[replica]`
/// - output: `[replica, number]`
///
/// # Errors
/// A device that cannot be read.
pub fn by_replica<S: Send>(
    seen: &Tensor<3>,
    states: &mut [S],
    solve: impl Fn(&mut S, &DMatrix<f64>) -> Vec<f64> + Sync,
) -> Result<Tensor<2>, Report> {
    let [replicas, rows, columns] = seen.dims();
    let numbers = read(seen)?;
    let each = states
        .par_iter_mut()
        .zip(numbers.par_chunks(rows * columns));
    let solved: Vec<Vec<f64>> = each
        .map(|(state, own)| {
            let own = own.iter().map(|&number| f64::from(number));
            solve(state, &DMatrix::from_row_iterator(rows, columns, own))
        })
        .collect();
    let solved: Vec<f32> = solved.into_iter().flatten().map(|it| it as f32).collect();
    let shape = [replicas, solved.len() / replicas.max(1)];
    Ok(Tensor::from_data(
        TensorData::new(solved, shape),
        &seen.device(),
    ))
}
