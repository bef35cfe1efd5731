//! A dense layer as one operation of a backend forward and one backward.
//!
//! ```text
//! y = r(x·W + b),  r(z) = z above 0, slope·z below
//! dz = dy ⊙ r'(y);  db = Σ_row dz;  dW = xᵀ·dz;  dx = Σ_lane dz·Wᵀ
//! ```
//!
//! On the host, operations of their own would be passes over memory, each with a tensor to be made, zeroed and moved. A
//! graphics card is told them one after the other, which in a network as small as these takes the processor longer than the
//! card takes to do them.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;

use super::tape::recorded;

/// A dense layer whose planes may be read by several lanes each.
///
/// # Shapes
/// - input: `[plane, row, in]`
/// - weight: `[plane · lane, in, out]`
/// - bias: `[plane · lane, 1, out]`
/// - output: `[plane · lane, row, out]`
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

#[backend_extension(Flex, Cube, Fusion, Autodiff)]
pub(super) trait DenseLayer: Backend {
    /// See [`dense`]; a slope of 1 is no rectifier.
    #[fusion(meta = |input, weight, _bias, _slope| {
        let shape = [weight.shape[0], input.shape[1], weight.shape[2]];
        TensorSpec::new(shape.into(), input.dtype)
    })]
    fn dense_layer(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self>;
}

#[backend_extension(Flex, Cube, Fusion)]
pub(super) trait DenseGradients: Backend {
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

    /// The gradient of an input of so many planes.
    #[fusion(meta = |below, weight, planes| {
        let shape = [*planes, below.shape[1], weight.shape[1]];
        TensorSpec::new(shape.into(), below.dtype)
    })]
    fn dense_input_gradient(
        below: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        planes: usize,
    ) -> FloatTensor<Self> {
        let (shape, lanes) = (below.shape(), weight.shape()[0] / planes);
        let (rows, inputs) = (shape[1], weight.shape()[1]);
        let each = Self::float_matmul(below, Self::float_swap_dims(weight, 1, 2));
        if lanes == 1 {
            return each;
        }
        let by_lane = Self::float_reshape(each, [planes, lanes, rows, inputs].into());
        Self::float_reshape(
            Self::float_sum_dim(by_lane, 1),
            [planes, rows, inputs].into(),
        )
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
        let planes = input.shape()[0];
        let (below, weights, bias) = B::dense_gradients(input, output, gradient, slope);
        let [of_input, of_weight, of_bias] = step.parents;
        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, bias);
        }
        if let Some(node) = of_weight {
            gradients.register::<B>(node.id, weights);
        }
        if let Some(node) = of_input {
            let input = B::dense_input_gradient(below, weight, planes);
            gradients.register::<B>(node.id, input);
        }
    }
}
