//! A dense layer on the host over fields of few ids, as one operation.

use std::ops::Range;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::dense::{add_bias, below_rectifier, input_gradient, made, weight_gradient};
use super::matrix::{product, zeros};
use super::planes::{Planes, in_order, tensor};
use super::repeated::Repeated;
use crate::model::input::RepeatedRows;
use crate::model::tape::recorded;

/// A dense layer, as [`dense()`](crate::model::layer::dense) is one, whose input lies partly in a table.
///
/// # Shapes
/// - rest: `[plane, row, column]`, the columns that are not repeated, if there are any
/// - weight: `[plane · lane, in, out]`
/// - bias: `[plane · lane, 1, out]`
/// - output: `[plane · lane, row, out]`
pub fn dense_repeated(
    rest: Option<Tensor<3>>,
    repeated: RepeatedRows,
    [weight, bias]: [Tensor<3>; 2],
    slope_below_zero: Option<f32>,
) -> Tensor<3> {
    let kind = Kind {
        has_rest: rest.is_some(),
        uses: repeated.uses,
        slope: slope_below_zero.unwrap_or(1.0),
    };
    let rest = rest.unwrap_or_else(|| Tensor::zeros([1, 1, 1], &weight.device()));
    Tensor::from_dispatch(<Dispatch as DenseRepeated>::dense_repeated(
        rest.into_dispatch(),
        repeated.table.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        kind,
    ))
}

/// What kind of layer it is.
#[derive(Clone, Debug)]
struct Kind {
    /// Whether anything is not repeated.
    has_rest: bool,
    uses: Arc<Repeated>,
    /// That of the output below zero; 1 is no rectifier.
    slope: f32,
}

#[backend_extension(Flex, Autodiff)]
trait DenseRepeated: Backend {
    /// See [`dense_repeated`]; a rest that is none may be anything.
    fn dense_repeated(
        rest: FloatTensor<Self>,
        table: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        kind: Kind,
    ) -> FloatTensor<Self>;
}

impl DenseRepeated for Flex {
    fn dense_repeated(
        rest: FlexTensor,
        table: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        kind: Kind,
    ) -> FlexTensor {
        Layer::new([rest, table, weight], kind).forward(bias)
    }
}

impl<C: CheckpointStrategy> DenseRepeated for Autodiff<Flex, C> {
    fn dense_repeated(
        rest: FloatTensor<Self>,
        table: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        kind: Kind,
    ) -> FloatTensor<Self> {
        let nodes = [rest.node(), table.node(), weight.node(), bias.node()];
        let [rest, table, weight] = [rest, table, weight].map(|tensor| tensor.into_primitive());
        let layer = Layer::new([rest, table, weight], kind);
        let output = layer.forward(bias.into_primitive());
        recorded::<Flex, _, C, 4>(Step, nodes, (layer, output.clone()), output)
    }
}

/// The backward pass of a layer.
#[derive(Debug)]
struct Step;

/// What a layer reads besides its bias.
#[derive(Clone, Debug)]
struct Layer {
    rest: FlexTensor,
    table: FlexTensor,
    weight: FlexTensor,
    /// The rows of the weights that belong to the rest, and these alone.
    others: Vec<Range<usize>>,
    weight_of_rest: FlexTensor,
    kind: Kind,
}

impl Layer {
    fn new([rest, table, weight]: [FlexTensor; 3], kind: Kind) -> Self {
        let weight = in_order(weight);
        let planes = Planes::new(&weight);
        let others = kind.uses.rest(planes.dims[1]);
        Self {
            rest,
            table: in_order(table),
            weight_of_rest: rows_at(&planes, &others),
            weight,
            others,
            kind,
        }
    }

    fn forward(&self, bias: FlexTensor) -> FlexTensor {
        let Kind {
            has_rest,
            ref uses,
            slope,
        } = self.kind;
        let (rest, weight) = (Planes::new(&self.rest), Planes::new(&self.weight));
        let of_rest = Planes::new(&self.weight_of_rest);
        let (table, bias) = (self.table.storage::<f32>(), in_order(bias));
        let [all_lanes, inputs, outputs] = weight.dims;
        let [planes, rows] = uses.dims();
        let bias = |plane: usize| &bias.storage::<f32>()[plane * outputs..][..outputs];
        made([all_lanes, rows, outputs], inputs, |part| {
            let plane = part.plane * planes / all_lanes;
            let numbers = if has_rest {
                let rest = rest.plane(plane).rows(part.row, part.rows);
                product(rest, of_rest.plane(part.plane), part.numbers)
            } else {
                zeros(part.numbers)
            };
            let weight = weight.plane(part.plane);
            uses.add_products((plane, part.row), table, weight, numbers);
            add_bias(numbers, bias(part.plane), slope);
            numbers
        })
    }
}

impl Backward<Flex, 4> for Step {
    type State = (Layer, FlexTensor);

    fn backward(
        self,
        step: Ops<Self::State, 4>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let slopes = gradients.consume::<Flex>(&step.node);
        let (layer, output) = step.state;
        let Kind {
            has_rest,
            ref uses,
            slope,
        } = layer.kind;
        let [of_rest, of_table, of_weight, of_bias] = step.parents;
        let [slopes, bias] = below_rectifier(slopes, &output, slope);
        let slopes = Planes::new(&slopes);
        let (rest, weight) = (Planes::new(&layer.rest), Planes::new(&layer.weight));
        let mut all = vec![0.0; weight.dims.iter().product()];
        if has_rest {
            let found = weight_gradient(&rest, &slopes);
            put_rows(found.storage(), &layer.others, weight.dims, &mut all);
        }
        let table = layer.table.storage::<f32>();
        let found = uses.gradients(table, &slopes, &weight, &mut all);
        if let Some(node) = of_bias {
            gradients.register::<Flex>(node.id, bias);
        }
        if let Some(node) = of_rest.filter(|_| has_rest) {
            let weight = Planes::new(&layer.weight_of_rest);
            let found = input_gradient(&slopes, &weight, rest.dims);
            gradients.register::<Flex>(node.id, found);
        }
        if let Some(node) = of_table {
            let found = tensor(found, [table.len() / uses.dim, uses.dim]);
            gradients.register::<Flex>(node.id, found);
        }
        if let Some(node) = of_weight {
            gradients.register::<Flex>(node.id, tensor(all, weight.dims));
        }
    }
}

/// Some rows of each plane, one behind the other.
fn rows_at(planes: &Planes, rows: &[Range<usize>]) -> FlexTensor {
    let [number, _, columns] = planes.dims;
    let len: usize = rows.iter().map(Range::len).sum();
    let mut numbers = Vec::with_capacity(number * len * columns);
    for plane in 0..number {
        for rows in rows {
            let all = planes.rows_of(plane).skip(rows.start);
            numbers.extend(all.take(rows.len()).flatten());
        }
    }
    tensor(numbers, [number, len, columns])
}

/// The reverse: puts rows where they belong in each plane.
fn put_rows(
    numbers: &[f32],
    rows: &[Range<usize>],
    [planes, all, columns]: [usize; 3],
    whole: &mut [f32],
) {
    let mut numbers = numbers;
    for plane in 0..planes {
        for rows in rows {
            let (own, others) = numbers.split_at(rows.len() * columns);
            whole[(plane * all + rows.start) * columns..][..own.len()].copy_from_slice(own);
            numbers = others;
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int, TensorData, activation};

    use super::*;
    use crate::model::host::{close, wave, whole};
    use crate::model::lanes;

    /// Fields of 5 ids in each plane, from these columns on; the last plane lies first in the table.
    fn uses(planes: usize, rows: usize, dim: usize, columns: &[usize]) -> Repeated {
        let fields = columns.len();
        let first = |plane: usize, field: usize| ((planes - 1 - plane) * fields + field) * 5;
        let of_plane = |plane| (0..fields).map(move |field| first(plane, field));
        let tables = (0..planes).flat_map(|plane| of_plane(plane).map(|row| row..row + 5));
        let place = |plane: usize, row: usize, field: usize| {
            first(plane, field) + (row * (field + 3) + plane + row / 7) % 5
        };
        let mut places = Vec::new();
        for plane in 0..planes {
            for row in 0..rows {
                places.extend((0..fields).map(|field| place(plane, row, field) as u32));
            }
        }
        Repeated {
            dim,
            columns: columns.to_vec(),
            tables: tables.collect(),
            places,
        }
    }

    /// All columns, made of operations of Burn.
    fn plain(rest: Option<&Tensor<3>>, table: &Tensor<2>, uses: &Repeated) -> Tensor<3> {
        let [planes, rows] = uses.dims();
        let device = Device::flex().autodiff();
        let field = |field: usize| {
            let places: Vec<i64> = uses.each().map(|row| i64::from(row[field])).collect();
            let places = TensorData::new(places, [planes * rows]);
            let places = Tensor::<1, Int>::from_data(places, &device);
            let own = table.clone().select(0, places);
            own.reshape([planes, rows, uses.dim])
        };
        let width = rest.map_or(0, |rest| rest.dims()[2]) + uses.width();
        let mut parts = Vec::new();
        let (mut column, mut taken) = (0, 0);
        while column < width {
            if let Some(at) = uses.columns.iter().position(|&start| start == column) {
                parts.push(field(at));
                column += uses.dim;
            } else {
                parts.extend(rest.map(|rest| rest.clone().narrow(2, taken, 1)));
                (column, taken) = (column + 1, taken + 1);
            }
        }
        Tensor::cat(parts, 2)
    }

    const WITHIN: f32 = 5e-4;

    #[test]
    fn a_layer_does_with_a_table_what_it_does_with_its_rows() {
        // The last has more rows than a core takes at a time, and more fields than are added at once.
        let many: Vec<usize> = (0..11).map(|field| field * 9).collect();
        let shapes: [([usize; 6], &[usize]); 5] = [
            ([1, 1, 6, 3, 2, 5], &[0, 4]),
            ([2, 1, 9, 4, 3, 33], &[1, 5, 10]),
            ([2, 3, 7, 2, 0, 16], &[0, 2]),
            ([1, 2, 40, 8, 3, 200], &[3]),
            ([1, 1, 1100, 8, 12, 130], &many),
        ];
        for ([planes, lanes, rows, dim, rest, outputs], columns) in shapes {
            let uses = Arc::new(uses(planes, rows, dim, columns));
            let inputs = rest + uses.width();
            let table = wave([planes * columns.len() * 5, dim], 0.7);
            let rest = (rest > 0).then(|| wave([planes, rows, rest], 0.9));
            let weight = wave([planes * lanes, inputs, outputs], 1.3);
            let bias = wave([planes * lanes, 1, outputs], 2.1);
            let looked_at = wave([planes * lanes, rows, outputs], 0.31).detach();
            let repeated = RepeatedRows {
                table: table.clone(),
                uses: uses.clone(),
            };
            for slope in [None, Some(0.1)] {
                let layer = [weight.clone(), bias.clone()];
                let fused = dense_repeated(rest.clone(), repeated.clone(), layer, slope);
                let apart = plain(rest.as_ref(), &table, &uses);
                let apart = lanes::spread(apart, lanes).matmul(weight.clone()) + bias.clone();
                let apart = match slope {
                    Some(slope) => activation::leaky_relu(apart, f64::from(slope)),
                    None => apart,
                };
                close(&fused, &apart, WITHIN, "output");
                let [fused, apart] =
                    [fused, apart].map(|output| (output * looked_at.clone()).sum().backward());
                let own = |tape| table.grad(tape).unwrap();
                close(&own(&fused), &own(&apart), WITHIN, "table");
                let leaves = rest.iter().chain([&weight, &bias]);
                for (place, leaf) in leaves.enumerate() {
                    let [found, expected] = [&fused, &apart].map(|tape| leaf.grad(tape).unwrap());
                    close(&found, &expected, WITHIN, &format!("leaf {place}"));
                }
            }
        }
    }

    #[test]
    fn a_whole_is_made_of_a_table_and_the_rest() {
        for (rest, columns) in [(3, [0, 3]), (3, [1, 4]), (0, [0, 2])] {
            let uses = Arc::new(uses(2, 9, 2, &columns));
            let table = wave([2 * 2 * 5, 2], 0.7);
            let rest = (rest > 0).then(|| wave([2, 9, rest], 0.9));
            let repeated = RepeatedRows {
                table: table.clone(),
                uses: uses.clone(),
            };
            let found = whole(rest.clone(), repeated);
            let expected = plain(rest.as_ref(), &table, &uses);
            close(&found, &expected, WITHIN, "columns");
            let [found, expected] =
                [found, expected].map(|whole| whole.powi_scalar(2).sum().backward());
            let own = |tape| table.grad(tape).unwrap();
            close(&own(&found), &own(&expected), WITHIN, "table");
            if let Some(rest) = rest {
                let own = |tape| rest.grad(tape).unwrap();
                close(&own(&found), &own(&expected), WITHIN, "rest");
            }
        }
    }
}
