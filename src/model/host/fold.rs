//! Formulas of the numbers of two tensors in one pass.

use burn::backend::Flex;
use burn::tensor::Tensor;

use super::pack::Pack;
use super::planes::{Planes, tensor};
use crate::model::fold::Folded;
use crate::model::formula::PairFormula;

/// See [`crate::model::fold::folded`]. The rows are added up in their order, in double precision.
pub fn folded<F: PairFormula>(formulas: &[F], of: Folded<'_>) -> (Tensor<2>, Tensor<3>) {
    let dims @ [planes, rows, columns] = of.left.dims();
    let [left, right] = [of.left, of.right].map(Planes::of);
    let weights = of.weights.cloned().map(Planes::of);
    let scale = of.scale.cloned().map(Planes::of);
    let mut sums = Vec::with_capacity(planes * columns);
    let mut each = Vec::with_capacity(planes * rows * columns);
    for plane in 0..planes {
        let mut own = vec![0.0; columns];
        let mut weights = weights.as_ref().map(|weights| weights.rows_of(plane));
        let scale = scale.as_ref().and_then(|scale| scale.rows_of(plane).next());
        for (left, right) in left.rows_of(plane).zip(right.rows_of(plane)) {
            let weights = weights.as_mut().and_then(Iterator::next);
            for (column, formula) in formulas.iter().enumerate() {
                let [left, right] = [left, right].map(|row| Pack([row[column]]));
                let [Pack([added]), Pack([kept])] = formula.made(&left, &right);
                let weight = weights.map_or(1.0, |weights| weights[column]);
                own[column] += f64::from(added * weight);
                each.push(kept * weight * scale.map_or(1.0, |scale| scale[column]));
            }
        }
        sums.extend(own.into_iter().map(|sum| sum as f32));
    }
    (
        Tensor::from_primitive::<Flex>(tensor(sums, [planes, columns])),
        Tensor::from_primitive::<Flex>(tensor(each, dims)),
    )
}
