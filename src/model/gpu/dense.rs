//! A dense layer on a graphics card as one operation forward and one backward.
//!
//! ```text
//! y = r(x·W + b),  r(z) = z above 0, slope·z below
//! dz = dy ⊙ r'(y);  db = Σ_row dz;  dW = xᵀ·dz;  dx = dz·Wᵀ
//! ```
//!
//! The products are the backend's own. What is told a card one operation after the other takes the processor longer, in a
//! network as small as these, than the card takes to do it.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::ops::FloatTensorOps as _;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::kernels;
use super::rows::{empty, groups, threads};
use crate::model::tape::recorded;

/// A dense layer.
///
/// # Shapes
/// - input: `[plane, row, in]`
/// - weight: `[plane, in, out]`
/// - bias: `[plane, 1, out]`
/// - output: `[plane, row, out]`
pub fn dense(
    input: Tensor<3>,
    weight: Tensor<3>,
    bias: Tensor<3>,
    slope_below_zero: Option<f32>,
) -> Tensor<3> {
    let slope = slope_below_zero.unwrap_or(1.0);
    let [input, weight, bias] = [input, weight, bias].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as DenseLayer>::dense_layer(
        input, weight, bias, slope,
    ))
}

#[backend_extension(Cube, Fusion, Autodiff)]
trait DenseLayer: Backend {
    /// See [`dense`]; a slope of 1 is no rectifier.
    #[fusion(meta = |input, weight, _bias, _slope| {
        let shape = [input.shape[0], input.shape[1], weight.shape[2]];
        TensorSpec::new(shape.into(), input.dtype)
    })]
    fn dense_layer(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self>;
}

#[backend_extension(Cube, Fusion)]
trait DenseGradients: Backend {
    /// The gradients of what the rectifier was given, of the weight and of the bias.
    #[fusion(meta = |input, output, _gradient, _slope| {
        let [planes, columns] = [output.shape[0], output.shape[2]];
        let of = |rows| TensorSpec::new([planes, rows, columns].into(), output.dtype);
        (output.clone(), of(input.shape[2]), of(1))
    })]
    fn dense_gradients(
        input: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl DenseLayer for CubeBackend {
    fn dense_layer(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        slope: f32,
    ) -> CubeTensor {
        let output = Self::float_matmul(input, weight);
        let (count, dim) = threads(&output, output.meta.num_elements());
        kernels::add_bias::launch(
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
        let [planes, rows, columns] = std::array::from_fn(|axis| output.meta.shape()[axis]);
        let below = empty(&output, [planes, rows, columns], output.dtype);
        let of_bias = empty(&output, [planes, 1, columns], output.dtype);
        let (count, dim) = groups(&output, planes * columns);
        kernels::below_rectifier::launch(
            &output.client.clone(),
            count,
            dim,
            gradient.into_tensor_arg(),
            output.into_tensor_arg(),
            below.clone().into_tensor_arg(),
            of_bias.clone().into_tensor_arg(),
            slope,
        );
        let of_weight = Self::float_matmul(Self::float_swap_dims(input, 1, 2), below.clone());
        (below, of_weight, of_bias)
    }
}

impl<B: DenseLayer + DenseGradients, C: CheckpointStrategy> DenseLayer for Autodiff<B, C> {
    fn dense_layer(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.into_primitive());
        let output = B::dense_layer(input.clone(), weight.clone(), bias, slope);
        let passed = Passed::<B> {
            input,
            weight,
            output: output.clone(),
            slope,
        };
        recorded::<B, _, C, 3>(Step, nodes, passed, output)
    }
}

/// The backward pass of a layer.
#[derive(Debug)]
struct Step;

/// What a forward pass leaves for the backward pass.
#[derive(Clone, Debug)]
struct Passed<B: Backend> {
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    output: FloatTensor<B>,
    slope: f32,
}

impl<B: DenseGradients> Backward<B, 3> for Step {
    type State = Passed<B>;

    fn backward(
        self,
        step: Ops<Passed<B>, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&step.node);
        let Passed {
            input,
            weight,
            output,
            slope,
        } = step.state;
        let (below, weights, bias) = B::dense_gradients(input, output, gradient, slope);
        let [of_input, of_weight, of_bias] = step.parents;
        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, bias);
        }
        if let Some(node) = of_weight {
            gradients.register::<B>(node.id, weights);
        }
        if let Some(node) = of_input {
            let input = B::float_matmul(below, B::float_swap_dims(weight, 1, 2));
            gradients.register::<B>(node.id, input);
        }
    }
}
