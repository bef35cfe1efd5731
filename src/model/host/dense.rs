//! A dense layer on the host.

use std::mem::MaybeUninit;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::matrix::{add_product, product};
use super::planes::{Planes, dims, in_order, tensor};
use super::vectorized;
use crate::model::layer::{DenseGradients, DenseLayer};

/// Rows that a core takes at a time.
const ROWS: usize = 512;
/// Multiplications below which a second core is not worth its waking.
const WORTH_SPREADING: usize = 4_000_000;

impl DenseLayer for Flex {
    fn dense_layer(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        slope: f32,
    ) -> FlexTensor {
        forward(&input, &weight, &bias, slope)
    }
}

impl DenseGradients for Flex {
    fn dense_gradients(
        input: FlexTensor,
        output: FlexTensor,
        gradient: FlexTensor,
        slope: f32,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [below, bias] = below_rectifier(gradient, &output, slope);
        let weight = weight_gradient(&Planes::new(&input), &Planes::new(&below));
        (below, weight, bias)
    }

    fn dense_input_gradient(below: FlexTensor, weight: FlexTensor, planes: usize) -> FlexTensor {
        let (below, weight) = (Planes::new(&below), Planes::new(&weight));
        let dims = [planes, below.dims[1], weight.dims[1]];
        input_gradient(&below, &weight, dims)
    }
}

fn forward(input: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor, slope: f32) -> FlexTensor {
    let (input, weight) = (Planes::new(input), Planes::new(weight));
    let bias = in_order(bias.clone());
    let [planes, rows, inputs] = input.dims;
    let [all_lanes, _, outputs] = weight.dims;
    let dims = [all_lanes, rows, outputs];
    let bias = |plane: usize| &bias.storage::<f32>()[plane * outputs..][..outputs];
    made(dims, inputs, |part| {
        let input = input.plane(part.plane * planes / all_lanes);
        let input = input.rows(part.row, part.rows);
        let numbers = product(input, weight.plane(part.plane), part.numbers);
        add_bias(numbers, bias(part.plane), slope);
        numbers
    })
}

/// Adds the bias to each row, and rectifies it.
pub(super) fn add_bias(numbers: &mut [f32], bias: &[f32], slope: f32) {
    vectorized(|| {
        for row in numbers.chunks_exact_mut(bias.len()) {
            for (number, bias) in row.iter_mut().zip(bias) {
                let sum = *number + bias;
                *number = rectified(sum, sum, slope);
            }
        }
    });
}

/// The gradient below the rectifier, and that of the bias.
pub(super) fn below_rectifier(
    gradient: FlexTensor,
    output: &FlexTensor,
    slope: f32,
) -> [FlexTensor; 2] {
    let mut gradient = in_order(gradient);
    let [planes, rows, outputs] = dims(output);
    let mut bias = vec![0.0_f32; planes * outputs];
    let output = output.storage::<f32>();
    let both = gradient
        .storage_mut::<f32>()
        .chunks_exact_mut(rows * outputs);
    let both = both.zip(output.chunks_exact(rows * outputs));
    vectorized(|| {
        for ((gradient, output), bias) in both.zip(bias.chunks_exact_mut(outputs)) {
            let rows = gradient.chunks_exact_mut(outputs);
            for (gradient, output) in rows.zip(output.chunks_exact(outputs)) {
                let numbers = gradient.iter_mut().zip(output);
                for ((gradient, output), bias) in numbers.zip(bias.iter_mut()) {
                    *gradient = rectified(*gradient, *output, slope);
                    *bias += *gradient;
                }
            }
        }
    });
    [gradient, tensor(bias, [planes, 1, outputs])]
}

pub(super) fn weight_gradient(input: &Planes, slopes: &Planes) -> FlexTensor {
    let [planes, rows, inputs] = input.dims;
    let [all_lanes, _, outputs] = slopes.dims;
    made([all_lanes, inputs, outputs], rows, |part| {
        let input = input.plane(part.plane * planes / all_lanes).transposed();
        let input = input.rows(part.row, part.rows);
        product(input, slopes.plane(part.plane), part.numbers)
    })
}

pub(super) fn input_gradient(slopes: &Planes, weight: &Planes, dims: [usize; 3]) -> FlexTensor {
    let [all_lanes, _, outputs] = slopes.dims;
    let lanes = all_lanes / dims[0];
    made(dims, lanes * outputs, |part| {
        let factors = |lane| {
            let slopes = slopes.plane(part.plane * lanes + lane);
            let weight = weight.plane(part.plane * lanes + lane).transposed();
            (slopes.rows(part.row, part.rows), weight)
        };
        let (first, weight) = factors(0);
        let numbers = product(first, weight, part.numbers);
        for lane in 1..lanes {
            let (slopes, weight) = factors(lane);
            add_product(slopes, weight, numbers);
        }
        numbers
    })
}

/// What a rectifier lets through where its output is this.
#[inline]
fn rectified(number: f32, output: f32, slope: f32) -> f32 {
    if output > 0.0 { number } else { number * slope }
}

/// Some rows of a plane that is made.
pub(super) struct Part<'a> {
    pub plane: usize,
    /// The first of the rows.
    pub row: usize,
    pub rows: usize,
    pub numbers: &'a mut [MaybeUninit<f32>],
}

/// Planes of `[plane, row, column]`, made part by part, side by side where that is worth it. A part is given back when all
/// its numbers are set, each of which takes so many multiplications.
#[expect(unsafe_code, reason = "numbers are not set to 0 before they are made")]
pub(super) fn made(
    [planes, rows, columns]: [usize; 3],
    multiplications: usize,
    make: impl for<'a> Fn(Part<'a>) -> &'a mut [f32] + Sync + Send,
) -> FlexTensor {
    let len = planes * rows * columns;
    let mut numbers = Vec::with_capacity(len);
    let place = &mut numbers.spare_capacity_mut()[..len];
    let each = place.chunks_exact_mut(rows * columns).enumerate();
    let parts = each.flat_map(|(plane, numbers)| {
        let parts = numbers.chunks_mut(ROWS * columns).enumerate();
        parts.map(move |(index, numbers)| Part {
            plane,
            row: index * ROWS,
            rows: numbers.len() / columns,
            numbers,
        })
    });
    let make = |part: Part<'_>| {
        let place: &[MaybeUninit<f32>] = part.numbers;
        let place = (place.as_ptr().cast::<f32>(), place.len());
        let numbers = make(part);
        assert_eq!((numbers.as_ptr(), numbers.len()), place, "the part itself");
    };
    if len * multiplications < WORTH_SPREADING {
        parts.for_each(make);
    } else {
        let parts: Vec<Part<'_>> = parts.collect();
        parts.into_par_iter().for_each(make);
    }
    // SAFETY: there is room for all of them, and each part has been given back as numbers.
    unsafe { numbers.set_len(len) };
    tensor(numbers, [planes, rows, columns])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, activation};

    use super::*;
    use crate::model::host::{close, wave};
    use crate::model::layer::dense;

    const WITHIN: f32 = 2e-4;

    #[test]
    fn a_layer_is_a_product_a_sum_and_a_rectifier() {
        // The last has more rows than a core takes at a time, and is worth spreading.
        let shapes = [
            (1, 1, 5, 3, 4),
            (2, 1, 7, 6, 1),
            (2, 3, 9, 5, 17),
            (1, 2, ROWS + 3, 64, 40),
        ];
        for (planes, lanes, rows, inputs, outputs) in shapes {
            for slope in [None, Some(0.0), Some(0.01)] {
                let input = wave([planes, rows, inputs], 0.7);
                let weight = wave([planes * lanes, inputs, outputs], 1.3);
                let bias = wave([planes * lanes, 1, outputs], 2.1);
                let looked_at = wave([planes * lanes, rows, outputs], 0.31).detach();
                let fused = dense(input.clone(), weight.clone(), bias.clone(), slope);
                let by_lane = crate::model::lanes::spread(input.clone(), lanes);
                let plain = by_lane.matmul(weight.clone()) + bias.clone();
                let plain = match slope {
                    Some(slope) => activation::leaky_relu(plain, f64::from(slope)),
                    None => plain,
                };
                close(&fused, &plain, WITHIN, "output");
                let [fused, plain] =
                    [fused, plain].map(|output| (output * looked_at.clone()).sum().backward());
                for (name, leaf) in [("input", &input), ("weight", &weight), ("bias", &bias)] {
                    let [found, expected] = [&fused, &plain].map(|tape| leaf.grad(tape).unwrap());
                    close(&found, &expected, WITHIN, name);
                }
            }
        }
    }

    #[test]
    fn numbers_may_lie_anywhere() {
        type Layer = fn(Tensor<3>, Tensor<3>, Tensor<3>) -> Tensor<3>;
        let fused: Layer = |input, weight, bias| dense(input, weight, bias, None);
        let plain: Layer = |input, weight, bias| input.matmul(weight) + bias;
        let table = wave([6, 40], 0.9);
        let run = |layer: Layer, is_across: bool| {
            let part = |start, len| table.clone().narrow(0, 0, 3).narrow(1, start, len);
            let weight = part(3, 12).reshape([3, 3, 4]);
            let bias = part(30, 4).reshape([3, 1, 4]).flip([2]);
            let input = table.clone().narrow(0, 2, 1).narrow(1, 20, 6);
            let input = if is_across {
                input.reshape([1, 3, 2]).swap_dims(1, 2)
            } else {
                input.reshape([1, 2, 3])
            };
            let output = layer(input.expand([3, 2, 3]), weight, bias);
            let tape = output.clone().powi_scalar(2).sum().backward();
            (output, table.grad(&tape).unwrap())
        };
        for is_across in [false, true] {
            let [found, expected] = [fused, plain].map(|layer| run(layer, is_across));
            close(&found.0, &expected.0, WITHIN, "output");
            close(&found.1, &expected.1, WITHIN, "table");
        }
    }
}
