//! A dense layer on a graphics card: the products are the backend's own.

use burn::backend::ops::FloatTensorOps as _;
use burn::backend::wgpu::{CubeBackend, CubeTensor};

use super::rows::{empty, groups, threads};
use super::{dims, kernels};
use crate::model::layer::{DenseGradients, DenseLayer};

impl DenseLayer for CubeBackend {
    fn dense_layer(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        slope: f32,
    ) -> CubeTensor {
        let output = product(input, weight);
        let (count, dim) = threads(&output, output.meta.num_elements());
        kernels::dense::add_bias::launch(
            &output.client,
            count,
            dim,
            output.clone().into_tensor_arg(),
            bias.into_tensor_arg(),
            slope,
        );
        output
    }
}

impl DenseGradients for CubeBackend {
    fn dense_gradients(
        input: CubeTensor,
        output: CubeTensor,
        gradient: CubeTensor,
        slope: f32,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [planes, rows, columns] = dims(&output);
        let below = empty(&output, [planes, rows, columns], output.dtype);
        let of_bias = empty(&output, [planes, 1, columns], output.dtype);
        let (count, dim) = groups(&output, planes * columns);
        kernels::dense::below_rectifier::launch(
            &output.client.clone(),
            count,
            dim,
            gradient.into_tensor_arg(),
            output.into_tensor_arg(),
            below.clone().into_tensor_arg(),
            of_bias.clone().into_tensor_arg(),
            slope,
        );
        let of_weight = product(Self::float_swap_dims(input, 1, 2), below.clone());
        (below, of_weight, of_bias)
    }
}

/// A product of planes, the first of which may be read by several of the others each.
///
/// # Shapes
/// - few: `[plane, row, inner]`
/// - many: `[plane · lane, inner, column]`
/// - output: `[plane · lane, row, column]`
fn product(few: CubeTensor, many: CubeTensor) -> CubeTensor {
    let [planes, rows, inner] = dims(&few);
    let [all, _, columns] = dims(&many);
    if planes == all {
        return CubeBackend::float_matmul(few, many);
    }
    let few = CubeBackend::float_reshape(few, [planes, 1, rows, inner].into());
    let many = CubeBackend::float_reshape(many, [planes, all / planes, inner, columns].into());
    let product = CubeBackend::float_matmul(few, many);
    CubeBackend::float_reshape(product, [all, rows, columns].into())
}
