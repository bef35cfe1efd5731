//! Rows of tables: taken by their places, added up, put back.

use burn::tensor::{IndexingUpdateOp, Int, Tensor};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::host;

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

/// What the uses of each row add up to.
///
/// # Shapes
/// - uses: `[use]` places below `rows`, and `[plane, batch, place · width]`; at least one
/// - output: `[row, width]`
pub fn added_up(
    uses: Vec<(Tensor<1, Int>, Tensor<3>)>,
    [rows, width]: [usize; 2],
) -> Option<Tensor<2>> {
    let (_, values) = uses.first()?;
    if host::is_host(&values.device()) {
        return Some(host::rows::added_up(uses, [rows, width]));
    }
    let sum = Tensor::zeros([rows, width], &values.device());
    let by_use = |(places, values): (Tensor<1, Int>, Tensor<3>)| {
        let number = places.dims()[0];
        (places, values.reshape([number, width]))
    };
    let (places, values) = uses.into_iter().map(by_use).unzip();
    let (places, values) = (Tensor::cat(places, 0), Tensor::cat(values, 0));
    Some(sum.select_assign(0, places, values, IndexingUpdateOp::Add))
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
        let assign = IndexingUpdateOp::Assign;
        table.inplace(|table| table.select_assign(0, places.clone(), values, assign));
    }
}
