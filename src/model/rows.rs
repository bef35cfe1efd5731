//! Rows of tables: taken by their places and put back.

use burn::tensor::{Int, Tensor};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::{gpu, host};

/// The rows at these places.
///
/// # Shapes
/// - table: `[row, width]`
/// - places: `[use]`
/// - output: `[use, width]`
pub fn taken(table: &Tensor<2>, places: &Tensor<1, Int>) -> Tensor<2> {
    if host::is_host(&table.device()) {
        return host::rows::taken(table, places);
    }
    table.clone().select(0, places.clone())
}

/// Puts rows back into tables.
///
/// # Shapes
/// - tables: `[row, width]`, each with the values to be put there, `[distinct, width]`
/// - places: `[distinct]`, each at most once
pub fn put_back(tables: Vec<(&mut Tensor<2>, Tensor<2>)>, places: &Tensor<1, Int>) {
    let on_host = |(table, _): &(&mut Tensor<2>, Tensor<2>)| host::is_host(&table.device());
    // Each table is moved out and back, so that it may be written in place.
    if tables.iter().all(on_host) {
        tables.into_par_iter().for_each(|(table, values)| {
            table.inplace(|table| host::rows::put_back(table, places, values));
        });
        return;
    }
    for (table, values) in tables {
        table.inplace(|table| gpu::put_back(table, places, values));
    }
}
