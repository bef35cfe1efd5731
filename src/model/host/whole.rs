//! Features side by side, some of which are rows of a table of few.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::planes::{Planes, dims, in_order, tensor};
use super::repeated::Repeated;
use crate::model::input::RepeatedRows;
use crate::model::tape::recorded;

/// All columns in their order.
///
/// # Shapes
/// - rest: `[plane, row, column]`, those that are not repeated
/// - output: `[plane, row, column]`
pub fn whole(rest: Option<Tensor<3>>, repeated: RepeatedRows) -> Tensor<3> {
    let device = repeated.table.device();
    let width = rest.as_ref().map_or(0, |rest| rest.dims()[2]);
    let rest = rest.unwrap_or_else(|| Tensor::zeros([1, 1, 1], &device));
    let (rest, table) = (rest.into_dispatch(), repeated.table.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Whole>::side_by_side(
        rest,
        table,
        repeated.uses,
        width,
    ))
}

#[backend_extension(Flex, Autodiff)]
trait Whole: Backend {
    /// See [`whole`]; of the rest so many columns are looked at.
    fn side_by_side(
        rest: FloatTensor<Self>,
        table: FloatTensor<Self>,
        uses: Arc<Repeated>,
        width: usize,
    ) -> FloatTensor<Self>;
}

impl Whole for Flex {
    fn side_by_side(
        rest: FlexTensor,
        table: FlexTensor,
        uses: Arc<Repeated>,
        width: usize,
    ) -> FlexTensor {
        forward(&rest, &in_order(table), &uses, width)
    }
}

impl<C: CheckpointStrategy> Whole for Autodiff<Flex, C> {
    fn side_by_side(
        rest: FloatTensor<Self>,
        table: FloatTensor<Self>,
        uses: Arc<Repeated>,
        width: usize,
    ) -> FloatTensor<Self> {
        let nodes = [rest.node(), table.node()];
        let table = in_order(table.into_primitive());
        let output = forward(&rest.into_primitive(), &table, &uses, width);
        recorded::<Flex, _, C, 2>(Step, nodes, (uses, dims(&table)[0], width), output)
    }
}

/// The backward pass: columns apart, the rows of a table added up.
#[derive(Debug)]
struct Step;

impl Backward<Flex, 2> for Step {
    /// The uses of the table, how many rows it has, and the columns of the rest.
    type State = (Arc<Repeated>, usize, usize);

    fn backward(
        self,
        step: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let slopes = in_order(gradients.consume::<Flex>(&step.node));
        let (uses, table_rows, width) = step.state;
        let [planes, rows] = uses.dims();
        let dim = uses.dim;
        let all = width + uses.width();
        let others = uses.rest(all);
        let mut rest = Vec::with_capacity(planes * rows * width);
        let mut table = vec![0.0; table_rows * dim];
        for (slopes, places) in slopes.storage::<f32>().chunks_exact(all).zip(uses.each()) {
            for columns in &others {
                rest.extend_from_slice(&slopes[columns.clone()]);
            }
            for (&column, &place) in uses.columns.iter().zip(places) {
                let sum = &mut table[place as usize * dim..][..dim];
                for (sum, slope) in sum.iter_mut().zip(&slopes[column..]) {
                    *sum += slope;
                }
            }
        }
        let [of_rest, of_table] = step.parents;
        if let Some(node) = of_rest {
            gradients.register::<Flex>(node.id, tensor(rest, [planes, rows, width]));
        }
        if let Some(node) = of_table {
            gradients.register::<Flex>(node.id, tensor(table, [table_rows, dim]));
        }
    }
}

fn forward(rest: &FlexTensor, table: &FlexTensor, uses: &Repeated, width: usize) -> FlexTensor {
    let [planes, rows] = uses.dims();
    let dim = uses.dim;
    let all = width + uses.width();
    let others = uses.rest(all);
    let rest = Planes::new(&in_order(rest.clone()));
    let table = table.storage::<f32>();
    let mut numbers = vec![0.0; planes * rows * all];
    for (whole, places) in numbers.chunks_exact_mut(all).zip(uses.each()) {
        for (&column, &place) in uses.columns.iter().zip(places) {
            whole[column..][..dim].copy_from_slice(&table[place as usize * dim..][..dim]);
        }
    }
    if width > 0 {
        for (whole, mut rest) in numbers.chunks_exact_mut(all).zip(rest.rows()) {
            for columns in &others {
                let (own, behind) = rest.split_at(columns.len());
                whole[columns.clone()].copy_from_slice(own);
                rest = behind;
            }
        }
    }
    tensor(numbers, [planes, rows, all])
}
