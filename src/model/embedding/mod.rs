//! Embedding tables of all replicas, lanes and fields as one tensor, and the rows that a batch touches.
//!
//! A step costs what its batch touches, not what the table holds: the distinct rows are gathered, trained as a
//! small dense tensor, and put back.

mod layout;
mod lookup;

use burn::tensor::{IndexingUpdateOp, Int, Tensor};

pub use layout::EmbeddingLayout;
pub use lookup::{Lookup, LookupFinder, table_places};

/// What the uses of each distinct row add up to.
///
/// # Shapes
/// - places: `[use]`, each below `distinct`
/// - values: `[use, width]`
/// - output: `[distinct, width]`
pub fn added_up(places: Tensor<1, Int>, values: Tensor<2>, distinct: usize) -> Tensor<2> {
    let sum = Tensor::zeros([distinct, values.dims()[1]], &values.device());
    sum.select_assign(0, places, values, IndexingUpdateOp::Add)
}

/// Puts rows back into a table.
///
/// # Shapes
/// - table: `[row, width]`
/// - rows: `[distinct]`, each at most once
/// - values: `[distinct, width]`
pub fn put_back(table: Tensor<2>, rows: Tensor<1, Int>, values: Tensor<2>) -> Tensor<2> {
    table.select_assign(0, rows, values, IndexingUpdateOp::Assign)
}
