//! Rows of tables: taken by their places, and pulled.

use std::ops::Range;

use burn::tensor::{Int, Tensor};

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

/// The gradient of rows with that of a penalty on each of their uses.
///
/// # Shapes
/// - gradient, values: `[distinct, width]`
/// - counts: `[distinct, 1]`
pub fn pulled(gradient: Tensor<2>, values: &Tensor<2>, counts: Tensor<2>, pull: f64) -> Tensor<2> {
    if host::is_host(&values.device()) {
        return host::rows::pulled(gradient, values, counts, pull as f32);
    }
    gradient + values.clone() * counts * pull
}

/// Distinct rows of a table.
#[derive(Clone, Debug)]
pub struct TableRows {
    /// `[distinct]`, each at most once.
    pub rows: Tensor<1, Int>,
    /// Where in the table they lie; nothing on a graphics card, which asks for no parts.
    pub parts: Vec<TablePart>,
}

/// A part of a table, with few enough distinct rows that they stay in a core's cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePart {
    /// Its rows.
    pub table: Range<usize>,
    /// Those of the distinct rows that lie in it.
    pub distinct: Range<usize>,
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn a_row_is_pulled_as_often_as_it_is_used() {
        let rows = |numbers: Vec<f32>, width| {
            let shape = [numbers.len() / width, width];
            Tensor::<2>::from_data(TensorData::new(numbers, shape), &Device::flex())
        };
        let (values, counts) = (rows(vec![1.0, -2.0, 4.0, 8.0], 2), rows(vec![1.0, 3.0], 1));
        let gradient = rows(vec![0.5; 4], 2);
        let found = host::read(&pulled(gradient, &values, counts, 0.25)).unwrap();
        assert_eq!(found, [0.75, 0.0, 3.5, 6.5]);
    }
}
